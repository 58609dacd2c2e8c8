"""Whole plates in every mode: one tip for many wells, a rigid head, a pump; in the simulator."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.plan import PumpDose, Transfer
from ncrobot.scheduler import check_schedule

ROOT = Path(__file__).resolve().parents[2]
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]


def eight_portions():
    """Every well of the shipped table with eight portions, as the densest plate there is."""
    text = (ROOT / "protocols" / "au25_pmba_portions.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    place = next(n for n, name in enumerate(lines[0].split(",")) if name.startswith("portions"))
    rows = [line.split(",") for line in lines[1:]]
    for row in rows:
        row[place] = "8"
    return "\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n"


def with_portions(folder: Path, layout: str):
    table = folder / "dense.csv"
    table.write_text(eight_portions(), encoding="utf-8")
    return compile_files(
        ROOT / "protocols" / "au25_pmba_portions.yaml", table, ROOT / "deck_layouts" / layout
    )


def rigid_plate(_folder: Path):
    steps = [
        {"do": "add", "id": "fill", "stock": "water", "volume": "600 uL"},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "add", "id": "ligand", "stock": "thiol", "equivalents": "$ligand"},
        {"do": "hold", "id": "complexation", "for": "10 min"},
        {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "8",
         "portions": 2, "interval": "30 min", "tolerance": "30 s"},
        {"do": "sample", "id": "look", "volume": "20 uL"},
    ]  # fmt: skip
    ligand = {
        well: 3 if int(well[1:]) <= 6 else 1 + 0.5 * "ABCDEFGH".index(well[0]) for well in WELLS
    }
    rows = "".join(f"r{well},{well},{ligand[well]}\n" for well in WELLS)
    return plan_for(changed(steps=steps), "name,well,ligand\n" + rows, deck("ot2_96_multi"))


PLATES = {
    "one tip for eight wells": (lambda f: with_portions(f, "ot2_96.yaml"), "multi_dispense", 8.0),
    "a pump": (lambda f: with_portions(f, "ot2_96_pump.yaml"), "pump", 8.0),
    "a rigid head": (rigid_plate, "column", 4.0),
}


@pytest.fixture(scope="module", params=PLATES)
def ran(request, tmp_path_factory):
    make, mode, hours = PLATES[request.param]
    folder = tmp_path_factory.mktemp("lab")
    plan = make(folder)
    times = schedule(plan)
    with Lab.open(folder / "runs.sqlite") as lab:
        result = lab.run(plan, times)
        record = lab.load(result.run)
    return plan, times, result, record, mode, hours


def test_the_plan_audits_and_its_schedule_checks(ran):
    plan, times = ran[:2]
    assert [d.message for d in audit_plan(plan).differences] == []
    assert check_schedule(plan, times) == ()


def test_the_mode_serves_the_plate_in_the_hours_that_it_should(ran):
    plan, times, *_, mode, hours = ran
    modes = {name for each in plan.modes for name in each.groups}
    assert mode in modes
    assert times.makespan_s / 3600 <= hours
    for each in plan.modes:
        others = [o.arm_s for o in each.alternatives if o.arm_s is not None and not o.reason]
        assert all(each.arm_s <= arm_s + 1e-6 for arm_s in others), each.step


def test_all_wells_end_well_with_what_they_were_asked_to_get(ran):
    plan, _, result, record, *_ = ran
    assert result.status == "succeeded"
    assert (result.wells_ok, result.wells_flagged) == (96, 0)
    state = record.state
    assert state.broken_lags == []
    assert state.cross_checks == []
    assert state.open_acts == {}
    planned = sorted(
        (op.id, leg.source, leg.destination, leg.volume_ul)
        for op in plan.operations
        if isinstance(op, Transfer)
        for leg in op.legs
    )
    executed = sorted((d.operation, d.source, d.destination, d.volume_ul) for d in state.deliveries)
    assert executed == planned
    got: dict[str, dict[str, float]] = {well: defaultdict(float) for well in WELLS}
    for delivery in state.deliveries:
        if delivery.purpose == "dose":
            for name, umol in delivery.umol.items():
                got[delivery.destination.split("/")[1]][name] += umol
    for well in plan.wells:
        for name, asked in well.asked_umol.items():
            assert got[well.well][name] == pytest.approx(asked, rel=5e-3, abs=1e-9)


def test_every_well_gets_its_portions_at_exact_intervals(ran):
    """Not the operations only: each single well, wherever it stands in its train."""
    plan, _, _, record, *_ = ran
    lags = [lag for lag in plan.lags if lag.kind == "portion"]
    assert lags
    groups = {op.id: op.group for op in plan.operations}
    portions = {op.id: op.portion for op in plan.operations if isinstance(op, Transfer)}
    served: dict[str, dict[int, float]] = defaultdict(dict)
    for delivery in record.state.deliveries:
        if portions[delivery.operation]:
            served[delivery.destination][portions[delivery.operation]] = delivery.delivered_s
    bounds = {(groups[lag.after], portions[lag.after]): lag for lag in lags}
    group_of = {
        f"{plan.vessel_labware}/{well}": op.group
        for op in plan.operations
        if isinstance(op, Transfer) and op.group
        for well in op.wells
    }
    for place, times in served.items():
        for portion, time_s in times.items():
            if portion > 1:
                lag = bounds[group_of[place], portion]
                assert lag.min_s - 0.01 <= time_s - times[1] <= lag.max_s + 0.01, place


def test_the_stocks_hold_what_is_drawn_and_thrown_away(ran):
    plan, _, _, record, *_ = ran
    for use in plan.stocks:
        given = sum(d.volume_ul for d in record.state.deliveries if d.stock == use.stock)
        assert given + use.excess_ul == pytest.approx(use.drawn_ul, abs=1e-3)
    primed = [op.excess_ul for op in plan.operations if isinstance(op, PumpDose)]
    if primed:
        hydride = next(use for use in plan.stocks if use.stock == "sodium_borohydride")
        assert hydride.excess_ul == pytest.approx(sum(primed))
