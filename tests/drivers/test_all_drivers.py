"""What every driver has: keywords of its kind, a page, an emulator, and words about hardware."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest

from ncrobot.deck import load_deck
from ncrobot.devices import known_drivers, load_driver
from ncrobot.errors import LabError
from ncrobot.workcells import check_drivers
from ncrobot_drivers.plate_readers import PlateReaderDevice
from ncrobot_sim.emulators import known_emulators

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = sorted(name for name in known_drivers() if not name.startswith(("sim.", "terminal.")))
ARMS = {"hamilton.starlet", "opentrons.ot2", "tecan.evo"}
"""Drivers of arms, which get a deck instead of settings."""
NO_SERIAL_LINE = {
    "biotek.cytation", "biotek.synergy_h1", "bmg.clariostar", "hamilton.heater_shaker",
    "hamilton.starlet", "inheco.cpac", "molecular_devices.spectramax_384_plus",
    "molecular_devices.spectramax_m5", "opentrons.ot2", "serial.stop_button", "tecan.evo",
    "tecan.infinite", "tecan.spark",
}  # fmt: skip
"""Drivers without a serial line of their own: PyLabRobot's are emulated in their tests."""


def test_drivers_of_several_makers_are_installed():
    assert len({name.partition(".")[0] for name in DRIVERS}) > 4


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_is_made_with_the_keywords_of_its_kind(name):
    signature = inspect.signature(load_driver(name))
    wanted = {"name", "clock", "port", "setup" if name in ARMS else "settings"}
    assert wanted <= set(signature.parameters)
    required = {p.name for p in signature.parameters.values() if p.default is p.empty}
    assert required <= wanted
    kinds = {signature.parameters[word].kind for word in wanted}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_keeps_the_promises_of_every_device(name):
    driver = load_driver(name)
    for promise in ("connect", "identify", "safe_state", "disconnect"):
        assert inspect.iscoroutinefunction(getattr(driver, promise)), promise


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_owns_up_to_what_it_was_tried_on(name):
    driver = load_driver(name)
    module = sys.modules[driver.__module__]
    assert driver.__doc__
    assert re.search(r"[Tt]ried with", module.__doc__ or ""), module.__name__
    page = (ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in line.split("|")[1] for line in rows)


@pytest.mark.parametrize("name", DRIVERS)
def test_what_is_not_confirmed_is_listed(name):
    page = (ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
    section = page.partition("## What is not confirmed")[2].partition("\n## ")[0]
    driver = load_driver(name)
    documents = [sys.modules[base.__module__].__doc__ or "" for base in driver.__mro__]
    if any("confirmed" in text for text in documents):
        assert f"`{name}`" in section, "what its documentation doubts stands on the page"
    read_by_others = "all plate readers" in section and issubclass(driver, PlateReaderDevice)
    assert f"`{name}`" in section or read_by_others or name == "serial.stop_button"


@pytest.mark.parametrize("name", [name for name in DRIVERS if name not in NO_SERIAL_LINE])
def test_a_serial_driver_has_an_emulator_and_tests(name):
    assert name in known_emulators()
    tests = ROOT / "tests" / "drivers"
    assert any(
        name in path.read_text(encoding="utf-8")
        for path in tests.glob("test_*.py")
        if path != Path(__file__)
    )


@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        ("opentrons.flex", "export-opentrons"),
        ("byonoy.absorbance_96", "lifted off"),
        ("molecular_devices.gemini_em", "not absorbance"),
    ],
)
def test_a_robot_that_no_driver_is_built_for_is_refused_with_the_reason(driver, reason):
    layout = load_deck(ROOT / "deck_layouts" / "flex_96.yaml")
    arm = layout.arm.model_copy(update={"driver": driver})
    with pytest.raises(LabError, match=reason):
        check_drivers(layout.model_copy(update={"arm": arm}))


@pytest.mark.parametrize("name", known_emulators())
def test_an_emulator_has_a_driver(name):
    assert name in DRIVERS
