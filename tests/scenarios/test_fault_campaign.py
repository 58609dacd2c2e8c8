"""A small fault campaign, and the judge of the large one: it must find what it is there for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from benchmarks.faults.drawing import EVERY, acts_of, every_error, random_sequences
from benchmarks.faults.judging import judge
from benchmarks.faults.plates import SMALL, plate
from benchmarks.faults.running import carry_out, reference

from ncrobot.engine.fates import Fates
from ncrobot.engine.faults import counsel
from ncrobot.errors import DeviceErrorKind
from ncrobot.faults import Act, Response
from ncrobot_sim import Fault

K = DeviceErrorKind
CHANNELS = "eight channels"


def problems(name, *faults, seed=1):
    told = carry_out(name, faults, seed)
    return judge(name, told), told


@pytest.mark.parametrize("name", SMALL)
def test_without_faults_every_well_is_right(name) -> None:
    verdict = judge(name, reference(name))
    assert verdict.problems == []
    assert verdict.wells_ok == len(plate(name)[0].wells)
    assert verdict.books_compared
    assert verdict.safe_confirmed
    assert not verdict.unconfirmed_told


@pytest.mark.parametrize("name", SMALL)
def test_random_sequences_end_as_they_must(name) -> None:
    mine = (drawn for drawn in random_sequences(10_000, first=50_000) if drawn.plate == name)
    for drawn in islice(mine, 5):
        verdict = judge(name, carry_out(name, drawn.faults, drawn.seed))
        assert verdict.problems == [], drawn.seed
        assert verdict.declared_end
        assert verdict.safe_confirmed


def test_every_act_of_every_device_is_tried_with_every_error() -> None:
    tried: Counter[tuple[str, str, str]] = Counter()
    for drawn in every_error():
        for fault in drawn.faults:
            tried[fault.device, fault.act, fault.kind] += 1
    for name in EVERY:
        for device, act in acts_of(name):
            assert all(tried[device, act, kind] for kind in K), (device, act)
    acts = {act for _, act, _ in tried}
    assert acts >= {
        "pick_up_tips", "aspirate", "dispense", "mix", "drop_tips", "move_labware", "shake",
        "set_temperature", "read_absorbance", "move_valve", "move_plunger", "initialise",
        "place_needle", "park_needle", "read_speed", "read_temperature", "read_plunger", "connect",
        "identify", "safe_state", "ask",
    }  # fmt: skip


def test_some_of_every_error_in_every_act_end_as_they_must() -> None:
    for drawn in islice(every_error(), 7, None, 151):
        verdict = judge(drawn.plate, carry_out(drawn.plate, drawn.faults, drawn.seed))
        assert verdict.problems == [], drawn


UNKNOWN = Fault("arm", "dispense", 5, K.TIMEOUT, None, channels=(2,), happened=True)


def test_the_judge_finds_a_doubled_dose(monkeypatch) -> None:
    """With a policy that repeats what may have moved, as if it were an answer of nobody."""
    real = counsel.default_ladder

    def careless(act: Act, kind: DeviceErrorKind):
        again = (Response.NEXT_TIP, Response.SKIP_WELL)
        return again if act is Act.DISPENSE else real(act, kind)

    monkeypatch.setattr(counsel, "default_ladder", careless)
    monkeypatch.setattr(counsel, "repeats_safely", lambda *_args, **_named: True)
    verdict, told = problems(CHANNELS, UNKNOWN)
    assert told.world.faults.struck
    assert any("instead of" in problem for problem in verdict.problems)


def test_the_judge_finds_a_well_that_is_wrongly_ok(monkeypatch) -> None:
    monkeypatch.setattr(Fates, "flag", lambda *_args, **_named: None)
    verdict, _ = problems(CHANNELS, UNKNOWN, Fault("arm", "aspirate", 3, K.NO_LIQUID, False))
    assert any("is ok, but" in problem for problem in verdict.problems)


def test_the_judge_finds_a_well_that_suffers_without_a_fault(monkeypatch) -> None:
    real = Fates.flag

    def wide(self, wells, reason, policy, operation=None, *, at_end=False):
        real(self, ("A1", "A2"), reason, policy, operation, at_end=at_end)

    monkeypatch.setattr(Fates, "flag", wide)
    verdict, _ = problems(CHANNELS, UNKNOWN)
    assert any("without a fault of their own" in problem for problem in verdict.problems)


def test_the_judge_finds_books_that_are_wrong(monkeypatch) -> None:
    from ncrobot.engine.books import Books

    real = Books.give
    monkeypatch.setattr(Books, "give", lambda self, c, a, ul: real(self, c, a, ul * 0.9))
    verdict, _ = problems(CHANNELS)
    assert any("the books have" in problem for problem in verdict.problems)


def test_a_defect_is_told_and_not_raised(monkeypatch) -> None:
    def broken(*_args, **_named):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(counsel.Counsel, "decide", broken)
    verdict, _ = problems(CHANNELS, UNKNOWN)
    assert verdict.problems
    assert "a defect" in verdict.problems[0]


def test_a_person_who_doses_again_doubles_in_a_flagged_well_only() -> None:
    """Someone there answers by the seed: among several seeds both answers come up."""
    doubled = 0
    unknown = replace(UNKNOWN, nth=4, channels=(0,))  # a dose, of which one asks
    for seed in range(40):
        verdict, told = problems("eight channels, asking", unknown, seed=seed)
        assert verdict.problems == []
        doubled += verdict.doubled_by_person
        again = [d for d in told.account.doses.items() if d[1] > 0]
        assert again
        if doubled:
            break
    assert doubled


def test_a_pump_that_is_gone_and_sure_that_nothing_moved_is_believed() -> None:
    gone = Fault("hydride_pump", "move_plunger", 8, K.DEVICE_GONE, moved=False)
    verdict, _ = problems("a pump", gone, seed=3263)
    assert verdict.books_compared
    assert verdict.problems == []
