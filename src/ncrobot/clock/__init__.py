"""Time as a thing that is handed over: real time for runs, virtual time for the simulator.

In a virtual run the event loop's own time is virtual, so that ``asyncio.sleep`` and timeouts in
code that knows no :class:`Clock` ride it too. Blocking calls and ``time.monotonic`` do not.
"""

from __future__ import annotations

from ncrobot.clock._clock import Clock
from ncrobot.clock._paced_clock import PacedClock
from ncrobot.clock._virtual_clock import VIRTUAL_START, VirtualClock, run_virtual
from ncrobot.clock._virtual_loop import DeadlockError
from ncrobot.clock._wall_clock import WallClock

__all__ = [
    "VIRTUAL_START",
    "Clock",
    "DeadlockError",
    "PacedClock",
    "VirtualClock",
    "WallClock",
    "run_virtual",
]
