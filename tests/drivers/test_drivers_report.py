"""The report about drivers: every serial driver works in it, and faults are told as they ended."""

from __future__ import annotations

import asyncio

import pytest
from benchmarks.drivers import report
from benchmarks.drivers.cases import CASES, PUMPS, is_done, run_case
from benchmarks.drivers.through_pylabrobot import WORKS, commands_of, faults_of

from ncrobot.devices import known_drivers
from ncrobot_sim.emulators import FaultKind, known_emulators

BY_KIND = {case.kind: case for case in (*CASES, *PUMPS)}


def test_every_emulated_device_has_its_case():
    assert set(BY_KIND) == set(known_emulators())


def test_every_other_driver_has_its_piece_of_work():
    others = {n for n in known_drivers() if not n.startswith(("sim.", "terminal."))} - set(BY_KIND)
    assert set(WORKS) == others


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("hamilton.starlet", "C0AS"),
        ("opentrons.ot2", "lh.aspirate_in_place"),
        ("tecan.evo", "C5MTR"),
        ("hamilton.heater_shaker", "SB"),
        ("inheco.cpac", "#STT#"),
        ("bmg.clariostar", "read_absorbance"),
        ("biotek.cytation", "D"),
        ("serial.stop_button", "reads cts"),
    ],
)
def test_what_is_heard_behind_pylabrobot_is_counted(name, command):
    assert commands_of(name)[command] > 0


def test_how_an_evo_ends_under_faults_is_told():
    ended = faults_of("tecan.evo")
    assert ended["silence"] == "told: timeout"
    assert ended["error"] == "told: stall"
    assert "not noticed at once" not in ended.values()
    assert faults_of("bmg.clariostar") == {}


@pytest.mark.parametrize("case", PUMPS, ids=lambda case: case.kind)
def test_a_pump_does_its_work(case):
    async def test(driver, emulated):
        await case.work(driver)
        assert await is_done(case, driver, emulated)

    asyncio.run(run_case(case, test))


@pytest.mark.parametrize(
    ("kind", "ended"),
    [(FaultKind.SILENCE, "overcome"), (FaultKind.VALVE, ""), (FaultKind.DISCONNECT, "told: device_gone")],
)  # fmt: skip
def test_a_fault_is_told_as_it_ended(kind, ended):
    assert asyncio.run(report._struck(BY_KIND["opentrons.temperature_module"], kind)) == ended


def test_commands_are_told_without_their_figures():
    assert report._shape(b"out_sp_00 -12.5") == "out_sp_# #"
    assert report._shape(b"\xcc\x00\x4e\x00\x00\xdd\xf7\x01") == "function 4Eh"
    assert report._shape(b"") == "(empty)"
