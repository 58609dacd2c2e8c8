"""What every optimizer promises, for any search space: see ``assert_sound``."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError, UserError
from ncrobot.optimizers import Failure, FailureKind, Layout, known_optimizers
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.registry import load_kind
from optimizers.optimizer_kit import (
    answer,
    assert_sound,
    layouts,
    reloaded,
    spaces,
    state,
    synthesis,
)

BUILT_IN = ("random", "latin-hypercube", "sobol", "one-factor", "thompson")
# Learning begins after a few results, so that small cases reach it too.
EAGER = {"thompson": {"start": 3, "pool": 128}}
kinds = pytest.mark.parametrize("name", BUILT_IN)


def make(name, space, **changes):
    return load_kind(name)(state(space, options=EAGER.get(name, {}), **changes))


def test_all_built_in_ones_are_found_by_entry_point():
    assert set(BUILT_IN) <= set(known_optimizers())


@kinds
@settings(max_examples=25)
@given(space=spaces(), layout=layouts(), seed=st.integers(0, 5), share=st.floats(0, 1))
def test_suggestions_lie_in_the_space_and_fit_the_layout(name, space, layout, seed, share):
    optimizer = make(name, space, layout=layout, seed=seed)
    wanted = round(share * layout.capacity)
    first = optimizer.suggest(wanted)
    optimizer.observe(answer(first[1:], *space.objectives))
    second = optimizer.suggest(wanted)
    optimizer.observe(failed=[failure(item, "failed") for item in second[::2]])
    third = optimizer.suggest(wanted)
    assert len(first) <= wanted
    assert_sound(space, layout, [*first, *second, *third])


@kinds
@settings(max_examples=15)
@given(space=spaces(shared=False), seed=st.integers(0, 3))
def test_a_small_space_is_used_up_and_nothing_twice(name, space, seed):
    grid = Grid(space)
    if grid.count > 300:
        return
    optimizer = make(name, space, layout=Layout(wells=384), seed=seed)
    possible = int(grid.feasible(grid.all_points()).sum())
    found = optimizer.suggest(possible // 2)
    optimizer.observe(answer(found, *space.objectives))
    found += optimizer.suggest(384)
    assert len(found) == possible
    assert_sound(space, Layout(wells=384), found)
    assert optimizer.suggest(5) == []


@kinds
@settings(max_examples=15)
@given(space=spaces(), layout=layouts(), seed=st.integers(0, 5))
def test_a_restored_optimizer_goes_on_the_same_way(name, space, layout, seed):
    optimizer = make(name, space, layout=layout, seed=seed)
    first = optimizer.suggest(min(6, layout.capacity))
    optimizer.observe(answer(first[: len(first) // 2], *space.objectives))
    again = load_kind(name)(reloaded(optimizer.state))
    assert again.state == optimizer.state
    assert again.suggest(2) == optimizer.suggest(2)
    assert again.state == optimizer.state


def failure(item, kind):
    return Failure(id=item.id, values=item.values, kind=kind)


@kinds
def test_the_order_in_which_results_arrive_does_not_matter(name):
    space = synthesis()
    suggestions = make(name, space).suggest(30)
    results = answer(suggestions, "yield")
    one, two = (make(name, space) for _ in range(2))
    one.observe(results[:11])
    one.observe(results[11:])
    two.observe(results[::-1])
    assert one.suggest(12) == two.suggest(12)


@kinds
def test_seeds_differ_and_a_seed_repeats(name):
    space = synthesis()
    runs = [make(name, space, seed=seed).suggest(10) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


@kinds
def test_told_twice_counts_once(name):
    space = synthesis()
    optimizer = make(name, space)
    results = answer(optimizer.suggest(8), "yield")
    optimizer.observe(results)
    once = optimizer.state
    optimizer.observe(results)
    assert optimizer.state == once
    assert len(once.results) == 8
    assert once.asked == ()


@kinds
def test_what_is_under_way_or_cannot_be_made_is_not_asked_again_but_a_fault_may_be(name):
    space = synthesis()
    optimizer = make(name, space)
    first = optimizer.suggest(20)
    kinds_of = [FailureKind.INFEASIBLE, FailureKind.FAILED, FailureKind.FAULT]
    failures = [
        Failure(id=item.id, values=item.values, kind=kinds_of[place % 3])
        for place, item in enumerate(first)
    ]
    optimizer.observe(failed=failures)
    assert optimizer.state.asked == ()
    foreign = [item.model_copy(update={"id": f"x{k}"}) for k, item in enumerate(first[2::3])]
    optimizer.observe(pending=foreign)
    assert [item.id for item in optimizer.state.asked] == [item.id for item in foreign]
    assert_sound(space, Layout(), [*first, *optimizer.suggest(60)])


@kinds
def test_a_result_for_a_failed_suggestion_takes_the_failure_back(name):
    optimizer = make(name, synthesis())
    item = optimizer.suggest(1)[0]
    optimizer.observe(failed=[Failure(id=item.id, values=item.values, kind="failed")])
    optimizer.observe(answer([item], "yield"))
    assert len(optimizer.state.results) == 1
    assert optimizer.state.failures == ()


@kinds
def test_more_than_the_layout_holds_is_refused(name):
    optimizer = make(name, synthesis(), layout=Layout(blocks=2, wells=5))
    with pytest.raises(UserError, match="no room"):
        optimizer.suggest(11)


@kinds
def test_an_unknown_option_is_refused_with_its_name(name):
    with pytest.raises(LabError, match="no option 'sped'"):
        load_kind(name)(state(synthesis(), options={"sped": 3}))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"measured": {"yeild": 3.0}}, "did you mean 'yield'"),
        ({"sem": {"yield": -1.0}}, "standard error"),
        ({"values": {"v_metal": 60.0}}, "a value is missing"),
        ({"values": {"ligand": "GHS"}}, "did you mean 'GSH'"),
        ({"values": {"hydride": float("inf")}}, "finite number"),
        ({"values": {"hydrid": 3.0}}, "did you mean 'hydride'"),
    ],
)
def test_nonsense_is_not_taken_in(change, word):
    optimizer = load_kind("random")(state(synthesis()))
    good, other = answer(optimizer.suggest(2), "yield")
    if "values" in change and len(change["values"]) and "v_metal" not in change["values"]:
        change = {"values": {**other.values, **change["values"]}}
    before = optimizer.state
    with pytest.raises(UserError, match=word):
        optimizer.observe([good, other.model_copy(update=change)])
    assert optimizer.state == before
