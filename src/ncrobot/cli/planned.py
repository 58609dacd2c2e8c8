"""Commands for planned starts: starts add, list, cancel."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import (
    DEFAULT_DATABASE,
    DatabaseOpt,
    JsonOpt,
    ScheduleOpt,
    app,
    schedule_of,
)
from ncrobot.cli.foretelling import warn_of_samples
from ncrobot.cli.queueing import InstrumentsOpt
from ncrobot.cli.telling import STARTS

starts_app = typer.Typer(help="Plates that start at a planned time.", no_args_is_help=True)
app.add_typer(starts_app, name="starts")


@starts_app.command("add")
def add(  # noqa: PLR0913 - the options of the command
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="made by 'ncrobot plan'")],
    at: Annotated[str, typer.Option("--at", help="22:00, or 2026-08-05 22:00")],
    schedule_file: ScheduleOpt = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="in the simulator, not on the devices")
    ] = False,
    grace: Annotated[
        float, typer.Option("--grace", min=0.02, help="how late it may still start, in minutes")
    ] = 1.0,
    note: Annotated[str, typer.Option("--note", help="goes into the record")] = "",
    instruments: InstrumentsOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Plan the start of a plate; 'ncrobot serve' begins it."""
    from ncrobot.lab import Lab, load_plan
    from ncrobot.starts import Starts, add_start, local_zone, parse_when
    from ncrobot.users import user_name

    made = load_plan(plan_file)
    times = schedule_of(made, schedule_file, 0)
    asked = {"plan": made.sha256, "at": at, "real": not simulated}
    with (
        Lab.open(database) as lab,
        lab.trails.noting("starts add", asked),
        closing(Starts.open(database.parent / STARTS)) as starts,
    ):
        planned = add_start(
            starts,
            plan_file,
            parse_when(at, starts.now(), local_zone()),
            deck=made.deck.name,
            duration_s=times.makespan_s,
            by=user_name(),
            schedule=schedule_file,
            real=not simulated,
            grace_s=60 * grace,
            note=note,
        )
    console.say(f"{planned.id}: {planned.told()}")
    warn_of_samples(made, times, instruments, database)


@starts_app.command("list")
def list_command(
    everything: Annotated[
        bool, typer.Option("--all", help="also those that are over, with what became of them")
    ] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """List planned starts in order of their times."""
    from ncrobot.starts import Starts, list_starts

    with closing(Starts.open(database.parent / STARTS)) as starts:
        found = list_starts(starts, everything=everything)
    if as_json:
        console.dump({"starts": [start.model_dump(mode="json") for start in found]})
        return
    for start in found:
        more = f" (run {start.run})" if start.run else f" ({start.reason})" if start.reason else ""
        console.say(f"{start.id}  {start.status}  {start.told()}, deck {start.deck}{more}")
    if not found:
        console.say("no start is planned")


@starts_app.command("cancel")
def cancel(
    start: Annotated[str, typer.Argument(metavar="START", help="as 'ncrobot starts list' tells")],
    reason: Annotated[str, typer.Option("--reason", help="goes into the record")] = "",
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Call a planned start off."""
    from ncrobot.lab import Lab
    from ncrobot.starts import Starts, cancel_start
    from ncrobot.users import user_name

    with (
        Lab.open(database) as lab,
        lab.trails.noting("starts cancel", {"start": start, "reason": reason}),
        closing(Starts.open(database.parent / STARTS)) as starts,
    ):
        cancelled = cancel_start(starts, start, by=user_name(), reason=reason)
    console.say(f"cancelled: {cancelled.told()}")
