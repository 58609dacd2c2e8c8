"""Every error that ncrobot raises on purpose.

The tree::

    NcrobotError                  exit code 3 (our fault) unless a subclass says otherwise
    ├── UserError                 1: what the user gave is wrong; carries all diagnostics
    │   ├── ProtocolError         a protocol file
    │   ├── ConditionsError       a conditions table
    │   ├── DeckError             a deck layout
    │   ├── PlanError             protocol, table and deck don't make a plan; or a bad plan file
    │   ├── ScheduleError         no schedule keeps every lag on this deck
    │   └── LabError              settings, database, file paths, missing drivers or extras
    ├── RunError                  2: a run ended otherwise than succeeded
    │   └── DeviceError           a device did not do what it was told; ``kind`` says which error
    └── InternalError             3: a rule of our own was broken; please report

A :class:`Diagnostic` is one finding. Stages collect diagnostics and raise one error with all of
them, so that a user mends a file in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: an error stops the stage, a warning is shown and kept."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding, told the same way everywhere.

    ``code`` is a stable kebab-case word for machines. ``message`` says what is wrong in one
    sentence. The rest is optional and printed when given: the place (``file``, ``line``,
    ``column``, 1-based), whom it concerns (``row`` of a table, ``well``), the numbers (``found``,
    ``allowed``, both with units) and ``fix``, what would mend it.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    file: str | None = None
    line: int | None = None
    column: int | None = None
    row: str | None = None
    well: str | None = None
    quantity: str | None = None
    found: str | None = None
    allowed: str | None = None
    fix: str | None = None

    @property
    def place(self) -> str:
        """``file:line:column`` as far as known, or an empty string."""
        parts = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(parts)

    def __str__(self) -> str:
        head = ", ".join(
            part
            for part in (
                self.place,
                f"row {self.row}" if self.row else "",
                f"well {self.well}" if self.well else "",
            )
            if part
        )
        text = f"{head}: {self.message}" if head else self.message
        details = "; ".join(
            f"{name} {value}"
            for name, value in (
                ("quantity", self.quantity),
                ("found", self.found),
                ("allowed", self.allowed),
            )
            if value is not None
        )
        if details:
            text = f"{text} ({details})"
        return f"{text}\n    fix: {self.fix}" if self.fix else text


class NcrobotError(Exception):
    """Base of all errors raised on purpose; ``exit_code`` is what the command line returns."""

    exit_code = 3


class UserError(NcrobotError):
    """What the user gave is wrong; nothing was moved. ``diagnostics`` holds every finding."""

    exit_code = 1

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic | str) -> None:
        if isinstance(diagnostics, str):
            diagnostics = Diagnostic(code="user-error", message=diagnostics)
        if isinstance(diagnostics, Diagnostic):
            diagnostics = (diagnostics,)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class ProtocolError(UserError):
    """A protocol file is wrong."""


class ConditionsError(UserError):
    """A conditions table is wrong."""


class DeckError(UserError):
    """A deck layout is wrong."""


class PlanError(UserError):
    """Protocol, conditions and deck do not make a plan, or a plan file is damaged."""


class ScheduleError(UserError):
    """No schedule was found that keeps every lag; the diagnostics name what binds."""


class LabError(UserError):
    """Settings, database, paths, missing drivers or extras."""


class RunError(NcrobotError):
    """A run ended otherwise than succeeded."""

    exit_code = 2


class DeviceErrorKind(StrEnum):
    """The defined device errors: those with a documented cause and effect."""

    TIP_NOT_PICKED_UP = "tip_not_picked_up"
    NO_LIQUID = "no_liquid"
    CLOT = "clot"
    OVERPRESSURE = "overpressure"
    STALL = "stall"
    VALVE_ERROR = "valve_error"
    TIMEOUT = "timeout"
    TEMPERATURE_NOT_REACHED = "temperature_not_reached"
    FLOW_NOT_REACHED = "flow_not_reached"
    SHAKER_NOT_HOMED = "shaker_not_homed"
    DEVICE_GONE = "device_gone"
    REFUSED = "refused"


class DeviceError(RunError):
    """A device refused or failed. ``moved`` says whether liquid may have moved (None: unknown)."""

    def __init__(
        self,
        message: str,
        *,
        device: str,
        kind: DeviceErrorKind,
        moved: bool | None,
        channels: Sequence[int] = (),
    ) -> None:
        self.device = device
        self.kind = kind
        self.moved = moved
        self.channels = tuple(channels)
        super().__init__(f"{device}: {message} [{kind.value}]")


class InternalError(NcrobotError):
    """A rule of ncrobot itself was broken: a defect to report, never the user's fault."""


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like ``word``, or None if nothing is close."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
