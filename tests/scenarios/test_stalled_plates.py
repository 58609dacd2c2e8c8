"""Whole plates on which the arm stalls: the engine repairs the schedule and goes on by it."""

from pathlib import Path

import pytest

from ncrobot.clock import run_virtual
from ncrobot.engine import Engine
from ncrobot.events import EventKind
from ncrobot.lab import compile_files, schedule
from ncrobot.repairs import Damage
from ncrobot.scheduler import make_repairer
from ncrobot.state import fold
from ncrobot.workcells import simulated_workcell
from ncrobot_sim import Fault, FaultPlan

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plate():
    protocol = ROOT / "protocols" / "au25_pmba_portions.yaml"
    layout = ROOT / "deck_layouts" / "ot2_96.yaml"
    plan = compile_files(protocol, protocol.with_suffix(".csv"), layout)
    return plan, schedule(plan)


def run(plate, fault, *, repair):
    plan, times = plate
    events = []

    async def main(clock):
        engine = Engine(
            run_id="stall",
            plan=plan,
            schedule=times,
            workcell=simulated_workcell(plan, times, clock, FaultPlan([fault])),
            clock=clock,
            emit=events.append,
            repairer=make_repairer(plan) if repair else None,
        )
        return await engine.run()

    return run_virtual(main), events


def kinds(events, kind):
    return [event for event in events if event.kind is kind]


def test_a_stall_in_the_dense_phase_breaks_fewer_lags_with_repair(plate):
    plan, times = plate
    arm = plan.deck.arm.name
    portions = [e for e in times.entries if "-p" in e.operation]
    middle = portions[len(portions) // 3]
    acts = sum(1 for e in times.entries if e.device == arm and e.start_s < middle.start_s)
    results = []
    for nth in range(acts, acts + 40, 8):
        fault = Fault(arm, "pick_up_tips", nth, delay_s=150.0)
        _, without = run(plate, fault, repair=False)
        _, events = run(plate, fault, repair=True)
        lost = len(kinds(without, EventKind.LAG_BROKEN))
        kept = len(kinds(events, EventKind.LAG_BROKEN))
        results.append((lost, kept))
        assert kept <= lost
        state = fold(events)
        assert len(state.broken_lags) == kept
        done = [e.operation for e in kinds(events, EventKind.OPERATION_ENDED)]
        assert len(done) == len(set(done))
        assert {op.id for op in plan.operations} <= set(done)
        for event in kinds(events, EventKind.SCHEDULE_REPAIRED):
            after, before = event.data["after"], event.data["before"]
            assert Damage(**after).cost < Damage(**before).cost
            begun = {
                e.operation for e in kinds(events, EventKind.OPERATION_ENDED) if e.seq < event.seq
            }
            running = {e.operation for e in kinds(events, EventKind.OPERATION_STARTED)
                       if e.seq < event.seq}  # fmt: skip
            assert all(
                start >= event.time_s - 1e-6
                for name, start in event.data["starts"].items()
                if name not in begun | running
            )
    assert sum(lost for lost, _ in results) > sum(kept for _, kept in results)
