"""What the events of a run tell people: most say nothing, some become a notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ncrobot.errors import DeviceErrorKind
from ncrobot.events import Event, EventKind, ExitStatus
from ncrobot.notices import Draft, NoticeKind, Story, Urgency, draft

_MOST_WELLS = 12
_END_URGENCIES = {
    ExitStatus.SUCCEEDED.value: Urgency.NEWS,
    ExitStatus.ABORTED.value: Urgency.WARNING,
}


def draft_of(event: Event) -> Draft | None:
    """What an event tells by itself; None for most events, and for flagged wells."""
    teller = _TELLERS.get(event.kind)
    return None if teller is None else teller(event)


def answered_story(event: Event) -> Story | None:
    """The story of the question that an event answers; None if it answers none."""
    if event.kind is not EventKind.ANSWER:
        return None
    kind = NoticeKind.QUESTION_WAITING
    return Story(kind=kind, run=event.run, about=event.operation or "")


def _ended(event: Event) -> Draft:
    status, reason = str(event.data.get("status", "")), str(event.data.get("reason", ""))
    ok, flagged = event.data.get("wells_ok", 0), event.data.get("wells_flagged", 0)
    because = f": {reason}" if reason and status != ExitStatus.SUCCEEDED.value else ""
    return draft(
        NoticeKind.RUN_ENDED,
        f"Run {event.run} {status}{because}. {ok} wells are ok, {flagged} flagged.",
        run=event.run,
        about=f"event {event.seq}",  # a run that is resumed ends once more
        urgency=_END_URGENCIES.get(status, Urgency.ALARM),
        status=status,
        reason=reason,
        wells_ok=ok,
        wells_flagged=flagged,
    )


def _question(event: Event) -> Draft:
    data = event.data
    choices = ", ".join(map(str, data.get("choices", ())))
    within_s = data.get("answer_within_s")
    until = f" within {within_s / 60:.0f} min" if isinstance(within_s, int | float) else ""
    return draft(
        NoticeKind.QUESTION_WAITING,
        f"Run {event.run} asks: {data.get('text', '')} Choices: {choices}. "
        f"Without an answer{until} it takes {data.get('default')!r}.",
        run=event.run,
        about=event.operation or "",
        choices=list(data.get("choices", ())),
        default=data.get("default"),
        answer_within_s=within_s,
        wells=list(event.wells),
    )


def _safe_state(event: Event) -> Draft | None:
    confirmed: Mapping[str, bool] = event.data.get("confirmed", {})
    open_ = sorted(name for name, is_safe in confirmed.items() if not is_safe)
    if not open_:
        return None
    return draft(
        NoticeKind.SAFE_STATE_UNCONFIRMED,
        f"Run {event.run}: the safe state of {', '.join(open_)} isn't confirmed. "
        "Look at the devices.",
        run=event.run,
        about=f"event {event.seq}",
        devices=open_,
    )


def _failed_act(event: Event) -> Draft | None:
    if event.data.get("error_kind") != DeviceErrorKind.DEVICE_GONE.value:
        return None
    error = str(event.data.get("error", ""))
    return draft(
        NoticeKind.DEVICE_UNHEALTHY,
        f"Run {event.run}: a device is gone: {error}",
        run=event.run,
        about=error.partition(":")[0],
        error=error,
        operation=event.operation,
    )


_TELLERS: dict[EventKind, Callable[[Event], Draft | None]] = {
    EventKind.RUN_ENDED: _ended,
    EventKind.QUESTION: _question,
    EventKind.SAFE_STATE: _safe_state,
    EventKind.NOT_DONE: _failed_act,
    EventKind.UNKNOWN: _failed_act,
}
OF_INTEREST = frozenset({*_TELLERS, EventKind.ANSWER, EventKind.WELL_FLAGGED})
"""Kinds of events that notifications look at."""


@dataclass(slots=True)
class _Batch:
    first_seq: int
    told_at: datetime
    wells: dict[str, list[str]] = field(default_factory=dict)


class Gatherer:
    """Gathers flagged wells, so that a plate that falls behind sends one notice and not 96.

    The first wells of a run are told after ``first_s``, later ones at most every ``then_s``.
    """

    def __init__(self, first_s: float, then_s: float) -> None:
        self._first = timedelta(seconds=first_s)
        self._then = timedelta(seconds=max(first_s, then_s))
        self._open: dict[str, _Batch] = {}
        self._seen: set[str] = set()

    def add(self, event: Event, now: datetime) -> None:
        """Take an event of flagged wells; not of those that only the end of the run left open."""
        if event.data.get("at_end"):
            return
        wait = self._then if event.run in self._seen else self._first
        batch = self._open.setdefault(event.run, _Batch(event.seq, now + wait))
        batch.wells.setdefault(str(event.data.get("reason", "")), []).extend(event.wells)

    def next_at(self) -> datetime | None:
        """When the next batch is to be told; None: nothing is gathered."""
        return min((batch.told_at for batch in self._open.values()), default=None)

    def take(self, now: datetime | None, run: str | None = None) -> Iterator[Draft]:
        """Hand out the batches that are due by ``now`` (None: all), of one run or of all."""
        for name, batch in tuple(self._open.items()):
            if run not in (None, name) or (now is not None and batch.told_at > now):
                continue
            del self._open[name]
            self._seen.add(name)
            yield _flagged(name, batch)


def _flagged(run: str, batch: _Batch) -> Draft:
    wells = sorted({well for names in batch.wells.values() for well in names})
    parts = [f"{_listed(names)}: {reason}" for reason, names in batch.wells.items()]
    return draft(
        NoticeKind.WELLS_FLAGGED,
        f"Run {run}: {len(wells)} {'well' if len(wells) == 1 else 'wells'} flagged. "
        f"{'; '.join(parts)}.",
        run=run,
        about=f"event {batch.first_seq}",
        wells=batch.wells,
    )


def _listed(wells: list[str]) -> str:
    names = sorted(set(wells))
    more = f" and {len(names) - _MOST_WELLS} more" if len(names) > _MOST_WELLS else ""
    return ", ".join(names[:_MOST_WELLS]) + more
