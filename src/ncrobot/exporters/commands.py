"""Commands of the terminal that export plans; what they need is imported when they are called."""

# ruff: noqa: PLC0415, FBT002 - commands import what they need; their flags are booleans
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.plan import Plan
    from ncrobot.schedule import Schedule

PlanArg = Annotated[Path, typer.Argument(metavar="PLAN", help="plan made by 'ncrobot plan'")]
ScheduleOpt = Annotated[
    Path | None,
    typer.Option("--schedule", "-s", help="made by 'ncrobot schedule'; default: made now"),
]
RobotOpt = Annotated[
    Literal["ot2", "flex"] | None,
    typer.Option("--robot", help="refuse a plan for another robot; default: what its deck is"),
]
STOPPED_FOLLOWING = "stopped following; what the robot has begun goes on until it is stopped there"
SeedOpt = Annotated[int, typer.Option("--seed", help="breaks ties in the schedule; 0: plan order")]


def export_opentrons(
    plan_file: PlanArg,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="write to this file (.py)")
    ] = None,
    robot: RobotOpt = None,
    schedule_file: ScheduleOpt = None,
    seed: SeedOpt = 0,
) -> None:
    """Write a plan as a Protocol API file for an Opentrons OT-2 or Flex."""
    from ncrobot import console
    from ncrobot.exporters.opentrons import export
    from ncrobot.outputs import write_whole

    plan, schedule = _read(plan_file, schedule_file, seed)
    made = export(plan, schedule, robot)
    if output is None:
        typer.echo(made.text, nl=False)
        return
    write_whole(made.text, output)
    console.say(
        f"{output}: {made.robot_type}, {made.transfers} transfers in {made.moments} moments"
    )
    for note in made.notes:
        console.say(note)


def send_opentrons(
    protocol_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="made by 'ncrobot export-opentrons'")
    ],
    address: Annotated[
        str, typer.Option("--robot-address", "-a", help="name or IP address of the robot")
    ],
    start: Annotated[
        bool, typer.Option("--start", help="start the run and follow it; default: only bring it")
    ] = False,
) -> int:
    """Bring an exported file onto an Opentrons robot; with --start it moves."""
    import asyncio

    from ncrobot import console
    from ncrobot.clock import WallClock
    from ncrobot.exporters.opentrons import send_to_robot

    sending = send_to_robot(
        _text(protocol_file), address, clock=WallClock(), file_name=protocol_file.name,
        start=start, tell=console.say,
    )  # fmt: skip
    try:
        sent = asyncio.run(sending)
    except KeyboardInterrupt:
        console.failure(STOPPED_FOLLOWING if start else "stopped; nothing moves", as_json=False)
        return 2
    if not start:
        console.say("nothing moves yet: press play on the robot or in its app, or give --start")
        return 0
    console.say(f"run {sent.run_id} on {sent.robot}: {sent.status}")
    for error in sent.errors:
        console.say(error)
    return 0 if sent.status == "succeeded" else 2


def _text(file: Path) -> str:
    from ncrobot.errors import Diagnostic, LabError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(
            Diagnostic(
                code="input",
                message=f"the protocol file can't be read: {error}",
                file=str(file),
                fix="make it with 'ncrobot export-opentrons'",
            )
        ) from error


def _read(plan_file: Path, schedule_file: Path | None, seed: int) -> tuple[Plan, Schedule]:
    from ncrobot.lab import load_plan, load_schedule, schedule

    plan = load_plan(plan_file)
    if schedule_file is not None:
        return plan, load_schedule(schedule_file, plan)
    return plan, schedule(plan, seed=seed)
