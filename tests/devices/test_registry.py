"""Drivers are found by entry point, and each keeps the promise of its kind."""

from __future__ import annotations

import pytest

from ncrobot.devices import known_drivers, load_driver
from ncrobot.errors import LabError


def test_the_simulated_workcell_and_the_starlet_are_installed() -> None:
    assert {
        "hamilton.starlet",
        "sim.liquid_handler",
        "sim.shaker",
        "sim.temperature_block",
        "sim.reader",
        "sim.syringe_pump",
        "sim.gas",
        "sim.ph_probe",
        "sim.stop_button",
        "sim.operator",
    } <= known_drivers().keys()


@pytest.mark.parametrize("name", sorted(known_drivers()))
def test_every_installed_driver_loads_and_is_documented(name: str) -> None:
    factory = load_driver(name)
    assert callable(factory)
    assert factory.__doc__


def test_an_unknown_driver_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(LabError) as caught:
        load_driver("hamilton.starlett")
    text = str(caught.value)
    assert "hamilton.starlett" in text
    assert "did you mean 'hamilton.starlet'" in text
