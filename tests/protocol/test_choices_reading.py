"""Choices: words of the table, and the steps that are done for some of them only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import ConditionsError, ProtocolError
from ncrobot.protocol import acts, never_together, read_conditions, read_protocol

HEAD = """\
ncrobot: protocol/1
name: choosing
title: choosing
materials:
  gold: {name: gold salt, role: metal, formula: AuCl3}
  short: {name: short thiol, role: ligand, formula: C3H6O2S}
  long: {name: long thiol, role: ligand, formula: C6H12O2S}
  hydride: {name: borane tert-butylamine, role: reductant, formula: C4H14BN}
  acid: {name: hydrochloric acid, role: acid, formula: HCl}
  water: {name: water, role: solvent, formula: H2O}
  ethanol: {name: ethanol, role: solvent, formula: C2H6O}
stocks:
  water: {of: water, neat: true}
  ethanol: {of: ethanol, neat: true}
  gold: {of: gold, concentration: 20 mM, solvent: water}
  short: {of: short, concentration: 50 mM, solvent: water}
  long: {of: long, concentration: 50 mM, solvent: water}
  hydride: {of: hydride, concentration: 50 mM, solvent: water}
  acid: {of: acid, concentration: 50 mM, solvent: water}
vessel: {final_volume: 1 mL}
"""
CHOICES = """\
choices:
  thiol: {of: [short, long, none], default: short}
  solvent: {of: [water, ethanol], default: water, scope: plate}
"""
STEPS = """\
steps:
  - {do: add, stock: water, make_up: true, only: {solvent: water}}
  - {do: add, stock: ethanol, make_up: true, only: {solvent: ethanol}}
  - {do: add, stock: gold, amount: 1 umol}
  - {do: add, stock: short, equivalents: 2, only: {thiol: short}}
  - {do: add, stock: long, equivalents: 2, only: {thiol: [long]}}
  - {do: hold, for: 5 min, only: {thiol: [short, long]}}
"""


def _codes(text):
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text)
    return {finding.code for finding in caught.value.diagnostics}


def test_one_word_and_a_list_of_one_mean_the_same():
    steps = read_protocol(HEAD + CHOICES + STEPS).protocol.steps
    assert steps[3].only == {"thiol": ("short",)}
    assert steps[4].only == {"thiol": ("long",)}


def test_rows_pick_their_words_and_take_defaults_and_originals():
    source = read_protocol(HEAD + CHOICES + STEPS)
    table = "name,replicate_of,thiol,solvent\na,,long,ethanol\nb,a,,\nc,,,\n"
    rows = read_conditions(table, source, format="csv").rows
    assert [row.choices for row in rows] == [
        {"thiol": "long", "solvent": "ethanol"},
        {"thiol": "long", "solvent": "ethanol"},
        {"thiol": "short", "solvent": "ethanol"},
    ]
    assert all(row.values == {} for row in rows)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("name,thiol\na,lond\n", "unknown-word"),
        ("name,thiol [mM]\na,long\n", "bad-header"),
        ("name,solvent\na,water\nb,ethanol\n", "one-value-a-plate"),
        ("name,replicate_of,thiol\na,,long\nb,a,short\n", "replicate-differs"),
    ],
)
def test_wrong_words_in_a_table_are_told(table, code):
    source = read_protocol(HEAD + CHOICES + STEPS)
    with pytest.raises(ConditionsError) as caught:
        read_conditions(table, source, format="csv")
    assert code in {finding.code for finding in caught.value.diagnostics}


@pytest.mark.parametrize(
    ("choices", "steps", "code"),
    [
        (CHOICES, STEPS + "  - {do: stir, speed: 600 rpm, only: {thiol: short}}\n", "wrong-scope"),
        (
            CHOICES,
            STEPS
            + "  - {do: measure, start: 300 nm, stop: 400 nm, step: 10 nm, only: {thiol: short}}\n",
            "wrong-scope",
        ),
        (
            CHOICES,
            STEPS + "  - {do: hold, for: 1 min, temperature: 40 °C, only: {thiol: short}}\n",
            "wrong-scope",
        ),
        (CHOICES, STEPS + "  - {do: hold, for: 1 min, only: {thoil: short}}\n", "unknown-choice"),
        (CHOICES, STEPS + "  - {do: hold, for: 1 min, only: {thiol: shirt}}\n", "unknown-word"),
        (CHOICES, STEPS + "  - {do: hold, for: 1 min, only: short}\n", "wrong-kind"),
        (CHOICES, STEPS + "  - {do: add, stock: water, make_up: true}\n", "second-make-up"),
        ("choices:\n  thiol: {of: [short, long], default: mid}\n", STEPS, "unknown-word"),
        ("choices:\n  thiol: {of: [short, Short], default: short}\n", STEPS, "name-collision"),
        ("choices:\n  well: {of: [short, long], default: short}\n", STEPS, "reserved-name"),
        (
            CHOICES + "parameters:\n  Thiol: {quantity: ratio, range: [1, 2], default: 1}\n",
            STEPS,
            "name-collision",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(choices, steps, code):
    assert code in _codes(HEAD + choices + steps)


def test_acid_needs_no_permission_where_no_row_has_a_reductant():
    reduce = "  - {do: reduce, stock: hydride, equivalents: 1, only: {thiol: long}}\n"
    apart = "  - {do: acidify, stock: acid, equivalents: 1, only: {thiol: short}}\n"
    together = "  - {do: acidify, stock: acid, equivalents: 1, only: {solvent: water}}\n"
    assert read_protocol(HEAD + CHOICES + STEPS + reduce + apart)
    assert "acid-after-hydride" in _codes(HEAD + CHOICES + STEPS + reduce + together)


def test_an_unused_choice_is_a_warning():
    choices = CHOICES + "  unused: {of: [one, two], default: one}\n"
    assert "unused-choice" in {w.code for w in read_protocol(HEAD + choices + STEPS).warnings}


WORDS = st.sampled_from(["a", "b", "c", "d"])
ONLY = st.dictionaries(
    st.sampled_from(["x", "y"]), st.sets(WORDS, min_size=1).map(lambda s: tuple(sorted(s)))
)


@given(ONLY, ONLY, st.fixed_dictionaries({"x": WORDS, "y": WORDS}))
def test_steps_that_exclude_each_other_are_never_both_done(one, other, chosen):
    if never_together(one, other):
        assert not (acts(one, chosen) and acts(other, chosen))
    assert never_together(one, other) == never_together(other, one)
    assert acts({}, chosen)
