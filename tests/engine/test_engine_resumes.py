"""Resuming: at whatever moment a run died, nothing is doubled, nothing is lost, all is told."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.engine_cases import EVERY_KIND, two_doses
from engine.engine_kit import Bench, chain, column, dose, in_a_row, make_plan
from engine.resume_kit import Death, Lived, Resumed, TruthfulOperator, live, resume, take_up
from ncrobot.engine import recall
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.document import Lag
from ncrobot.state import fold

NEAR_UL = 1e-6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def doses(folder) -> Lived:
    plan = two_doses()
    return live(plan, in_a_row(plan), folder)


@pytest.fixture(scope="module")
def every_kind(folder) -> Lived:
    plan = make_plan(EVERY_KIND, chain(EVERY_KIND))
    return live(plan, in_a_row(plan), folder)


def moments(lived: Lived) -> list[Death]:
    """Every different moment at which the run might have died before it was over."""
    different = {(d.durable, d.world_bytes): d for d in lived.deaths}
    return [d for d in different.values() if d.durable < len(lived.events)]


def judge(lived: Lived, found: Resumed, folder) -> None:
    """No dose doubled, no fact lost, no unknown kept quiet, ledger and world the same but there."""
    events, world, whole = found.events, found.bench.world, lived.brought(folder)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    state, before = fold(events), fold(found.before)
    told = {(u["operation"], u["act"]) for each in state.resumed for u in each["unknown"]}
    running = {key for key in before.open_acts if before.operations[key[0]].result == "running"}
    assert running <= told
    assert not state.open_acts or all(not key[0] for key in state.open_acts)
    doubtful = {
        move["address"]
        for event in events
        if event.kind is EventKind.INTENT and (event.operation, event.act) in told
        for move in event.data.get("moves", ())
    }
    for well in lived.plan.wells:
        place = f"plate/{well.well}"
        fate = state.wells.get(well.well)
        for stock, ul in world.brought_ul(place).items():
            assert ul <= whole.brought_ul(place).get(stock, 0.0) + NEAR_UL, (place, stock)
        if fate is None:
            assert world.brought_ul(place) == pytest.approx(whole.brought_ul(place))
    for place, held in state.ledger.items():
        if "/" in place and place not in doubtful:
            assert held["volume_ul"] == pytest.approx(world.volume_ul(place), abs=1e-6), place
    assert not world.collisions
    assert state.status in {"succeeded", "failed", "aborted"}


def test_doses_are_never_doubled_whenever_the_run_dies(doses, folder):
    for death in moments(doses)[::2]:
        found = resume(doses, death, folder, down_s=5)
        judge(doses, found, folder)
        assert found.outcome.status is ExitStatus.SUCCEEDED, death


def test_every_kind_of_operation_is_taken_up_again(every_kind, folder):
    for death in moments(every_kind)[1::3]:
        found = resume(every_kind, death, folder, down_s=5)
        judge(every_kind, found, folder)
        if found.outcome.status is not ExitStatus.SUCCEEDED:
            assert found.outcome.reason.startswith(
                ("nobody knows where samples is", "no well is left")
            ), death


def test_only_wells_of_an_unknown_dose_are_lost(doses, folder):
    """Where no dispense was under way, all sixteen wells come out well."""
    for death in moments(doses)[1::2]:
        recalled = recall(doses.events[: death.durable], doses.schedule)
        found = resume(doses, death, folder)
        unknown = [act for act in recalled.unknown() if act.name in ("dispense", "mix")]
        assert found.outcome.wells_ok >= (8 if unknown else 16), death


def test_somebody_who_looks_saves_every_well(doses, folder):
    """A person who can tell whether a dose arrived brings books and world together again."""
    answered = set()
    for death in moments(doses):
        acts = list(recall(doses.events[: death.durable], doses.schedule).unknown())
        if [act.name for act in acts] != ["dispense"]:
            continue
        expected = expected_after(doses.plan, acts[0].operation)

        def person(world, clock, expected=expected):
            return TruthfulOperator(name="person", clock=clock, world=world, expected=expected)

        found = resume(doses, death, folder, person=person)
        (answer,) = [e.data for e in found.events if e.kind is EventKind.ANSWER]
        if not answer["answered"]:
            continue
        answered.add(answer["answer"])
        assert found.outcome.wells_ok == 16, (death, answer)
        for place, held in fold(found.events).ledger.items():
            if "/" in place:
                world_ul = found.bench.world.volume_ul(place)
                assert held["volume_ul"] == pytest.approx(world_ul, abs=1e-6), place
    assert answered == {"arrived", "missing"}


def expected_after(plan, operation: str) -> dict[str, float]:
    """Volumes in the plate when this operation is over."""
    expected: dict[str, float] = {}
    for each in plan.operations:
        for leg in each.legs:
            expected[leg.destination] = expected.get(leg.destination, 0.0) + leg.volume_ul
        if each.id == operation:
            break
    return expected


def test_a_run_that_was_stopped_is_finished_later(folder):
    plan = two_doses()
    schedule = in_a_row(plan)
    for at_s in (3.0, 9.0, 20.0, 33.0, 60.0):

        async def stop(bench: Bench, at_s: float = at_s) -> None:
            await bench.clock.sleep(at_s)
            bench.engine.request_stop("lunch")

        lived = live(plan, schedule, folder, stop)
        assert lived.outcome.status is ExitStatus.ABORTED
        assert lived.outcome.wells_flagged > 0
        (folder / "again.world").write_bytes(lived.log)
        found = take_up(plan, schedule, lived.events, folder / "again.world", down_s=600)
        assert found.outcome.status is ExitStatus.SUCCEEDED
        assert found.outcome.wells_ok == 16, at_s
        state = fold(found.events)
        assert len(state.deliveries) == 32, "each dose is told once"


def test_an_emergency_breaks_off_the_act_and_is_told_when_resumed(folder):
    plan = two_doses()
    schedule = in_a_row(plan)

    async def halt(bench: Bench) -> None:
        while not any(e.act == "dispense" for e in bench.record.events):
            await bench.clock.sleep(0.05)
        bench.halted_s = bench.clock.now_s()
        bench.engine.halt("the red button")

    lived = live(plan, schedule, folder, halt)
    assert lived.outcome.status is ExitStatus.ABORTED
    acts = [e for e in lived.events if e.kind is EventKind.INTENT]
    assert [e.act for e in acts[-2:]] == ["dispense", "safe_state"], "no tip is shed any more"
    (safe,) = [e for e in lived.events if e.kind is EventKind.SAFE_STATE]
    assert safe.data["confirmed"] == {"arm": False, "shaker": True, "cooler": True, "reader": True,
                                      "person": True}  # fmt: skip
    assert safe.time_s - acts[-2].time_s <= 0.1
    (folder / "again.world").write_bytes(lived.log)
    found = take_up(plan, schedule, lived.events, folder / "again.world", down_s=600)
    (resumed,) = fold(found.events).resumed
    assert [each["act"] for each in resumed["unknown"]] == ["dispense"]
    assert found.outcome.status is ExitStatus.SUCCEEDED
    assert found.outcome.wells_ok == 8
    whole = live(plan, schedule, folder)
    for well in plan.wells:
        place = f"plate/{well.well}"
        for stock, ul in found.bench.world.brought_ul(place).items():
            assert ul <= whole.brought(folder).brought_ul(place)[stock] + NEAR_UL


def test_wells_that_came_too_late_are_abandoned_and_the_others_go_on(folder):
    """Two columns with a bounded lag each; the death falls between the doses of the first."""
    operations = [
        dose("gold-1", "gold", column(1)),
        dose("gold-2", "gold", column(2)),
        dose("hydride-1", "hydride", column(1), tips=2),
        dose("hydride-2", "hydride", column(2), tips=2),
    ]
    lags = [
        Lag(before="gold-1", after="hydride-1", min_s=0, max_s=120, if_late="abandon"),
        Lag(before="gold-2", after="hydride-2", min_s=0, max_s=9000, if_late="abandon"),
    ]
    plan = make_plan(operations, lags, wells=[*column(1), *column(2)])
    lived = live(plan, in_a_row(plan), folder)
    ended = [e.seq for e in lived.events if e.kind is EventKind.OPERATION_ENDED]
    death = next(d for d in lived.deaths if d.durable >= ended[1])
    found = resume(lived, death, folder, down_s=1800)
    state = fold(found.events)
    assert {well for well, fate in state.wells.items() if fate.status == "abandoned"} == set(
        column(1)
    )
    assert all("too late" in reason for fate in state.wells.values() for reason in fate.reasons)
    assert state.operations["hydride-1"].result == "skipped"
    assert state.operations["hydride-2"].result == "done"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=st.integers(0, 10_000), second=st.integers(0, 10_000), down_s=st.floats(0, 4000))
def test_dying_twice_is_no_worse_than_dying_once(doses, folder, first, second, down_s):
    """The run that resumes another one dies as well, at any of its own moments."""
    deaths = moments(doses)
    death = deaths[first % len(deaths)]
    again = live(
        doses.plan, doses.schedule, folder,
        before=doses.events[: death.durable], log=doses.log[: death.world_bytes], down_s=down_s,
    )  # fmt: skip
    deaths = moments(again)
    found = resume(again, deaths[second % len(deaths)], folder, down_s=5)
    judge(doses, found, folder)
    assert found.outcome.status is ExitStatus.SUCCEEDED


def test_the_clock_of_the_run_goes_on_and_never_back(doses, folder):
    death = moments(doses)[len(moments(doses)) // 2]
    for down_s in (0.0, 77.0, -5000.0):
        found = resume(doses, death, folder, down_s=down_s)
        times = [event.time_s for event in found.events]
        assert times == sorted(times)
        (resumed,) = fold(found.events).resumed
        assert resumed["down_s"] == pytest.approx(max(down_s, 0.0), abs=1e-3)
