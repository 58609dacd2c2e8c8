"""What is known of a run: its operations, wells, acts without an outcome, incidents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ncrobot.events import EventKind
from ncrobot.statuses import RunStatus


@dataclass(slots=True)
class OperationState:
    """One operation as it really went; times in seconds of the run's clock."""

    operation: str
    kind: str | None = None
    result: str = "running"
    start_s: float | None = None
    end_s: float | None = None
    planned_start_s: float | None = None
    planned_duration_s: float | None = None
    reason: str | None = None
    wells: tuple[str, ...] = ()
    interrupted: bool = False
    flowed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One executed transfer of liquid from a source to a destination."""

    operation: str
    purpose: str
    stock: str | None
    portion: int | None
    source: str
    destination: str
    volume_ul: float
    umol: dict[str, float]
    tip: str | None
    delivered_s: float
    planned_s: float | None
    lot: int | None
    age_s: float | None
    active_fraction: float | None


@dataclass(frozen=True, slots=True)
class BrokenLag:
    """A lag that wasn't kept: by how much, and why."""

    before: str
    after: str
    wells: tuple[str, ...]
    value_s: float
    min_s: float
    max_s: float | None
    by_s: float
    cause: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a well isn't ok; ``at_end``: only because the run ended before its last operation."""

    reason: str
    abandoned: bool = False
    at_end: bool = False


@dataclass(slots=True)
class WellState:
    """What became of one well: ``ok``, ``flagged`` or ``abandoned``, and why."""

    well: str
    flags: list[Flag] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The worst of its flags; an abandoned one stays abandoned."""
        if any(flag.abandoned for flag in self.flags):
            return "abandoned"
        return "flagged" if self.flags else "ok"

    @property
    def reasons(self) -> list[str]:
        """Why, in the order in which it happened."""
        return [flag.reason for flag in self.flags]


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An act that was announced and whose outcome nobody wrote down."""

    operation: str
    act: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that no plan foresaw: a pause, a fault, a repair, a date that was set."""

    kind: EventKind
    time_s: float
    operation: str | None
    wells: tuple[str, ...]
    data: dict[str, Any]


@dataclass(slots=True)
class RunState:
    """All that the events tell; ``status`` is one of :class:`~ncrobot.statuses.RunStatus`.

    ``resumed`` tells of every time that the run was taken up again.
    """

    run: str = ""
    status: str = RunStatus.QUEUED.value
    reason: str = ""
    simulated: bool = True
    info: dict[str, Any] = field(default_factory=dict)
    last_seq: int = 0
    time_s: float = 0.0
    started_wall: str | None = None
    ended_wall: str | None = None
    operations: dict[str, OperationState] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    broken_lags: list[BrokenLag] = field(default_factory=list)
    wells: dict[str, WellState] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)
    ph_readings: list[dict[str, Any]] = field(default_factory=list)
    gas_readings: list[dict[str, Any]] = field(default_factory=list)
    cross_checks: list[dict[str, Any]] = field(default_factory=list)
    resumed: list[dict[str, Any]] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    safe_state: dict[str, bool] = field(default_factory=dict)
    ledger: dict[str, Any] = field(default_factory=dict)
    open_acts: dict[tuple[str, str], OpenAct] = field(default_factory=dict)
    wells_ok: int = 0
    wells_flagged: int = 0

    def flag(self, wells: Iterable[str], flag: Flag) -> None:
        """Mark wells."""
        for name in wells:
            self.wells.setdefault(name, WellState(name)).flags.append(flag)
