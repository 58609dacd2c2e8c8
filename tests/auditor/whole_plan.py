"""One plan made by hand that has everything: make-up, dilution, portions, samples, lags, a person."""

from __future__ import annotations

from auditor.audit_kit import Maker
from ncrobot.plan import AskPerson, Background, Lag, Plan

STEPS = """\
  - {do: add, id: fill, stock: water, make_up: true}
  - {do: add, id: metal, stock: gold, amount: 1 µmol}
  - {do: add, id: ligand, stock: thiol, equivalents: $ratio}
  - {do: mix, id: mixing, volume: 100 uL, repetitions: 3}
  - {do: stir, id: shaking, speed: 600 rpm}
  - {do: hold, id: rest, for: 10 min, tolerance: 2 min}
  - {do: add, id: trace, stock: base, amount: 50 nmol}
  - {do: reduce, id: reduction, stock: hydride, electrons_per_metal: 2.4, portions: 3,
     interval: 30 min, tolerance: 1 min}
  - {do: sample, id: look, volume: 50 uL, at: [20 min], after_each_portion_of: reduction,
     tolerance: 2 min, dilute_with: {stock: water, volume: 100 uL}}
  - {do: acidify, id: stop, stock: acid, equivalents: 2, permission: "the hydride is used up",
     timing: [{after: reduction, of: last, at_least: 40 min, at_most: 2 h}]}
  - {do: dilute, id: thin, stock: water, volume: 200 uL}
  - {do: person, id: spin, task: Centrifuge the plate., takes: 30 min}
"""
TABLE = "name,well,ratio [mol/mol]\nr1,A1,1.8\nr2,B1,3.6\n"
WELLS = ("A1", "B1")


def both(volume_ul: float) -> dict[str, float]:
    return dict.fromkeys(WELLS, volume_ul)


def whole_plan() -> Plan:
    """The plan, without a difference."""
    maker = Maker(STEPS, table=TABLE)
    maker.prepare("base_1to20", "base", "water", (20, 380))
    # 50 of gold, 20 or 40 of thiol, 10 of diluted base, 30 of hydride, 20 of acid; the rest of 1 mL
    maker.dose("fill", "water", {"A1": 870.0, "B1": 850.0})
    maker.dose("metal", "gold", both(50))
    maker.dose("ligand", "thiol", {"A1": 20.0, "B1": 40.0})
    mixed = maker.mix("mixing", WELLS, 100, 3)
    maker.dose("trace", "base_1to20", both(10), held=(600, 720, "rest"))
    portions = [maker.dose("reduction", "hydride", both(10), portion=n) for n in (1, 2, 3)]
    for number, portion in enumerate(portions, start=1):
        inside = (portion, portions[number]) if number < len(portions) else None
        targets = {well: f"sample_plate/{well[0]}{number}" for well in WELLS}
        taken = maker.sample(
            "look", 50, targets, number=number, diluent=("water", 100), between=inside
        )
        maker.lags.append(
            Lag(before=portion, point="start", after=taken, min_s=1080, max_s=1320, target_s=1200,
                kind="sample", step="look")
        )  # fmt: skip
        if number > 1:
            target_s = (number - 1) * 1800.0
            maker.lags.append(
                Lag(before=portions[0], point="start", after=portion, min_s=target_s - 60,
                    max_s=target_s + 60, target_s=target_s, kind="portion", step="reduction")
            )  # fmt: skip
    stop = maker.dose("stop", "acid", both(20))
    maker.lags.append(
        Lag(before=portions[-1], point="start", after=stop, min_s=2400, max_s=7200, kind="timing",
            step="stop")
    )  # fmt: skip
    maker.dose("thin", "water", both(200))
    maker.whole_plate(
        AskPerson(id="spin", step="spin", device="person", task="Centrifuge the plate.",
                  takes_s=1800, default="stop")
    )  # fmt: skip
    shaken = Background(
        device="shaker", labware="reaction_plate", speed_rpm=600, starts_after=(mixed,),
        ends_before=(), step="shaking",
    )  # fmt: skip
    asked = {
        well: {
            "gold": 1.0,
            "thiol": ligand,
            "base": 0.05 + ligand / 1.8,
            "hydride": 0.3,
            "acid": 2.0,
        }
        for well, ligand in (("A1", 1.8), ("B1", 3.6))
    }  # the thiol stock brings 0.05 mol/L of base, 0.09 mol/L of thiol
    maker.plan_fields = {"backgrounds": (shaken,)}
    return maker.plan(asked)
