"""Commands that let something move: run, run-plan, resume."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from ncrobot.cli.foretelling import warn_of_samples
from ncrobot.cli.queueing import InstrumentsOpt
from ncrobot.cli.telling import NotifyOpt, notifying
from ncrobot.console import resumed_lines
from ncrobot.events import Event

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.lab import RunResult
    from ncrobot.plan import Plan
    from ncrobot.schedule import Schedule

RealOpt = Annotated[bool, typer.Option("--real", help="on the devices, not simulated")]
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
    real: RealOpt = False,
    as_json: JsonOpt = False,
    schedule_file: ScheduleOpt = None,
    seed: SeedOpt = 0,
    database: DatabaseOpt = DEFAULT_DATABASE,
    batching: BatchingOpt = "auto",
    speed: SpeedOpt = None,
    notify: NotifyOpt = None,
    instruments: InstrumentsOpt = None,
) -> int:
    """Run a plate: in the simulator, unless --real."""
    from ncrobot.lab import Lab, compile_files

    made = compile_files(protocol, conditions, deck, batching=batching)
    times = schedule_of(made, schedule_file, seed)
    if not as_json:
        console.warnings([warning.message for warning in made.warnings])
        console.say(times.summary)
        warn_of_samples(made, times, instruments, database)
    with Lab.open(database) as lab, _listening(made, times, as_json, notify, database) as listener:
        result = lab.run(made, times, real=real, speed=speed, listener=listener)
    return _told(result, as_json=as_json)


@app.command("run-plan")
def run_plan(  # noqa: PLR0913 - the options of the command
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="plan made by 'ncrobot plan'")],
    real: RealOpt = False,
    as_json: JsonOpt = False,
    schedule_file: ScheduleOpt = None,
    seed: SeedOpt = 0,
    database: DatabaseOpt = DEFAULT_DATABASE,
    speed: SpeedOpt = None,
    notify: NotifyOpt = None,
    run_id: Annotated[
        str | None, typer.Option("--run", help="id of the new run; default: made from the time")
    ] = None,
    instruments: InstrumentsOpt = None,
) -> int:
    """Run a plan that was made before: in the simulator, unless --real."""
    from ncrobot.lab import Lab, load_plan

    made = load_plan(plan_file)
    times = schedule_of(made, schedule_file, seed)
    if not as_json:
        warn_of_samples(made, times, instruments, database)
    with Lab.open(database) as lab, _listening(made, times, as_json, notify, database) as listener:
        result = lab.run(made, times, real=real, speed=speed, listener=listener, run=run_id)
    return _told(result, as_json=as_json)


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
    notify: NotifyOpt = None,
) -> int:
    """Take up a run that broke off, from what its record and its devices tell."""
    from ncrobot.lab import Lab

    with Lab.open(database) as lab:
        record = lab.load(run_id)
        with _listening(record.plan, record.schedule, as_json, notify, database) as listener:
            result = lab.resume(run_id, down_for_s=60 * down_for, speed=speed, listener=listener)
        resumed = lab.load(run_id).state.resumed
    if as_json:
        console.dump({**asdict(result), "resumed": resumed[-1] if resumed else None})
        return _code(result)
    if resumed:
        console.lines(resumed_lines(resumed[-1]))
    return _told(result, as_json=False)


@contextmanager
def _listening(
    plan: Plan, times: Schedule, as_json: bool, notify: Path | None, database: Path
) -> Iterator[Callable[[Event], None]]:
    """Everything that listens to a run: the bar on the terminal, and notifications."""
    with (
        notifying(notify, database) as notifier,
        console.progress(plan, times, quiet=as_json) as bar,
    ):
        listeners = [each for each in (bar, notifier and notifier.on_event) if each]

        def listen(event: Event) -> None:
            for each in listeners:
                each(event)

        yield listen


def _told(result: RunResult, *, as_json: bool) -> int:
    if as_json:
        console.dump(asdict(result))
    else:
        console.outcome(result)
    return _code(result)


def _code(result: RunResult) -> int:
    return 0 if result.status == "succeeded" else 2
