"""A library of stocks: its members are words of the table, and stocks of their own where drawn."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from ncrobot.errors import ConditionsError, ProtocolError
from ncrobot.protocol import drawn_stock, read_conditions, read_protocol, with_members

TEXT = """\
ncrobot: protocol/1
name: strands
title: Strands of a library
materials:
  strand: {name: a strand of DNA, role: ligand, molar_mass: 3000 g/mol}
  silver: {name: silver nitrate, role: metal, formula: AgNO3}
  water: {name: water, role: solvent, formula: H2O}
stocks:
  water: {of: water, neat: true}
  silver: {of: silver, concentration: 2 mM, solvent: water}
  strand: {of: strand, concentration: 500 µM, solvent: water, tips: fresh, library: {members: MEMBERS}}
vessel: {final_volume: 1 mL}
steps:
  - {do: add, id: fill, stock: water, make_up: true}
  - {do: add, id: dna, stock: strand, amount: 20 nmol}
  - {do: add, id: metal, stock: silver, equivalents: 10, per: strand}
"""


def source(members="{prefix: s, count: 96}", **replaced):
    text = TEXT.replace("MEMBERS", members)
    for old, new in replaced.items():
        text = text.replace(old, new)
    return read_protocol(text, "strands.yaml")


def table(text, given=None):
    return read_conditions(text, given or source(), format="csv", file="strands.csv")


def test_members_are_words_of_a_column_and_the_first_is_taken_where_none_is_named():
    rows = table("name,strand\none,s17\ntwo,s3\nthree,\n").rows
    assert [row.choices["strand"] for row in rows] == ["s17", "s3", "s1"]


def test_only_members_that_rows_draw_become_stocks():
    given = source()
    rows = table("name,strand\none,s17\ntwo,s3\nthree,s17\n").rows
    protocol = with_members(given.protocol, rows)
    assert set(protocol.stocks) - set(given.protocol.stocks) == {"strand_s3", "strand_s17"}
    assert protocol.stocks["strand_s3"].of == "strand"
    assert [drawn_stock(protocol, "strand", row) for row in rows[:2]] == ["strand_s17", "strand_s3"]
    assert drawn_stock(protocol, "silver", rows[0]) == "silver"


def test_a_protocol_without_libraries_stays_as_it_is():
    given = read_protocol(TEXT.replace(", tips: fresh, library: {members: MEMBERS}", ""))
    assert with_members(given.protocol, table("name\none\n", given).rows) is given.protocol


def test_members_can_be_listed_or_numbered_from_any_number():
    assert source("[adenine, cytosine]").protocol.choices["strand"].of == ("adenine", "cytosine")
    numbered = source("{prefix: s, count: 3, first: 97}").protocol
    assert numbered.choices["strand"].of == ("s97", "s98", "s99")


def test_an_unknown_member_is_refused_with_its_row():
    with pytest.raises(ConditionsError) as caught:
        table("name,strand\none,s97\n")
    (finding,) = caught.value.diagnostics
    assert (finding.row, finding.found) == ("one", "s97")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ("[s1]", "too-short"),
        ("[s1, S1]", "name-collision"),
        ("{prefix: s, count: 1}", "out-of-range"),
        ("{prefix: s, count: 100000}", "out-of-range"),
        ("{prefix: s, count: many}", "wrong-kind"),
        ("{prefix: s, number: 9}", "wrong-kind"),
        ("{prefix: 7, count: 9}", "wrong-kind"),
    ],
)
def test_wrong_members_are_refused(members, code):
    with pytest.raises(ProtocolError) as caught:
        source(members)
    assert caught.value.diagnostics[0].code == code, str(caught.value)
    assert caught.value.diagnostics[0].line == 11


MADE_UP = "stock: water, make_up: true"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({MADE_UP: "stock: strand, make_up: true"}, "library-as-solvent"),
        ({"amount: 20 nmol}": "amount: 20 nmol}\n  - {do: dilute, stock: strand, factor: 2}"}, "library-as-solvent"),
        ({"per: strand}": "per: strand}\n  - {do: sample, volume: 5 µL, dilute_with: {stock: strand, volume: 9 µL}}"}, "library-as-solvent"),
        ({"vessel:": "choices: {strand: {of: [a, b], default: a}}\nvessel:"}, "name-collision"),
        ({"  silver: {of": "  strand_s4: {of"}, "name-collision"),
        ({"tips: fresh": "life: 1 h, remake: person, remake_takes: 5 min"}, "library-decays"),
    ],
)  # fmt: skip
def test_what_a_library_cant_be_is_refused(changes, code):
    with pytest.raises(ProtocolError) as caught:
        source(**changes)
    found = {each.code: each for each in caught.value.diagnostics}
    assert code in found, str(caught.value)
    assert found[code].line


def test_the_published_schema_takes_both_ways_to_name_members():
    from ncrobot.protocol import protocol_json_schema

    members = protocol_json_schema()["$defs"]["Library"]["properties"]["members"]
    assert {each["type"] for each in members["anyOf"]} == {"array", "object"}
    assert YAML(typ="safe").load("{prefix: s, count: 96}").keys() <= set(
        members["anyOf"][1]["properties"]
    )
