"""Prices are makespans of plans that were really made anew."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.pricing import Price, price_lines, priced
from ncrobot.pricing.origin import Origin
from ncrobot.pricing.pricing import EFFORT
from ncrobot.pricing.variants import variants_of
from ncrobot.protocol import default_conditions, load_protocol
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import schedule_plan

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plan():
    source = load_protocol(ROOT / "protocols" / "au25_pmba_portions.yaml")
    rows = default_conditions(source, 8)
    return compile_plan(source, rows, load_deck(ROOT / "deck_layouts" / "ot2_96.yaml"))


def test_a_plan_is_compiled_anew_from_its_own_texts(plan):
    again = Origin.of(plan).compiled()
    assert again.operations == plan.operations
    assert again.lags == plan.lags


@pytest.fixture(scope="module")
def now_s(plan):
    return schedule_plan(plan).makespan_s


def test_every_variant_has_the_price_of_its_own_schedule_against_the_one_that_is_told(plan, now_s):
    searched = ScheduleOptions(effort=EFFORT)
    prices = priced(plan, ScheduleOptions(), now_s=now_s)
    variants = list(variants_of(plan))
    assert [price.change for price in prices] == [variant.change for variant in variants]
    for price, variant in zip(prices, variants, strict=True):
        if price.makespan_s is None:
            assert price.refused
            continue
        assert price.makespan_s == schedule_plan(variant.make(), options=searched).makespan_s
        assert price.longer_s == price.makespan_s - now_s
    assert "tolerance" in prices[-1].change
    lines = price_lines(prices, now_s)
    assert lines[0].endswith(f"against {now_s / 3600:.2f} h:")
    assert len(lines) == len(prices) + 1


def test_columns_fewer_wells_and_fewer_samples_are_shorter_and_a_longer_interval_longer(
    plan, now_s
):
    by_change = {p.change: p.longer_s for p in priced(plan, ScheduleOptions(), now_s=now_s)}

    def longer_s(word):
        return next(longer for change, longer in by_change.items() if word in change)

    assert longer_s("column of eight") < 0
    assert longer_s("the first 4 wells") < 0
    assert longer_s("without the samples") < 0
    # Seven intervals of 7.5 min more, of which a few minutes were waiting for the arm before.
    assert 0.7 * 7 * 450 < longer_s("an interval of") < 1.1 * 7 * 450


@pytest.mark.parametrize(
    ("makespan_s", "loosens", "told"),
    [
        (18216.0, True, "no gain found"),
        (17860.0, True, "no gain found"),
        (17856.0, False, "4.96 h (+0.00 h)"),
        (18216.0, False, "5.06 h (+0.10 h)"),
        (16956.0, True, "4.71 h (-0.25 h)"),
    ],
)
def test_what_only_loosens_is_never_told_to_take_longer(makespan_s, loosens, told):
    """A short search may end above the long one of the schedule itself, which means nothing."""
    assert Price("x", makespan_s, makespan_s - 17856.0, loosens=loosens).told == told


def test_a_change_that_is_refused_says_why(plan):
    prices = priced(plan, ScheduleOptions(finish_within_s=4.2 * 3600))
    refused = [price for price in prices if price.makespan_s is None]
    assert any("an interval of" in price.change for price in refused)
    assert all(price.refused for price in refused)
    assert any(": refused, " in line for line in price_lines(prices))


def test_a_plan_without_texts_has_no_prices(plan):
    bare = plan.model_copy(update={"texts": plan.texts.model_copy(update={"protocol": ""})})
    assert priced(bare, ScheduleOptions()) == ()
    assert price_lines(()) == []


def test_a_price_is_frozen(plan):
    price = priced(plan, ScheduleOptions())[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        price.change = "another"
