"""The deck layout as a document: robot, devices, labware with their places, capacities, roles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncrobot.deck.fittings import Balance, Gas, PhProbe, StopButton, SyringePump
from ncrobot.deck.parts import DeckPart, DeviceName, Millimetres, Options
from ncrobot.deck.stations import Reader, Shaker, TemperatureBlock
from ncrobot.labware.decks import Robot

__all__ = [
    "Arm",
    "ArmTimes",
    "Balance",
    "Carrier",
    "DeckLayout",
    "DeckPart",
    "Device",
    "DeviceName",
    "Gas",
    "Head",
    "Instrument",
    "Millimetres",
    "Options",
    "PhProbe",
    "Placed",
    "Reader",
    "Robot",
    "Shaker",
    "StopButton",
    "SyringePump",
    "TemperatureBlock",
    "TipType",
]


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
