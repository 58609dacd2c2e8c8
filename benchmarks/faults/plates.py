"""Small plates on every kind of arm, and whole plates, on which devices fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from benchmarks.plates import ROOT
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.lab import compile_files, schedule
from ncrobot.plan import Plan
from ncrobot.protocol import read_conditions, read_protocol
from ncrobot.protocol.dosing import Batching
from ncrobot.schedule import Schedule

PROTOCOL = """\
ncrobot: protocol/1
name: fault_campaign
title: A short synthesis in which devices fail
materials:
  gold: {name: tetrachloroauric(III) acid trihydrate, role: metal, formula: HAuCl4·3H2O}
  thiol: {name: 4-mercaptobenzoic acid, role: ligand, formula: C7H6O2S}
  hydride: {name: sodium borohydride, role: reductant, formula: NaBH4, electrons: 8}
  water: {name: water, role: solvent, formula: H2O}
stocks:
  water: {of: water, neat: true}
  gold: {of: gold, concentration: 20 mM, solvent: water}
  thiol: {of: thiol, concentration: 50 mM, solvent: water}
  sodium_borohydride:
    {of: hydride, concentration: 20 mM, solvent: water, keep_at: 4 °C, dilutable: false}
vessel: {final_volume: 1 mL}
parameters:
  ligand: {quantity: ratio, range: [1, 8], default: 3}
steps:
  - {do: add, id: fill, stock: water, volume: 600 uL}
  - {do: add, id: metal, stock: gold, amount: 1 umol}
  - {do: add, id: ligand, stock: thiol, equivalents: $ligand}
  - {do: stir, id: stirring, speed: 600 rpm}
  - do: reduce
    id: reduction
    stock: sodium_borohydride
    electrons_per_metal: 4
    portions: 2
    interval: 10 min
    tolerance: 5 min
  - {do: mix, id: mixing, volume: 100 uL, repetitions: 2}
  - {do: sample, id: look, volume: 20 uL}
"""
WARMTH = "  - {do: hold, id: warmth, for: 5 min, temperature: 40 °C}\n"
READING = (
    "  - {do: measure, id: spectrum, start: 400 nm, stop: 500 nm, step: 50 nm, labware: samples}\n"
)
GAS = """\
  - do: gas
    id: monoxide
    gas: carbon monoxide
    flow: 50 mL/min
    for: 10 min
    tolerance: 1 min
    flush: {gas: nitrogen, flow: 200 mL/min, for: 2 min}
    permission: "campaign of faults: nothing but a simulator"
    hazards: [carbon monoxide is toxic and has no smell]
  - {do: add, id: after, stock: water, volume: 20 uL}
"""
QUESTIONS = """\
on_fault:
  no_liquid: [next_source, {ask: [retry, continue], within: 2 min, default: skip_well}]
  clot: {ask: [retry, next_tip, continue, stop], within: 2 min, default: skip_well}
  overpressure: {ask: [retry, next_tip, continue], within: 1 min, default: continue}
  stall: {ask: [retry, next_tip, continue], default: skip_well}
  timeout: {ask: [retry, next_tip, next_source, skip_well], within: 30 s, default: skip_well}
  tip_not_picked_up: [retry, next_tip, next_tip, continue]
  valve_error: [retry, {ask: [retry], within: 1 min, default: continue}]
  refused: {ask: [retry, stop], within: 1 min, default: continue}
  shaker_not_homed: [retry, {ask: [retry, continue], within: 5 min, default: skip_well}]
  temperature_not_reached: {ask: [retry, stop], within: 5 min, default: continue}
  flow_not_reached: {ask: [retry, continue, skip_well, stop], within: 5 min, default: continue}
"""


@dataclass(frozen=True, slots=True)
class Small:
    """A small plate: deck layout, further steps, how doses are asked for, whether it asks."""

    deck: str
    steps: str = ""
    batching: Batching = "auto"
    wells: int = 8
    asks: bool = False


SMALL = {
    "eight channels": Small("starlet_96", WARMTH + READING, wells=16),
    "eight channels, asking": Small("starlet_96", WARMTH + READING, asks=True),
    "one tip for each well": Small("ot2_96", wells=4),
    "one tip for many wells": Small("ot2_96", batching="multi_dispense"),
    "one tip for many, asking": Small("ot2_96", WARMTH, "multi_dispense", asks=True),
    "a rigid head": Small("ot2_96_multi"),
    "a pump": Small("ot2_96_pump", batching="column"),
    "a pump, asking": Small("ot2_96_pump", batching="column", asks=True),
    "gases": Small("starlet_96_gas", GAS),
    "gases, asking": Small("starlet_96_gas", GAS, asks=True),
}

WHOLE = {
    "96 wells, eight channels": "starlet_96",
    "96 wells, one tip for eight": "ot2_96",
    "96 wells, a pump": "ot2_96_pump",
}
"""The shipped plate of eight portions, by deck layout."""


def table(wells: int) -> str:
    """Rows of three conditions, of which the first has replicates."""
    rows = ["name,well,ligand"]
    for number in range(wells):
        well = f"{'ABCDEFGH'[number % 8]}{number // 8 + 1}"
        rows.append(f"r{number},{well},{(3, 3, 4, 2.5)[number % 4]}")
    return "\n".join(rows) + "\n"


@cache
def plate(name: str) -> tuple[Plan, Schedule]:
    """The plan and the schedule of a plate by its name."""
    if name in WHOLE:
        protocol = ROOT / "protocols" / "au25_pmba_portions.yaml"
        file = ROOT / "deck_layouts" / f"{WHOLE[name]}.yaml"
        plan = compile_files(protocol, protocol.with_suffix(".csv"), file)
        return plan, schedule(plan)
    small = SMALL[name]
    text = PROTOCOL + small.steps
    if small.asks:
        text = text.replace("vessel:", f"{QUESTIONS}vessel:", 1)
    source = read_protocol(text, file="fault_campaign.yaml")
    conditions = read_conditions(table(small.wells), source, format="csv", file="table.csv")
    layout = load_deck(ROOT / "deck_layouts" / f"{small.deck}.yaml")
    plan = compile_plan(source, conditions, layout, batching=small.batching)
    plan = with_another_source(plan, "gold")
    return plan, schedule(plan)


def with_another_source(plan: Plan, stock: str) -> Plan:
    """The same plan with more of a stock in a second position, if the deck has one left."""
    taken = {address.split("/")[0] for use in plan.stocks for address in use.positions_ul}
    free = [
        placed.name
        for placed in plan.deck.labware
        if placed.role == "stocks" and placed.name not in taken and "A1" not in placed.holds
    ]
    if not free:
        return plan
    stocks = tuple(
        use.model_copy(
            update={
                "positions_ul": {
                    **use.positions_ul,
                    f"{free[0]}/A1": sum(use.positions_ul.values()),
                }
            }
        )
        if use.stock == stock
        else use
        for use in plan.stocks
    )
    return plan.model_copy(update={"stocks": stocks}).sealed()
