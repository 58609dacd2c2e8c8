"""The command that lists all devices of a deck, and what is wrong with any of them, as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import JsonOpt, app

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.deck import DeckLayout
    from ncrobot.lab.surveying import Surveyed


@app.command()
def devices(
    deck: Annotated[Path, typer.Argument(metavar="DECK", help="deck layout (YAML)")],
    as_json: JsonOpt = False,
) -> int:
    """List, identify and read all devices of a deck at once, and tell all that is wrong."""
    from ncrobot.deck import load_deck
    from ncrobot.lab.surveying import survey

    layout = load_deck(deck)
    found = survey(layout)
    if as_json:
        console.dump({"deck": layout.name, "devices": [asdict(each) for each in found]})
    else:
        console.lines(list(tree(layout, found)))
    return 1 if any(each.problems for each in found) else 0


def tree(layout: DeckLayout, found: Sequence[Surveyed]) -> Iterator[str]:
    """The devices as a tree: each with what it reads, and with every problem of its own."""
    well = sum(not each.problems for each in found)
    yield f"{layout.name}: {well} of {len(found)} devices beside the arm are well"
    arm = layout.arm
    note = "not asked, since to connect an arm is to move it"
    yield from _branch(f"{arm.name} ({arm.driver}): {note}", [], is_last=not found)
    for number, each in enumerate(found, start=1):
        leaves = [f"{name}: {value}" for name, value in each.readings.items()]
        leaves += [f"wrong: {problem}" for problem in each.problems]
        yield from _branch(_title(each), leaves, is_last=number == len(found))


def _title(each: Surveyed) -> str:
    where = f" on {each.port}" if each.port else ""
    told = each.identity
    words = [] if told is None else [told.model]
    if told is not None and told.serial_number:
        words.append(f"serial number {told.serial_number}")
    if told is not None and told.firmware:
        words.append(f"firmware {told.firmware}")
    said = ", ".join(words) or "says nothing of itself"
    return f"{each.device} ({each.kind}, {each.driver}){where}: {said}"


def _branch(title: str, leaves: Sequence[str], *, is_last: bool) -> Iterator[str]:
    yield f"{'└─' if is_last else '├─'} {title}"
    for number, leaf in enumerate(leaves, start=1):
        yield f"{'  ' if is_last else '│ '} {'└─' if number == len(leaves) else '├─'} {leaf}"
