"""Workcells: the devices of a plan's deck, as drivers for a run or as simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ncrobot.clock import Clock, WallClock
from ncrobot.deck import DeckLayout, build_pylabrobot_deck, find_container
from ncrobot.deck.layout import Device, PhProbe, SyringePump
from ncrobot.devices import HandlerSetup, known_drivers, load_driver
from ncrobot.engine import Workcell
from ncrobot.errors import Diagnostic, LabError, UserError
from ncrobot.plan import Plan
from ncrobot.protocol import Role, read_protocol
from ncrobot.schedule import Schedule

_SIMULATED = {
    "shaker": "sim.shaker",
    "temperature_block": "sim.temperature_block",
    "reader": "sim.reader",
    "syringe_pump": "sim.syringe_pump",
    "gas": "sim.gas",
    "ph_probe": "sim.ph_probe",
    "stop_button": "sim.stop_button",
    "balance": "sim.balance",
}
NOT_BUILT = {
    "cooled.shaker": "it stands for any shaker that cools, for planning and simulation; put in "
    "the driver of the one in your lab",
    "byonoy.absorbance_96": "its lamp lies on the plate and has to be lifted off by the arm "
    "before and after each reading, which no plan does",
    "molecular_devices.gemini_em": "it reads fluorescence and luminescence, not absorbance",
    "opentrons.flex": "PyLabRobot has no backend that drives a Flex act by act; send it whole runs "
    "by 'ncrobot export-opentrons' and 'ncrobot send-opentrons'",
}
"""Devices that one may look for, and why there is no driver."""

_OPERATOR = "terminal.operator"
_SIMULATOR = "sim."


def simulated_driver(kind: str) -> str:
    """Name of the simulator's driver for a kind of device of the deck layout, or for an ``arm``."""
    return "sim.liquid_handler" if kind == "arm" else _SIMULATED[kind]


def _handler_setup(layout: DeckLayout) -> HandlerSetup:
    deck = build_pylabrobot_deck(layout)
    return HandlerSetup(
        deck=deck,
        find=lambda address: find_container(deck, address),
        times=layout.arm.times,
        channels=layout.arm.channels,
    )


def simulated_workcell(
    plan: Plan,
    schedule: Schedule,
    clock: Clock,
    faults: object = None,
    world_log: Path | None = None,
) -> Workcell:
    """Simulated devices over one new world that holds what the plan loads.

    ``faults`` is the simulator's own list of what goes wrong; None: nothing does. ``world_log`` is
    where the world keeps what happens in it; if there is one already, that world is taken up.

    Raises:
        LabError: the simulator isn't installed.
    """
    world = load_driver("sim.world")(faults, world_log)
    if world.is_empty:
        _furnish(world, plan, schedule)
    arm = plan.deck.arm
    # No response model is part of the plan: the simulated reader measures clear solvent, 0 AU.
    devices: dict[str, Any] = {
        name: load_driver(_SIMULATED[device.kind])(
            name=name,
            clock=clock,
            settings=_simulated_settings(plan.deck, device, plan.vessel_labware),
            world=world,
        )
        for name, device in plan.deck.devices.items()
    }
    return Workcell(
        load_driver("sim.liquid_handler")(
            name=arm.name, setup=_handler_setup(plan.deck), clock=clock, world=world
        ),
        devices,
        operator=load_driver("sim.operator")(name="person", clock=clock, world=world),
    )


def _simulated_settings(layout: DeckLayout, device: Device, plate: str) -> dict[str, Any]:
    settings = {**device.model_dump(), "response": "blank", "plate": plate}
    pump = layout.devices.get(device.beside) if isinstance(device, PhProbe) else None
    if isinstance(pump, SyringePump) and pump.needle is None:
        settings["well"] = f"{plate}/{next(iter(pump.outlets.values()))}"
    return settings


def _furnish(world: Any, plan: Plan, schedule: Schedule) -> None:
    """Put labware and stocks where the plan has them."""
    for use in plan.stocks:
        world.define_stock(use.stock, use.umol_per_ul)
        for address, volume_ul in schedule.loaded_ul(use.stock, use.positions_ul).items():
            if volume_ul > 0:
                world.fill(address, use.stock, volume_ul)
    for placed in plan.deck.labware:
        world.put(placed.name, placed.on)
    if any(isinstance(device, PhProbe) for device in plan.deck.devices.values()):
        _tell_acids(world, plan)


