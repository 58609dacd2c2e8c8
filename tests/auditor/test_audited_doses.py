"""Every way to tell a dose: the volume worked out by hand agrees, one percent more does not."""

from __future__ import annotations

import pytest

from auditor.audit_kit import HEAD, Maker, agrees, codes
from ncrobot.plan import Warned

GOLD = "  - {do: add, id: metal, stock: gold, amount: 1 µmol}\n"

# step, stock, µL by hand (next to 1 µmol of gold in 50 µL)
WAYS = {
    "volume": ("do: add, stock: thiol, volume: 40 uL", "thiol", 40.0),
    "volume of solvent": ("do: add, stock: ethanol, volume: 0.2 mL", "ethanol", 200.0),
    "amount": ("do: add, stock: base, amount: 2 µmol", "base", 20.0),
    "concentration in the final volume": ("do: add, stock: base, concentration: 5 mM", "base", 50.0),
    "equivalents per metal": ("do: add, stock: thiol, equivalents: 9", "thiol", 100.0),
    "equivalents per material": ("do: add, stock: base, equivalents: 4, per: gold", "base", 40.0),
    "inverse equivalents": ("do: add, stock: thiol, inverse_equivalents: 0.5", "thiol", 2 / 0.09),
    "parameter": ("do: add, stock: base, equivalents: $ratio", "base", 20.0),
    "electrons": ("do: reduce, stock: hydride, electrons_per_metal: 4", "hydride", 50.0),
    "reduce by equivalents": ("do: reduce, stock: hydride, equivalents: 0.75", "hydride", 75.0),
    "neat liquid with density and assay": ("do: add, stock: oil, amount: 50 µmol", "oil", 10.0),
    "weighed solid with assay": ("do: add, stock: thiol, amount: 4.5 µmol", "thiol", 50.0),
    "acid": ("do: acidify, stock: acid, equivalents: 3", "acid", 30.0),
    "exchange": ("do: exchange, stock: cluster, amount: 100 nmol", "cluster", 100.0),
    "base by dose": ("do: adjust_ph, stock: base, equivalents: 6", "base", 60.0),
}  # fmt: skip


def made(steps: str, stock: str, volume_ul: float, asked_ul: float | None = None, **more):
    maker = Maker(steps, **more)
    maker.dose("metal", "gold", 50)
    maker.dose("tried", stock, volume_ul)
    umol = maker.umol("gold", 50)
    for name, amount in maker.umol(stock, asked_ul or volume_ul).items():
        umol[name] = umol.get(name, 0.0) + amount
    return maker.plan({"A1": umol})


@pytest.mark.parametrize(("step", "stock", "volume_ul"), WAYS.values(), ids=WAYS)
def test_a_dose_worked_out_by_hand_agrees(step, stock, volume_ul):
    assert agrees(made(f"{GOLD}  - {{id: tried, {step}}}\n", stock, round(volume_ul, 2), volume_ul))


