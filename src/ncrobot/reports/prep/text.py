"""The prep sheet as text of 80 columns, for a terminal or a printer."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ncrobot.plan import Plan
from ncrobot.reports._text import counted, exact_clock, mass, significant, span, volume
from ncrobot.reports.prep.lots import LotToMake, Weighed, WorkingSolution, told_volume
from ncrobot.reports.prep.people import Call
from ncrobot.reports.prep.sheet import Sheet, make_sheet
from ncrobot.schedule import Schedule

WIDTH = 80
_LABEL = 14


def prep_sheet_text(plan: Plan, schedule: Schedule) -> str:
    """The prep sheet for a terminal or a printer, no line longer than 80 columns."""
    sheet = make_sheet(plan, schedule)
    lines = ["PREP SHEET", *_wrapped(sheet.title), "=" * WIDTH]
    for name, value in sheet.facts:
        lines += _labelled(name, value, indent=0)
    sections = (
        ("Stocks to make", [line for lot in sheet.lots for line in (*_lot(lot), "")]),
        ("Dilutions that the arm makes", [x for w in sheet.working for x in _working(w)]),
        ("Deck", _deck(sheet)),
        ("Tips", _tips(sheet)),
        ("When a person is needed", _people(sheet)),
        *([("When gas flows", _items(sheet.gases))] if sheet.gases else []),
        ("Hazards", _hazards(sheet)),
        ("Warnings", _items(sheet.warnings)),
        ("Assumptions, none of them measured", _items(sheet.assumptions)),
    )
    for number, (heading, body) in enumerate(sections, start=1):
        lines += ["", f"{number}  {heading}", "-" * WIDTH, *(_trimmed(body) or ["None."])]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _lot(lot: LotToMake) -> list[str]:
    head = f"[ ] {lot.title}"
    made = volume(lot.volume_ul)
    lines = [*_wrapped(head, WIDTH - len(made) - 2)]
    lines[0] = f"{lines[0]:<{WIDTH - len(made)}}{made}"
    lines += _labelled("make", lot.when)
    for told in lot.strength:
        lines += _labelled("in it", told)
    for weighed in lot.weighed:
        lines += _labelled("weigh", weighed_in_words(weighed))
    for name, ul in lot.measured_ul.items():
        lines += _labelled("measure", f"{volume(ul)} {name}")
    lines += _labelled("volume", told_volume(lot))
    for place, ul in lot.places_ul.items():
        lines += _labelled("load", f"{volume(ul)} into {place}")
    for name, told in (("keep", lot.keep), ("life", lot.life), ("note", lot.note)):
        lines += _labelled(name, told) if told else []
    return [*lines, "    made by ______________  at ________  bottle lot ______________"]


def weighed_in_words(weighed: Weighed) -> str:
    """What to weigh, in one line."""
    words = f"{mass(weighed.mass_mg)} {weighed.name}"
    if weighed.formula:
        words += f", {weighed.formula}"
    if weighed.assay is not None:
        words += f" (assay of {significant(weighed.assay * 100)} % allowed for)"
    if weighed.neat_ul is not None:
        words += f", as liquid {volume(weighed.neat_ul)}"
    if weighed.is_light:
        words += ": under 10 mg, make more of it or take a micro balance"
    return words


def _working(working: WorkingSolution) -> list[str]:
    factor = f"{working.factor:g}-fold " if working.factor else ""
    told = f"{factor}dilution of {working.stock}, {volume(working.volume_ul)} in all"
    lines = _wrapped(f"{working.name}: {told}")
    for strength in working.strength:
        lines += _labelled("in it", strength)
    return lines + _labelled("made in", ", ".join(working.wells))


def _deck(sheet: Sheet) -> list[str]:
    lines = [line for told in (sheet.counting,) if told for line in (*_wrapped(told), "")]
    for labware in sheet.loaded:
        if not labware.used:
            continue
        lines += _wrapped(f"[ ] {labware.name}  ({labware.place})", indent=4)
        lines += _labelled("is", f"{labware.definition}, {labware.role}")
        for told in labware.contents:
            lines += _labelled("holds", told)
    idle = [labware for labware in sheet.loaded if not labware.used]
    if idle:
        lines += ["", "In the layout, not used by this plan:"]
    for labware in idle:
        told = f"    {labware.name}  ({labware.place}): {labware.definition}, {labware.role}"
        lines += textwrap.wrap(told, WIDTH, subsequent_indent=" " * 6, break_on_hyphens=False)
    return lines


def _tips(sheet: Sheet) -> list[str]:
    lines = [f"{'rack':<28}{'tip':<30}{'taken':>10}{'of':>12}"]
    for rack in sheet.racks:
        name = textwrap.shorten(rack.name, 27, placeholder="…")
        tip = textwrap.shorten(rack.tip, 29, placeholder="…")
        lines.append(f"{name:<28}{tip:<30}{rack.used:>10}{rack.available:>12}")
    return lines if sheet.racks else []


def _people(sheet: Sheet) -> list[str]:
    before = sum(not lot.during_run for lot in sheet.lots)
    lines = _wrapped(f"before the start: {counted(before, 'stock')} made, the deck loaded")
    if not sheet.calls:
        return [*lines, "Nobody is needed between start and end."]
    for call in sheet.calls:
        lines += _call(call)
    return lines


def _call(call: Call) -> list[str]:
    lines = _wrapped(
        f"[ ] {exact_clock(call.start_s)}, {span(call.takes_s)}: {call.task}", indent=4
    )
    lines += _labelled("no answer", unanswered(call))
    for hazard in call.hazards:
        lines += _labelled("mind", hazard)
    return lines


def unanswered(call: Call) -> str:
    """What happens if nobody answers a call."""
    if call.answer_within_s is None:
        return call.without_answer
    return f"after {span(call.answer_within_s)}: {call.without_answer}"


def _hazards(sheet: Sheet) -> list[str]:
    told = [f"{subject}: {remarks}" if subject else remarks for subject, remarks in sheet.hazards]
    return _items(told)


def _items(sentences: Iterable[str]) -> list[str]:
    return [line for told in sentences for line in _wrapped(f"- {told}", indent=2)]


def _labelled(label: str, content: str, indent: int = 4) -> list[str]:
    start = f"{' ' * indent}{label:<{_LABEL - indent}}"
    return textwrap.wrap(
        content, WIDTH, initial_indent=start, subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
    ) or [start]  # fmt: skip


def _wrapped(content: str, width: int = WIDTH, indent: int = 0) -> list[str]:
    return textwrap.wrap(content, width, subsequent_indent=" " * indent, break_on_hyphens=False)


def _trimmed(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1]:
        kept.pop()
    return kept
