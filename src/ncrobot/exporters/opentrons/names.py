"""What Opentrons calls the things of a deck layout: labware, modules, pipettes, slots.

Load names and figures: Opentrons' public labware, module and pipette definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ncrobot.deck import DeckLayout

RobotKind = Literal["ot2", "flex"]

ROBOTS: Mapping[str, RobotKind] = {"opentrons.ot2": "ot2", "opentrons.flex": "flex"}
ROBOT_TYPES: Mapping[RobotKind, str] = {"ot2": "OT-2", "flex": "Flex"}

# Names of the labware catalogue that aren't Opentrons' own load names already.
_LABWARE: Mapping[str, str] = {
    "NEST_96_wellplate_2200uL_Ub": "nest_96_wellplate_2ml_deep",
    "nest_1_troughplate_195000uL_Vb": "nest_1_reservoir_195ml",
    "nest_12_troughplate_15000uL_Vb": "nest_12_reservoir_15ml",
    "cor_96_wellplate_360uL_Fb": "corning_96_wellplate_360ul_flat",
    "cor_cos_48_wellplate_1620uL_Fb": "corning_48_wellplate_1.6ml_flat",
    "cor_cos_24_wellplate_3470uL_Fb": "corning_24_wellplate_3.4ml_flat",
}
_OWN_PREFIX = "opentrons_"


@dataclass(frozen=True, slots=True)
class ModuleName:
    """A module of Opentrons and the adapter that stands on it; ``api`` is what it can be told."""

    load_name: str
    adapter: str | None
    api: Literal["heater_shaker", "temperature"]
    temperature_c: tuple[float, float]
    speed_rpm: tuple[float, float] | None = None


_HEATER_SHAKER = ModuleName(
    "heaterShakerModuleV1",
    "opentrons_96_deep_well_adapter",
    "heater_shaker",
    (37.0, 95.0),
    (200.0, 3000.0),
)
_TEMPERATURE = ModuleName("temperature module gen2", None, "temperature", (4.0, 95.0))

# By the nest that a layout names for the device.
MODULES: Mapping[str, ModuleName] = {
    "opentrons_heater_shaker_deep_well": _HEATER_SHAKER,
    "opentrons_flex_heater_shaker_deep_well": _HEATER_SHAKER,
    "opentrons_temperature_module": _TEMPERATURE,
    "opentrons_flex_temperature_module": _TEMPERATURE,
}


@dataclass(frozen=True, slots=True)
class PipetteName:
    """A pipette of Opentrons: whose robot it is for, its channels and its flow rates in µL/s."""

    robot: RobotKind
    channels: int
    default_ul_per_s: float
    most_ul_per_s: float

    def flow_rate_ul_per_s(self, asked_ul_per_s: float) -> float:
        """What is asked, or the pipette's default if it can't move as fast."""
        return asked_ul_per_s if asked_ul_per_s <= self.most_ul_per_s else self.default_ul_per_s


PIPETTES: Mapping[str, PipetteName] = {
    "p20_single_gen2": PipetteName("ot2", 1, 3.78, 25.0),
    "p300_single_gen2": PipetteName("ot2", 1, 46.43, 329.3),
    "p1000_single_gen2": PipetteName("ot2", 1, 274.7, 1020.7),
    "p20_multi_gen2": PipetteName("ot2", 8, 7.6, 23.0),
    "p300_multi_gen2": PipetteName("ot2", 8, 94.0, 335.3),
    "flex_1channel_50": PipetteName("flex", 1, 26.7, 57.0),
    "flex_1channel_1000": PipetteName("flex", 1, 478.0, 727.3),
    "flex_8channel_50": PipetteName("flex", 8, 26.7, 57.0),
    "flex_8channel_1000": PipetteName("flex", 8, 478.0, 744.6),
}
MOUNTS = ("left", "right")
TRASH_SLOT = 12


@dataclass(frozen=True, slots=True)
class Mounted:
    """A pipette on its mount and the channels of the arm that it brings."""

    mount: str
    load_name: str
    pipette: PipetteName
    channels: tuple[int, ...]

    @property
    def is_multi(self) -> bool:
        """Whether its channels act together."""
        return len(self.channels) > 1


def mounted_pipettes(layout: DeckLayout) -> tuple[Mounted, ...]:
    """The pipettes of a layout that Opentrons knows, with channels counted from the left mount."""
    found: list[Mounted] = []
    first = 0
    for mount in MOUNTS:
        pipette = PIPETTES.get(layout.arm.pipettes.get(mount, ""))
        if pipette is not None:
            channels = tuple(range(first, first + pipette.channels))
            found.append(Mounted(mount, layout.arm.pipettes[mount], pipette, channels))
            first += pipette.channels
    return tuple(found)


def load_name(definition: str) -> str | None:
    """Opentrons' load name of a catalogue definition; None if it isn't known to be the same."""
    if definition.startswith(_OWN_PREFIX):
        return definition
    return _LABWARE.get(definition)


def known_labware() -> tuple[str, ...]:
    """Catalogue definitions that have another load name at Opentrons."""
    return tuple(_LABWARE)


def slot_name(robot: RobotKind, slot: int) -> str:
    """A slot as its robot calls it: 1 to 12 on the OT-2, D1 to A3 on the Flex.

    Both count from the front left, three in a row.
    """
    if robot == "ot2":
        return str(slot)
    row, column = divmod(slot - 1, 3)
    return f"{'DCBA'[row]}{column + 1}"
