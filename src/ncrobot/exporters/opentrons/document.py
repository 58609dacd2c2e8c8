"""The whole file: what it is for, the robot, the timetable, the deck, and every moment in turn."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ncrobot import __version__
from ncrobot.exporters.opentrons.device_lines import DeviceLines
from ncrobot.exporters.opentrons.levels import Levels
from ncrobot.exporters.opentrons.liquid_lines import LiquidLines
from ncrobot.exporters.opentrons.loading import (
    deck_lines,
    liquid_lines,
    modules,
    pipette_lines,
    variables,
)
from ncrobot.exporters.opentrons.names import ROBOT_TYPES, RobotKind, mounted_pipettes
from ncrobot.exporters.opentrons.order import Moment, check_order, lags_by_operation, moments_of
from ncrobot.exporters.opentrons.runtime import TIMETABLE
from ncrobot.exporters.opentrons.sayable import check_sayable
from ncrobot.exporters.opentrons.stillness import ShakenTime, with_stillness
from ncrobot.plan import Lag, MixWells, Operation, Plan, Transfer
from ncrobot.schedule import Schedule

API_LEVEL = "2.20"
"""A level of both robots; newer robot software goes on to take it, and nothing newer is needed."""

LINE = 96

NOT_SAID = (
    "A pause waits until somebody resumes the run: default answers and their times are not kept.",
    "Nothing is recorded but the robot's own run log; what was late is told there as LATE.",
    "After an error or a cancelled run nothing is resumed: which wells got what is in that log.",
)


@dataclass(frozen=True, slots=True)
class OpentronsFile:
    """An exported file, and what differs from a run by ncrobot, in sentences."""

    text: str
    robot_type: str
    moments: int
    transfers: int
    notes: tuple[str, ...]


def opentrons_protocol(plan: Plan, schedule: Schedule, robot: RobotKind | None = None) -> str:
    """The text of ``export``."""
    return export(plan, schedule, robot).text


def export(plan: Plan, schedule: Schedule, robot: RobotKind | None = None) -> OpentronsFile:
    """A Protocol API file that does what the plan says, at the times of the schedule.

    ``robot`` is a wish that is compared with the plan's deck; None takes what the deck is.

    Raises:
        PlanError: the plan can't be said in the language of that robot; nothing is left out.
        ScheduleError: done one after the other, operations would break a lag.
    """
    kind = check_sayable(plan, schedule, robot)
    moments, shaken = with_stillness(plan, moments_of(plan, schedule))
    check_order(moments, lags_by_operation(plan))
    body = "\n".join(f"    {line}" if line else "" for line in _run(plan, schedule, kind, moments))
    notes = (*NOT_SAID, *(_told_still(time) for time in shaken if time.exported_s < time.planned_s))
    text = (
        f"{_head(plan, schedule, kind, notes)}\n\n\n{TIMETABLE}\n\n"
        f"def run(protocol: protocol_api.ProtocolContext) -> None:\n{body}\n"
    )
    legs = sum(len(op.legs) for op in plan.operations if isinstance(op, Transfer))
    return OpentronsFile(text, ROBOT_TYPES[kind], len(moments), legs, notes)


def _head(plan: Plan, schedule: Schedule, kind: RobotKind, notes: Sequence[str]) -> str:
    told = [
        f"{plan.title or plan.protocol}: {len(plan.wells)} wells on {plan.deck.name}.",
        (
            f"Written by ncrobot {__version__} from the plan {plan.sha256[:12]}; planned to take "
            f"{schedule.makespan_s / 3600:.2f} h. Change the protocol and export again rather than "
            "this file: its volumes were checked together."
        ),
        *notes,
    ]
    comments = [
        f"# {line}" for text in told for line in textwrap.wrap(" ".join(text.split()), LINE)
    ]
    return "\n".join(
        [
            *comments,
            "",
            "import time",
            "",
            "from opentrons import protocol_api",
            "",
            "metadata = {",
            f'    "protocolName": {plan.title or plan.protocol!r},',
            f'    "author": "ncrobot {__version__}",',
            f'    "description": "plan {plan.sha256}",',
            "}",
            f'requirements = {{"robotType": "{ROBOT_TYPES[kind]}", "apiLevel": "{API_LEVEL}"}}',
        ]
    )


def _told_still(time: ShakenTime) -> str:
    return (
        f"{time.device} stands still while a pipette is at it or in a slot beside it, as the robot "
        "demands, and while a person is asked to do something: it shakes "
        f"{time.exported_s / 60:.0f} min, the schedule has it shake {time.planned_s / 60:.0f} min."
    )


def _run(
    plan: Plan, schedule: Schedule, kind: RobotKind, moments: Sequence[Moment]
) -> Iterator[str]:
    names, pipettes = variables(plan.deck), mounted_pipettes(plan.deck)
    levels = Levels(plan, schedule)
    devices = DeviceLines(plan, {name: names[name] for name in modules(plan.deck)}, levels)
    liquids = LiquidLines(pipettes, names, levels)
    yield "# The deck."
    yield from deck_lines(plan.deck, kind, names)
    yield ""
    yield from pipette_lines(plan.deck, pipettes)
    yield ""
    yield "# What stands in the wells at the start."
    yield from liquid_lines(plan, schedule, names)
    yield from _after("# Temperatures that the first operation finds.", devices.initial())
    yield ""
    yield "times = Timetable(protocol)"
    lags = lags_by_operation(plan)
    step = ""
    for moment in moments:
        operation = moment.operation
        yield ""
        if operation.step != step:
            step = operation.step
            yield from _step_comment(operation)
        if moment.begins:
            yield from _begin(moment, lags.get(operation.id, ()))
        else:
            yield f"times.wait_until({moment.at_s:.0f})"
        if isinstance(operation, Transfer):
            yield from liquids.transfer(operation)
        elif moment.part == "told":
            yield "# The shaker is as asked already, or starts when nothing moves beside it."
        elif isinstance(operation, MixWells):
            yield from liquids.mix(operation)
        else:
            yield from devices.lines(moment)
        if moment.ends:
            yield f'times.end("{operation.id}")'
    yield from _after("# The end: every module as its safe state asks.", devices.safe())


def _after(comment: str, lines: Iterable[str]) -> Iterator[str]:
    found = tuple(lines)
    if found:
        yield from ("", comment, *found)


def _step_comment(operation: Operation) -> Iterator[str]:
    line = f", line {operation.line} of the protocol" if operation.line else ""
    yield f"# ---- {operation.step}{line}"
    if operation.note:
        yield from (f"# {part}" for part in textwrap.wrap(" ".join(operation.note.split()), 92))


def _begin(moment: Moment, lags: Sequence[Lag]) -> Iterator[str]:
    operation = moment.operation
    bounds = [
        f'("{lag.before}", "{lag.point}", {lag.min_s:.1f}, '
        f"{'None' if lag.max_s is None else f'{lag.max_s:.1f}'})"
        for lag in lags
        if lag.min_s > 0 or lag.max_s is not None
    ]
    parts = [f'"{operation.id}"', f"{moment.at_s:.1f}", repr(_what(operation))]
    if bounds:
        parts.append(f"[{', '.join(bounds)}]")
    line = f"times.begin({', '.join(parts)})"
    if len(line) <= LINE:
        yield line
        return
    yield "times.begin("
    yield from (f"    {part}," for part in parts)
    yield ")"


def _what(operation: Operation) -> str:
    """An operation in a few words, for the run log."""
    wells = ", ".join(operation.wells)
    portion = f", portion {operation.portion}" if operation.portion else ""
    if isinstance(operation, Transfer):
        moved = operation.stock or "sample"
        return f"{moved}{portion}" + (f" for {wells}" if wells else "")
    return operation.kind.replace("_", " ") + (f" for {wells}" if wells else "")
