"""What a run left behind, held against the world's own account of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ncrobot.events import Event, EventKind
from ncrobot.recorder import RunRecord
from ncrobot_sim.world import World

NEAR_UL = 1e-3
"""Volumes are compared to this; the accounts round differently."""

Brought = dict[str, dict[str, float]]
"""Microlitres of every stock that were brought to a place."""


@dataclass(slots=True)
class Verdict:
    """What a kill and the resumption after it came to."""

    killed: bool = True
    doubled: int = 0
    lost: int = 0
    unknown: int = 0
    unknown_reported: int = 0
    ledger_mismatches: int = 0
    ended: str = ""
    wells_ok: int = 0
    wells_wrongly_ok: int = 0
    problems: list[str] = field(default_factory=list)


def judge(
    verdict: Verdict,
    planned: Brought,
    before: RunRecord,
    after: RunRecord,
    world: World,
    flushed: int,
) -> None:
    """Note in the verdict what was doubled, lost, left unsaid or accounted wrongly."""
    verdict.ended = after.state.status
    numbers = [event.seq for event in after.events]
    missing = max(numbers, default=0) - len(set(numbers))
    verdict.lost = missing + max(flushed - len(before.events), 0)
    _judge_unknown(verdict, before, after)
    _judge_wells(verdict, planned, after, world)
    _judge_ledger(verdict, after, world)


def _judge_unknown(verdict: Verdict, before: RunRecord, after: RunRecord) -> None:
    """Every act without an outcome at the moment of death has to be told."""
    open_acts = {
        (operation, act)
        for (operation, act) in before.state.open_acts
        if before.state.operations[operation].result == "running"
    }
    told = {
        (each["operation"], each["act"])
        for resumed in after.state.resumed
        for each in resumed["unknown"]
    }
    verdict.unknown = len(open_acts)
    verdict.unknown_reported = len(open_acts & told)
    verdict.problems += [f"not told: {missing}" for missing in sorted(open_acts - told)]


def _judge_wells(verdict: Verdict, planned: Brought, after: RunRecord, world: World) -> None:
    """No well got more of a stock than planned; one that counts as ok got what was planned."""
    for place, stocks in planned.items():
        fate = after.state.wells.get(place.split("/")[1])
        found = world.brought_ul(place)
        doubled = [s for s, ul in found.items() if ul > stocks.get(s, 0.0) + NEAR_UL]
        complete = all(abs(found.get(s, 0.0) - ul) <= NEAR_UL for s, ul in stocks.items())
        ok = fate is None or fate.status == "ok"
        verdict.doubled += len(doubled)
        verdict.wells_ok += ok
        verdict.wells_wrongly_ok += ok and not complete
        if doubled or (ok and not complete):
            verdict.problems.append(f"{place}: {found} instead of {stocks}, ok: {ok}")


def _judge_ledger(verdict: Verdict, after: RunRecord, world: World) -> None:
    """The ledger is what the world holds, but for what was told to be unknown."""
    doubtful_ul = _doubtful_ul(after.events)
    for place, held in after.state.ledger.items():
        if "/" not in place:
            continue
        away_ul = abs(held["volume_ul"] - world.volume_ul(place))
        if away_ul > doubtful_ul.get(place, 0.0) + NEAR_UL:
            verdict.ledger_mismatches += 1
            verdict.problems.append(
                f"{place}: ledger {held['volume_ul']:.3f}, world {world.volume_ul(place):.3f}"
            )


def _doubtful_ul(events: tuple[Event, ...]) -> dict[str, float]:
    """Volumes of acts that ended unknown, by the places that they concern."""
    intents: dict[tuple[str | None, str | None], dict[str, Any]] = {}
    found: dict[str, float] = {}
    for event in events:
        key = (event.operation, event.act)
        if event.kind is EventKind.INTENT:
            intents[key] = event.data
        elif event.kind is EventKind.UNKNOWN:
            for move in intents.get(key, {}).get("moves", ()):
                place = move["address"]
                found[place] = found.get(place, 0.0) + move["volume_ul"]
    return found
