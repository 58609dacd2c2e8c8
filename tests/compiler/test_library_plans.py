"""Plans with a library: each well draws its own member, and the auditor knows which."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.errors import PlanError
from ncrobot.plan import Transfer
from ncrobot.protocol import load_protocol, read_conditions

ROOT = Path(__file__).resolve().parents[2]
SOURCE = load_protocol(ROOT / "protocols" / "silver" / "dna_silver.yaml")
TABLE = "name,kind,strand\na,,s40\nb,,s7\nc,,s7\nd,no_dna,s9\n"


def plan(table=TABLE, layout="starlet_96_library"):
    conditions = read_conditions(table, SOURCE, format="csv", file="strands.csv")
    return compile_plan(SOURCE, conditions, load_deck(ROOT / "deck_layouts" / f"{layout}.yaml"))


def drawn(made):
    """Which stock each well gets in the step of the library."""
    return {
        leg.destination.split("/")[1]: operation.stock
        for operation in made.operations
        if isinstance(operation, Transfer) and operation.step == "add_strand"
        for leg in operation.legs
    }


def test_each_well_gets_its_own_member():
    made = plan()
    assert drawn(made) == {"A1": "strand_s40", "B1": "strand_s7", "C1": "strand_s7"}
    uses = {use.stock: use for use in made.stocks if use.stock.startswith("strand")}
    assert list(uses) == ["strand_s7", "strand_s40"]
    places = [place for use in uses.values() for place in use.positions_ul]
    assert places == ["library_plate/A1", "library_plate/B1"]
    assert uses["strand_s7"].drawn_ul == pytest.approx(2 * uses["strand_s40"].drawn_ul)
    assert made.wells[0].choices["strand"] == "s40"
    assert made.wells[0].asked_umol["strand"] == pytest.approx(0.02)
    assert audit_plan(made).agrees


def test_an_assumption_of_the_library_is_told_once():
    told = [each for each in plan().assumptions if each.startswith("stocks.strand")]
    assert len(told) == 1


def test_the_wrong_member_in_a_well_is_found():
    made = plan()
    first = next(each for each in made.operations if each.step == "add_strand")
    place = next(iter(next(u for u in made.stocks if u.stock == "strand_s7").positions_ul))
    legs = tuple(leg.model_copy(update={"source": place}) for leg in first.legs)
    swapped = first.model_copy(update={"stock": "strand_s7", "legs": legs})
    operations = tuple(swapped if each is first else each for each in made.operations)
    report = audit_plan(made.model_copy(update={"operations": operations}).sealed())
    assert {"missing-dose", "wrong-stock"} <= {each.code for each in report.differences}


def test_a_deck_without_places_for_members_is_refused():
    with pytest.raises(PlanError) as caught:
        plan(layout="starlet_96")
    (finding,) = [each for each in caught.value.diagnostics if "strand_s7" in each.message]
    assert "role: library" in finding.fix
