"""The recipes in words: a table of all, and one of them with everything that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ncrobot.recipes.catalogue import Catalogue, Entry
from ncrobot.recipes.lookouts import figures
from ncrobot.recipes.outcomes import Outcome, Outcomes, PlateTrial

VERDICTS = {
    "full": "every known step runs on a deck, once stocks and parent clusters are there",
    "partial": "the core runs; something stated or unavoidable needs a person or a device",
    "manual": "the core can't run on an ordinary deck: toxic gas, cadmium, mercury",
}
_HEADINGS = (
    "system",
    "verdict",
    "state",
    "plates",
    "hours",
    "person",
    "assumed",
    "what people do",
    "what is missing",
)


def state_of(outcome: Outcome) -> str:
    """How far a system came, in a word or two."""
    if outcome.protocol is None:
        return "no protocol"
    if outcome.simulated:
        return "simulated"
    if outcome.error:
        return "FAILS"
    return "not tried"


def outcome_lines(outcomes: Outcomes) -> list[str]:
    """A table with a line for each system, and what fails beneath it."""
    rows = [_HEADINGS, *(_row(each) for each in outcomes.entries)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    lines += [f"{each.key} fails: {each.error}" for each in outcomes.failed if each.error]
    return [*lines, total_line(outcomes)]


def _row(outcome: Outcome) -> tuple[str, ...]:
    hours = "" if outcome.plate_hours is None else f"{outcome.plate_hours:.1f} h"
    minutes = "" if outcome.person_minutes is None else f"{outcome.person_minutes:.0f} min"
    lacks = f"; the language lacks: {', '.join(outcome.lacks)}" if outcome.lacks else ""
    return (
        outcome.key,
        outcome.verdict,
        state_of(outcome),
        str(len(outcome.plates) or ""),
        hours,
        minutes,
        str(outcome.assumed_values) if outcome.protocol else "",
        _people(outcome),
        outcome.missing + lacks,
    )


def _people(outcome: Outcome) -> str:
    """How often somebody is called to the plates, and what is done beside them."""
    calls = sum(len(plate.person) for plate in outcome.plates)
    called = [f"{calls} call{'' if calls == 1 else 's'}"] if calls else []
    return ", ".join([*called, *outcome.by_hand]) or "nothing"


def total_line(outcomes: Outcomes) -> str:
    """How many systems came how far."""
    counts = Counter(state_of(each) for each in outcomes.entries)
    parts = [
        f"{counts[state]} {state}" for state in ("simulated", "FAILS", "not tried") if counts[state]
    ]
    parts += [f"{counts['no protocol']} without a protocol"] if counts["no protocol"] else []
    return f"{len(outcomes.entries)} systems: {', '.join(parts)}"


def plate_line(trial: PlateTrial) -> str:
    """What became of one plate."""
    if trial.error:
        return f"{trial.table}: FAILS: {trial.error}"
    return (
        f"{trial.table}: {trial.wells_ok} of {trial.wells} wells ok, {trial.operations} operations "
        f"in {trial.hours or 0:.2f} h (tried in {trial.seconds:.1f} s)"
    )


def entry_lines(entry: Entry, catalogue: Catalogue, outcome: Outcome) -> list[str]:
    """Everything that is known of one system."""
    lines = [
        f"{entry.key}: {entry.title}",
        f"source    {catalogue.sources[entry.source]}; {entry.where}",
        f"verdict   {entry.verdict}: {VERDICTS[entry.verdict]}",
        f"missing   {entry.missing}",
        f"by hand   {', '.join(entry.by_hand) or 'nothing'}",
    ]
    if entry.protocol is None:
        lacks = f"; the language lacks: {', '.join(entry.lacks)}" if entry.lacks else ""
        return [*lines, f"protocol  none yet{lacks}"]
    part = f" ({entry.part})" if entry.part else ""
    lines += [f"protocol  {entry.protocol}{part}", f"tables    {', '.join(entry.tables)}"]
    lines += [f"deck      {entry.deck}", f"state     {state_of(outcome)}"]
    for plate in outcome.plates:
        lines += ["", plate_line(plate), *_plate_lines(plate)]
    lines += ["", "what analysis is to look for:"]
    lines += [f"  {each}" for each in _looked_for(outcome)] or ["  nothing is printed"]
    lines += ["", f"{outcome.assumed_values} values that the source doesn't print:"]
    return lines + [f"  {each}" for each in outcome.assumed]


def _looked_for(outcome: Outcome) -> Iterator[str]:
    for lookout in outcome.expected:
        part = lookout.part.replace("_", " ")
        alike = f" (looks like {', '.join(lookout.same_as)})" if lookout.same_as else ""
        told = "; ".join(figures(lookout)) or "no figure"
        yield f"{lookout.species}, {part}: {told}{alike}"


def _plate_lines(plate: PlateTrial) -> list[str]:
    minutes = sum(task.minutes for task in plate.person)
    lines = [f"  a person is needed {len(plate.person)} times, {minutes:.0f} min in all"]
    lines += [f"    {t.at_hours:8.2f} h  {t.minutes:5.0f} min  {t.task}" for t in plate.person]
    for instrument, count in plate.samples.items():
        queue = plate.queue_hours.get(instrument)
        takes = f", {queue:.1f} h on it" if queue else ""
        lines.append(f"  {count} samples for {instrument}{takes}")
    if plate.expired:
        lines.append(f"  {plate.expired} of the samples are too old before they can be measured")
    return lines
