"""Hamilton PSD/4, as far as it is a dialect of Cavro's language (terminal protocol).

Tried with our emulator only, never on hardware, and written without its manual. Programs that drive
the pump agree on frames, addresses, status byte, moves and reports, but not on how many steps make
a stroke (3000 or 6000; other kinds of the pump have 13714 or 48000): the layout has to tell, as
``options: {steps: ...}``. Not confirmed: that a stroke takes 6000 pulses; if it takes more, flow
rates are lower than asked for. The commands that begin with ``h`` aren't used.
"""

from __future__ import annotations

from ncrobot_drivers.cavro import CavroPump, Dialect


class Psd4(CavroPump):
    """A PSD/4 with a valve that is set up already."""

    dialect = Dialect("hamilton.psd4", "Hamilton PSD/4", None, speeds=(5, 5800), protocols=("dt",))
