"""What goes wrong between somebody who orders and a run."""

from __future__ import annotations

from ncrobot.errors import NcrobotError


class BusyError(NcrobotError):
    """The run takes no orders at this moment; the message says why."""

    exit_code = 2
