"""Acts of the arm in a run's events, with how long each took and what it consisted of.

An act counts if its outcome is known for all its channels and the layout's times say what it is
made of: its channels stand in one column of one labware, and it didn't stay on the labware of the
act before (the layout knows one travel time between positions of the deck, and none within a
labware). Mixing right after a dispense needs no travel, and drawing right after a source was
mixed needs no touch-down either: the tips are there already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ncrobot.calibration.terms import Coefficients, coefficients
from ncrobot.events import Event, EventKind

TIPS_ACTS = {
    "pick_up_tips": "pick_up_tips_s",
    "return_tips": "drop_tips_s",
    "discard_tips": "drop_tips_s",
}
LIQUID_ACTS = ("resuspend", "aspirate", "dispense", "mix")
ACTS = (*TIPS_ACTS, *LIQUID_ACTS, "move_labware")
_OUTCOMES = (EventKind.DONE, EventKind.NOT_DONE, EventKind.UNKNOWN)

NOT_ALL_DONE = "did not end as done on all channels"
NO_TIME = "took no time by the record"
SEVERAL_COLUMNS = "went to several columns or labwares, which the arm may do together or in turn"
SAME_LABWARE = "stayed on the labware of the act before, for which the layout has no travel time"
NOT_TOLD = "has no places or volumes in the record"


@dataclass(frozen=True, slots=True)
class Observation:
    """One act: its duration and what of the layout's times it consists of."""

    seq: int
    act: str
    duration_s: float
    coefficients: Coefficients


@dataclass(frozen=True, slots=True)
class Observed:
    """What a run's record offers; ``left_out`` counts the acts that can't be used, by reason."""

    observations: tuple[Observation, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Act:
    """An announced act with its outcome."""

    intent: Event
    outcome: Event

    @property
    def duration_s(self) -> float:
        return self.outcome.time_s - self.intent.time_s

    @property
    def is_done(self) -> bool:
        return self.outcome.kind is EventKind.DONE and "channels" not in self.outcome.data


def observe(events: Iterable[Event]) -> Observed:
    """Find the arm's acts of a run and what each consists of."""
    found: list[Observation] = []
    left_out: Counter[str] = Counter()
    before: _Act | None = None
    for act in _acts(events):
        made_of, why_not = _made_of(act, before)
        before = act
        if made_of is None:
            left_out[why_not] += 1
            continue
        found.append(
            Observation(
                act.intent.seq, act.intent.act or "", act.duration_s, coefficients(**made_of)
            )
        )
    return Observed(tuple(found), dict(left_out))


def _acts(events: Iterable[Event]) -> list[_Act]:
    """Intents of the arm with their outcomes, in order; what has no outcome is left out.

    Before a run's start its clock stands still at zero, so acts count from there only.
    """
    announced: dict[tuple[str | None, str], Event] = {}
    found: list[_Act] = []
    for event in events:
        if event.act not in ACTS or event.time_s < 0:
            continue
        key = (event.operation, event.act)
        if event.kind is EventKind.INTENT:
            announced[key] = event
        elif event.kind in _OUTCOMES and key in announced:
            found.append(_Act(announced.pop(key), event))
    return sorted(found, key=lambda act: act.intent.seq)


def _made_of(act: _Act, before: _Act | None) -> tuple[dict[str, float] | None, str]:
    """The terms of an act, or why it can't be told."""
    if not act.is_done:
        return None, NOT_ALL_DONE
    if not act.duration_s > 0:
        return None, NO_TIME
    name, data = act.intent.act or "", act.intent.data
    if name == "move_labware":
        return {"move_plate_s": 1.0}, ""
    if name in TIPS_ACTS:
        # The waste is one place for all tips; a rack has columns.
        if len({_column(tip["tip"]) for tip in data.get("tips", ())}) > 1:
            return None, SEVERAL_COLUMNS
        return {"travel_s": 1.0, TIPS_ACTS[name]: 1.0}, ""
    return _liquid(name, data, before if before and _same_visit(act, before) else None)


def _liquid(
    name: str, data: Mapping[str, Any], before: _Act | None
) -> tuple[dict[str, float] | None, str]:
    moves: Sequence[Mapping[str, Any]] = data.get("moves") or ()
    if not moves:
        return None, NOT_TOLD
    if len({_column(move["address"]) for move in moves}) > 1:
        return None, SEVERAL_COLUMNS
    volume_ul = max(float(move["volume_ul"]) for move in moves)
    reach = _reach(name, moves, before)
    if reach is None:
        return None, SAME_LABWARE
    if name in ("aspirate", "dispense"):
        return {**reach, f"{name}_ul_per_s": volume_ul}, ""
    strokes_ul = int(data.get("repetitions", 1)) * volume_ul
    return {**reach, "aspirate_ul_per_s": strokes_ul, "dispense_ul_per_s": strokes_ul}, ""


def _reach(
    name: str, moves: Sequence[Mapping[str, Any]], before: _Act | None
) -> dict[str, float] | None:
    """Travel and touch-down of a liquid act after the act before; None if that is ambiguous."""
    whole = {"travel_s": 1.0, "touch_down_s": 1.0}
    last = before.intent if before is not None else None
    told = last.data.get("moves") if last is not None else None
    if last is None or not told:
        return whole
    there = {move["address"] for move in moves}
    were = {move["address"] for move in told}
    if name == "mix" and last.act == "dispense" and there <= were:
        return {"touch_down_s": 1.0}
    if name == "aspirate" and last.act == "resuspend" and there <= were:
        return {}
    labware = {address.split("/")[0] for address in there}
    return None if labware & {address.split("/")[0] for address in were} else whole


def _same_visit(act: _Act, before: _Act) -> bool:
    return act.intent.operation is not None and act.intent.operation == before.intent.operation


def _column(address: str) -> tuple[str, str]:
    labware, _, well = address.partition("/")
    return labware, well.lstrip("ABCDEFGHIJKLMNOP")
