"""One line of the list of runs, with what tells a run that goes on from one whose process died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, Select, func, select

from ncrobot.recorder.rows import EVENTS, RUNS
from ncrobot.statuses import ENDED


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs; ``status`` is what the events fold to.

    ``events`` counts them; ``last_wall`` is the run's date at the last of them. ``heartbeat`` is
    when a ``controller`` last said that it works on the run. All dates are UTC, ISO 8601.
    """

    run: str
    created: str
    protocol: str
    deck: str
    simulated: bool
    status: str
    reason: str
    wells: int
    wells_ok: int | None
    wells_flagged: int | None
    duration_s: float | None
    events: int = 0
    last_wall: str | None = None
    heartbeat: str | None = None
    controller: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has written how the run ended: it goes on, or its process died."""
        return self.status not in ENDED

    def silent_s(self, now: datetime) -> float:
        """Seconds since the last sign of life, an event or a heartbeat; below zero: clocks differ.

        A simulated run's events have the dates of its own, virtual clock and don't count.
        """
        events = None if self.simulated else self.last_wall
        signs = [self.created, *(sign for sign in (events, self.heartbeat) if sign)]
        return min((now - _date(sign)).total_seconds() for sign in signs)


def _date(text: str) -> datetime:
    date = datetime.fromisoformat(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def summaries(connection: Connection, run: str | None = None) -> list[RunSummary]:
    """The lines of all runs, or of one; () if there is none."""
    statement = _statement()
    if run is not None:
        statement = statement.where(RUNS.c.id == run)
    return [_summary(row) for row in connection.execute(statement)]


def _statement() -> Select[tuple[object, ...]]:
    # Each run's last event is looked up by its key: counting would read the events of all runs.
    last = select(func.max(EVENTS.c.seq)).where(EVENTS.c.run == RUNS.c.id).scalar_subquery()
    wall = (
        select(EVENTS.c.wall)
        .where(EVENTS.c.run == RUNS.c.id)
        .order_by(EVENTS.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(RUNS, last.label("last_seq"), wall.label("last_wall"))


def _summary(row: Row[tuple[object, ...]]) -> RunSummary:
    found = row._mapping  # noqa: SLF001 - the library's public way to a row's names
    return RunSummary(
        run=found["id"],
        **{
            name: found[name]
            for name in (
                "created", "protocol", "deck", "simulated", "status", "reason", "wells",
                "wells_ok", "wells_flagged", "duration_s", "heartbeat", "controller", "last_wall",
            )
        },
        events=found["last_seq"] or 0,
    )  # fmt: skip
