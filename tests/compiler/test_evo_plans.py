"""Plans for an EVO: stocks in columns of wells, and what PyLabRobot can't do refused at its step."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import BASE, ROOT, text_of
from ncrobot.compiler import compile_plan
from ncrobot.compiler.arm_limits import check_arm_limits
from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck, DeckLayout, read_deck
from ncrobot.errors import PlanError
from ncrobot.lab import schedule
from ncrobot.plan import Plan, Transfer
from ncrobot.protocol import read_conditions, read_protocol

TEXT = (ROOT / "deck_layouts" / "evo150_96.yaml").read_text(encoding="utf-8")
EVO = read_deck(TEXT)


def plan(
    change: Callable[[dict[str, Any]], object] = lambda _: None,
    wells: str = "A1,B1,H1,C2",
    layout: DeckLayout = EVO,
) -> Plan:
    document = copy.deepcopy(BASE)
    del document["controls"]
    change(document)
    source = read_protocol(text_of(document), "trial.yaml")
    table = "well\n" + "\n".join(wells.split(","))
    conditions = read_conditions(table, source, format="csv", file="table.csv")
    return compile_plan(source, conditions, layout)


def refused(change: Callable[[dict[str, Any]], object], **more: Any) -> list[Any]:
    with pytest.raises(PlanError) as caught:
        plan(change, **more)
    return [each for each in caught.value.diagnostics if each.severity == "error"]


def row(address: str) -> int:
    return ord(address.split("/")[1][0]) - ord("A")


def check_rows(found: Plan) -> None:
    """Each channel takes its tips, draws and dispenses in its own row; no well runs dry."""
    uses = {use.stock: use for use in found.stocks}
    drawn: dict[str, float] = {}
    for operation in found.operations:
        if not isinstance(operation, Transfer):
            continue
        for leg in operation.legs:
            assert row(leg.tip) == row(leg.source) == row(leg.destination) == leg.channel
            assert leg.source in uses[operation.stock].positions_ul
            drawn[leg.source] = drawn.get(leg.source, 0.0) + leg.volume_ul
    for use in found.stocks:
        assert sum(drawn.get(a, 0.0) for a in use.positions_ul) == pytest.approx(use.drawn_ul)
        for address, loaded_ul in use.positions_ul.items():
            assert drawn[address] + 60.0 <= loaded_ul + 1e-6 <= 2000.0 + 1e-6
    places = [address for use in found.stocks for address in use.positions_ul]
    assert len(set(places)) == len(places)


def test_each_stock_stands_in_the_rows_that_it_is_drawn_from():
    found = plan()
    check_rows(found)
    gold = next(use for use in found.stocks if use.stock == "gold")
    assert {row(address) for address in gold.positions_ul} == {0, 1, 2, 7}
    cold = next(use for use in found.stocks if use.stock == "hydride")
    assert all(address.startswith("cold_plate/") for address in cold.positions_ul)
    assert schedule(found).entries


def test_a_stock_that_one_column_does_not_hold_stands_in_several():
    wells = ",".join(f"{r}{c}" for c in range(1, 13) for r in "ABCDEFGH")
    found = plan(wells=wells)
    check_rows(found)
    water = next(use for use in found.stocks if use.stock == "water")
    columns = {address.split("/")[1][1:] for address in water.positions_ul}
    assert len(columns) > 3
    assert len(water.positions_ul) == 8 * len(columns)


@settings(max_examples=8, deadline=None)
@given(
    wells=st.sets(
        st.tuples(st.sampled_from("ABCDEFGH"), st.integers(1, 12)), min_size=1, max_size=10
    ),
    final_ul=st.integers(500, 1700),
)
def test_whatever_wells_are_filled_rows_and_volumes_hold(wells, final_ul):
    found = plan(
        lambda document: document["vessel"].update(final_volume=f"{final_ul} uL"),
        wells=",".join(f"{letter}{column}" for letter, column in sorted(wells)),
    )
    check_rows(found)


def test_a_stock_without_room_is_refused_with_what_is_missing():
    small = read_deck(TEXT.replace("max_volume_ul: 2000, temperature_c: 4", "max_volume_ul: 65, temperature_c: 4"))  # fmt: skip
    (found,) = refused(lambda _: None, layout=small)
    assert found.code == "no-position"
    assert "cold columns" in found.message
    assert "drawn from each row" in found.found
    assert found.line is not None


def mixing(document: dict[str, Any]) -> None:
    document["steps"].insert(3, {"do": "mix", "volume": "100 uL", "repetitions": 3})


def settling(document: dict[str, Any]) -> None:
    document["stocks"]["gold"]["slurry"] = True


def strong(document: dict[str, Any]) -> None:
    document["stocks"]["gold"]["concentration"] = "2 M"


def layers(document: dict[str, Any]) -> None:
    document["materials"]["oil"] = {"name": "toluene", "role": "solvent", "formula": "C7H8"}
    document["stocks"]["oil"] = {"of": "oil", "neat": True}
    document["vessel"]["layers"] = [["water"], ["oil"]]
    document["steps"].append({"do": "add", "stock": "oil", "volume": "300 uL"})
    document["steps"].append({"do": "sample", "volume": "50 uL", "layer": "water"})


@pytest.mark.parametrize(
    ("change", "code", "says", "fix"),
    [
        (mixing, "no-mixing", "mixes in the wells", "stir step"),
        (settling, "no-mixing", "as it settles", "another arm"),
        (strong, "no-mixing", "would be diluted on the deck", "make the stock weaker"),
        (layers, "no-layers", "at the surface only", "let a person"),
    ],
)
def test_what_pylabrobot_cannot_do_with_an_evo_is_refused_at_its_step(change, code, says, fix):
    layout = read_deck(TEXT.replace("sample_plate, definition: Microplate_96_Well, role: samples", "sample_plate, definition: DeepWell_96_Well, role: dilution")) if change is strong else EVO  # fmt: skip
    found = [each for each in refused(change, layout=layout) if each.code == code]
    assert len(found) == 1, "told once"
    assert says in found[0].message
    assert fix in found[0].fix
    assert found[0].file == "trial.yaml"
    assert found[0].line


def test_draws_that_lower_a_level_too_little_are_refused():
    wide = read_deck(TEXT.replace("stock_plate_1, definition: DeepWell_96_Well", "stock_plate_1, definition: DeepWell_square_96_Well"))  # fmt: skip
    (found,) = refused(
        lambda document: document["steps"].insert(
            1, {"do": "add", "stock": "base", "volume": "3.1 uL"}
        ),
        layout=wide,
    )
    assert found.code == "too-little-for-evo"
    assert "3.2 µL" in found.allowed


def test_tips_that_would_be_behind_the_deck_are_refused():
    made = plan()
    first = next(op for op in made.operations if isinstance(op, Transfer))
    leg = first.legs[0].model_copy(update={"channel": 7, "tip": "tips_200_3/A1"})
    source = read_protocol(made.texts.protocol, "trial.yaml")
    findings = Findings(source)
    moved = first.model_copy(update={"legs": (leg,)})
    check_arm_limits(source, [moved], {}, Deck(EVO), findings)
    (found,) = findings.errors
    assert found.code == "out-of-reach"
    assert "tip 8 of the arm doesn't reach tips_200_3/A1" in found.message


def test_solvents_other_than_water_are_dispensed_as_water_with_a_warning():
    def organic(document: dict[str, Any]) -> None:
        document["materials"]["ethanol"] = {"name": "ethanol", "role": "solvent", "formula": "C2H6O"}  # fmt: skip
        document["stocks"]["thiol"]["solvent"] = "ethanol"

    assert not [w for w in plan().warnings if w.code == "dispensed-as-water"]
    (warned,) = [w for w in plan(organic).warnings if w.code == "dispensed-as-water"]
    assert "thiol is in ethanol" in warned.message
    assert warned.line
