"""Doses steered by a probe: simulated titrations with noise and drift, bounds, faults, deaths."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

import pytest

from engine.steering_kit import MOST_UL, TOLERANCE_PH, WELLS, steered_plan, true_ph
from ncrobot.clock import run_virtual
from ncrobot.devices import load_driver
from ncrobot.engine import Engine, recall
from ncrobot.errors import DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.lab import schedule
from ncrobot.workcells import simulated_workcell
from ncrobot_sim import Fault, FaultPlan

READ_NOISE_PH, DRIFT_PH_PER_H, PROBE_OFF_PH = 0.02, 0.03, 0.03


@dataclass
class Told:
    """One run: its events, its world, and the moments at which it might have died."""

    plan: object
    times: object
    events: list = field(default_factory=list)
    deaths: list = field(default_factory=list)
    outcome: object = None
    world: object = None

    def of(self, kind):
        return [event for event in self.events if event.kind is kind]

    def delivered_ul(self):
        """By well, what the record says that was dosed."""
        found = defaultdict(float)
        for event in self.of(EventKind.OPERATION_ENDED):
            if event.operation.startswith("sweet"):
                for each in event.data.get("deliveries", ()):
                    found[each["destination"]] += each["volume_ul"]
        return found

    def flagged(self):
        return {w: e.data["reason"] for e in self.of(EventKind.WELL_FLAGGED) for w in e.wells}


@cache
def usual():
    plan = steered_plan()
    return plan, schedule(plan)


def made(**changed):
    if not changed:
        return usual()
    plan = steered_plan(**changed)
    return plan, schedule(plan)


def run(plan, times, *, faults=(), log=None, before=()):
    told = Told(plan, times, list(before))
    recalled = recall(before, times) if before else None

    def flush():
        size = log.stat().st_size if log is not None and log.exists() else 0
        told.deaths.append((len(told.events), size))

    async def main(clock):
        workcell = simulated_workcell(plan, times, clock, FaultPlan(faults), log)
        told.world = vars(workcell.arm)["_world"]
        engine = Engine(
            run_id="steered", plan=plan, schedule=times, workcell=workcell, clock=clock,
            emit=told.events.append, flush=flush, recalled=recalled,
        )  # fmt: skip
        told.outcome = await engine.run()

    run_virtual(main, start=recalled.last_wall if recalled else None)
    return told


def assert_record_is_true(told):
    """What the record and the ledger say is what the world holds; nobody got more than allowed."""
    delivered = told.delivered_ul()
    ledger = told.of(EventKind.RUN_ENDED)[-1].data["ledger"]
    for well in WELLS:
        place = f"reaction_plate/{well}"
        brought_ul = told.world.brought_ul(place).get("base", 0.0)
        assert brought_ul <= MOST_UL + 0.5
        assert delivered[place] == pytest.approx(brought_ul, abs=0.4)
        ledger_umol = ledger.get(place, {"umol": {}})["umol"].get("base", 0.0)
        held_umol = told.world.umol(place).get("base", 0.0)
        assert ledger_umol == pytest.approx(held_umol, abs=0.04)


def test_wells_of_a_weak_acid_are_brought_to_their_ph_in_spite_of_noise_and_drift():
    told = run(*made())
    assert told.outcome.status is ExitStatus.SUCCEEDED
    assert told.flagged() == {}
    probe_off_ph = (
        PROBE_OFF_PH + 3 * READ_NOISE_PH + DRIFT_PH_PER_H * told.outcome.duration_s / 3600
    )
    for well, target_ph in WELLS.items():
        assert abs(true_ph(told.world, well) - target_ph) <= TOLERANCE_PH + probe_off_ph
    assert_record_is_true(told)


def test_each_step_is_written_down():
    told = run(*made())
    for well, target_ph in WELLS.items():
        mine = [event.data for event in told.of(EventKind.PH_READ) if event.wells == (well,)]
        assert [each["follows"] for each in mine] == ["dose"] * (len(mine) - 1) + ["reached"]
        assert {each["target_ph"] for each in mine} == {target_ph}
        dosed_ul = 0.0
        for each in mine:
            assert each["dosed_ul"] == pytest.approx(dosed_ul, abs=1e-6)
            assert len(each["readings"]) == 3
            dosed_ul += each["dose_ul"]
        assert told.delivered_ul()[f"reaction_plate/{well}"] == pytest.approx(dosed_ul)
    doses = [e for e in told.of(EventKind.PH_READ) if e.data["follows"] == "dose"]
    mixed = [e for e in told.of(EventKind.INTENT) if e.act == "shake" and e.data["speed_rpm"] > 0]
    assert len(mixed) == len(doses)


def test_no_operation_takes_longer_than_was_planned():
    told = run(*made())
    for event in told.of(EventKind.OPERATION_ENDED):
        if event.operation.startswith("sweet"):
            took_s = event.data["end_s"] - event.data["start_s"]
            assert took_s <= event.data["planned_duration_s"] + 1e-6


def test_an_overshot_ph_is_looked_at_twice_then_left_and_told():
    plan, times = made(pump={"dose_ul": 20.0}, steered={"within": 0.05})
    told = run(plan, times)
    flagged = told.flagged()
    over = [well for well, reason in flagged.items() if "overshot" in reason]
    assert over
    for well in over:
        follows = [e.data["follows"] for e in told.of(EventKind.PH_READ) if e.wells == (well,)]
        assert follows[-1] in ("overshot", "too_coarse")
        if follows[-1] == "overshot":
            assert follows[-2] == "overshot"
    assert told.outcome.status is ExitStatus.SUCCEEDED
    assert_record_is_true(told)


def test_no_more_doses_than_allowed():
    told = run(*made(steered={"doses": 1, "within": 0.01}))
    for well in WELLS:
        read = [e.data["follows"] for e in told.of(EventKind.PH_READ) if e.wells == (well,)]
        assert read.count("dose") == 1
    assert any("doses are used up" in reason for reason in told.flagged().values())
    assert_record_is_true(told)


@pytest.mark.parametrize(
    ("device", "act", "often"),
    [
        ("probe", "read_ph", 1), ("base_pump", "move_plunger", 1), ("base_pump", "move_plunger", 3),
        ("shaker", "shake", 1), ("shaker", "shake", 3), ("arm", "place_needle", 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("happened", [False, True])
def test_what_fails_on_the_way_never_makes_a_dose_too_many(device, act, often, happened):
    faults = tuple(
        Fault(device, act, nth, DeviceErrorKind.STALL, None, happened=happened)
        for nth in range(4, 4 + often)
    )
    told = run(*made(), faults=faults)
    assert told.outcome.status is ExitStatus.SUCCEEDED
    assert len(told.flagged()) <= 1
    assert_record_is_true(told)
    assert told.world.collisions == []


def test_a_run_that_dies_anywhere_on_the_way_gives_no_well_too_much(tmp_path):
    log = tmp_path / "whole.world"
    whole = run(*made(), log=log)
    world = log.read_bytes()
    first = next(e.seq for e in whole.events if (e.operation or "").startswith("sweet"))
    deaths = [death for death in whole.deaths if death[0] >= first]
    for number, (durable, size) in enumerate(deaths[:: max(len(deaths) // 40, 1)]):
        again = tmp_path / f"{number}.world"
        again.write_bytes(world[:size])
        told = run(*made(), log=again, before=whole.events[:durable])
        assert told.outcome.status is ExitStatus.SUCCEEDED, durable
        assert_record_is_true(told)
        assert told.world.collisions == []
        assert len(told.flagged()) <= 1


def test_the_simulated_probe_is_a_driver():
    assert load_driver("sim.ph_probe") is not None
