"""What an Opentrons protocol can't say is refused before a line of it is written."""

from __future__ import annotations

from collections.abc import Iterator

from ncrobot.deck.layout import DeckLayout, Shaker, TemperatureBlock
from ncrobot.errors import Diagnostic, PlanError
from ncrobot.exporters.opentrons.names import (
    MODULES,
    PIPETTES,
    ROBOT_TYPES,
    ROBOTS,
    RobotKind,
    known_labware,
    load_name,
)
from ncrobot.exporters.opentrons.reach import out_of_reach
from ncrobot.plan import LetGas, MovePlate, Operation, Plan, PumpDose, Read, SetTemperature, Shake
from ncrobot.schedule import Schedule


def check_sayable(plan: Plan, schedule: Schedule, robot: RobotKind | None) -> RobotKind:
    """The robot that the plan is for, if all of the plan can be said in its language.

    Raises:
        PlanError: with everything that can't.
    """
    kind = ROBOTS.get(plan.deck.robot)
    if kind is None:
        raise PlanError(_no_opentrons(plan.deck))
    if robot is not None and robot != kind:
        raise PlanError(_other_robot(plan.deck, kind, robot))
    if schedule.plan_sha256 != plan.sha256:
        raise PlanError(
            Diagnostic(
                code="other-plan",
                message="the schedule was made for another plan",
                found=schedule.plan_sha256[:12],
                allowed=plan.sha256[:12],
                fix="make the schedule anew with 'ncrobot schedule'",
            )
        )
    found = [
        *_pipettes(plan.deck, kind),
        *_labware(plan.deck),
        *_devices(plan),
        *_operations(plan, schedule, kind),
        *(out_of_reach(plan) if kind == "ot2" else ()),
    ]
    if found:
        raise PlanError(found)
    return kind


def _no_opentrons(layout: DeckLayout) -> Diagnostic:
    return Diagnostic(
        code="no-opentrons-deck",
        message=f"the plan is for the deck {layout.name!r}, which is no Opentrons robot",
        found=layout.robot,
        allowed=", ".join(ROBOTS),
        fix="compile the protocol for a layout of an OT-2 or a Flex",
    )


def _other_robot(layout: DeckLayout, kind: RobotKind, asked: RobotKind) -> Diagnostic:
    return Diagnostic(
        code="other-robot",
        message=f"the plan is for a {ROBOT_TYPES[kind]}; places, tips and pipettes of a "
        f"{ROBOT_TYPES[asked]} are others",
        found=layout.robot,
        fix=f"compile the protocol for a layout of a {ROBOT_TYPES[asked]}",
    )


def _pipettes(layout: DeckLayout, kind: RobotKind) -> Iterator[Diagnostic]:
    for mount, name in layout.arm.pipettes.items():
        if name not in PIPETTES or PIPETTES[name].robot != kind:
            yield Diagnostic(
                code="unknown-pipette",
                message=f"the {ROBOT_TYPES[kind]} has no pipette {name!r} for its {mount} mount",
                found=name,
                allowed=", ".join(n for n, p in PIPETTES.items() if p.robot == kind),
            )
    if not layout.arm.pipettes:
        yield Diagnostic(code="no-pipettes", message="the layout names no pipettes of the arm")


def _labware(layout: DeckLayout) -> Iterator[Diagnostic]:
    for placed in layout.labware:
        if load_name(placed.definition) is None:
            yield Diagnostic(
                code="no-load-name",
                message=f"{placed.name}: no labware of Opentrons is known to be the same as "
                f"{placed.definition!r}",
                found=placed.definition,
                allowed=", ".join(known_labware()) + ", and all that begin with opentrons_",
                fix="take one of these in the deck layout",
            )
        if placed.slot is None:
            yield Diagnostic(
                code="no-slot",
                message=f"{placed.name} stands in no slot, and an Opentrons protocol knows no "
                "other place",
                found=placed.name,
            )


