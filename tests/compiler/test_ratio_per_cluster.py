"""Ratios per cluster: whichever cluster a row chose counts, and only in moles of clusters."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import changed, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.errors import ProtocolError

CLUSTERS = {"small": "Au18(SG)14", "large": "Au25(SG)18"}
DOCUMENT = changed(
    parameters__wait=None,
    parameters__electrons=None,
    parameters__portions=None,
    **{f"materials__{name}": {"name": f"the {name} cluster", "role": "cluster", "formula": formula}
       for name, formula in CLUSTERS.items()},
    **{f"stocks__{name}": {"of": name, "concentration": "1 mM", "solvent": "water"}
       for name in CLUSTERS},
    choices={"seed": {"of": [*CLUSTERS, "both"], "default": "small"}},
    steps=[
        {"do": "add", "id": "fill", "stock": "water", "make_up": True},
        {"do": "add", "stock": "small", "volume": "50 uL", "only": {"seed": ["small", "both"]}},
        {"do": "add", "stock": "large", "volume": "80 uL", "only": {"seed": ["large", "both"]}},
        {"do": "exchange", "stock": "thiol", "equivalents": "$ligand", "per": "cluster"},
    ],
)  # fmt: skip


def test_each_row_counts_its_own_clusters():
    table = "name,seed,ligand\na,small,10\nb,large,10\nc,both,4\n"
    plan = plan_for(DOCUMENT, table)
    assert not audit_plan(plan).differences
    found = [well.asked_umol["thiol"] for well in plan.wells]
    assert found == pytest.approx([0.5, 0.8, 0.52])


def test_a_ratio_per_cluster_needs_a_cluster():
    steps = [DOCUMENT["steps"][0], DOCUMENT["steps"][-1]]
    document = {**DOCUMENT, "steps": steps}
    document.pop("choices")
    with pytest.raises(ProtocolError) as caught:
        plan_for(document)
    assert "nothing-to-count" in {finding.code for finding in caught.value.diagnostics}
