"""What the ledger refuses, each with its figures; nothing is moved when one is raised."""

from __future__ import annotations

from ncrobot.errors import Diagnostic, NcrobotError


class LedgerError(NcrobotError):
    """A movement of liquid that can't be; ``diagnostic`` tells it to a user.

    ``address`` is the container that refuses, ``volume_ul`` what was asked.
    """

    code = "ledger"
    fix: str | None = None

    def __init__(
        self, message: str, *, address: str, volume_ul: float, allowed_ul: float | None = None
    ) -> None:
        self.address = address
        self.volume_ul = volume_ul
        self.allowed_ul = allowed_ul
        self.diagnostic = Diagnostic(
            code=self.code,
            message=f"{address}: {message}",
            quantity="volume",
            found=f"{volume_ul:g} µL",
            allowed=None if allowed_ul is None else f"at most {allowed_ul:g} µL",
            fix=self.fix,
        )
        super().__init__(str(self.diagnostic))


class BadVolumeError(LedgerError):
    """A volume or an amount that is negative, infinite, NaN, or too small to be meant."""

    code = "bad-volume"


class OverdrawError(LedgerError):
    """More is drawn from a container than stands above its dead volume."""

    code = "overdraw"
    fix = "load more, or draw less"


class OverflowingError(LedgerError):
    """More is put into a container than it holds."""

    code = "overflow"
    fix = "use a larger container, or smaller volumes"


class TipOverfilledError(OverflowingError):
    """More is drawn into a tip than it holds."""

    code = "tip-overfilled"
    fix = "split the transfer, or use a larger tip"


class TipOverdrawError(OverdrawError):
    """More is dispensed than is in the tip."""

    code = "tip-overdraw"
    fix = "aspirate first"


class TipStateError(LedgerError):
    """A tip is taken on a channel that has one, or used, returned or discarded where none is."""

    code = "tip-state"
