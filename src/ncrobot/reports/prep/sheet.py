"""All that a prep sheet tells, collected once for its text and its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ncrobot.labware.decks import RAILS
from ncrobot.plan import Plan
from ncrobot.reports._glossary import Glossary
from ncrobot.reports._text import counted, span, volume
from ncrobot.reports.prep.loading import Loaded, TipRack, loading, tip_racks
from ncrobot.reports.prep.lots import LotToMake, WorkingSolution, lots_to_make, working_solutions
from ncrobot.reports.prep.people import Call, calls, gas_times
from ncrobot.schedule import Schedule

_COUNTING = "Rails count from 1 at the left, sites of a carrier from 0 at the front."


@dataclass(frozen=True, slots=True)
class Sheet:
    """The content of a prep sheet; ``facts`` are (name, value) pairs for its head."""

    title: str
    facts: tuple[tuple[str, str], ...]
    counting: str
    lots: tuple[LotToMake, ...]
    working: tuple[WorkingSolution, ...]
    loaded: tuple[Loaded, ...]
    racks: tuple[TipRack, ...]
    calls: tuple[Call, ...]
    gases: tuple[str, ...]
    hazards: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]


def make_sheet(plan: Plan, schedule: Schedule) -> Sheet:
    """Collect the content of a prep sheet."""
    glossary = Glossary.of(plan)
    lots = lots_to_make(plan, schedule, glossary)
    return Sheet(
        title=plan.title,
        facts=_facts(plan, schedule),
        counting=_COUNTING if plan.deck.robot in RAILS else "",
        lots=tuple(lots),
        working=tuple(working_solutions(plan, glossary)),
        loaded=tuple(loading(plan, lots)),
        racks=tuple(tip_racks(plan)),
        calls=tuple(calls(plan, schedule)),
        gases=gas_times(plan, schedule),
        hazards=by_subject((*_hydrogen(plan), *plan.hazards)),
        warnings=warnings_of(plan),
        assumptions=drawn_together(plan.assumptions),
    )


def by_subject(sentences: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Sentences "subject: remark" drawn together: one pair of subject and remarks each."""
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        subject, colon, remark = sentence.partition(": ")
        if colon:
            found.setdefault(subject, []).append(remark)
        else:
            found.setdefault("", []).append(sentence)
    return tuple((subject, "; ".join(remarks)) for subject, remarks in found.items())


def drawn_together(sentences: Iterable[str]) -> tuple[str, ...]:
    """All sentences, where those about several things of the deck with one reason become one."""
    found: dict[tuple[str, str], list[str]] = {}
    for sentence in sentences:
        topic, _, rest = sentence.partition(": ")
        thing, colon, reason = rest.partition(": ")
        if topic == "deck" and colon:
            found.setdefault((topic, reason), []).append(thing)
        else:
            found.setdefault((sentence, ""), [])
    return tuple(
        f"{topic}: {', '.join(dict.fromkeys(things))}: {reason}" if things else topic
        for (topic, reason), things in found.items()
    )


def warnings_of(plan: Plan) -> tuple[str, ...]:
    """The plan's warnings with the places they are about."""
    return tuple(_placed(w.message, w.line, w.well) for w in plan.warnings)


def _facts(plan: Plan, schedule: Schedule) -> tuple[tuple[str, str], ...]:
    table = plan.texts.conditions_file or "given without a file"
    protocol = plan.protocol
    if plan.texts.protocol_file:
        protocol += f" ({plan.texts.protocol_file})"
    deck = plan.deck.name + (f": {plan.deck.title}" if plan.deck.title else "")
    return (
        ("Protocol", protocol),
        ("Table", f"{table}, {counted(len(plan.wells), 'well')}"),
        ("Deck", deck),
        ("Duration", f"{span(schedule.makespan_s)} from T+0:00 h, the start of the run"),
        ("Liquid waste", f"{volume(plan.waste_ul)} at most"),
        ("Plan", plan.sha256 or "not sealed"),
    )


def _hydrogen(plan: Plan) -> tuple[str, ...]:
    """The gas of the plate in one sentence, unless the plan's own hazards tell it."""
    most = max(plan.wells, key=lambda well: well.hydrogen_ul, default=None)
    total_ul = sum(well.hydrogen_ul for well in plan.wells)
    if most is None or total_ul <= 0 or any(h.startswith("hydrogen") for h in plan.hazards):
        return ()
    told = (
        f"hydrogen: up to {volume(most.hydrogen_ul)} of gas in {most.well}, {volume(total_ul)} "
        "from the plate (25 °C, 1 atm, if all hydride hydrolyses)"
    )
    return (told,)


def _placed(message: str, line: int | None, well: str | None) -> str:
    places = [f"line {line}"] if line is not None else []
    places += [f"well {well}"] if well is not None else []
    return f"{message} ({', '.join(places)})" if places else message