def _devices(plan: Plan) -> Iterator[Diagnostic]:
    """Devices that carry labware must be modules of Opentrons; others only if they are used."""
    carrying = {placed.on for placed in plan.deck.labware if placed.on}
    for name in sorted(carrying & set(plan.deck.devices)):
        device = plan.deck.devices[name]
        if not isinstance(device, Shaker | TemperatureBlock) or device.nest not in MODULES:
            yield Diagnostic(
                code="no-module",
                message=f"{name} carries labware and is no module that Opentrons knows",
                found=device.nest or device.kind,
                allowed=", ".join(MODULES),
                fix="name one of these as its nest in the deck layout",
            )


def _operations(plan: Plan, schedule: Schedule, kind: RobotKind) -> Iterator[Diagnostic]:
    told: set[tuple[str, str]] = set()
    for operation in (*plan.operations, *schedule.auxiliary):
        reason = _unsayable(plan, operation, kind)
        if reason is None or (operation.step, reason[0]) in told:
            continue
        told.add((operation.step, reason[0]))
        code, message, fix = reason
        yield Diagnostic(
            code=code,
            message=f"step {operation.step!r}: {message}",
            file=plan.texts.protocol_file,
            line=operation.line,
            found=operation.id,
            fix=fix,
        )


def _unsayable(plan: Plan, operation: Operation, kind: RobotKind) -> tuple[str, str, str] | None:
    """Code, message and fix of why an operation can't be said; None if it can."""
    name = ROBOT_TYPES[kind]
    if isinstance(operation, PumpDose):
        return (
            "no-pump",
            f"an Opentrons protocol can't command the syringe pump {operation.pump!r}",
            "dose the stock by pipette (batching at the step), or run the plan by ncrobot",
        )
    if isinstance(operation, LetGas):
        return (
            "no-gas",
            f"an Opentrons protocol can't command the gas valve {operation.device!r}",
            "compile for a layout without the valve: a person does it then; or run it by ncrobot",
        )
    if isinstance(operation, Read):
        return (
            "no-reader",
            f"the reader {operation.device!r} is no part of the {name}",
            "take samples for an instrument beside the deck instead of measuring on it",
        )
    if isinstance(operation, MovePlate):
        lacks = "has no gripper" if kind == "ot2" else "is not told to carry plates by this export"
        return (
            "no-gripper",
            f"{operation.labware} would be carried to {operation.to}, and the {name} {lacks}",
            "let a person carry it (a person step)",
        )
    if isinstance(operation, Shake | SetTemperature):
        return _beyond_module(plan, operation)
    return None


def _beyond_module(plan: Plan, operation: Shake | SetTemperature) -> tuple[str, str, str] | None:
    device = plan.deck.devices.get(operation.device)
    module = MODULES.get(device.nest or "") if device is not None else None
    if module is None:
        return (
            "no-module",
            f"{operation.device} is no module that Opentrons knows",
            f"name its nest in the deck layout: {', '.join(MODULES)}",
        )
    if isinstance(operation, Shake):
        if module.speed_rpm is None:
            return "cannot-shake", f"a {module.load_name} doesn't shake", "use a heater-shaker"
        low, high = module.speed_rpm
        speed_rpm = operation.speed_rpm
        if speed_rpm and not (low <= speed_rpm <= high and float(speed_rpm).is_integer()):
            return (
                "shaking-speed",
                f"it takes whole numbers from {low:g} to {high:g} rpm, not {speed_rpm:g} rpm",
                "change the speed of the stir step",
            )
        return None
    low, high = module.temperature_c
    if operation.temperature_c is not None and not low <= operation.temperature_c <= high:
        return (
            "module-temperature",
            f"the module reaches {low:g} to {high:g} °C, not {operation.temperature_c:g} °C",
            "change the temperature of the step, or the device of the layout",
        )
    return None
