"""Commands that bring in recipes in other forms: import-xdl, import-recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import app, write
from ncrobot.errors import Diagnostic, LabError
from ncrobot.units import Dimension, QuantityError, parse_quantity

if TYPE_CHECKING:  # --help shouldn't wait for them
    from ncrobot.importers import Asked
    from ncrobot.importers.importing import Drafter

DeckOpt = Annotated[
    Path, typer.Option("--deck", "-d", help="deck layout that has to deliver the doses (YAML)")
]
OutOpt = Annotated[
    Path, typer.Option("--output", "-o", help="protocol to write; its table goes beside it (.csv)")
]
WithOpt = Annotated[
    Path | None, typer.Option("--with", help="facts of its reagents that it doesn't tell (YAML)")
]
VolumeOpt = Annotated[
    str | None, typer.Option("--volume", help="liquid in a well, as '500 µL'; default: up to 1 mL")
]
WellsOpt = Annotated[int, typer.Option("--wells", min=1, max=96, help="rows of the table")]


@app.command("import-xdl")
def import_xdl(
    xdl_file: Annotated[Path, typer.Argument(metavar="FILE", help="XDL file (XML)")],
    deck: DeckOpt,
    output: OutOpt,
    supplement: WithOpt = None,
    volume: VolumeOpt = None,
    wells: WellsOpt = 8,
) -> None:
    """Make a protocol of an XDL procedure, as far as its liquid steps go."""
    from ncrobot.importers.xdl import draft_of_xdl, read_xdl

    asked = _asked(deck, output, supplement, volume, wells)
    _import(
        xdl_file,
        lambda text, file, findings: draft_of_xdl(read_xdl(text, file), findings),
        asked,
        output,
    )


@app.command("import-recipe")
def import_record(  # noqa: PLR0913 - the options of the command
    record_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="record in JSON or in protobuf's text form")
    ],
    deck: DeckOpt,
    output: OutOpt,
    reaction: Annotated[
        str | None, typer.Option("--reaction", help="which of a data set: its id, or a number")
    ] = None,
    supplement: WithOpt = None,
    volume: VolumeOpt = None,
    wells: WellsOpt = 8,
) -> None:
    """Make a protocol of a record of the Open Reaction Database, where amounts allow."""
    from ncrobot.importers.ord import draft_of_record, read_reaction

    asked = _asked(deck, output, supplement, volume, wells)
    _import(
        record_file,
        lambda text, file, found: draft_of_record(read_reaction(text, file, reaction), file, found),
        asked,
        output,
    )


def _asked(
    deck: Path, output: Path, supplement: Path | None, volume: str | None, wells: int
) -> Asked:
    from ncrobot.importers import Asked, load_supplement

    try:
        volume_ul = None if volume is None else parse_quantity(volume, Dimension.VOLUME)
    except QuantityError as error:
        fix = "write it as in --volume '500 µL'"
        raise LabError(Diagnostic(code="bad-volume", message=str(error), fix=fix)) from error
    return Asked(
        deck=deck,
        volume_ul=volume_ul,
        wells=wells,
        supplement=None if supplement is None else load_supplement(supplement),
        file=str(output),
    )


def _import(path: Path, draft: Drafter, asked: Asked, output: Path) -> None:
    from ncrobot.importers import import_recipe

    made = import_recipe(path, draft, asked)
    table = output.with_suffix(".csv")
    write(made.protocol, output)
    write(made.table, table)
    console.warnings([str(each) for each in made.changes])
    console.errors(made.unscheduled, as_json=False)
    takes = "no schedule keeps its times" if made.hours is None else f"takes {made.hours:.2f} h"
    console.say(
        f"{output}, {table}: {made.wells} wells, {made.operations} operations on {asked.deck}, "
        f"planned and audited; {takes}; {len(made.changes)} changes to {path.name}"
    )
