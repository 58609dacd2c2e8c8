from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import PlanError
from ncrobot.liquids import LIQUID_CLASSES, liquid_class_for

SOLVENTS = [name for name in LIQUID_CLASSES if name != "slurry"]


@pytest.mark.parametrize("liquid_class", LIQUID_CLASSES.values(), ids=LIQUID_CLASSES)
def test_every_class_is_usable_and_says_what_it_rests_on(liquid_class):
    assert 0 < liquid_class.aspirate_factor <= 1
    assert 0 < liquid_class.dispense_factor <= 1
    assert liquid_class.air_gap_ul >= 0
    assert liquid_class.blow_out_ul >= liquid_class.air_gap_ul
    assert len(liquid_class.assumed) > 20


def test_ranks_are_distinct_so_that_a_mixture_has_one_class():
    ranks = [liquid_class.care for liquid_class in LIQUID_CLASSES.values()]
    assert len(set(ranks)) == len(ranks)


@pytest.mark.parametrize(
    ("fractions", "name"),
    [
        ({"water": 1.0}, "water"),
        ({"Water": 0.5, "MeOH": 0.5}, "methanol"),
        ({"methanol": 0.15, "dichloromethane": 0.85}, "dichloromethane"),
        ({"water": 0.95, "methanol": 0.05}, "water"),
        ({"N,N-dimethylformamide": 1.0}, "dimethylformamide"),
        ({"ethyl_acetate": 1.0}, "acetonitrile"),
        (
            dict.fromkeys(["water", "methanol", "toluene"], 1 / 20) | {"dmf": 17 / 20},
            "dimethylformamide",
        ),
    ],
)
def test_mixture_is_handled_as_its_most_demanding_part(fractions, name):
    assert liquid_class_for(fractions).name == name


def test_slurry_is_a_slurry_in_any_solvent_that_is_known():
    assert liquid_class_for({"toluene": 1.0}, slurry=True).name == "slurry"
    with pytest.raises(PlanError):
        liquid_class_for({"treacle": 1.0}, slurry=True)


def test_unknown_solvent_names_the_nearest():
    with pytest.raises(PlanError, match="did you mean 'dichloromethane'"):
        liquid_class_for({"dichlormethane": 1.0})


@pytest.mark.parametrize(
    "fractions", [{}, {"water": 0.9}, {"water": 1.2, "methanol": -0.2}, {"water": float("nan")}]
)
def test_fractions_that_are_no_mixture_are_refused(fractions):
    with pytest.raises(PlanError, match="add up to 1"):
        liquid_class_for(fractions)


@given(st.lists(st.floats(0.01, 1.0), min_size=len(SOLVENTS), max_size=len(SOLVENTS)))
def test_class_is_never_gentler_than_the_main_solvent_needs(parts):
    fractions = {name: part / sum(parts) for name, part in zip(SOLVENTS, parts, strict=True)}
    main = max(fractions, key=lambda name: fractions[name])
    assert liquid_class_for(fractions).care >= LIQUID_CLASSES[main].care
