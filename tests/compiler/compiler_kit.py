"""Protocols, tables and decks for the compiler's tests: one by hand, and any number at random."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from ruamel.yaml import YAML

from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout, load_deck
from ncrobot.plan import Plan
from ncrobot.protocol import read_conditions, read_protocol

ROOT = Path(__file__).resolve().parents[2]

BASE: dict[str, Any] = {
    "ncrobot": "protocol/1",
    "name": "trial",
    "title": "trial",
    "materials": {
        "gold": {"name": "tetrachloroauric acid trihydrate", "role": "metal", "formula": "HAuCl4·3H2O"},
        "thiol": {"name": "4-mercaptobenzoic acid", "role": "ligand", "formula": "C7H6O2S", "acidic_pka": [4.1, 5.8]},
        "hydride": {"name": "sodium borohydride", "role": "reductant", "formula": "NaBH4", "electrons": 8},
        "base": {"name": "sodium hydroxide", "role": "base", "formula": "NaOH"},
        "acid": {"name": "hydrochloric acid", "role": "acid", "formula": "HCl"},
        "water": {"name": "water", "role": "solvent", "formula": "H2O"},
    },
    "stocks": {
        "water": {"of": "water", "neat": True},
        "gold": {"of": "gold", "concentration": "20 mM", "solvent": "water"},
        "thiol": {"of": "thiol", "concentration": "50 mM", "solvent": "water"},
        "hydride": {"of": "hydride", "concentration": "20 mM", "solvent": "water", "keep_at": "4 °C", "dilutable": False},
        "base": {"of": "base", "concentration": "100 mM", "solvent": "water"},
        "acid": {"of": "acid", "concentration": "100 mM", "solvent": "water"},
    },
    "vessel": {"final_volume": "1 mL"},
    "controls": {"blank": {"omit": ["gold"]}},
    "parameters": {
        "ligand": {"quantity": "ratio", "range": [0, 10], "default": 3},
        "electrons": {"quantity": "ratio", "range": [0, 16], "default": 4},
        "portions": {"quantity": "count", "range": [1, 8], "default": 2},
        "wait": {"quantity": "duration", "range": ["0 s", "2 h"], "default": "10 min"},
    },
    "steps": [
        {"do": "add", "id": "fill", "stock": "water", "make_up": True},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "add", "id": "ligand", "stock": "thiol", "equivalents": "$ligand"},
        {"do": "hold", "id": "complexation", "for": "$wait"},
        {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "$electrons",
         "portions": "$portions", "interval": "30 min", "tolerance": "30 s"},
    ],
}  # fmt: skip


def text_of(document: dict[str, Any]) -> str:
    """A document as YAML."""
    import io

    stream = io.StringIO()
    yaml = YAML()
    yaml.width = 4096
    yaml.dump(document, stream)
    return stream.getvalue()


def changed(**changes: Any) -> dict[str, Any]:
    """The base protocol with whole sections changed, or single entries with a__b=..."""
    import copy

    document = copy.deepcopy(BASE)
    for path, value in changes.items():
        place: Any = document
        *heads, last = path.split("__")
        for head in heads:
            place = place[int(head)] if isinstance(place, list) else place[head]
        if value is None:
            place.pop(last)
        else:
            place[last] = value
    return document


@cache
def deck(name: str = "starlet_96") -> DeckLayout:
    """A shipped deck layout."""
    return load_deck(ROOT / "deck_layouts" / f"{name}.yaml")


def plan_for(
    document: dict[str, Any], table: str = "name\nx1\n", layout: DeckLayout | None = None
) -> Plan:
    """Compile a document and a CSV table."""
    source = read_protocol(text_of(document), "trial.yaml")
    conditions = read_conditions(table, source, format="csv", file="trial.csv")
    return compile_plan(source, conditions, layout or deck())


def _steps() -> st.SearchStrategy[list[dict[str, Any]]]:
    extra = st.sampled_from(
        [
            {"do": "adjust_ph", "stock": "base", "equivalents": "2"},
            {"do": "adjust_ph", "stock": "base", "volume": "15 uL"},
            {"do": "adjust_ph", "stock": "base", "to": "pH 9", "max_volume": "400 uL"},
            {"do": "add", "stock": "acid", "concentration": "0.5 mM"},
            {"do": "hold", "for": "$wait", "tolerance": "20 min"},
            {"do": "mix", "volume": "100 uL", "repetitions": 3},
            {"do": "stir", "speed": "600 rpm"},
            {"do": "sample", "volume": "20 uL"},
            {"do": "exchange", "stock": "thiol", "equivalents": "0.5", "for": "5 min"},
            {"do": "add", "stock": "thiol", "inverse_equivalents": "4"},
            {"do": "person", "task": "look at the colour", "takes": "2 min", "default": "done"},
        ]
    )
    return st.lists(extra, max_size=4)


@st.composite
def random_documents(draw: st.DrawFn) -> tuple[dict[str, Any], str, str]:
    """A protocol, a table, and the name of a deck."""
    before, after = draw(_steps()), draw(_steps())
    steps = [dict(s) for s in (*BASE["steps"][:3], *before, *BASE["steps"][3:])]
    steps += [
        dict(s)
        for s in after
        if s["do"] not in ("adjust_ph", "add", "exchange") and s.get("stock") != "acid"
    ]
    if draw(st.sampled_from([True, True, False])):
        reduction = next(step for step in steps if step["do"] == "reduce")
        reduction["permission"] = "the safety officer: small doses in open wells"
    for number, step in enumerate(steps):
        step.setdefault("id", f"{step['do']}_{number}x")
    document = changed(steps=steps)
    document["stocks"]["gold"]["concentration"] = draw(st.sampled_from(["5 mM", "20 mM", "200 mM"]))
    document["stocks"]["thiol"]["concentration"] = draw(st.sampled_from(["10 mM", "50 mM", "2 M"]))
    document["stocks"]["hydride"]["concentration"] = draw(
        st.sampled_from(["2 mM", "20 mM", "50 mM"])
    )
    document["vessel"]["final_volume"] = draw(st.sampled_from(["500 uL", "1 mL", "1.4 mL"]))
    wells = draw(
        st.lists(
            st.tuples(st.sampled_from("ABCDEFGH"), st.integers(1, 12)),
            min_size=1,
            max_size=12,
            unique=True,
        )
    )
    lines = ["name,well,kind,ligand,electrons,portions,wait [min]"]
    for number, (row, column) in enumerate(wells):
        kind = draw(st.sampled_from(["", "", "", "blank"]))
        ligand = draw(st.sampled_from([0, 0.5, 1, 3, 7.25]))
        electrons = draw(st.sampled_from([0, 1, 4, 9.5]))
        lines.append(
            f"r{number},{row}{column},{kind},{ligand},{electrons},{draw(st.integers(1, 4))},{draw(st.sampled_from([0, 5, 30]))}"
        )
    return document, "\n".join(lines) + "\n", draw(st.sampled_from(["starlet_96", "ot2_96"]))
