"""The deck layout as a document: robot, devices, labware with their places, capacities, roles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from ncrobot.labware.decks import Robot
from ncrobot.model import Document

DeviceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Millimetres = tuple[float, float, float]


class DeckPart(Document):
    """A piece of a deck layout: like every document, and no number in it is infinite or NaN."""

    model_config = ConfigDict(allow_inf_nan=False)


class ArmTimes(DeckPart):
    """Seconds that the arm takes for each act; the schedule and the simulator are built on them."""

    pick_up_tips_s: float = Field(gt=0)
    drop_tips_s: float = Field(gt=0)
    travel_s: float = Field(gt=0, description="between two positions of the deck")
    touch_down_s: float = Field(
        gt=0, description="z movement and settling of one aspirate/dispense"
    )
    aspirate_ul_per_s: float = Field(gt=0)
    dispense_ul_per_s: float = Field(gt=0)
    move_plate_s: float | None = Field(None, gt=0)
    hop_s: float | None = Field(
        None, gt=0, description="from well to well of one labware while dispensing from above"
    )
    assumed: str | None = Field(None, description="why these figures, if not measured")


class TipType(DeckPart):
    """A kind of tip that the arm takes: which volumes it delivers."""

    name: str
    definition: str = Field(description="tip rack definition of the labware catalogue")
    min_ul: float = Field(gt=0)
    max_ul: float = Field(gt=0)
    multi_dispense_ul: float | None = Field(
        None, gt=0, description="smallest of several doses out of one draw; none: not allowed"
    )
    channels: tuple[int, ...] = Field((), description="channels that take it; () = all")
    assumed: str | None = None


class Head(DeckPart):
    """Channels of an arm that move together.

    ``independent`` channels each draw their own volume, a ``rigid`` head draws one volume with all
    its channels, ``single`` is one channel for itself.
    """

    name: DeviceName
    kind: Literal["independent", "rigid", "single"]
    channels: tuple[int, ...] = Field(min_length=1, max_length=8)


class Arm(DeckPart):
    """The pipetting arm: its model, channels and tips. Channels are counted from 0."""

    name: DeviceName = "arm"
    driver: str = Field(description="entry point, e.g. hamilton.starlet")
    port: str | None = None
    channels: int = Field(ge=1, le=16)
    simultaneous: int = Field(ge=1, le=8, description="channels that can act in one operation")
    independent_volumes: bool = True
    heads: tuple[Head, ...] = Field(
        (), description="how the channels hang together; () = by simultaneous"
    )
    gripper: bool = False
    tips: tuple[TipType, ...] = Field(min_length=1)
    times: ArmTimes
    pipettes: dict[str, str] = Field(default={}, description="Opentrons: mount -> pipette name")

    def all_heads(self) -> tuple[Head, ...]:
        """The heads as the layout states them, or as channels and independence tell."""
        if self.heads:
            return self.heads
        if self.simultaneous == 1:
            return tuple(
                Head(name=f"channel_{n}", kind="single", channels=(n,))
                for n in range(self.channels)
            )
        kind: Literal["independent", "rigid"] = (
            "independent" if self.independent_volumes else "rigid"
        )
        return (Head(name="channels", kind=kind, channels=tuple(range(self.simultaneous))),)


Options = Annotated[
    dict[str, bool | int | float | str],
    Field(description="for its driver: address, dialect, transcript"),
]


class Shaker(DeckPart):
    """A (heater-)shaker that carries one labware."""

    kind: Literal["shaker"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    speed_rpm: tuple[float, float]
    temperature_c: tuple[float, float] | None = None
    stop_s: float = Field(gt=0, description="from running to standing still and homed")
    start_s: float = Field(gt=0)
    turns_rpm: float | None = Field(
        None,
        gt=0,
        description="a magnet that turns at this speed through every run; the arm may reach in",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    orbit_mm: float | None = Field(
        None, gt=0, description="diameter of its orbit: then wells that would spill are refused"
    )
    nest: str | None = Field(None, description="nest of the labware catalogue: where labware sits")
    at_mm: Millimetres | None = Field(
        None,
        description="corner of the nest in deck coordinates, if it stands on no carrier",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    safe_state: Literal["stopped", "stopped_heater_off"] = "stopped_heater_off"
    assumed: str | None = None


class TemperatureBlock(DeckPart):
    """A block that holds labware at a temperature."""

    kind: Literal["temperature_block"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    temperature_c: tuple[float, float]
    settle_s: float = Field(gt=0, description="time to reach a new setpoint")
    nest: str | None = Field(None, description="nest of the labware catalogue: where labware sits")
    at_mm: Millimetres | None = Field(
        None,
        description="corner of the nest in deck coordinates, if it stands on no carrier",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    safe_state: Literal["off", "hold"] = "off"
    assumed: str | None = None


class Reader(DeckPart):
    """A plate reader; plates are moved to it by the gripper, or by a person."""

    kind: Literal["reader"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    wavelength_nm: tuple[float, float]
    read_s_per_wavelength: float = Field(gt=0)
    overhead_s: float = Field(gt=0)
    nest: str | None = Field(None, description="nest of the labware catalogue: where labware sits")
    at_mm: Millimetres | None = Field(
        None, description="corner of the nest in deck coordinates, if the gripper reaches it"
    )
    safe_state: Literal["closed"] = "closed"
    assumed: str | None = None


class Instrument(DeckPart):
    """An instrument beside the deck that people carry samples to, such as an HPLC-MS.

    It measures one sample after the other, a blank first and after every so many samples.
    """

    serves: Literal["uvvis", "hplc_ms", "other"] = Field(
        description="samples with this word in for_instrument"
    )
    run_s: float = Field(gt=0, description="from one injection to the next")
    blank_every: int = Field(0, ge=0, description="samples from one blank to the next; 0: none")
    blank_run_s: float = Field(0.0, ge=0, description="time that a blank takes")
    carry_s: float = Field(0.0, ge=0, description="from the deck until it can be injected")
    collect: Literal["each", "end"] = Field(
        "end", description="each: samples come as they are taken; end: after the wet plan"
    )
    assumed: str | None = None


class SyringePump(DeckPart):
    """A syringe pump with a valve that doses one stock.

    ``source`` is the position on the deck that its tube draws from, always with this ``stock``.
    ``needle`` is the port of an outlet that the arm carries from well to well; ``outlets`` are
    ports whose outlets are fixed over wells of the reaction plate. Priming goes out of ``waste``.
    """

    kind: Literal["syringe_pump"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    stock: str
    source: str = Field(description="labware and well, such as bottle/A1")
    syringe_ul: float = Field(gt=0)
    rate_ul_per_s: tuple[float, float] = Field(description="slowest and fastest of the plunger")
    fill_ul_per_s: float = Field(gt=0)
    dispense_ul_per_s: float = Field(gt=0)
    dose_ul: float = Field(gt=0, description="smallest dose")
    dead_volume_ul: float = Field(ge=0, description="of tube and valve, from source to outlet")
    prime_ul: float = Field(ge=0, description="pushed out before the doses of an operation")
    air_gap_ul: float = Field(
        0.0,
        ge=0,
        description="drawn back after a dose, so that a carried outlet doesn't drip on its way",
        exclude_if=lambda given: given == 0,  # plans of before keep their hash
    )
    valve_s: float = Field(gt=0, description="from port to port")
    inlet: str = "input"
    waste: str = "waste"
    needle: str | None = Field(None, description="port of an outlet that the arm carries")
    outlets: dict[str, str] = Field(default={}, description="port -> well of the reaction plate")
    safe_state: Literal["stopped"] = "stopped"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A pump carries no labware."""
        return None

    def port_for(self, well: str) -> str | None:
        """The port whose outlet reaches a reaction well; None if there is none."""
        fixed = next((port for port, place in self.outlets.items() if place == well), None)
        return self.needle if fixed is None else fixed