@pytest.mark.parametrize(("step", "stock", "volume_ul"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("factor", [0.99, 1.01, 2.0])
def test_a_wrong_dose_differs_though_all_claims_fit(step, stock, volume_ul, factor):
    wrong_ul = round(volume_ul * factor, 2)
    plan = made(f"{GOLD}  - {{id: tried, {step}}}\n", stock, wrong_ul, volume_ul)
    assert "dose-volume" in codes(plan)


def test_the_difference_says_what_a_chemist_wants_to_know():
    from ncrobot.auditor import audit_plan

    plan = made(f"{GOLD}  - {{id: tried, do: add, stock: base, amount: 2 µmol}}\n", "base", 22, 20)
    first, second = audit_plan(plan).differences
    assert (first.well, first.step, first.asked, first.found) == ("A1", "tried", 20.0, 22.0)
    assert str(first) == (
        "A1, tried: well A1 gets 22 µL in tried; the protocol asks 20 µL of base (2 µmol of base)"
    )
    assert (second.code, second.asked, second.found, second.unit) == ("moles", 2.0, 2.2, "µmol")


def test_metal_atoms_are_counted_through_the_formula():
    steps = (
        "  - {do: add, id: metal, stock: gold, amount: 1 µmol}\n"
        "  - {do: add, id: more_metal, stock: dimer, amount: 1 µmol}\n"
        "  - {do: add, id: tried, stock: base, equivalents: 2}\n"
    )
    maker = Maker(steps)
    maker.dose("metal", "gold", 50)
    maker.dose("more_metal", "dimer", 100)
    maker.dose("tried", "base", 60)  # 2 per metal atom: 1 + 2 of gold, none of sodium
    assert agrees(maker.plan())


def test_a_reference_may_come_later_and_in_several_steps():
    steps = (
        "  - {do: add, id: ligand, stock: thiol, equivalents: 0.9, per: gold}\n"
        "  - {do: add, id: first, stock: gold, amount: 1 µmol}\n"
        "  - {do: add, id: second, stock: gold, volume: 100 uL}\n"
    )
    maker = Maker(steps)
    maker.dose("ligand", "thiol", 30)
    maker.dose("first", "gold", 50)
    maker.dose("second", "gold", 100)
    assert agrees(maker.plan())


def test_a_material_that_comes_along_in_another_stock_counts():
    steps = (
        "  - {do: add, id: ligand, stock: thiol, volume: 100 uL}\n"
        "  - {do: acidify, id: acid, stock: acid, equivalents: 1, per: base}\n"
    )
    maker = Maker(steps)
    maker.dose("ligand", "thiol", 100)
    maker.dose("acid", "acid", 50)  # 5 µmol of base came with the thiol
    assert agrees(maker.plan())


def test_ratios_to_a_cluster_count_molecules():
    steps = (
        "  - {do: add, id: start, stock: cluster, amount: 0.5 µmol}\n"
        "  - {do: exchange, id: incoming, stock: thiol, equivalents: 18, per: cluster}\n"
    )
    maker = Maker(steps)
    maker.dose("start", "cluster", 500)
    maker.dose("incoming", "thiol", 100)
    assert agrees(maker.plan())


MAKE_UP = (
    "  - {do: add, id: fill, stock: water, make_up: true}\n"
    "  - {do: add, id: metal, stock: gold, amount: 1 µmol}\n"
    "  - {do: add, id: base, stock: base, equivalents: 4, per: gold}\n"
)


def test_make_up_fills_to_the_final_volume():
    maker = Maker(MAKE_UP)
    maker.dose("fill", "water", 910)
    maker.dose("metal", "gold", 50)
    maker.dose("base", "base", 40)
    assert agrees(maker.plan())


def test_make_up_that_misses_the_final_volume_differs():
    maker = Maker(MAKE_UP)
    maker.dose("fill", "water", 905)
    maker.dose("metal", "gold", 50)
    maker.dose("base", "base", 40)
    assert {"dose-volume", "final-volume"} <= set(codes(maker.plan()))


def test_a_control_leaves_its_material_out_and_solvent_makes_up():
    maker = Maker(MAKE_UP, table="name,well,kind\nr1,A1,synthesis\nr2,B1,blank\n")
    maker.dose("fill", "water", {"A1": 910.0, "B1": 960.0})
    maker.dose("metal", "gold", 50)
    maker.dose("base", "base", {"A1": 40.0, "B1": 40.0})  # the base that belongs to the gold stays
    assert agrees(maker.plan())


@pytest.mark.parametrize(
    ("fill_ul", "gold_ul", "base_ul"), [(910, 50, 40), (960, 0, 0), (910, 0, 40), (1000, 0, 0)]
)
def test_a_control_made_otherwise_differs(fill_ul, gold_ul, base_ul):
    maker = Maker(MAKE_UP, table="name,well,kind\nr2,A1,blank\n")
    maker.dose("fill", "water", fill_ul)
    for step, volume_ul in (("metal", gold_ul), ("base", base_ul)):
        if volume_ul:
            maker.dose(step, "gold" if step == "metal" else "base", volume_ul)
    assert codes(maker.plan())


def test_a_small_dose_from_a_working_solution_and_its_solvent_in_the_make_up():
    steps = MAKE_UP.replace("amount: 1 µmol", "amount: 50 nmol")
    maker = Maker(steps)
    maker.prepare("gold_1to10", "gold", "water", (50, 450))
    maker.dose("fill", "water", 1000 - 25 - 10)
    maker.dose("metal", "gold_1to10", 25)  # 2.5 µL of stock, 22.5 µL of water
    maker.dose("base", "base", 10)  # 4 per gold would be 2 µL
    assert "dose-volume" in codes(maker.plan({"A1": {"gold": 0.05, "base": 0.2}}))

    maker = Maker(steps.replace("equivalents: 4", "equivalents: 20"))
    maker.prepare("gold_1to10", "gold", "water", (50, 450))
    maker.dose("fill", "water", 1000 - 25 - 10)
    maker.dose("metal", "gold_1to10", 25)
    maker.dose("base", "base", 10)
    assert agrees(maker.plan())


def test_a_working_solution_of_another_factor_than_claimed_differs():
    maker = Maker("  - {do: add, id: metal, stock: gold, amount: 50 nmol}\n")
    maker.prepare("gold_1to10", "gold", "water", (50, 440))
    maker.working["gold_1to10"] = ("gold", "dilution_plate/A1", 10.0)
    maker.dose("metal", "gold_1to10", 25)
    assert {"dilution", "dose-volume"} <= set(codes(maker.plan()))


def test_a_working_solution_in_another_solvent_differs():
    maker = Maker("  - {do: add, id: metal, stock: gold, amount: 50 nmol}\n")
    maker.prepare("gold_1to10", "gold", "ethanol", (50, 450))
    maker.dose("metal", "gold_1to10", 25)
    assert {"dilution", "wrong-stock"} <= set(codes(maker.plan()))


def test_a_stock_that_must_not_be_diluted_differs():
    maker = Maker(GOLD + "  - {do: reduce, id: r, stock: hydride, electrons_per_metal: 0.2}\n")
    maker.dose("metal", "gold", 50)
    maker.prepare("hydride_1to10", "hydride", "water", (50, 450))
    maker.dose("r", "hydride_1to10", 25)
    assert codes(maker.plan()) == ["stock"]


@pytest.mark.parametrize(
    ("way", "volume_ul"), [("volume: 300 uL", 300), ("factor: 3", 200), ("to_volume: 1.5 mL", 1400)]
)
def test_dilution_comes_on_top_and_counts_from_what_is_there(way, volume_ul):
    steps = (
        "  - {do: add, id: base, stock: base, volume: 150 uL}\n"
        "  - {do: sample, id: look, volume: 50 uL}\n"
        f"  - {{do: dilute, id: thin, stock: water, {way}}}\n"
    )

    def plan(volume_ul):
        maker = Maker(steps)
        maker.dose("base", "base", 150)
        maker.sample("look", 50, {"A1": "sample_plate/A1"})
        parts = [volume_ul] if volume_ul <= 1000 else [volume_ul / 2] * 2
        for part in parts:
            maker.dose("thin", "water", part)
        return maker.plan()

    assert agrees(plan(volume_ul))
    assert "dilution" in codes(plan(volume_ul + 5))


@pytest.mark.parametrize("way", ["volume: 300 uL", "factor: 3", "to_volume: 1.5 mL"])
def test_a_missing_dilution_differs(way):
    steps = (
        "  - {do: add, id: base, stock: base, volume: 150 uL}\n"
        f"  - {{do: dilute, id: thin, stock: water, {way}}}\n"
    )
    maker = Maker(steps)
    maker.dose("base", "base", 150)
    assert "dilution" in codes(maker.plan())


def test_a_dose_in_several_trips_is_one_dose():
    maker = Maker("  - {do: add, id: base, stock: base, volume: 1.5 mL}\n")
    maker.dose("base", "base", 750)
    maker.dose("base", "base", 750)
    assert agrees(maker.plan())


def test_rounding_to_hundredths_of_a_microlitre_is_no_difference_but_more_is():
    steps = "  - {do: add, id: base, stock: base, amount: 1.23456 µmol}\n"
    for volume_ul, good in ((12.35, True), (12.34, False), (12.36, False)):
        maker = Maker(steps)
        maker.dose("base", "base", volume_ul)
        assert (not codes(maker.plan({"A1": {"base": 1.23456}}))) is good


def test_a_make_up_too_small_for_any_tip_may_be_left_out_if_the_plan_says_so():
    steps = MAKE_UP.replace("equivalents: 4", "equivalents: 94.95")

    def plan(**fields):
        maker = Maker(steps)
        maker.dose("metal", "gold", 50)
        maker.dose("base", "base", 949.5)
        maker.plan_fields = fields
        return maker.plan()

    warning = Warned(code="make-up-left-out", message="0.5 µL is too small", well="A1")
    assert agrees(plan(warnings=(warning,)))
    assert "missing-dose" in codes(plan())


def test_a_ratio_to_a_salt_without_metal_asks_for_nothing():
    text = HEAD.replace("formula: AuCl3", "formula: NaCl")
    maker = Maker(GOLD + "  - {do: add, id: tried, stock: base, equivalents: 2}\n", head=text)
    maker.dose("metal", "gold", 50)
    maker.dose("tried", "base", 20)
    assert "unasked-dose" in codes(maker.plan())


def test_texts_that_cannot_be_read_are_a_difference():
    plan = made(f"{GOLD}  - {{do: add, id: tried, stock: base, volume: 20 uL}}\n", "base", 20)
    texts = plan.texts.model_copy(update={"protocol": "ncrobot: protocol/1\n"})
    assert codes(plan.model_copy(update={"texts": texts}).sealed()) == ["unreadable"]
