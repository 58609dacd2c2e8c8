"""Opentrons' own analysis of a file, and what its commands say, read without our exporter's code.

The analysis runs in the environment of ``make opentrons-env``. The reader knows Opentrons' command
language only: pipettes by their channels, labware by the definitions in the analysis itself.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(
    os.environ.get("NCROBOT_OPENTRONS_PYTHON", ROOT / ".venv-opentrons" / "bin" / "python")
)
TRASH = "trash"


def need_opentrons() -> None:
    """Skip without the vendor's package, or fail where CI has promised it."""
    if PYTHON.exists():
        return
    reason = f"the vendor's analysis needs its own environment ({PYTHON}): make opentrons-env"
    if os.environ.get("NCROBOT_NEEDS_OPENTRONS"):
        pytest.fail(reason)
    pytest.skip(reason)


def analyse(text: str, folder: Path) -> dict[str, Any]:
    """The analysis of a protocol file as JSON."""
    need_opentrons()
    protocol, found = folder / "protocol.py", folder / "analysis.json"
    protocol.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [PYTHON, "-m", "opentrons.cli", "analyze", "--json-output", found, protocol],
        check=False, capture_output=True, text=True, timeout=240,
        env={**os.environ, "OT_API_CONFIG_DIR": str(folder / "config")},
    )  # fmt: skip
    assert found.exists(), done.stderr
    analysis: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return analysis


@dataclass
class Moved:
    """One channel's dispense of what it has drawn elsewhere."""

    tip: str
    source: str
    destination: str
    volume_ul: float


@dataclass
class Section:
    """What the commands between two comments of the timetable do."""

    operation: str
    moved: list[list[Moved]] = field(default_factory=list)
    drawn_ul: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    stirred: list[tuple[str, float]] = field(default_factory=list)
    picked: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    thrown_ul: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    others: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@dataclass
class _Pipette:
    channels: int
    tips: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    held_ul: float = 0.0


class Reading:
    """All sections of an analysis, in order, and what was loaded before the first."""

    def __init__(self, analysis: dict[str, Any]) -> None:
        self.sections: list[Section] = []
        self.placed: dict[str, dict[str, Any]] = {}
        self.loaded_ul: dict[str, float] = {}
        self.before: list[tuple[str, dict[str, Any]]] = []
        self._labware: dict[str, tuple[str, dict[str, Any]]] = {}
        self._modules: dict[str, str] = {}
        self._pipettes: dict[str, _Pipette] = {}
        for command in analysis["commands"]:
            assert command["status"] == "succeeded", command
            self._read(command["commandType"], command["params"], command["result"])

    def _read(self, kind: str, params: dict[str, Any], result: dict[str, Any]) -> None:
        if kind == "comment":
            if not params["message"].startswith("LATE"):
                self.sections.append(Section(params["message"].split()[1].rstrip(":")))
        elif kind == "loadModule":
            self._modules[result["moduleId"]] = params["location"]["slotName"]
        elif kind == "loadLabware":
            name = params.get("displayName") or params["loadName"]
            self._labware[result["labwareId"]] = (name, result["definition"])
            self.placed[name] = {"load": params["loadName"], "slot": self._slot(params["location"])}
        elif kind == "loadPipette":
            channels = 8 if "multi" in params["pipetteName"] else 1
            self._pipettes[result["pipetteId"]] = _Pipette(channels)
        elif kind == "loadLiquid":
            name = self._labware[params["labwareId"]][0]
            for well, volume_ul in params["volumeByWell"].items():
                self.loaded_ul[f"{name}/{well}"] = volume_ul
        elif "pipetteId" in params:
            self._pipette(kind, params)
        elif self.sections:
            self.sections[-1].others.append((kind, params))
        else:
            self.before.append((kind, params))

    def _slot(self, location: Any) -> str:
        if "slotName" in location:
            return str(location["slotName"])
        if "moduleId" in location:
            return self._modules[location["moduleId"]]
        return str(self.placed[self._labware[location["labwareId"]][0]]["slot"])

    def _wells(self, params: dict[str, Any], channels: int) -> list[str]:
        """The wells that all channels of a pipette are at when its rear one is sent to a well."""
        name, definition = self._labware[params["labwareId"]]
        well = params["wellName"]
        if channels == 1:
            return [f"{name}/{well}"]
        column = next(column for column in definition["ordering"] if well in column)
        if len(column) == 1:
            return [f"{name}/{well}"] * channels
        assert column.index(well) == 0
        assert len(column) == channels
        return [f"{name}/{one}" for one in column]

    def _pipette(self, kind: str, params: dict[str, Any]) -> None:
        pipette, section = self._pipettes[params["pipetteId"]], self.sections[-1]
        if kind == "pickUpTip":
            assert not pipette.tips
            pipette.tips = self._wells(params, pipette.channels)
            section.picked += pipette.tips
        elif kind in {"dropTip", "dropTipInPlace"}:
            places = (
                self._wells(params, pipette.channels)
                if kind == "dropTip"
                else [TRASH] * len(pipette.tips)
            )
            section.dropped += zip(pipette.tips, places, strict=True)
            for tip in pipette.tips:
                section.thrown_ul[tip] += pipette.held_ul
            pipette.tips, pipette.held_ul = [], 0.0
        elif kind == "aspirate":
            assert pipette.tips
            pipette.sources = self._wells(params, pipette.channels)
            pipette.held_ul += params["volume"]
            for source in pipette.sources:
                section.drawn_ul[source] += params["volume"]
        elif kind == "dispense":
            self._dispense(pipette, section, params)
        else:
            assert kind == "moveToAddressableAreaForDropTip", kind

    def _dispense(self, pipette: _Pipette, section: Section, params: dict[str, Any]) -> None:
        wells, volume_ul = self._wells(params, pipette.channels), params["volume"]
        pipette.held_ul -= volume_ul
        assert pipette.held_ul > -1e-6
        if wells == pipette.sources:
            for well in wells:
                section.drawn_ul[well] -= volume_ul
                section.stirred.append((well, volume_ul))
            return
        section.moved.append(
            [
                Moved(tip, source, well, volume_ul)
                for tip, source, well in zip(pipette.tips, pipette.sources, wells, strict=True)
            ]
        )
