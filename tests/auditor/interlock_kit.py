"""Random protocols that break interlocks as often as not, and plans of them with the checks off."""

from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import strategies as st

from compiler.compiler_kit import BASE, changed, plan_for
from ncrobot.compiler import pipeline
from ncrobot.compiler.findings import Findings
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
