"""The shipped protocols put into a well what the papers print, to a tenth of a percent."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ncrobot.lab import compile_files
from ncrobot.plan import Plan, Transfer
from ncrobot.protocol import load_conditions, load_protocol
from ncrobot.recipes import load_catalogue

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "protocols"
CLOSE = 1e-3
FIGURES: dict[str, Any] = YAML(typ="safe").load(
    (ROOT / "tests" / "data" / "protocol_amounts.yaml").read_text(encoding="utf-8")
)
ENTRIES = {entry.key: entry for entry in load_catalogue(FOLDER / "catalogue.yaml").entries}


def having(field: str) -> list[str]:
    """Systems for which the file of figures has a field."""
    return [key for key, figures in FIGURES.items() if field in figures]


@cache
def planned(protocol: str, table: str, deck: str) -> Plan:
    """The plan of a shipped table."""
    layout = ROOT / "deck_layouts" / f"{deck}.yaml"
    return compile_files(FOLDER / protocol, FOLDER / table, layout)


def plan_of(key: str) -> Plan:
    """The plan of a system's first table."""
    entry = ENTRIES[key]
    return planned(entry.protocol, entry.tables[0], entry.deck)


@cache
def rows_of(key: str) -> dict[str, Any]:
    """Rows of all tables of a system by name."""
    source = load_protocol(FOLDER / ENTRIES[key].protocol)
    tables = [load_conditions(FOLDER / table, source) for table in ENTRIES[key].tables]
    return {row.name: row for table in tables for row in table.rows}


def amounts(key: str, row: str) -> dict[str, float]:
    """µmol of each material in the well of a row: what all its doses bring."""
    well = rows_of(key)[row].well
    return dict(next(each for each in plan_of(key).wells if each.well == well).asked_umol)


@pytest.mark.parametrize("key", having("umol"))
def test_amounts_are_those_of_the_paper(key):
    figures = FIGURES[key]
    found = amounts(key, figures["row"])
    for material, umol in figures["umol"].items():
        assert found[material] * figures["scale"] == pytest.approx(umol, rel=CLOSE), material


@pytest.mark.parametrize("key", having("ratio"))
def test_ratios_are_those_of_the_paper(key):
    found = amounts(key, FIGURES[key]["row"])
    for pair, ratio in FIGURES[key]["ratio"].items():
        one, other = pair.split("/")
        assert found[one] / found[other] == pytest.approx(ratio, rel=CLOSE), pair


@pytest.mark.parametrize("key", having("step_ul"))
def test_volumes_are_those_of_the_paper(key):
    """As the arm delivers them: to a hundredth of a microlitre, which counts for small doses."""
    plan = plan_of(key)
    address = f"{plan.vessel_labware}/{rows_of(key)[FIGURES[key]['row']].well}"
    for step, volume_ul in FIGURES[key]["step_ul"].items():
        found_ul = sum(
            leg.volume_ul
            for operation in plan.operations
            if isinstance(operation, Transfer) and operation.step == step
            for leg in operation.legs
            if leg.destination == address
        )
        assert found_ul == pytest.approx(volume_ul, rel=CLOSE, abs=0.005), step


@pytest.mark.parametrize("key", having("samples"))
def test_a_plate_gives_as_many_samples_as_the_paper_took_times(key):
    legs = [
        leg
        for operation in plan_of(key).operations
        if isinstance(operation, Transfer) and operation.purpose == "sample"
        for leg in operation.legs
    ]
    assert len(legs) == FIGURES[key]["samples"]


@pytest.mark.parametrize("key", having("gold_per_ligand"))
def test_the_series_of_ratios_has_its_direction(key):
    for row, ratio in FIGURES[key]["gold_per_ligand"].items():
        found = amounts(key, row)
        assert found["gold"] / found["pmba"] == pytest.approx(ratio, rel=CLOSE), row


@pytest.mark.parametrize("key", having("reactions"))
def test_the_screen_has_all_its_reactions_once(key):
    reactions = [row for row in rows_of(key).values() if row.kind == "synthesis"]
    assert len(reactions) == FIGURES[key]["reactions"]
    assert len({tuple(sorted(row.values.items())) for row in reactions}) == len(reactions)


@pytest.mark.parametrize(
    "key", [key for key, entry in ENTRIES.items() if entry.printed == "numbers"]
)
def test_every_recipe_with_printed_amounts_is_compared(key):
    assert key in FIGURES
