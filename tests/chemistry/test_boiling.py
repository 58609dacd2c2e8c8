"""What boils first in a mixture: known solvents, known pairs, and what somebody states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.chemistry import boiling_point, first_to_boil, known_solvents
from ncrobot.chemistry.boiling import _table

NAMES = sorted(_table().solvents)


def test_every_solvent_of_the_compatibility_table_has_a_boiling_point():
    assert set(known_solvents()) <= set(NAMES)
    for name in NAMES:
        boiling = boiling_point(name)
        assert 30 < boiling.temperature_c < 200
        assert boiling.source


@given(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_a_mixture_boils_no_later_than_its_parts(names):
    first = first_to_boil(names)
    assert first.temperature_c <= min(boiling_point(name).temperature_c for name in names)
    assert set(first.of) <= set(names)


def test_every_pair_boils_below_both_of_its_parts():
    for pair, boiling in _table().pairs.items():
        assert len(pair) == 2
        assert boiling.temperature_c < min(boiling_point(n).temperature_c for n in pair) + 0.01


def test_short_names_do():
    assert first_to_boil(["DCM", "MeOH"]).temperature_c == pytest.approx(37.8)


def test_what_is_stated_counts_before_the_table():
    assert first_to_boil(["anisole"], {"anisole": 154.0}).temperature_c == 154.0
    assert first_to_boil(["water"], {"water": 96.0}).temperature_c == 96.0
    with pytest.raises(KeyError):
        first_to_boil(["anisole", "water"])
    assert first_to_boil([]) is None
