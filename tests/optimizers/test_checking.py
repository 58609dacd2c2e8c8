"""Suggestions of others: each kind of mistake has its refusal, and the good rows go on."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.optimizers import Layout, Suggestion
from ncrobot.optimizers.checking import Offered, Round, Undeliverable, check, offered
from ncrobot.optimizers.checking.limits import limit_of
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.interface import Reason
from ncrobot.optimizers.registry import load_kind
from ncrobot.searchspace import SumLimit, read_search_space
from optimizers.optimizer_kit import SYNTHESIS, assert_sound, layouts, spaces, state, synthesis

GOOD = {
    "v_metal": "100 µL",
    "v_ligand": "0.2 mL",
    "hydride": 3,
    "temperature": "25 °C",
    "portions": 2,
    "ligand": "BDT",
}


def row(name="a", units=None, round=None, **changes):  # noqa: A002 - as the class names it
    values = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    return Offered(name, values, units or {}, round=round, file="s.csv", line=7)


def one(offer, **more):
    checked = check([offer], more.pop("space", synthesis()), **more)
    assert checked.accepted == ()
    (refusal,) = checked.refused
    return refusal


def test_a_good_suggestion_is_taken_in_canonical_units():
    checked = check([row()], synthesis())
    assert checked.refused == ()
    values = checked.accepted[0].values
    assert (values["v_metal"], values["v_ligand"], values["temperature"]) == (100, 200, 25)
    assert isinstance(values["portions"], int)


@pytest.mark.parametrize(
    ("changes", "reason", "word"),
    [
        ({"v_metal": "nan"}, Reason.NOT_A_NUMBER, "no finite number"),
        ({"v_metal": math.nan}, Reason.NOT_A_NUMBER, "no finite number"),
        ({"v_metal": math.inf}, Reason.NOT_A_NUMBER, "no finite number"),
        ({"v_metal": True}, Reason.NOT_A_NUMBER, "no finite number"),
        ({"v_metal": [100]}, Reason.NOT_A_NUMBER, "no finite number"),
        ({"v_metal": "much"}, Reason.NOT_A_NUMBER, "much"),
        ({"v_metal": None}, Reason.MISSING_VALUE, "has no value"),
        ({"v_metal": ""}, Reason.MISSING_VALUE, "has no value"),
        ({"v_metal": ...}, Reason.MISSING_VALUE, "has no value"),
        ({"v_metal": 100}, Reason.WRONG_UNIT, "no unit"),
        ({"v_metal": "100 rpm"}, Reason.WRONG_UNIT, "speed"),
        ({"v_metal": "100 parsec"}, Reason.WRONG_UNIT, "not a unit"),
        ({"v_metal": 100, "units": {"v_metal": "mM"}}, Reason.WRONG_UNIT, "concentration"),
        ({"v_metal": "301 µL"}, Reason.OUT_OF_RANGE, "above its range"),
        ({"v_metal": "49 µL"}, Reason.OUT_OF_RANGE, "below its range"),
        ({"temperature": "-300 °C"}, Reason.OUT_OF_RANGE, "temperature"),
        ({"portions": 2.5}, Reason.NOT_WHOLE, "no whole number"),
        ({"portions": 9}, Reason.OUT_OF_RANGE, "above its range"),
        ({"portions": "2 s"}, Reason.WRONG_UNIT, "bare whole number"),
        ({"ligand": "BTD"}, Reason.UNKNOWN_WORD, "did you mean 'BDT'"),
        ({"ligand": 3}, Reason.UNKNOWN_WORD, "none of the choices"),
        ({"temprature": "3 °C"}, Reason.UNKNOWN_NAME, "did you mean 'temperature'"),
        ({"v_metal": "290 µL", "v_ligand": "590 µL"}, Reason.FORBIDDEN, "the well is small"),
        ({"hydride": 8, "portions": 8}, Reason.FORBIDDEN, "constraint 2 (product)"),
        ({"ligand": "GSH", "temperature": "45 °C"}, Reason.FORBIDDEN, "GSH falls apart"),
    ],
)
def test_each_mistake_has_its_type_and_says_what_and_where(changes, reason, word):
    units = changes.pop("units", None)
    refusal = one(row(units=units, **changes))
    assert refusal.reason is reason
    told = str(refusal.diagnostic)
    assert word in told
    assert told.startswith("s.csv:7, row a:")


def test_the_first_mistake_does_not_hide_that_others_are_good():
    rows = [row("a"), row("b", v_metal="nan"), row("c", v_metal="105 µL"), row("d", ligand="x")]
    checked = check(rows, synthesis())
    assert [item.id for item in checked.accepted] == ["a", "c"]
    assert [item.id for item in checked.refused] == ["b", "d"]


def test_duplicates_within_the_batch_and_with_what_was_asked_before():
    rows = [row("a"), row("b"), row("a", v_metal="150 µL"), row("c", v_metal="200 µL")]
    before = check([rows[3]], synthesis()).accepted[0].values
    checked = check(rows, synthesis(), known=[before])
    assert [item.id for item in checked.accepted] == ["a"]
    assert [item.reason for item in checked.refused] == [Reason.DUPLICATE] * 3
    assert "the id a stands twice" in checked.refused[1].message


def test_what_comes_too_late_is_refused_and_told_for_which_round_to_ask():
    late = one(row(round=2), round=Round(3))
    assert (late.reason, late.found, late.allowed) == (Reason.LATE, "round 2", "round 3")
    closed = one(row(round=2), round=Round(3, "round 3 is planned", "wait"))
    assert (closed.reason, closed.message, closed.fix) == (
        Reason.LATE,
        "round 3 is planned",
        "wait",
    )

    assert check([row(round=3)], synthesis(), round=Round(3)).refused == ()


def test_values_between_levels_are_snapped_and_the_change_is_told():
    checked = check([row(v_metal="102 µL", temperature="26 °C")], synthesis())
    values = checked.accepted[0].values
    assert (values["v_metal"], values["temperature"]) == (100, 25)
    assert {(c.name, c.asked, c.given) for c in checked.changed} == {
        ("v_metal", 102, 100),
        ("temperature", 26, 25),
    }


def deck(values):
    """Delivers ligand in steps of 7 µL only, and no metal above 200 µL."""
    if values["v_metal"] > 200:
        return Undeliverable("the stock is too thin", quantity="v_metal", fix="a stronger stock")
    return {**values, "v_ligand": 7 * round(values["v_ligand"] / 7)}


def test_what_the_deck_delivers_is_what_counts():
    checked = check([row(), row("b", v_metal="250 µL")], synthesis(), deliver=deck)
    assert checked.accepted[0].values["v_ligand"] == 203
    assert checked.changed[0].given == 203
    assert checked.refused[0].reason is Reason.UNDELIVERABLE
    assert checked.refused[0].fix == "a stronger stock"


@pytest.mark.parametrize(
    ("snapped", "word"),
    [
        ({"v_ligand": 700.0}, "out of range"),
        ({"v_ligand": 590.0, "v_metal": 290.0}, "the well is small"),
        ({"v_ligand": math.nan}, "something else"),
        ({"ligand": "DMBT"}, "something else"),
        ({"vligand": 3.0}, "something else"),
    ],
)
def test_a_deck_that_would_leave_the_space_is_not_believed(snapped, word):
    refusal = one(row(), deliver=lambda values: {**values, **snapped})
    assert refusal.reason is Reason.UNDELIVERABLE
    assert word in refusal.message


def test_two_suggestions_that_snap_together_are_one():
    rows = [row("a", v_ligand="200 µL"), row("b", v_ligand="202 µL")]
    checked = check(rows, synthesis(), deliver=deck)
    assert [item.reason for item in checked.refused] == [Reason.DUPLICATE]


def test_a_plate_wide_value_has_one_value_and_the_larger_group_stays():
    space = synthesis(temperature="plate")
    rows = [row(f"c{k}", v_metal=f"{50 + 5 * k} µL", temperature="25 °C") for k in range(3)]
    rows += [row(f"h{k}", v_metal=f"{50 + 5 * k} µL", temperature="40 °C") for k in range(5)]
    checked = check(rows, space, layout=Layout(wells=96))
    assert [item.id for item in checked.accepted] == [f"h{k}" for k in range(5)]
    assert {item.reason for item in checked.refused} == {Reason.WRONG_SCOPE}
    first = checked.refused[0]
    assert (first.quantity, first.found, first.allowed) == ("temperature", "25 °C", "40 °C")
    two = check(rows, space, layout=Layout(plates=2, wells=96))
    assert two.refused == ()
    assert_sound(space, Layout(plates=2), list(two.accepted))


def test_block_wide_values_are_grouped_into_blocks():
    space = synthesis(temperature="block")
    rows = [
        row(f"{heat}-{k}", v_metal=f"{50 + 5 * k} µL", temperature=f"{heat} °C")
        for k in range(4)
        for heat in (25, 40, 55)
    ]
    layout = Layout(blocks=3, wells=4)
    checked = check(rows, space, layout=layout)
    assert checked.refused == ()
    assert [item.id for item in checked.accepted] == [item.id for item in rows], "order is kept"
    blocks = {item.block: item.values["temperature"] for item in checked.accepted}
    assert len(blocks) == len(set(blocks.values())) == 3
    less = check(rows, space, layout=Layout(blocks=2, wells=6))
    assert len(less.accepted) == 8
    assert {item.reason for item in less.refused} == {Reason.WRONG_SCOPE}


def test_more_than_the_wells_is_no_room():
    rows = [row(f"c{k}", v_metal=f"{50 + 5 * k} µL") for k in range(7)]
    checked = check(rows, synthesis(), layout=Layout(blocks=2, wells=2))
    assert len(checked.accepted) == 4
    assert {item.reason for item in checked.refused} == {Reason.NO_ROOM}


def test_refusals_are_told_as_infeasible_without_a_figure():
    space = synthesis()
    refusal = one(row(v_metal="290 µL", v_ligand="590 µL"))
    failure = refusal.failure(space.parameters)
    assert failure.kind == "infeasible"
    assert failure.reason is Reason.FORBIDDEN
    assert failure.teaches
    late = one(row(), round=Round(1, "round 1 is planned")).failure(space.parameters)
    again = check([row(), row("b")], space).refused[0].failure(space.parameters)
    assert not late.teaches, "that it came late says nothing of the conditions"
    assert not again.teaches
    beyond = one(row(v_metal="400 µL")).failure(space.parameters)
    assert (beyond.reason, beyond.values["v_metal"]) == (Reason.OUT_OF_RANGE, 400)
    assert not beyond.teaches, "it would be taken for the nearest level"
    assert one(row(v_metal="nan")).failure(space.parameters) is None


@settings(max_examples=30)
@given(space=spaces(), layout=layouts(), seed=st.integers(0, 3))
def test_what_a_built_in_optimizer_suggests_is_taken_as_it_is(space, layout, seed):
    optimizer = load_kind("sobol")(state(space, layout=layout, seed=seed))
    suggestions = optimizer.suggest(layout.capacity)
    checked = check([offered(item, space) for item in suggestions], space, layout=layout)
    assert checked.refused == ()
    assert checked.changed == ()
    assert [item.values for item in checked.accepted] == [item.values for item in suggestions]
    assert_sound(space, layout, list(checked.accepted))


RAW = st.one_of(
    st.floats(), st.integers(-99, 99), st.text(max_size=8), st.none(), st.booleans(),
    st.sampled_from(["BDT", "100 µL", "25 °C", "3", "w0", "w1", "1e400", "-0"]),
)  # fmt: skip


@settings(max_examples=60)
@given(space=spaces(), layout=layouts(), data=st.data())
def test_anything_at_all_is_taken_soundly_or_refused_once(space, layout, data):
    rows = [
        Offered(
            f"o{number}",
            {name: data.draw(RAW) for name in [*space.parameters, *data.draw(st.just([]))]},
        )
        for number in range(data.draw(st.integers(0, 6)))
    ]
    checked = check(rows, space, layout=layout)
    told = [item.id for item in (*checked.accepted, *checked.refused)]
    assert sorted(told) == sorted(item.id for item in rows)
    assert_sound(space, layout, list(checked.accepted))


@settings(max_examples=40)
@given(space=spaces(), layout=layouts(), seed=st.integers(0, 99))
def test_any_batch_of_sound_points_is_placed_soundly(space, layout, seed):
    single = space.model_copy(
        update={
            "parameters": {
                name: item.model_copy(update={"scope": "well"})
                for name, item in space.parameters.items()
            }
        }
    )
    wide = Layout(wells=20)
    suggestions = load_kind("random")(state(single, layout=wide, seed=seed)).suggest(20)
    checked = check([offered(item, space) for item in suggestions], space, layout=layout)
    assert_sound(space, layout, list(checked.accepted))
    reasons = {item.reason for item in checked.refused}
    assert reasons <= {Reason.WRONG_SCOPE, Reason.NO_ROOM}
    assert len(checked.accepted) + len(checked.refused) == len(suggestions)
    if suggestions:
        assert checked.accepted, "at least one group finds a place"


def test_levels_are_those_of_the_grid():
    suggestion = check([row(hydride=3.14159)], synthesis()).accepted[0]
    assert isinstance(suggestion, Suggestion)
    grid = Grid(synthesis())
    assert grid.values(grid.point(suggestion.values)) == suggestion.values


def test_a_broken_constraint_is_told_with_its_limit():
    rules = read_search_space(SYNTHESIS).constraints
    assert [limit_of(rule) for rule in rules] == [
        "v_metal + v_ligand at most 700 µL",
        "hydride x portions at most 40",
        "not ligand GSH with temperature above 40 °C",
    ]
    odd = SumLimit(kind="sum", of={"v_metal": 2, "v_ligand": -1}, at_least="1 µL", at_most="9 µL")
    assert limit_of(odd) == "2 v_metal + -1 v_ligand at least 1 µL, at most 9 µL"
    refused = one(row(hydride=9.0, portions=8))
    assert (refused.reason, refused.allowed) == (Reason.FORBIDDEN, "hydride x portions at most 40")
    assert refused.fix == "give hydride or portions another value"


def test_a_value_that_cannot_be_taken_is_told_with_what_could():
    for changes in ({"v_metal": "nan"}, {"portions": 2.5}, {"hydride": 99}, {"v_metal": "3 h"}):
        (name,) = changes
        assert one(row(**changes)).fix == f"give {name}: {synthesis().parameters[name].allowed}"


def test_a_double_names_what_asked_for_it_before():
    checked = check([row("a"), row("b")], synthesis())
    assert checked.refused[0].message.endswith("by a")
    taken = checked.accepted[0].values
    assert "by an earlier round" in one(row(), known=[taken]).message
