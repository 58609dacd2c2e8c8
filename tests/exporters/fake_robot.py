"""Carries out an exported file without the vendor's package, and refuses what a robot would.

Its answer has the form of the vendor's analysis, so that the same comparison reads both. It knows
tips, volumes in tips and wells, and that nothing comes near a shaker that runs.
"""

from __future__ import annotations

import sys
import types
from collections import defaultdict
from typing import Any

from ncrobot import labware

OURS = {
    "nest_96_wellplate_2ml_deep": "NEST_96_wellplate_2200uL_Ub",
    "nest_1_reservoir_195ml": "nest_1_troughplate_195000uL_Vb",
    "nest_12_reservoir_15ml": "nest_12_troughplate_15000uL_Vb",
    "corning_96_wellplate_360ul_flat": "cor_96_wellplate_360uL_Fb",
}
TIP_UL = {"p20": 20.0, "p300": 300.0, "flex_1channel_50": 50.0, "flex_1channel_1000": 1000.0}


class Robot:
    """The protocol context."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.held_ul: dict[str, float] = defaultdict(float)
        self.modules: list[Module] = []
        self.count = 0

    def log(self, kind: str, result: dict[str, Any] | None = None, **params: Any) -> None:
        self.commands.append(
            {"commandType": kind, "params": params, "result": result or {}, "status": "succeeded"}
        )

    def new_id(self) -> str:
        self.count += 1
        return str(self.count)

    def is_simulating(self) -> bool:
        return True

    def delay(self, seconds: float) -> None:
        raise AssertionError(f"an analysis must not wait for {seconds} s")

    def comment(self, text: str) -> None:
        self.log("comment", message=text)

    def pause(self, text: str) -> None:
        assert all(not module.rpm for module in self.modules)
        self.log("waitForResume", message=text)

    def load_module(self, name: str, slot: str) -> Module:
        module = Module(self, name, slot)
        self.modules.append(module)
        return module

    def load_labware(self, load: str, slot: str, label: str) -> Labware:
        return Labware(self, load, label, slot, {"slotName": slot})

    def load_trash_bin(self, slot: str) -> None:
        assert slot == "A3"

    def load_instrument(self, name: str, mount: str) -> Pipette:
        assert mount in {"left", "right"}
        return Pipette(self, name)

    def define_liquid(self, name: str, description: str, colour: str) -> str:
        assert description
        assert len(colour) == 7
        return name


class Module:
    def __init__(self, robot: Robot, name: str, slot: str) -> None:
        self.robot, self.name, self.slot, self.rpm, self.latched = robot, name, slot, 0, False
        self.id = robot.new_id()
        robot.log("loadModule", {"moduleId": self.id}, location={"slotName": slot}, model=name)

    def load_adapter(self, load: str) -> Module:
        assert "heaterShaker" in self.name
        assert load.endswith("adapter")
        return self

    def load_labware(self, load: str, label: str) -> Labware:
        return Labware(self.robot, load, label, self.slot, {"moduleId": self.id})

    def close_labware_latch(self) -> None:
        self.latched = True

    def set_and_wait_for_shake_speed(self, rpm: int) -> None:
        assert self.latched
        assert 200 <= rpm <= 3000
        self.rpm = rpm
        self.robot.log("shake", rpm=rpm)

    def deactivate_shaker(self) -> None:
        self.rpm = 0
        self.robot.log("shake", rpm=0)

    def _other(self, *values: float) -> None:
        assert all(4 <= value <= 95 for value in values)
        self.robot.log("temperature", values=values)

    set_target_temperature = wait_for_temperature = deactivate_heater = _other
    start_set_temperature = await_temperature = deactivate = _other

    def near(self) -> set[str]:
        number = int(self.slot)
        row = (number - 1) // 3
        beside = {n for n in (number - 1, number + 1) if (n - 1) // 3 == row}
        return {str(n) for n in {number, number - 3, number + 3} | beside}


class Labware:
    def __init__(
        self, robot: Robot, load: str, label: str, slot: str, location: dict[str, Any]
    ) -> None:
        self.robot, self.label, self.slot, self.id = robot, label, slot, robot.new_id()
        self.definition = labware.definition(OURS.get(load, load))
        rows = self.definition.rows
        wells = self.definition.wells
        ordering = [list(wells[n : n + rows]) for n in range(0, len(wells), rows)]
        robot.log(
            "loadLabware", {"labwareId": self.id, "definition": {"ordering": ordering}},
            location=location, loadName=load, displayName=label,
        )  # fmt: skip

    def __getitem__(self, well: str) -> Well:
        assert well in self.definition.wells
        return Well(self, well)


class Well:
    def __init__(self, parent: Labware, name: str) -> None:
        self.parent, self.name = parent, name
        self.address = f"{parent.label}/{name}"

    def load_liquid(self, liquid: str, volume_ul: float) -> None:
        assert liquid
        robot = self.parent.robot
        robot.held_ul[self.address] += volume_ul
        robot.log("loadLiquid", labwareId=self.parent.id, volumeByWell={self.name: volume_ul})

    def top(self) -> Well:
        return self

    def bottom(self, height_mm: float) -> Well:
        depth_mm = self.parent.definition.well_depth_mm or 50.0
        assert 1.0 <= height_mm < depth_mm
        return self


class Pipette:
    """One single-channel pipette."""

    def __init__(self, robot: Robot, name: str) -> None:
        self.robot, self.id, self.name = robot, robot.new_id(), name
        self.flow_rate = types.SimpleNamespace()
        self.tip: str | None = None
        self.in_tip_ul = 0.0
        self.most_ul = next(ul for word, ul in TIP_UL.items() if name.startswith(word))
        robot.log("loadPipette", {"pipetteId": self.id}, pipetteName=name, mount="?")

    def _at(self, kind: str, well: Well, **params: Any) -> None:
        for module in self.robot.modules:
            assert not module.rpm or well.parent.slot not in module.near(), (kind, well.address)
        self.robot.log(
            kind, pipetteId=self.id, labwareId=well.parent.id, wellName=well.name, **params
        )

    def pick_up_tip(self, well: Well) -> None:
        assert self.tip is None
        self.tip = well.address
        self._at("pickUpTip", well)

    def drop_tip(self, well: Well | None = None) -> None:
        assert self.tip is not None
        if well is None:
            self.robot.log("dropTipInPlace", pipetteId=self.id)
        else:
            assert self.in_tip_ul < 1e-6
            self._at("dropTip", well)
        self.tip, self.in_tip_ul = None, 0.0

    def aspirate(self, volume_ul: float, well: Well) -> None:
        self.in_tip_ul += volume_ul
        assert 0 < self.in_tip_ul <= self.most_ul + 1e-6
        self.robot.held_ul[well.address] -= volume_ul
        self._at("aspirate", well, volume=volume_ul)

    def dispense(self, volume_ul: float, well: Well) -> None:
        assert 0 < volume_ul <= self.in_tip_ul + 1e-6
        self.in_tip_ul -= volume_ul
        self.robot.held_ul[well.address] += volume_ul
        self._at("dispense", well, volume=volume_ul)

    def mix(self, repetitions: int, volume_ul: float, well: Well) -> None:
        assert volume_ul <= self.robot.held_ul[well.address] + 1e-3
        for _ in range(repetitions):
            self.aspirate(volume_ul, well)
            self.dispense(volume_ul, well)


def carry_out(text: str) -> dict[str, Any]:
    """The commands of a file, in the form of an analysis."""
    api = types.ModuleType("opentrons.protocol_api")
    api.ProtocolContext = object  # type: ignore[attr-defined]
    package = types.ModuleType("opentrons")
    package.protocol_api = api  # type: ignore[attr-defined]
    kept = {name: sys.modules.get(name) for name in ("opentrons", "opentrons.protocol_api")}
    sys.modules |= {"opentrons": package, "opentrons.protocol_api": api}
    space: dict[str, Any] = {}
    try:
        exec(text, space)
    finally:
        for name, module in kept.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
    robot = Robot()
    space["run"](robot)
    return {"commands": robot.commands}
