"""What is compiled from the shipped protocols agrees with what they ask, on every deck that fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.audit_kit import agrees, told
from ncrobot.auditor import AuditReport, audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.plan import Plan
from ncrobot.protocol import default_conditions, load_conditions, load_protocol

FOLDER = Path(__file__).parents[2]
PAIRS = [
    ("au25_pmba_portions", "starlet_96"),
    ("au25_pmba_portions", "ot2_96"),
    ("ag25_dmbt", "starlet_96_glass"),
]


@pytest.mark.parametrize(("name", "deck"), PAIRS)
def test_shipped_protocols_audit_without_difference(name, deck):
    source = load_protocol(FOLDER / "protocols" / f"{name}.yaml")
    conditions = load_conditions(FOLDER / "protocols" / f"{name}.csv", source)
    plan = compile_plan(source, conditions, load_deck(FOLDER / "deck_layouts" / f"{deck}.yaml"))
    assert agrees(plan)
    report = audit_plan(Plan.model_validate_json(plan.model_dump_json()))
    assert report.wells == 96
    assert report.operations == len(plan.operations) > 50
    assert report.agrees, told(report)
    assert AuditReport.model_validate_json(report.model_dump_json()) == report
    assert plan.expected == source.protocol.expected != ()


def test_what_is_expected_of_the_samples_is_that_of_the_protocol():
    source = load_protocol(FOLDER / "protocols" / "ag25_dmbt.yaml")
    deck = load_deck(FOLDER / "deck_layouts" / "starlet_96_glass.yaml")
    plan = compile_plan(source, default_conditions(source, 1), deck)
    species = plan.expected[0].model_copy(update={"absorption_nm": (500.0,)})
    other = plan.model_copy(update={"expected": (species,)}).sealed()
    assert [each.code for each in audit_plan(other).differences] == ["other-expectations"]
    older = plan.model_copy(update={"expected": ()}).sealed()
    assert audit_plan(older).agrees