class Gas(DeckPart):
    """A valve or mass-flow controller that lets a gas over the deck, such as nitrogen.

    It shuts by itself when its controller is silent for ``watchdog_s``: a process that dies, or a
    cable that falls out, must not leave gas flowing. Without a watchdog there is no gas. One that
    harms flows in a ``cabinet`` only, with a ``shut_off`` that needs no software.
    """

    kind: Literal["gas"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    gas: str = Field(description="nitrogen, argon, helium or air; others need cabinet and shut_off")
    flow_ml_per_min: tuple[float, float] = Field(
        description="smallest and largest, at the standard conditions of the controller"
    )
    over: DeviceName | None = Field(
        None,
        description="labware that it flows over; none: the reaction plate at its place",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    settle_s: float = Field(
        0.0,
        ge=0,
        description="from an order until it flows steadily, or is shut",
        exclude_if=lambda given: given == 0,
    )
    cabinet: str | None = Field(
        None,
        min_length=10,
        description="of a gas that harms: the closed, ventilated space around the deck",
        exclude_if=lambda given: given is None,
    )
    shut_off: str | None = Field(
        None,
        min_length=10,
        description="of a gas that harms: what detects it and shuts it off without any software",
        exclude_if=lambda given: given is None,
    )
    watchdog_s: float = Field(
        gt=0, le=60, description="the device shuts by itself when it hears nothing for this long"
    )
    safe_state: Literal["closed"] = "closed"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A valve carries no labware."""
        return None


class PhProbe(DeckPart):
    """A pH electrode mounted beside the outlet of a pump, so that it reads what that doses into.

    It is dipped at ``rinse``, if there is one, before each well.
    """

    kind: Literal["ph_probe"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    beside: DeviceName = Field(description="the pump whose outlet it is mounted at")
    read_s: float = Field(gt=0, description="time of one reading")
    rinse: str | None = Field(None, description="labware and well that it is dipped into")
    rinse_s: float = Field(5.0, gt=0, description="how long it is dipped there")
    safe_state: Literal["none"] = "none"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A probe carries no labware."""
        return None


class StopButton(DeckPart):
    """An emergency-stop button: as soon as it is pressed, or its cable breaks, the run is halted.

    It ends what the software does. It doesn't replace the button that cuts the power of the robot.
    """

    kind: Literal["stop_button"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    line: Literal["cts", "dsr", "cd"] = Field(
        "cts", description="input line of the serial port that the closed contact holds up"
    )
    safe_state: Literal["watched"] = "watched"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A button carries no labware."""
        return None


class Balance(DeckPart):
    """A balance beside the deck. A run sees that it answers; no step of a protocol weighs with it.

    It is listed, identified and read by ``ncrobot devices``, and emulated as other devices are.
    """

    kind: Literal["balance"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    safe_state: Literal["none"] = "none"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A balance carries no labware of the deck."""
        return None


Device = Annotated[
    Shaker | TemperatureBlock | Reader | SyringePump | Gas | PhProbe | StopButton | Balance,
    Field(discriminator="kind"),
]


class Placed(DeckPart):
    """One piece of labware in its place, with what it is for.

    ``carrier`` and ``site`` (Hamilton, Tecan) or ``slot`` (Opentrons, from the front left: 5 is C2
    on a Flex) tell the place, or ``on`` names the device that carries it, if that device is mounted
    on a carrier or stands at a point of the deck. With both, the place is that of the device's
    nest. ``definition`` is a name of the labware catalogue.
    """

    name: DeviceName
    definition: str
    role: str = Field(
        min_length=1,
        description="reaction, samples, dilution, stocks, tips, waste, or the lab's own",
    )
    carrier: str | None = None
    site: int | None = None
    slot: int | None = None
    on: DeviceName | None = Field(None, description="shaker, temperature block or reader under it")
    material: str = Field(description="of the wetted surface: polypropylene, glass, ...")
    dead_volume_ul: float | None = Field(None, ge=0, description="that cannot be drawn reliably")
    max_volume_ul: float | None = Field(None, gt=0, description="usable, if below the catalogue's")
    holds: dict[str, str] = Field(default={}, description="well -> stock; A1 for a trough")
    temperature_c: float | None = Field(None, description="of an always cooled position")
    max_temperature_c: float | None = Field(
        None, description="how warm it may get, if not what its material bears"
    )
    max_speed_rpm: float | None = Field(
        None, gt=0, description="how fast it may be shaken, if not as fast as the device can"
    )
    assumed: str | None = None


class Carrier(DeckPart):
    """A carrier of Hamilton or Tecan on its rails.

    A carrier that takes modules tells in ``modules`` what is mounted at which site: a device of
    this workcell by its name, or a module of the labware catalogue.
    """

    name: DeviceName
    definition: str
    rails: int = Field(ge=1, description="leftmost rail, counted from 1")
    modules: dict[int, str] = Field(default={}, description="site -> device name or module")


class DeckLayout(DeckPart):
    """What stands on the deck at the start of a run, and which devices belong to the workcell."""

    ncrobot: Literal["deck/1"]
    name: str
    title: str = ""
    robot: Robot
    arm: Arm
    devices: dict[DeviceName, Device] = Field(default={})
    instruments: dict[DeviceName, Instrument] = Field(
        default={}, description="beside the deck; people carry samples to them"
    )
    carriers: tuple[Carrier, ...] = ()
    labware: tuple[Placed, ...] = Field(min_length=1)
    waste_capacity_ul: float = Field(gt=0)
    waste_capacity_tips: int | None = Field(
        None, gt=0, description="how many tips the waste takes before somebody empties it"
    )
    emulated_speed: float | None = Field(
        None,
        gt=0,
        description="written by 'ncrobot emulate': its devices are emulated, and so quick",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    assumptions: tuple[str, ...] = ()

    @property
    def stands_in(self) -> bool:
        """Whether something in it is simulated or emulated, so that no run on it is a real one."""
        drivers = (self.arm.driver, *(device.driver for device in self.devices.values()))
        return self.emulated_speed is not None or any(d.startswith("sim.") for d in drivers)
