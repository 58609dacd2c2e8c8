"""What can't become a plan is refused with its place, its figures and what would mend it."""

from __future__ import annotations

import re

import pytest

from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.errors import PlanError

REDUCE = {
    "do": "reduce",
    "id": "reduction",
    "stock": "hydride",
    "electrons_per_metal": "$electrons",
}
FULL = "name,well\n" + "".join(f"x{i},{'ABCDEFGH'[i % 8]}{i // 8 + 1}\n" for i in range(96))
FILL = {"do": "add", "id": "fill", "stock": "water", "make_up": True}
METAL = {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"}


def steps(*given):
    return changed(steps=[FILL, METAL, *given])


CASES = {
    "dose too small, and the hydride may not be diluted": (
        steps({**REDUCE, "electrons_per_metal": "0.1"}), "name\nx1\n", "starlet_96",
        "dose-too-small", {"found": "625 nL", "allowed": "at least 1 µL", "row": "x1", "well": "A1"}, "1.6 times weaker (at most 12.5 mM)",
    ),
    "additions exceed the final volume": (
        changed(vessel__final_volume="100 uL"), "name\nx1\n", "starlet_96",
        "no-room-for-make-up", {"row": "x1", "allowed": "at most 100 µL"}, "times stronger (at least",
    ),
    "moles of a plain solvent": (
        changed(materials__water__density="0.997 g/mL", steps=[FILL, METAL, {"do": "add", "stock": "water", "amount": "5 umol"}]),
        "name\nx1\n", "starlet_96",
        "moles-of-a-solvent", {}, "make_up: true",
    ),
    "a pH on the other side": (
        steps({"do": "adjust_ph", "stock": "base", "to": "pH 2"}), "name\nx1\n", "starlet_96",
        "ph-not-reached", {"row": "x1"}, "right way",
    ),
    "a pH after the hydride": (
        steps(REDUCE, {"do": "adjust_ph", "stock": "base", "to": "pH 9"}), "name\nx1\n", "starlet_96",
        "ph-after-hydride", {"row": "x1"}, "before the reduction",
    ),
    "an overfull well": (
        changed(vessel__final_volume="2.1 mL"), "name\nx1\n", "starlet_96",
        "overfull-well", {"well": "A1", "found": "2100.0 µL"}, "deeper wells",
    ),
    "a mix of more than is there": (
        changed(steps=[METAL, {"do": "mix", "volume": "200 uL", "repetitions": 3}]), "name\nx1\n", "starlet_96",
        "mix-volume", {"well": "A1", "found": "50.0 µL in the well"}, "smaller volume",
    ),
    "a dilution that would take liquid out": (
        steps({"do": "dilute", "stock": "water", "to_volume": "500 uL"}), "name\nx1\n", "starlet_96",
        "dilution-backwards", {"well": "A1"}, "",
    ),
    "more samples than sample wells": (
        steps(*({"do": "sample", "volume": "5 uL"} for _ in range(97))), "name\nx1\n", "ot2_96",
        "sample-wells", {"found": "96 wells, in which 96 samples have a place"}, "fewer samples",
    ),
    "a sample larger than any tip": (
        steps({"do": "sample", "volume": "400 uL"}), "name\nx1\n", "ot2_96",
        "sample-too-large", {"found": "400 µL"}, "",
    ),
    "a shaker speed out of range": (
        steps({"do": "stir", "speed": "5000 rpm"}), "name\nx1\n", "starlet_96",
        "speed-out-of-range", {"found": "5000 rpm"}, "",
    ),
    "a deck without a shaker": (
        steps({"do": "stir", "speed": "500 rpm"}), "name\nx1\n", "no_shaker",
        "no-shaker", {}, "deck layout",
    ),
    "a temperature that the deck can't hold": (
        steps({"do": "hold", "for": "1 h", "temperature": "150 °C"}), "name\nx1\n", "starlet_96",
        "temperature-out-of-range", {"found": "150 °C"}, "heater",
    ),
    "a vessel temperature that the deck can't hold": (
        changed(vessel__temperature="-20 °C"), "name\nx1\n", "starlet_96",
        "temperature-out-of-range", {}, "heater",
    ),
    "wavelengths out of the reader's range": (
        steps({"do": "measure", "start": "100 nm", "stop": "900 nm", "step": "10 nm"}), "name\nx1\n", "starlet_96",
        "wavelengths", {"found": "100 to 900 nm in steps of 10 nm"}, "",
    ),
    "a deck without a reader": (
        steps({"do": "measure", "start": "300 nm", "stop": "900 nm", "step": "10 nm"}), "name\nx1\n", "ot2_96",
        "no-reader", {}, "take samples",
    ),
    "a reaction labware that isn't there": (
        changed(vessel__labware="vials"), "name\nx1\n", "starlet_96",
        "reaction-labware", {}, "exactly one labware",
    ),
    "a solvent that eats the plate": (
        changed(
            materials__water={"name": "dichloromethane", "role": "solvent", "formula": "CH2Cl2"},
        ), "name\nx1\n", "starlet_96", "solvent-material", {"found": "dichloromethane in polypropylene"}, "starlet_96_glass",
    ),
    "a solvent that nobody knows": (
        changed(
            materials__water={"name": "chlorobenzene", "role": "solvent", "formula": "C6H5Cl"},
        ), "name\nx1\n", "starlet_96", "solvent-material", {}, "another material",
    ),
    "hydride in a gas-tight vessel": (
        changed(vessel__closure="gas_tight"), "name\nx1\n", "starlet_96",
        "sealed-hydride", {}, "",
    ),
    "too few cold positions": (
        changed(**{f"stocks__{name}__keep_at": "4 °C" for name in ("gold", "thiol", "base", "acid")},
                steps=[FILL, METAL, *({"do": "add", "stock": s, "volume": "20 uL"} for s in ("thiol", "base", "acid")), REDUCE]),
        "name\nx1\n", "starlet_96", "no-position", {"quantity": "volume"}, "trough",
    ),
    "more stock than the deck holds": (
        changed(vessel__final_volume="1.8 mL", stocks__gold__concentration="1 mM", stocks__gold__keep_at="4 °C",
                steps=[{"do": "add", "stock": "water", "volume": "10 uL"}, {**METAL, "amount": "1.7 umol"}]),
        FULL, "ot2_96",
        "no-position", {}, "stronger",
    ),
    "more tips than the deck has": (
        changed(stocks__gold__tips="fresh", stocks__thiol__tips="fresh",
                steps=[FILL, *({**METAL, "id": f"m{i}", "amount": "3 umol"} for i in range(5))]),
        FULL, "starlet_96",
        "tips-missing", {"quantity": "tips"}, "reuse their tips",
    ),
}  # fmt: skip


def layout(name):
    if name != "no_shaker":
        return deck(name)
    plain = deck()
    labware = tuple(
        item.model_copy(update={"on": None, "carrier": "plates", "site": 4})
        if item.role == "reaction"
        else item
        for item in plain.labware
    )
    return plain.model_copy(update={"labware": labware})


@pytest.mark.parametrize("case", CASES)
def test_a_plan_is_refused_with_reasons(case):
    document, table, name, code, figures, fix = CASES[case]
    with pytest.raises(PlanError) as caught:
        plan_for(document, table, layout(name))
    found = [d for d in caught.value.diagnostics if d.code == code]
    assert found, [str(d) for d in caught.value.diagnostics]
    diagnostic = found[0]
    for field, value in figures.items():
        assert getattr(diagnostic, field) == value
    assert fix in (diagnostic.fix or "")
    assert diagnostic.file == "trial.yaml"
    if code != "tips-missing":
        assert diagnostic.line
    assert "Traceback" not in str(diagnostic)


def test_all_findings_of_a_pass_are_told_at_once():
    document = changed(vessel__final_volume="100 uL")
    with pytest.raises(PlanError) as caught:
        plan_for(document, "name\nx1\nx2\nx3\n")
    assert {d.row for d in caught.value.diagnostics} == {"x1", "x2", "x3"}


def test_samples_without_a_well_are_one_finding_that_counts_them():
    takes = [{"do": "sample", "id": f"s{number}", "volume": "5 uL"} for number in range(6)]
    with pytest.raises(PlanError) as caught:
        plan_for(steps(*takes), FULL, deck("ot2_96"))
    found = [d for d in caught.value.diagnostics if d.code == "sample-wells"]
    assert len(found) == 1
    places = int(found[0].found.partition(" ")[0])
    missing = 6 * 96 - places
    assert f"for {missing} samples" in found[0].message
    assert sum(int(n) for n in re.findall(r"(\d+) of step s\d", found[0].message)) == missing
    assert f"{places} samples have a place" in found[0].found
