"""Random protocols that break interlocks as often as not, and plans of them with the checks off."""

from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import strategies as st

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.compiler import pipeline
from ncrobot.compiler.findings import Findings
from ncrobot.deck import DeckLayout
from ncrobot.errors import Diagnostic
from ncrobot.plan import Plan

PERMISSION = "the safety officer: small doses in open wells"
SEAL = {"do": "person", "task": "seal the plate", "takes": "5 min", "closure": "gas_tight"}
OPEN = {"do": "person", "task": "take off the seal", "takes": "5 min", "closure": "open"}


def unchecked(
    document: dict[str, Any], table: str = "name\nx1\n", layout: Any = None
) -> tuple[Plan, list[Diagnostic]]:
    """A plan that no interlock stopped, and what the interlocks would have said."""
    told: list[Diagnostic] = []
    real = pipeline.check_interlocks

    def aside(planned: Any, findings: Findings) -> tuple[str, ...]:
        shadow = Findings(findings.source)
        real(planned, shadow)
        told.extend(shadow.errors)
        return ()

    with mock.patch.object(pipeline, "check_interlocks", aside):
        return plan_for(document, table, layout), told


def _acid_or_hydride() -> st.SearchStrategy[dict[str, Any]]:
    stocks = st.sampled_from(["acid", "hydride", "both", "base"])
    volumes = st.sampled_from(["$some", "10 uL", "40 uL"])
    permitted = st.sampled_from([{}, {}, {"permission": PERMISSION}])
    return st.builds(
        lambda stock, volume, more: {"do": "add", "stock": stock, "volume": volume, **more},
        stocks, volumes, permitted,
    )  # fmt: skip


@st.composite
def risky_documents(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A protocol and a table: acid, hydride, seals, waits and warmth in any order."""
    fill, metal = BASE["steps"][:2]
    pieces = st.one_of(
        _acid_or_hydride(),
        _acid_or_hydride(),
        st.sampled_from(
            [
                SEAL,
                OPEN,
                {"do": "hold", "for": "1 min"},
                {"do": "hold", "for": "3 h"},
                {"do": "hold", "for": "20 h", "temperature": "40 °C"},
                {"do": "sample", "volume": "20 uL"},
                {"do": "sample", "volume": "20 uL", "dilute_with": {"stock": "acid", "volume": "50 uL"}},
                {"do": "mix", "volume": "50 uL", "repetitions": 2},
                {"do": "dilute", "stock": "water", "volume": "60 uL"},
                {"do": "person", "task": "take off liquid", "takes": "5 min", "max_fraction_left": 0.5},
            ]
        ),
    )  # fmt: skip
    hydride = {"do": "add", "stock": "hydride", "volume": "$some", "permission": PERMISSION}
    before, after = (draw(st.lists(pieces, max_size=3)) for _ in range(2))
    waits = st.sampled_from([[], ["1 min"], ["3 h"], ["20 h"]])
    sealed = [*({"do": "hold", "for": wait} for wait in draw(waits)), SEAL]
    steps = [fill, metal, *before, hydride, *after, *draw(st.sampled_from([[], sealed]))]
    steps = [{**step, "id": f"s{number}"} for number, step in enumerate(steps)]
    document = changed(steps=steps)
    document["stocks"]["both"] = {
        "of": "gold", "concentration": "1 mM", "solvent": "water",
        "also": {draw(st.sampled_from(["acid", "hydride"])): "5 mM"},
    }  # fmt: skip
    document["stocks"]["hydride"]["concentration"] = draw(st.sampled_from(["2 mM", "50 mM"]))
    document["parameters"] = {
        "some": {"quantity": "volume", "range": ["0 uL", "100 uL"], "default": "20 uL"}
    }
    rows = draw(st.lists(st.sampled_from([0, 10, 30]), min_size=1, max_size=4))
    table = "name,some [uL]\n" + "".join(f"r{n},{some}\n" for n, some in enumerate(rows))
    return document, table


def layout_with(orbit_mm: float | None = None, **of_plate: Any) -> DeckLayout:
    """The shipped layout, its reaction plate and the orbit of its shaker otherwise."""
    plain = deck()
    labware = tuple(
        item.model_copy(update=of_plate) if item.role == "reaction" else item
        for item in plain.labware
    )
    shaker = plain.devices["shaker"].model_copy(update={"orbit_mm": orbit_mm})
    devices = {**plain.devices, "shaker": shaker}
    return plain.model_copy(update={"labware": labware, "devices": devices})


_SOLVENTS = {
    "ethanol": {"name": "ethanol", "role": "solvent", "formula": "C2H6O"},
    "thf": {"name": "THF", "role": "solvent", "formula": "C4H8O"},
    "toluene": {"name": "toluene", "role": "solvent", "formula": "C7H8"},
    "anisole": {"name": "anisole", "role": "solvent", "formula": "C7H8O"},
    "stated": {
        "name": "anisole", "role": "solvent", "formula": "C7H8O", "boiling_point": "154 °C",
    },
}  # fmt: skip


@st.composite
def hot_documents(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A protocol in a solvent, warmed and shaken at any time, and a plate of any material."""
    other = draw(st.sampled_from(sorted(_SOLVENTS)))
    celsius = st.sampled_from([26, 40, 55, 61, 68, 74, 80, 86, 94, 100, 104])
    pieces = st.one_of(
        celsius.map(lambda t: {"do": "hold", "for": "5 min", "temperature": f"{t} °C"}),
        celsius.map(lambda t: {"do": "hold", "for": "5 min", "temperature": f"{t} °C"}),
        st.sampled_from([200, 900, 1300, 1900]).map(
            lambda rpm: {"do": "stir", "speed": f"{rpm} rpm"}
        ),
        st.sampled_from([5, 30, 400]).map(
            lambda ul: {"do": "dilute", "stock": "other", "volume": f"{ul} uL"}
        ),
        st.sampled_from(
            [
                SEAL,
                OPEN,
                {"do": "add", "stock": "hydride", "volume": "10 uL"},
                {"do": "measure", "start": "400 nm", "stop": "420 nm", "step": "10 nm"},
            ]
        ),
    )
    steps = [*BASE["steps"][:2], *draw(st.lists(pieces, min_size=1, max_size=5))]
    steps = [{**step, "id": f"s{number}"} for number, step in enumerate(steps)]
    document = changed(steps=steps)
    document["materials"]["other"] = _SOLVENTS[other]
    document["stocks"]["other"] = {"of": "other", "neat": True}
    document["vessel"]["final_volume"] = draw(st.sampled_from(["500 uL", "1.2 mL"]))
    return document, {
        "orbit_mm": draw(st.sampled_from([None, 2.0, 3.0, 6.0])),
        "material": draw(st.sampled_from(["glass", "polypropylene", "polystyrene", "wood"])),
        "max_temperature_c": draw(st.sampled_from([None, None, 60.0])),
        "max_speed_rpm": draw(st.sampled_from([None, 1000.0])),
    }
