"""The application, the options that commands share, and how they write files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ncrobot.cli.logs import log_beside
from ncrobot.outputs import write_whole

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.plan import Plan
    from ncrobot.schedule import Schedule

app = typer.Typer(
    name="ncrobot",
    help="Plan, schedule, run and record plates of metal nanocluster syntheses.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DEFAULT_DATABASE = Path("runs/ncrobot.sqlite")

ProtocolArg = Annotated[Path, typer.Argument(help="protocol file (YAML)")]
ConditionsOpt = Annotated[
    Path, typer.Option("--conditions", "-c", help="table of conditions (CSV or YAML)")
]
DeckOpt = Annotated[Path, typer.Option("--deck", "-d", help="deck layout (YAML)")]
BatchingOpt = Annotated[
    Literal["auto", "single", "repeat", "column", "multi_dispense", "pump"],
    typer.Option(
        "--batching",
        help="how doses reach their wells where the step doesn't say: auto is the quickest",
    ),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="print one JSON object for machines")]
DatabaseOpt = Annotated[
    Path,
    typer.Option(
        "--database",
        envvar="NCROBOT_DATABASE",
        help="run database (SQLite file)",
        callback=log_beside,
    ),
]
ScheduleOpt = Annotated[
    Path | None,
    typer.Option("--schedule", "-s", help="made by 'ncrobot schedule'; default: made now"),
]
SeedOpt = Annotated[int, typer.Option("--seed", help="breaks ties in the schedule; 0: plan order")]
OutOpt = Annotated[Path | None, typer.Option("--output", "-o", help="write to this file")]


RunArg = Annotated[str, typer.Argument(metavar="RUN", help="as 'ncrobot runs' tells it")]


def write(text: str, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to the terminal.

    Raises:
        LabError: the file can't be written.

    """
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    write_whole(text, output)


def schedule_of(made: Plan, schedule_file: Path | None, seed: int) -> Schedule:
    """The schedule in a file, if one is given, or the one of the plan alone."""
    from ncrobot.lab import load_schedule, schedule

    if schedule_file is not None:
        return load_schedule(schedule_file, made)
    return schedule(made, seed=seed)


def _version(value: bool) -> None:
    if value:
        from ncrobot import __version__

        sys.stdout.write(f"ncrobot {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Plan, schedule, run and record plates of metal nanocluster syntheses."""
    del version
