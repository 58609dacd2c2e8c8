"""What a run report tells in words and tables: its head, what deviated, where it all comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ncrobot import __version__
from ncrobot.plan import Plan
from ncrobot.reports._index import Index
from ncrobot.reports._text import counted, grouped, listed, seconds, span, wells_in_short
from ncrobot.reports.additions import Addition
from ncrobot.reports.lags import ExecutedLag
from ncrobot.reports.run.plate_maps import fate_counts
from ncrobot.schedule import Schedule
from ncrobot.state import BrokenLag, RunState

_LOOKS = {"succeeded": "good", "aborted": "doubt", "failed": "wrong"}
_WORDS = {"queued": "not started", "running": "running, not ended"}


@dataclass(frozen=True, slots=True)
class Status:
    """How the run ended: a word, the look that goes with it, the reason."""

    word: str
    look: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation that didn't end as done."""

    operation: str
    result: str
    wells: str
    reason: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """Wells with the same fate for the same reasons."""

    wells: str
    status: str
    reasons: tuple[str, ...]


def status_of(state: RunState) -> Status:
    """The status in a word; a run that hasn't ended is told as such."""
    word = _WORDS.get(state.status, state.status)
    return Status(word, _LOOKS.get(state.status, "open"), state.reason)


def tiles(plan: Plan, schedule: Schedule, state: RunState) -> list[tuple[str, str, str]]:
    """The figures that are looked at first: (figure, what it is, look)."""
    counts = fate_counts(plan, state)
    done = sum(operation.result == "done" for operation in state.operations.values())
    planned = len(schedule.entries)
    late = len(state.broken_lags)
    return [
        (f"{counts['ok']} of {len(plan.wells)}", "wells without a flag", ""),
        (str(counts["flagged"]), "wells flagged", "doubt" if counts["flagged"] else ""),
        (str(counts["abandoned"]), "wells abandoned", "wrong" if counts["abandoned"] else ""),
        (span(max(state.time_s, 0.0)), f"of {span(schedule.makespan_s)} scheduled", ""),
        (f"{done} of {planned}", "operations done", "wrong" if done < planned else ""),
        (str(late), "lags broken", "doubt" if late else ""),
    ]


def summary(
    state: RunState, rows: Sequence[Addition], lags: Iterable[ExecutedLag], makespan_s: float
) -> list[str]:
    """What happened, in a few sentences."""
    done = [row for row in rows if row.delivery is not None]
    lost = [row for row in rows if row.delivery is None]
    all_rows = counted(len(rows), "planned dose and sample", "planned doses and samples")
    told = [f"Of {all_rows}, {grouped(len(done))} were delivered."]
    if lost:
        by_result: dict[str, int] = {}
        for row in lost:
            result = row.result.replace("_", " ")
            by_result[result] = by_result.get(result, 0) + 1
        words = listed(f"{number} {result}" for result, number in by_result.items())
        told.append(f"The others: {words}.")
    portions = [lag for lag in lags if lag.lag.kind == "portion"]
    if portions:
        worst = max(portions, key=lambda lag: abs(lag.deviation_s))
        told.append(
            f"Portions were at most {seconds(abs(worst.deviation_s))} off their intervals "
            f"({worst.lag.after})."
        )
    if state.status in ("succeeded", "aborted", "failed"):
        told.append(_punctuality(state.time_s - makespan_s))
    return told


def _punctuality(late_s: float) -> str:
    if abs(late_s) < 1:
        return "The run ended at the scheduled time."
    when = "after" if late_s > 0 else "before"
    return f"The run ended {seconds(abs(late_s))} {when} the scheduled time."


def undone(index: Index, state: RunState) -> list[Undone]:
    """Operations that ran otherwise than to their end, or never began."""
    found = []
    ended = state.status in ("succeeded", "aborted", "failed")
    for entry in index.schedule.entries:
        ran = state.operations.get(entry.operation)
        result = ran.result if ran is not None else "not started"
        if result == "done" or (not ended and result in ("running", "not started")):
            continue
        wells = index.wells_of(entry.operation)
        found.append(
            Undone(
                entry.operation,
                "unknown: it began and nobody wrote down how it ended"
                if result == "running"
                else result.replace("_", " "),
                wells_in_short(wells) or "the whole plate",
                (ran.reason if ran else None) or "",
            )
        )
    return found


def flagged(plan: Plan, state: RunState) -> list[Flagged]:
    """Flagged and abandoned wells, those with equal reasons together."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for well in plan.wells:
        fate = state.wells.get(well.well)
        if fate is not None and fate.status != "ok":
            key = (fate.status, tuple(dict.fromkeys(fate.reasons)))
            groups.setdefault(key, []).append(well.well)
    return [
        Flagged(wells_in_short(wells), status, reasons)
        for (status, reasons), wells in groups.items()
    ]


def broken(state: RunState) -> list[BrokenLag]:
    """Broken lags, the worst first."""
    return sorted(state.broken_lags, key=lambda lag: -lag.by_s)


def provenance(plan: Plan, schedule: Schedule, state: RunState) -> list[tuple[str, str]]:
    """Hashes, files and versions: what this run and this page were made from."""
    texts = plan.texts
    return [
        ("Run", state.run or "no id"),
        ("Person", str(state.info.get("user") or "not recorded")),
        ("Begun", moment(state.started_wall)),
        ("Ended", moment(state.ended_wall)),
        ("Events", f"{state.last_seq} in the record"),
        ("Plan", f"{plan.sha256 or 'not sealed'}{_doubts(plan, schedule, state)}"),
        ("Schedule", f"{schedule.content_hash()}, by {schedule.method}, seed {schedule.seed}"),
        ("Protocol text", f"{_hash(texts.protocol)}, {texts.protocol_file or 'no file'}"),
        ("Table text", f"{_hash(texts.conditions)}, {texts.conditions_file or 'no file'}"),
        ("Deck layout", f"{plan.deck.content_hash()}, {texts.deck_file or plan.deck.name}"),
        ("Compiled by", f"ncrobot {plan.compiler_version}"),
        ("Page made by", f"ncrobot {__version__}"),
    ]


def moment(iso: str | None) -> str:
    """An ISO time in words, to the second; times of the record are UTC."""
    if iso is None:
        return "not recorded"
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{found:%Y-%m-%d %H:%M:%S} {found.tzname() or ''}".strip()


def differences(checks: Iterable[Mapping[str, object]]) -> list[tuple[str, Mapping[str, object]]]:
    """Every difference of ledger and trackers with the operation it was found at."""
    found = []
    for check in checks:
        listed_ = check.get("differences", ())
        if isinstance(listed_, Sequence):
            found += [(str(check.get("operation") or "the end"), each) for each in listed_]
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else "no text"


def _doubts(plan: Plan, schedule: Schedule, state: RunState) -> str:
    """What doesn't fit together, in words; an empty string if all hashes agree."""
    doubts = []
    if not plan.is_intact():
        doubts.append("the plan's content does not match its hash")
    if schedule.plan_sha256 != plan.sha256:
        doubts.append("the schedule was made for another plan")
    if state.info.get("plan_sha256", plan.sha256) != plan.sha256:
        doubts.append("the run was started with another plan")
    return f" ({'; '.join(doubts)})" if doubts else ", as sealed"
