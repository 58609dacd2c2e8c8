"""Asking until there is enough that the deck can deliver, and telling the optimizer what became of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.optimizers import Layout
from ncrobot.optimizers.asking import ask
from ncrobot.optimizers.checking import Undeliverable
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.interface import Reason
from ncrobot.optimizers.registry import load_kind
from optimizers.optimizer_kit import answer, assert_sound, layouts, spaces, state, synthesis


def test_what_can_be_delivered_is_taken_as_it_is():
    optimizer = load_kind("sobol")(state(synthesis()))
    asked = ask(optimizer, 96)
    assert len(asked.suggestions) == 96
    assert (asked.refused, asked.changed, asked.notes) == ((), (), ())
    assert optimizer.state.asked == asked.suggestions
    assert_sound(synthesis(), Layout(), list(asked.suggestions))


def test_refused_ones_are_told_as_infeasible_and_replaced():
    def deck(values):
        return Undeliverable("no metal left") if values["v_metal"] > 150 else values

    optimizer = load_kind("random")(state(synthesis()))
    asked = ask(optimizer, 60, deliver=deck)
    assert len(asked.suggestions) == 60
    assert all(item.values["v_metal"] <= 150 for item in asked.suggestions)
    told = optimizer.state.failures
    assert {failure.id for failure in told} == {refusal.id for refusal in asked.refused}
    assert {failure.reason for failure in told} == {Reason.UNDELIVERABLE}
    assert optimizer.state.results == ()
    assert {item.id for item in optimizer.state.asked} == {item.id for item in asked.suggestions}


def test_a_learning_optimizer_soon_avoids_what_the_deck_refuses():
    def deck(values):
        return Undeliverable("too thin") if values["v_metal"] < 175 else values

    optimizer = load_kind("thompson")(state(synthesis(), options={"start": 5, "pool": 512}))
    first = ask(optimizer, 48, deliver=deck)
    optimizer.observe(answer(list(first.suggestions), "yield"))
    second = ask(optimizer, 48, deliver=deck)
    assert len(second.suggestions) == 48
    assert len(second.refused) < len(first.refused) / 2


def test_snapped_values_are_what_is_under_way():
    def deck(values):
        return {**values, "v_ligand": 60.0 + 90.0 * round((values["v_ligand"] - 60) / 90)}

    optimizer = load_kind("random")(state(synthesis()))
    asked = ask(optimizer, 20, deliver=deck)
    assert {item.values["v_ligand"] for item in asked.suggestions} <= {
        60.0 + 90 * k for k in range(7)
    }
    assert optimizer.state.asked == asked.suggestions
    assert asked.changed


def test_conditions_asked_elsewhere_are_not_asked_again():
    space = synthesis()
    known = [item.values for item in load_kind("sobol")(state(space)).suggest(30)]
    asked = ask(load_kind("sobol")(state(space)), 30, known=known)
    assert not [item for item in asked.suggestions if item.values in known]
    assert {refusal.reason for refusal in asked.refused} == {Reason.DUPLICATE}
    assert len(asked.suggestions) == 30


def test_a_deck_that_refuses_everything_ends_with_a_note():
    optimizer = load_kind("random")(state(synthesis()))
    asked = ask(optimizer, 10, deliver=lambda _: Undeliverable("never"))
    assert asked.suggestions == ()
    assert "only 0 of 10" in asked.notes[-1]


@pytest.mark.parametrize("name", ["random", "sobol", "thompson"])
@settings(max_examples=20)
@given(space=spaces(), layout=layouts(), seed=st.integers(0, 9), every=st.integers(2, 5))
def test_whatever_is_refused_the_rest_is_sound_and_each_has_one_fate(
    name, space, layout, seed, every
):
    grid = Grid(space)

    def deck(values):
        return Undeliverable("no") if sum(grid.point(values)) % every == 0 else values

    optimizer = load_kind(name)(state(space, layout=layout, seed=seed))
    asked = ask(optimizer, layout.capacity, deliver=deck)
    assert_sound(
        space, layout, [i.model_copy(update={"id": "x-" + i.id}) for i in asked.suggestions]
    )
    assert all(sum(grid.point(item.values)) % every for item in asked.suggestions)
    kept = {item.id for item in asked.suggestions}
    assert kept == {item.id for item in optimizer.state.asked}
    assert not kept & {failure.id for failure in optimizer.state.failures}
    if len(kept) < layout.capacity:
        assert asked.notes


def test_shared_values_are_kept_while_gaps_are_filled():
    space = synthesis(temperature="plate")
    calls = []

    def deck(values):
        calls.append(values)
        return Undeliverable("every third") if len(calls) % 3 == 0 else values

    layout = Layout(plates=2, wells=24)
    optimizer = load_kind("sobol")(state(space, layout=layout))
    asked = ask(optimizer, 48, deliver=deck)
    assert len(asked.suggestions) == 48
    assert "Sobol" in asked.notes[0]
    assert_sound(
        space, layout, [i.model_copy(update={"id": "x-" + i.id}) for i in asked.suggestions]
    )
