"""The plates that the benchmarks measure."""

from __future__ import annotations

from pathlib import Path

from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.plan import Plan
from ncrobot.protocol import ProtocolSource, load_protocol, read_conditions
from ncrobot.protocol.dosing import Batching

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = ROOT / "protocols" / "au25_pmba_portions.yaml"
TABLE = ROOT / "protocols" / "au25_pmba_portions.csv"


def full_table(portions: int = 8) -> str:
    """96 rows, all with the same number of portions: the densest case of the protocol."""
    rows = ["name,ligand_per_metal,electrons_per_metal,portions"]
    rows += [f"x{i},{2 + i % 4},{4 + i % 5},{portions}" for i in range(96)]
    return "\n".join(rows) + "\n"


def source() -> ProtocolSource:
    """The portions protocol."""
    return load_protocol(PROTOCOL)


def dense_plan(deck: str, batching: Batching = "auto") -> Plan:
    """96 wells by 8 portions on a deck."""
    protocol = source()
    conditions = read_conditions(full_table(), protocol, format="csv", file="full.csv")
    layout = load_deck(ROOT / "deck_layouts" / f"{deck}.yaml")
    return compile_plan(protocol, conditions, layout, batching=batching)
