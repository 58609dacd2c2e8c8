"""A plan that agrees, spoilt in one place, never agrees: however well its claims and hash fit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from auditor.audit_kit import agrees, codes
from auditor.mutations import MUTATIONS
from auditor.whole_plan import whole_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.plan import Plan
from ncrobot.protocol import load_conditions, load_protocol

FOLDER = Path(__file__).parents[2]


@cache
def by_hand() -> Plan:
    return whole_plan()


@cache
def compiled() -> Plan:
    source = load_protocol(FOLDER / "protocols" / "au25_pmba_portions.yaml")
    conditions = load_conditions(FOLDER / "protocols" / "au25_pmba_portions.csv", source)
    return compile_plan(source, conditions, load_deck(FOLDER / "deck_layouts" / "starlet_96.yaml"))


@pytest.mark.parametrize("plan", [by_hand, compiled])
def test_the_plans_agree_before_they_are_spoilt(plan):
    assert agrees(plan())


def test_a_plan_that_was_changed_without_sealing_it_is_found_out():
    plan = by_hand().model_copy(update={"waste_ul": 1.0})
    assert codes(plan) == ["hash"]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_of_a_plan_made_by_hand_is_found(name):
    code, mutation = MUTATIONS[name]
    spoilt = mutation(by_hand())
    if spoilt is None:
        assert name in {"stock_kept_warm", "drawn_before_it_is_cold"}, "the plan has all the rest"
        return
    assert code in codes(spoilt.sealed())


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_of_a_compiled_plate_is_found(name):
    code, mutation = MUTATIONS[name]
    spoilt = mutation(compiled())
    if spoilt is None:
        assert name in {
            "lost_timing", "drawn_before_it_is_prepared", "working_solution_too_weak", "diluted_too_much",
            "working_solution_of_another_factor", "mixed_once_less", "late_sample", "nobody_is_asked", "working_solution_not_mixed",
        }, "the plate has all the rest"  # fmt: skip
        return
    assert code in codes(spoilt.sealed())
