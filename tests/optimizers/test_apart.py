"""Slow optimizers in a process of their own: in time, or the fallback; and extras that are absent."""

from __future__ import annotations

import importlib.util
import time

import pytest

from ncrobot.errors import LabError
from ncrobot.optimizers import (
    Abilities,
    Apart,
    Failure,
    FailureKind,
    Layout,
    OptimizerState,
    check_fallback,
)
from ncrobot.optimizers import apart as room
from ncrobot.optimizers.designs import RandomSearch
from ncrobot.searchspace import SearchSpace
from optimizers.optimizer_kit import answer, assert_sound, reloaded, synthesis


class Slow(RandomSearch):
    """Stands for an extra."""

    name = "random"
    abilities = Abilities(apart=True)


@pytest.fixture
def slow(monkeypatch):
    """This process takes ``random`` for a slow one; the other process knows the real one."""
    load = room.load_kind
    monkeypatch.setattr(room, "load_kind", lambda name: Slow if name == "random" else load(name))


def state(**changes) -> OptimizerState:
    return OptimizerState(optimizer="random", space=synthesis(), seed=4, **changes)


def test_what_another_process_thinks_is_what_this_one_would_have_thought(slow):
    one, other = Apart(state()), RandomSearch(state())
    mine = one.suggest(7)
    assert mine == other.suggest(7)
    results = answer(mine, "yield")
    one.observe(results)
    other.observe(results)
    assert one.state == other.state
    assert one.notes == []
    assert_sound(synthesis(), Layout(), mine)


def test_a_built_in_one_needs_no_process(monkeypatch):
    monkeypatch.setattr(room.subprocess, "Popen", None)
    assert len(Apart(state()).suggest(5)) == 5


def test_who_is_late_is_ended_and_the_fallback_thinks(slow):
    optimizer = Apart(state(), limit_s=0.05, fallback="sobol")
    found = optimizer.suggest(6)
    assert len(found) == 6
    assert {item.by for item in found} == {"sobol"}
    assert "not done in 0.05 s" in optimizer.notes[0]
    assert optimizer.state.optimizer == "random", "next time it is asked again"
    assert optimizer.state.asked == tuple(found)
    assert Apart(reloaded(optimizer.state)).state == optimizer.state


def test_what_it_started_itself_is_ended_with_it(tmp_path):
    left = tmp_path / "left"
    start = f"import subprocess, time; subprocess.Popen(['sh', '-c', 'sleep 3; touch {left}']); time.sleep(60)"
    with pytest.raises(room._NotDoneError, match="not done"):
        room._carried_out([room.sys.executable, "-c", start], tmp_path / "errors", 1.5)
    time.sleep(4)
    assert not left.exists()


def test_who_fails_is_told_and_the_fallback_thinks(slow, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "scipy.py").write_text("raise ImportError('broken on purpose')")
    optimizer = Apart(state(), fallback="sobol")
    assert len(optimizer.suggest(3)) == 3
    assert "broken on purpose" in optimizer.notes[0]


def test_a_fallback_is_quick():
    check_fallback("thompson")
    with pytest.raises(LabError, match="may be late itself"):
        check_fallback("baybe")
    with pytest.raises(LabError, match="did you mean 'thompson'"):
        check_fallback("thomson")


@pytest.mark.parametrize("name", ["baybe", "ax"])
def test_an_extra_that_is_absent_is_told_with_how_to_get_it(name, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda asked, *more: None if asked == name else find(asked, *more),
    )
    with pytest.raises(LabError, match=rf"ncrobot\[{name}\]"):
        Apart(state().model_copy(update={"optimizer": name}))


@pytest.mark.parametrize("name", ["baybe", "ax"])
def test_an_extra_keeps_the_promises_of_all(name):
    pytest.importorskip(name)
    space = synthesis()
    optimizer = Apart(OptimizerState(optimizer=name, space=space, seed=1), limit_s=1800)
    first = optimizer.suggest(16)
    optimizer.observe(answer(first[1:], "yield"))
    second = optimizer.suggest(4)
    assert optimizer.notes == []
    assert name in {item.by for item in second}
    assert_sound(space, Layout(), [*first, *second])


@pytest.mark.parametrize("name", ["baybe", "ax"])
@pytest.mark.parametrize("scopes", [{}, {"temperature": "plate"}])
def test_an_extra_heeds_what_is_under_way_what_failed_and_compromises(name, scopes):
    pytest.importorskip(name)
    data = synthesis(**scopes).model_dump(mode="json") | {"trade": "pareto"}
    data["objectives"]["purity"] = {"aim": "maximise", "unit": "%"}
    space = SearchSpace.model_validate(data)
    optimizer = Apart(OptimizerState(optimizer=name, space=space, seed=1), limit_s=1800)
    first = optimizer.suggest(24)
    failed = [
        Failure(id=item.id, values=item.values, kind=FailureKind.FAILED, why="solid")
        for item in first[18:21]
    ]
    optimizer.observe(answer(first[:18], *space.objectives), pending=first[21:], failed=failed)
    second = optimizer.suggest(3)
    assert optimizer.notes == []
    assert name in {item.by for item in second}
    assert_sound(space, Layout(), [*first, *second])
