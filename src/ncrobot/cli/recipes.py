"""Commands for the shipped recipes: recipes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import JsonOpt, app, write
from ncrobot.errors import Diagnostic, LabError, nearest_word

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.recipes import Catalogue, Outcomes
    from ncrobot.recipes.outcomes import PlateTrial
    from ncrobot.recipes.trial import Files


@app.command("recipes")
def recipes_command(  # noqa: PLR0913 - the options of the command
    system: Annotated[
        str | None, typer.Argument(metavar="[SYSTEM]", help="tell all of this one")
    ] = None,
    try_them: Annotated[
        bool, typer.Option("--try", help="plan, audit, schedule and simulate them")
    ] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="with --try: a system without protocol is an error")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="processes")] = 2,
    effort: Annotated[
        float,
        typer.Option("--effort", min=0.0, max=20.0, help="with --try: spent on shorter schedules"),
    ] = 0.0,
    results: Annotated[
        Path, typer.Option("--results", help="where --try writes what became of them")
    ] = Path("results/recipes.json"),
    catalogue: Annotated[Path, typer.Option("--catalogue", help="which systems there are")] = Path(
        "protocols/catalogue.yaml"
    ),
    decks: Annotated[Path, typer.Option("--decks", help="folder of the deck layouts")] = Path(
        "deck_layouts"
    ),
    as_json: JsonOpt = False,
) -> int:
    """List the shipped reaction systems: what runs, what is missing, what a person does."""
    from ncrobot import recipes

    chosen = _chosen(recipes.load_catalogue(catalogue), system)
    folder = catalogue.parent
    if try_them:
        found = recipes.try_recipes(
            chosen, folder, decks, jobs=jobs, effort=effort, told=None if as_json else _told
        )
        if system is None:
            write(found.model_dump_json(indent=1), results)
    else:
        found = recipes.untried(chosen, folder, decks, recipes.load_outcomes(results))
    _show(chosen, found, system, as_json=as_json)
    incomplete = complete and bool(found.unwritten)
    return _failed(found, incomplete=incomplete) if try_them else 0


def _chosen(catalogue: Catalogue, system: str | None) -> Catalogue:
    if system is None:
        return catalogue
    found = tuple(entry for entry in catalogue.entries if entry.key == system)
    if not found:
        nearest = nearest_word(system, [entry.key for entry in catalogue.entries])
        raise LabError(
            Diagnostic(
                code="unknown-recipe",
                message="the catalogue has no such system",
                found=system,
                fix=f"did you mean {nearest}?" if nearest else "'ncrobot recipes' lists them",
            )
        )
    return catalogue.model_copy(update={"entries": found})


def _show(chosen: Catalogue, found: Outcomes, system: str | None, *, as_json: bool) -> None:
    from ncrobot.recipes.telling import entry_lines, outcome_lines

    if as_json:
        console.dump(found.model_dump(mode="json"))
    elif system is None:
        console.lines(outcome_lines(found))
    else:
        console.lines(entry_lines(chosen.entries[0], chosen, found.entries[0]))


def _told(files: Files, trial: PlateTrial) -> None:
    from ncrobot.recipes.telling import plate_line

    typer.echo(f"{files.protocol.name} {plate_line(trial)}", err=True)


def _failed(found: Outcomes, *, incomplete: bool) -> int:
    from ncrobot.recipes.telling import total_line

    if not found.failed and not incomplete:
        return 0
    names = [each.key for each in (*found.failed, *(found.unwritten if incomplete else ()))]
    console.warnings([f"{total_line(found)}; see {', '.join(names)}"])
    return 1
