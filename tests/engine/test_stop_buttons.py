"""A stop button halts the run the moment it is pressed, or can't be read any more."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import two_doses
from engine.engine_kit import in_a_row, simulate
from ncrobot.errors import DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.state import fold
from ncrobot_sim import Fault, FaultPlan
from ncrobot_sim.stop_button import SimulatedStopButton


def run_with(*faults):
    plan = two_doses()

    def adapt(workcell, world, record):
        workcell.devices["button"] = SimulatedStopButton(
            name="button", clock=workcell.arm._clock, settings={}, world=world
        )

    return simulate(plan, in_a_row(plan), faults=FaultPlan(faults), adapt=adapt)


def pressed(delay_s, kind=None):
    return Fault(device="button", act="wait_pressed", nth=1, delay_s=delay_s, kind=kind)


@settings(max_examples=40, deadline=None)
@given(at_s=st.floats(0.0, 75))
def test_nothing_is_begun_after_it_was_pressed(at_s):
    outcome, bench = run_with(pressed(at_s))
    assert outcome.status is ExitStatus.ABORTED
    assert outcome.reason == "the stop button 'button' was pressed"
    assert fold(bench.record.events).status == "aborted"
    confirmed = bench.record.of(EventKind.SAFE_STATE)[-1].data["confirmed"]
    assert [name for name, fine in confirmed.items() if not fine] == ["arm"]  # it isn't moved
    begun = [e.time_s for e in bench.record.of(EventKind.INTENT)]
    assert all(time_s <= at_s + 1e-6 for time_s in begun)
    # What is broken off ends in the same instant.
    assert bench.record.of(EventKind.RUN_ENDED)[-1].time_s == pytest.approx(at_s)


def test_a_cable_that_breaks_halts_too():
    outcome, _ = run_with(pressed(20.0, DeviceErrorKind.DEVICE_GONE))
    assert outcome.status is ExitStatus.ABORTED
    assert "can't be read" in outcome.reason


def test_a_button_that_nobody_presses_disturbs_nothing():
    outcome, bench = run_with()
    assert outcome.status is ExitStatus.SUCCEEDED
    confirmed = bench.record.of(EventKind.SAFE_STATE)[-1].data["confirmed"]
    assert confirmed["button"]
    assert not bench.engine._run.buttons._watches


def test_a_driver_that_breaks_leaves_no_run_unwatched():
    class Broken(SimulatedStopButton):
        async def wait_pressed(self):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    plan = two_doses()

    def adapt(workcell, world, record):
        workcell.devices["button"] = Broken(
            name="button", clock=workcell.arm._clock, settings={}, world=world
        )

    outcome, _ = simulate(plan, in_a_row(plan), adapt=adapt)
    assert outcome.status is ExitStatus.ABORTED
    assert "broke: ZeroDivisionError" in outcome.reason
