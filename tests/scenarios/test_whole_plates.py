"""Whole plates: from the files of a chemist to a record and a report, in the simulator."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ncrobot.auditor import audit_plan
from ncrobot.events import EventKind
from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.plan import Transfer

ROOT = Path(__file__).resolve().parents[2]
PLATES = {
    "au25 on the STARlet": ("au25_pmba_portions", "starlet_96"),
    "au25 on the OT-2": ("au25_pmba_portions", "ot2_96"),
    "ag25 in glass on the STARlet": ("ag25_dmbt", "starlet_96_glass"),
}


@pytest.fixture(scope="module", params=PLATES)
def ran(request, tmp_path_factory):
    """A plate that was run once, with its plan, schedule, result and record."""
    protocol, deck = PLATES[request.param]
    plan = compile_files(
        ROOT / "protocols" / f"{protocol}.yaml",
        ROOT / "protocols" / f"{protocol}.csv",
        ROOT / "deck_layouts" / f"{deck}.yaml",
    )
    times = schedule(plan)
    folder = tmp_path_factory.mktemp("lab")
    with Lab.open(folder / "runs.sqlite") as lab:
        result = lab.run(plan, times)
        record = lab.load(result.run)
        additions = lab.export_csv(result.run)
    return plan, times, result, record, additions


def test_all_96_wells_end_well(ran):
    _, times, result, record, _ = ran
    assert result.status == "succeeded"
    assert (result.wells_ok, result.wells_flagged) == (96, 0)
    assert record.state.broken_lags == []
    assert record.state.cross_checks == []
    assert record.state.open_acts == {}
    assert result.duration_h == pytest.approx(times.makespan_s / 3600, rel=0.02)


def test_the_plan_audits_without_a_difference(ran):
    assert [d.message for d in audit_plan(ran[0]).differences] == []


def test_every_planned_leg_was_delivered_once(ran):
    plan, _, _, record, _ = ran
    planned = sorted(
        (op.id, leg.source, leg.destination, leg.volume_ul)
        for op in plan.operations
        if isinstance(op, Transfer)
        for leg in op.legs
    )
    executed = sorted(
        (d.operation, d.source, d.destination, d.volume_ul) for d in record.state.deliveries
    )
    assert executed == planned


def test_the_ledger_ends_with_what_each_well_was_asked_to_get(ran):
    """Amounts of the final ledger plus what left as samples equal the amounts asked."""
    plan, _, _, record, _ = ran
    if any(op.kind == "person" and op.max_fraction_left is not None for op in plan.operations):
        pytest.skip("a person takes liquid away in this protocol")
    got = {well.well: dict.fromkeys(well.asked_umol, 0.0) for well in plan.wells}
    for delivery in record.state.deliveries:
        if delivery.purpose == "dose":
            well = got[delivery.destination.split("/")[1]]
            for name, umol in delivery.umol.items():
                well[name] = well.get(name, 0.0) + umol
    for well in plan.wells:
        for name, asked in well.asked_umol.items():
            # volumes are rounded to 0.01 µL; the smallest dose is 1 µL
            assert got[well.well][name] == pytest.approx(asked, rel=5e-3, abs=1e-9)


def test_portions_came_at_their_intervals(ran):
    plan, _, _, record, _ = ran
    starts = {name: op.start_s for name, op in record.state.operations.items()}
    portions = [lag for lag in plan.lags if lag.kind == "portion"]
    for lag in portions:
        value = starts[lag.after] - starts[lag.before]
        assert lag.min_s - 1e-6 <= value <= lag.max_s + 1e-6


def test_an_intent_precedes_every_outcome(ran):
    open_acts = set()
    for number, event in enumerate(ran[3].events, start=1):
        assert event.seq == number
        key = (event.operation, event.act)
        if event.operation is None:
            continue  # the safe state at the end: its outcome is an event of its own
        if event.kind is EventKind.INTENT:
            assert key not in open_acts
            open_acts.add(key)
        elif event.kind in (EventKind.DONE, EventKind.NOT_DONE, EventKind.UNKNOWN):
            open_acts.remove(key)
    assert not open_acts


def test_everything_is_safe_at_the_end(ran):
    plan, state = ran[0], ran[3].state
    assert set(state.safe_state) >= {plan.deck.arm.name, *plan.deck.devices}
    assert all(state.safe_state.values())


def test_no_hydride_is_older_than_its_life(ran):
    plan, state = ran[0], ran[3].state
    lives = {use.stock: use for use in plan.stocks if use.life_s is not None}
    aged = [d for d in state.deliveries if d.stock in lives]
    assert aged
    for delivery in aged:
        use = lives[delivery.stock]
        assert 0 <= delivery.age_s <= use.life_s
        if use.hydrolysis_ph is not None:
            assert 0 < delivery.active_fraction <= 1


def test_the_export_has_a_line_for_each_addition(ran):
    rows = list(csv.DictReader(io.StringIO(ran[4])))
    assert len(rows) >= len([d for d in ran[3].state.deliveries if d.purpose == "dose"])


def test_the_report_is_one_offline_page(ran):
    page = Path(ran[2].report).read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert 'src="http' not in page
    assert len(page) < 900_000
    assert ran[2].run in page


def test_a_stock_that_is_made_anew_starts_with_its_first_lot_only(ran):
    plan, times, _, record, _ = ran
    for use in plan.stocks:
        lots = [lot for lot in times.lots if lot.stock == use.stock]
        if use.remake != "person" or not lots:
            continue
        loaded = times.loaded_ul(use.stock, use.positions_ul)
        if lots[0].made_s > 0:
            assert loaded == {}
        else:
            need = lots[0].drawn_ul * 1.05 + use.dead_volume_ul
            assert need <= sum(loaded.values()) <= need + len(loaded)
        assert sum(lot.drawn_ul for lot in lots) == pytest.approx(use.drawn_ul)
    assert record.state.cross_checks == []
