"""Plates to export: each exercises other operations, on layouts of both robots."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout, check_deck
from ncrobot.deck.layout import Head
from ncrobot.plan import Plan
from ncrobot.protocol import load_conditions, load_protocol
from ncrobot.schedule import Schedule
from ncrobot.scheduler import schedule_plan

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = {1: "ABCDEFGH", 2: "ABCDEFGH", 3: "BDF"}
WELLS = [f"{row}{column}" for column, rows in COLUMNS.items() for row in rows]


def with_slots(layout: DeckLayout, **slots: int) -> DeckLayout:
    """The layout with some labware in other slots."""
    placed = tuple(p.model_copy(update={"slot": slots.get(p.name, p.slot)}) for p in layout.labware)
    return layout.model_copy(update={"labware": placed})


def portions(layout: str) -> Plan:
    """The shipped protocol and table: 96 wells, one to eight portions, samples."""
    source = load_protocol(ROOT / "protocols" / "au25_pmba_portions.yaml")
    table = load_conditions(ROOT / "protocols" / "au25_pmba_portions.csv", source)
    return compile_plan(source, table, deck(layout))


def everything(layout: DeckLayout) -> Plan:
    """A few wells with all else that a step can ask of the robot and of people."""
    steps = [
        {"do": "add", "id": "fill", "stock": "water", "volume": "300 uL"},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "add", "id": "ligand", "stock": "thiol", "equivalents": "$ligand"},
        {"do": "stir", "id": "stirring", "speed": "500 rpm", "for": "10 min", "tolerance": "30 min"},
        {"do": "person", "id": "look", "task": 'look at the "colour",\nthen say so', "takes": "2 min", "default": "done"},
        {"do": "mix", "id": "mixing", "volume": "100 uL", "repetitions": 3},
        {"do": "adjust_ph", "id": "basic", "stock": "base", "volume": "15 uL"},
        {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "4",
         "portions": 2, "interval": "20 min", "tolerance": "2 min"},
        {"do": "age", "id": "warm", "for": "30 min", "temperature": "45 °C"},
        {"do": "sample", "id": "uv", "volume": "50 uL", "dilute_with": {"stock": "water", "volume": "150 uL"}},
    ]  # fmt: skip
    document = changed(steps=steps)
    document["stocks"]["gold"]["concentration"] = "20 mM"
    document["stocks"]["thiol"]["slurry"] = True
    document["stocks"]["hydride"] |= {"life": "25 min", "remake": "person", "remake_takes": "5 min"}
    ligand = ["2", "0.1", "3", "0.02", "4", "2"]
    table = "name,well,ligand\n" + "".join(
        f"r{well},{well},{value}\n"
        for well, value in zip(["A1", "B1", "C2", "H12", "D6", "E6"], ligand, strict=True)
    )
    return plan_for(document, table, layout)


def columns(layout: DeckLayout) -> Plan:
    """Two full columns for an eight-channel pipette, and one that isn't full for a single one."""
    steps = [
        {"do": "add", "id": "fill", "stock": "water", "volume": "200 uL"},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "0.8 umol"},
        {"do": "add", "id": "ligand", "stock": "thiol", "equivalents": "$ligand"},
        {"do": "hold", "id": "complexation", "for": "10 min"},
        {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "4",
         "portions": 2, "interval": "30 min", "tolerance": "1 min"},
        {"do": "sample", "id": "uv", "volume": "15 uL"},
    ]  # fmt: skip
    rows = "".join(f"r{well},{well},3\n" for well in WELLS)
    return plan_for(changed(steps=steps), "name,well,ligand\n" + rows, layout)


@cache
def made(name: str) -> tuple[Plan, Schedule]:
    """A plate of this module with its schedule, by ``robot plate``."""
    plan = PLATES[name]()
    return plan, schedule_plan(plan)


def ot2_multi() -> DeckLayout:
    """The eight-channel layout with nothing for that pipette beside the heater-shaker."""
    return with_slots(
        deck("ot2_96_multi"), dilution_plate=2, tips_300_1=4, water_trough=5, reservoir=7
    )


def flex_multi() -> DeckLayout:
    """The Flex with an eight-channel pipette on its left mount."""
    layout = deck("flex_96")
    eight = tuple(range(8))
    heads = (
        Head(name="eight", kind="rigid", channels=eight),
        Head(name="one", kind="single", channels=(8,)),
    )
    tips = tuple(
        tip.model_copy(
            update={
                "channels": (8,) if tip.name == "t50" else eight,
                "multi_dispense_ul": None,
            }
        )
        for tip in layout.arm.tips
    )
    arm = layout.arm.model_copy(
        update={
            "channels": 9,
            "simultaneous": 8,
            "independent_volumes": False,
            "pipettes": {"left": "flex_8channel_1000", "right": "flex_1channel_50"},
            "heads": heads,
            "tips": tips,
        }
    )
    changed_layout = layout.model_copy(update={"arm": arm})
    assert check_deck(changed_layout) == ()
    return changed_layout


PLATES = {
    "OT-2 portions": lambda: portions("ot2_96"),
    "OT-2 everything": lambda: everything(deck("ot2_96")),
    "OT-2 columns": lambda: columns(ot2_multi()),
    "Flex portions": lambda: portions("flex_96"),
    "Flex everything": lambda: everything(deck("flex_96")),
    "Flex columns": lambda: columns(flex_multi()),
}
