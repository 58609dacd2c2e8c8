"""The shipped protocols put into a well what the papers print, to a tenth of a percent."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ncrobot.lab import compile_files, schedule
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
def all_rows(key: str) -> tuple[Any, ...]:
    """Rows of all tables of a system."""
    source = load_protocol(FOLDER / ENTRIES[key].protocol)
    tables = [load_conditions(FOLDER / table, source) for table in ENTRIES[key].tables]
    return tuple(row for table in tables for row in table.rows)


def rows_of(key: str) -> dict[str, Any]:
    """Rows of all tables of a system by name."""
    return {row.name: row for row in all_rows(key)}


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


def lags(key: str, kind: str, step: str) -> list[Any]:
    """Lags of a step in the plans of all tables of a system."""
    entry = ENTRIES[key]
    return [
        lag
        for table in entry.tables
        for lag in planned(entry.protocol, table, entry.deck).lags
        if (lag.kind, lag.step) == (kind, step)
    ]


@pytest.mark.parametrize("key", having("mg_per_ml"))
def test_stocks_are_as_strong_as_the_paper_makes_them(key):
    found = {
        material: mg / sum(use.positions_ul.values()) * 1000
        for use in plan_of(key).stocks
        for material, mg in use.weigh_mg.items()
    }
    for material, strength in FIGURES[key]["mg_per_ml"].items():
        assert found[material] == pytest.approx(strength, rel=CLOSE), material


@pytest.mark.parametrize("key", having("hydrogen_ul"))
def test_the_gas_of_a_well_is_that_of_its_hydride(key):
    found = {each.name: each.hydrogen_ul for each in plan_of(key).wells}
    for row, volume_ul in FIGURES[key]["hydrogen_ul"].items():
        assert found[row] == pytest.approx(volume_ul, rel=CLOSE)


@pytest.mark.parametrize("key", having("waits_s"))
def test_waits_are_those_of_the_paper(key):
    for step, printed in FIGURES[key]["waits_s"].items():
        assert {lag.min_s for lag in lags(key, "hold", step)} >= set(printed), step


@pytest.mark.parametrize("key", having("samples_s"))
def test_samples_are_taken_when_the_paper_took_them(key):
    for step, printed in FIGURES[key]["samples_s"].items():
        assert sorted({lag.target_s for lag in lags(key, "sample", step)}) == printed, step


@pytest.mark.parametrize("key", having("portions_s"))
def test_portions_come_when_the_paper_gave_them(key):
    for step, printed in FIGURES[key]["portions_s"].items():
        assert sorted({lag.target_s for lag in lags(key, "portion", step)}) == printed, step


@pytest.mark.parametrize("key", having("plates"))
def test_there_is_a_plate_for_each_printed_speed_or_temperature(key):
    for name, printed in FIGURES[key]["plates"].items():
        found = {row.values[name] for row in all_rows(key) if row.kind == "synthesis"}
        assert found >= set(printed), name


@pytest.mark.parametrize("key", having("column"))
def test_rows_take_the_printed_words_and_figures(key):
    rows = all_rows(key)
    for name, printed in FIGURES[key]["column"].items():
        found = {row.values.get(name, row.choices.get(name, row.kind)) for row in rows}
        assert found >= set(printed), name


def test_complexes_form_for_a_week():
    figures = FIGURES["au25-mha18-complex-7d"]["week"]
    plan = plan_of("au25-mha18-complex-7d")
    starts = {entry.operation: entry for entry in schedule(plan).entries}
    groups = {
        step: {each.group: starts[each.id] for each in plan.operations if each.step == step}
        for step in (figures["first"], figures["last"])
    }
    firsts, lasts = groups[figures["first"]], groups[figures["last"]]
    assert firsts
    for group, first in firsts.items():
        waited_s = lasts[group].start_s - first.start_s - first.duration_s
        assert waited_s == pytest.approx(figures["seconds"], rel=CLOSE)


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
    reactions = [row for row in all_rows(key) if row.kind == "synthesis"]
    assert len(reactions) == FIGURES[key]["reactions"]
    unlike = {(*sorted(row.values.items()), *sorted(row.choices.items())) for row in reactions}
    assert len(unlike) == len(reactions)


@pytest.mark.parametrize(
    "key", [key for key, entry in ENTRIES.items() if entry.printed == "numbers"]
)
def test_every_recipe_with_printed_amounts_is_compared(key):
    assert key in FIGURES