def _tell_acids(world: Any, plan: Plan) -> None:
    """Tell the world which materials of the protocol share in a pH."""
    for name, material in read_protocol(plan.texts.protocol).protocol.materials.items():
        strong = {Role.ACID: -1.0, Role.BASE: 1.0}.get(material.role, 0.0)
        charge = material.charge_protonated if material.acidic_pka else strong
        if material.acidic_pka or strong:
            world.define_acid(name, list(material.acidic_pka or ()), float(charge))


def real_workcell(plan: Plan, schedule: Schedule, clock: Clock) -> Workcell:
    """The drivers that the deck layout names.

    Those that are the simulator's work in a world of their own, which knows nothing of what the
    others do: so the lines of real devices can be tried without all the rest.

    Raises:
        LabError: drivers that aren't installed, all of them at once.
    """
    layout = plan.deck
    check_drivers(layout)
    world: Any = None
    if any(each.driver.startswith(_SIMULATOR) for each in (layout.arm, *layout.devices.values())):
        world = load_driver("sim.world")(None, None)
        _furnish(world, plan, schedule)
    devices = {
        name: make_device(layout, name, clock, world, plan.vessel_labware)
        for name in layout.devices
    }
    arm = layout.arm
    more = {"world": world} if arm.driver.startswith(_SIMULATOR) else {}
    return Workcell(
        load_driver(arm.driver)(
            name=arm.name, setup=_handler_setup(layout), clock=clock, port=arm.port, **more
        ),
        devices,
        operator=load_driver(_OPERATOR)(name="person", clock=clock),
    )


def make_device(
    layout: DeckLayout, name: str, clock: Clock, world: Any = None, plate: str = ""
) -> Any:
    """The driver of one device of a layout, not connected yet.

    One of the simulator's works in ``world``, by default a new and empty one.
    """
    device = layout.devices[name]
    if device.driver.startswith(_SIMULATOR):
        return load_driver(device.driver)(
            name=name,
            clock=clock,
            settings=_simulated_settings(layout, device, plate),
            world=world if world is not None else load_driver("sim.world")(None, None),
        )
    return load_driver(device.driver)(
        name=name, clock=clock, port=device.port, settings=device.model_dump()
    )


def check_drivers(layout: DeckLayout) -> None:
    """Check that every device of a layout has a driver.

    Raises:
        LabError: with each driver that is missing.
    """
    _refuse(_without_driver(layout))


def check_real(layout: DeckLayout) -> None:
    """Check that every driver is there and told enough, before a run is even created.

    Raises:
        LabError: with each driver that is missing, and with all that the layout doesn't tell them.
    """
    arm = layout.arm
    found = _without_driver(layout) + _without_port(arm.name, arm.driver, arm.port)
    for name in layout.devices:
        found += lacking(layout, name)
    _refuse(found)


def lacking(layout: DeckLayout, name: str) -> list[Diagnostic]:
    """What a driver would have to be told of its device to be made; nothing if there is none."""
    device = layout.devices[name]
    if device.driver not in known_drivers():
        return []
    found = _without_port(name, device.driver, device.port)
    try:
        make_device(layout, name, WallClock())
    except UserError as error:
        found += error.diagnostics
    return found


def _refuse(found: list[Diagnostic]) -> None:
    if found:
        raise LabError(found)


def _without_driver(layout: DeckLayout) -> list[Diagnostic]:
    known = known_drivers()
    wanted = {layout.arm.name: layout.arm.driver, "person": _OPERATOR}
    wanted |= {name: device.driver for name, device in layout.devices.items()}
    return [
        Diagnostic(
            code="no-driver",
            message=f"device {device!r} of deck {layout.name!r} needs the driver {driver!r}, which "
            + (f"isn't built: {NOT_BUILT[driver]}" if driver in NOT_BUILT else "isn't installed"),
            found=driver,
            allowed=", ".join(sorted(n for n in known if not n.startswith("sim."))) or "none",
            fix="leave out --real for a dry run in the simulator"
            + ("" if driver in NOT_BUILT else ", or install the driver"),
        )
        for device, driver in wanted.items()
        if driver not in known
    ]


def _without_port(name: str, driver: str, port: str | None) -> list[Diagnostic]:
    if port or driver not in known_drivers() or not _needs_port(driver):
        return []
    return [
        Diagnostic(
            code="no-port",
            message=f"{name!r} has no port, and its driver {driver} needs one",
            quantity="port",
            fix="add port: PORT to it in the deck layout, such as /dev/ttyUSB0 or COM3 (of an OT-2 "
            "its address); without hardware, try 'ncrobot emulate', or leave out --real",
        )
    ]


def _needs_port(driver: str) -> bool:
    return bool(getattr(load_driver(driver), "needs_port", False))
