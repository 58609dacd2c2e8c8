"""What a refusal names is planned anew: what is said to fit does, the rest says why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.errors import ScheduleError
from ncrobot.pricing import Price, remedies, remedy_lines
from ncrobot.pricing.origin import Origin
from ncrobot.pricing.portions import portion_steps
from ncrobot.pricing.pricing import EFFORT
from ncrobot.pricing.variants import with_life, with_remake, with_wells
from ncrobot.protocol import default_conditions, read_protocol
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import possible_fixes, schedule_plan

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 4.55 * 3600


def made(number, *changes):
    text = (ROOT / "protocols" / "au25_pmba_portions.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    source = read_protocol(text, "dense.yaml")
    deck = load_deck(ROOT / "deck_layouts" / "ot2_96.yaml")
    return compile_plan(source, default_conditions(source, number), deck)


@pytest.fixture(scope="module")
def dense():
    """Eight portions 8 min apart of a stock that keeps for 75 min, which nobody re-makes."""
    return made(
        24,
        ("interval: 30 min", "interval: 8 min"),
        ('value: 4 h, assumed: "eight portions', 'value: 75 min, assumed: "eight portions'),
        ("    remake: person\n", ""),
        (('    remake_takes: {value: 10 min, assumed: "weighing and dissolving beside the deck, '
         'then changing the vessel"}\n'), ""),
    )  # fmt: skip


@pytest.fixture(scope="module")
def late():
    """More wells than there is time for."""
    return made(16)


@pytest.fixture(scope="module")
def prices(late):
    return remedies(late, ScheduleOptions(finish_within_s=LIMIT_S))


def test_every_fix_that_a_refusal_names_has_its_price(late, prices):
    named = {fix.kind for fix in possible_fixes(late, ScheduleOptions(finish_within_s=LIMIT_S))}
    words = {
        "columns": "column of eight", "end": "an end within", "wells": "wells (without",
        "interval": "an interval of", "samples": "without the samples",
    }  # fmt: skip
    assert {"columns", "end", "wells"} <= named
    for kind in named & set(words):
        assert any(words[kind] in price.change for price in prices), kind
    assert any("waves:" in price.change for price in prices)


def test_what_is_said_to_fit_fits(late, prices):
    for price in prices:
        if price.makespan_s is None:
            assert price.refused
        elif "end within" not in price.change and "waves" not in price.change:
            assert price.makespan_s <= LIMIT_S
    assert any(price.makespan_s is not None for price in prices)
    end = next(
        re.search(r"an end within ([\d.]+) h", p.change) for p in prices if "end" in p.change
    )
    limit_s = round(float(end[1]) * 3600, 6)
    assert schedule_plan(late, options=ScheduleOptions(finish_within_s=limit_s))


def test_the_wells_that_fit_are_told_and_the_others_run_in_a_wave_of_their_own(late, prices):
    fits = [p for p in prices if "wells (without" in p.change and p.makespan_s is not None]
    assert len(fits) == 1
    waves = next(price for price in prices if "waves: 2 runs of" in price.change)
    number = int(fits[0].change.split()[0])
    assert f"waves: 2 runs of {number} + {16 - number} wells" in waves.change
    assert waves.makespan_s > fits[0].makespan_s


def test_a_dense_table_is_told_to_re_make_its_stock_not_what_cannot_help(dense):
    with pytest.raises(ScheduleError) as caught:
        schedule_plan(dense)
    fix = caught.value.diagnostics[0].fix
    assert "remake: person for 'sodium_borohydride'" in fix
    assert "an interval of at least" not in fix
    assert "multi_dispense" not in fix
    assert "a later end" not in fix
    prices = remedies(dense, ScheduleOptions())
    remade = next(price for price in prices if "remake: person" in price.change)
    assert "(remake_takes assumed: 10 min)" in remade.change
    variant = with_remake(Origin.of(dense), "sodium_borohydride", 600.0)
    assert schedule_plan(variant.make(), options=ScheduleOptions(effort=EFFORT)).makespan_s == (
        remade.makespan_s
    )
    lines = remedy_lines(prices)
    assert any(": still refused, " in line for line in lines)
    assert any(line.endswith(" h, fits") for line in lines)


def test_the_life_that_a_stock_needs_is_one_with_which_the_plan_fits(dense):
    price = next(p for p in remedies(dense, ScheduleOptions()) if "that keeps" in p.change)
    needed_s = float(re.search(r"keeps ([\d.]+) h", price.change)[1]) * 3600
    variant = with_life(dense, "sodium_borohydride", round(needed_s, 6), "")
    asked = ScheduleOptions(effort=EFFORT)
    assert schedule_plan(variant.make(), options=asked).makespan_s == price.makespan_s


def test_lines_say_if_nothing_fits():
    refused = Price("x", None, None, "it is late")
    assert remedy_lines([refused])[1:] == [
        "  x: still refused, it is late",
        "None of these fits by itself: combine changes.",
    ]
    assert remedy_lines([]) == []


def test_wells_of_the_table_are_taken_by_their_place(dense):
    plan = with_wells(Origin.of(dense), "", {"A1", "C2"}).make()
    assert [well.well for well in plan.wells] == ["A1", "C2"]
    assert portion_steps(plan) == {"reduction": (480.0, 30.0)}
