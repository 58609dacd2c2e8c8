"""Commands that let something move: run, resume."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import (
    DEFAULT_DATABASE,
    BatchingOpt,
    ConditionsOpt,
    DatabaseOpt,
    DeckOpt,
    JsonOpt,
    ProtocolArg,
    RunArg,
    ScheduleOpt,
    SeedOpt,
    app,
    schedule_of,
)
from ncrobot.console import resumed_lines

SpeedOpt = Annotated[
    float | None,
    typer.Option(
        "--speed",
        min=0.01,
        max=1e6,
        help="simulate this many times as fast as real time; default: as fast as it goes",
    ),
]


@app.command("run")
def run_command(  # noqa: PLR0913 - the options of the command
    protocol: ProtocolArg,
    conditions: ConditionsOpt,
    deck: DeckOpt,
    real: Annotated[bool, typer.Option("--real", help="on the devices, not simulated")] = False,
    as_json: JsonOpt = False,
    schedule_file: ScheduleOpt = None,
    seed: SeedOpt = 0,
    database: DatabaseOpt = DEFAULT_DATABASE,
    batching: BatchingOpt = "auto",
    speed: SpeedOpt = None,
) -> int:
    """Run a plate: in the simulator, unless --real."""
    from ncrobot.lab import Lab, compile_files

    made = compile_files(protocol, conditions, deck, batching=batching)
    times = schedule_of(made, schedule_file, seed)
    if not as_json:
        console.warnings([warning.message for warning in made.warnings])
        console.say(times.summary)
    with Lab.open(database) as lab, console.progress(made, times, quiet=as_json) as listener:
        result = lab.run(made, times, real=real, speed=speed, listener=listener)
    if as_json:
        console.dump(asdict(result))
    else:
        console.outcome(result)
    return 0 if result.status == "succeeded" else 2


@app.command()
def resume(
    run_id: RunArg,
    down_for: Annotated[
        float,
        typer.Option("--down-for", min=0.0, help="simulated: minutes that nobody worked on it"),
    ] = 0.0,
    as_json: JsonOpt = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    speed: SpeedOpt = None,
) -> int:
    """Take up a run that broke off, from what its record and its devices tell."""
    from ncrobot.lab import Lab

    with Lab.open(database) as lab:
        record = lab.load(run_id)
        with console.progress(record.plan, record.schedule, quiet=as_json) as listener:
            result = lab.resume(run_id, down_for_s=60 * down_for, speed=speed, listener=listener)
        resumed = lab.load(run_id).state.resumed
    if as_json:
        console.dump({**asdict(result), "resumed": resumed[-1] if resumed else None})
    else:
        if resumed:
            console.lines(resumed_lines(resumed[-1]))
        console.outcome(result)
    return 0 if result.status == "succeeded" else 2
