"""The table of additions: each delivery once, sums kept, results and deviations told."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.events import EventKind
from ncrobot.plan import Transfer
from ncrobot.reports import additions_csv
from ncrobot.reports.additions import COLUMNS, additions
from reports.report_kit import (
    SHIPPED,
    Story,
    delivery,
    make_plan,
    make_schedule,
    run_as_planned,
    shipped,
)

PLAN = make_plan()
SCHEDULE = make_schedule(PLAN)
TRANSFERS = [op for op in PLAN.operations if isinstance(op, Transfer)]
LEGS = [(op, leg) for op in TRANSFERS for leg in op.legs]


def read(plan, schedule, state) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(additions_csv(plan, schedule, state))))


def total(rows, column: str) -> float:
    return sum(float(row[column] or 0) for row in rows)


def deliveries_told(draw_of: list[tuple[int, float]]) -> Story:
    """A run whose events tell these deliveries: (number of the leg, factor of its volume)."""
    story = Story()
    for number, factor in draw_of:
        operation, leg = LEGS[number]
        made = delivery(leg, 50.0) | {
            "volume_ul": leg.volume_ul * factor,
            "umol": {name: each * factor for name, each in leg.umol.items()},
        }
        data = {
            "result": "done",
            "purpose": operation.purpose,
            "stock": operation.stock,
            "start_s": 40.0,
            "deliveries": [made],
        }
        story.tell(EventKind.OPERATION_ENDED, 60.0, operation=operation.id, data=data)
    return story


@given(
    st.lists(
        st.tuples(st.integers(0, len(LEGS) - 1), st.floats(0.01, 3.0)),
        max_size=3 * len(LEGS),
    )
)
def test_every_delivery_is_in_exactly_one_row_and_sums_are_kept(drawn):
    state = deliveries_told(drawn).state()
    rows = additions(PLAN, SCHEDULE, state)
    held = [id(row.delivery) for row in rows if row.delivery is not None]
    assert sorted(held) == sorted(id(each) for each in state.deliveries)
    assert sum(row.leg is not None for row in rows) == len(LEGS)
    table = read(PLAN, SCHEDULE, state)
    assert len(table) == len(rows)
    assert total(table, "executed_ul") == pytest.approx(sum(d.volume_ul for d in state.deliveries))
    assert total(table, "planned_ul") == pytest.approx(sum(leg.volume_ul for _, leg in LEGS))
    for material in ("borohydride", "base"):
        given_umol = sum(d.umol.get(material, 0) for d in state.deliveries)
        assert total(table, f"executed_{material}_umol") == pytest.approx(given_umol)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_plate_as_planned_has_equal_columns(name):
    plan, schedule = shipped(name)
    rows = read(plan, schedule, run_as_planned(plan, schedule).state())
    legs = [leg for op in plan.operations if isinstance(op, Transfer) for leg in op.legs]
    assert len(rows) == len(legs)
    assert all(row["planned_ul"] == row["executed_ul"] and row["result"] == "done" for row in rows)
    assert total(rows, "executed_ul") == pytest.approx(sum(leg.volume_ul for leg in legs))
    for well in plan.wells:
        into = [r for r in rows if r["destination"] == f"{plan.vessel_labware}/{well.well}"]
        assert total(into, "executed_ul") == pytest.approx(well.final_volume_ul, rel=1e-3)
        for material, asked in well.asked_umol.items():
            assert total(into, f"executed_{material}_umol") == pytest.approx(
                asked, rel=5e-3, abs=1e-9
            )
        assert {row["name"] for row in into} == {well.name}


def test_the_columns_are_those_that_the_export_promises():
    header = additions_csv(PLAN, SCHEDULE, Story().state()).splitlines()[0].split(",")
    assert tuple(header[: len(COLUMNS)]) == COLUMNS
    assert {"well", "name", "kind", "step", "portion", "stock", "source", "lot", "planned_ul",
            "executed_ul", "planned_start_s", "executed_s", "deviation_s", "age_s",
            "active_fraction", "result", "flags"} <= set(header)  # fmt: skip
    assert header[len(COLUMNS) :] == [
        "planned_borohydride_umol", "executed_borohydride_umol", "planned_base_umol", "executed_base_umol",
    ]  # fmt: skip


def test_a_row_tells_what_was_planned_and_what_was_done():
    story = run_as_planned(PLAN, SCHEDULE, late_s=lambda op: 45.5 if op == "reduce-c1-p2" else 0.0)
    story.tell(EventKind.WELL_FLAGGED, wells=("A1",), data={"reason": "late", "abandoned": False})
    row = next(
        row for row in read(PLAN, SCHEDULE, story.state())
        if row["operation"] == "reduce-c1-p2" and row["well"] == "A1"
    )  # fmt: skip
    assert row["name"] == "w0"
    assert (row["kind"], row["step"], row["portion"], row["stock"]) == (
        "blank",
        "reduce",
        "2",
        "hydride",
    )
    assert (row["source"], row["destination"], row["lot"]) == ("hydride/A1", "plate/A1", "2")
    assert (row["planned_ul"], row["executed_ul"]) == ("20", "20")
    assert (row["planned_start_s"], row["executed_s"]) == ("2000", "2055.5")
    assert row["deviation_s"] == "45.5"
    assert (row["age_s"], row["active_fraction"]) == ("355.5", "0.99")
    assert (row["well_status"], row["flags"]) == ("flagged", "late")
    assert (row["planned_borohydride_umol"], row["executed_base_umol"]) == ("2", "0.2")


def test_samples_belong_to_the_well_they_were_taken_from():
    rows = read(PLAN, SCHEDULE, run_as_planned(PLAN, SCHEDULE).state())
    samples = [row for row in rows if row["purpose"] == "sample"]
    assert [row["well"] for row in samples] == ["A1", "B1", "A2", "B2"]
    assert {row["stock"] for row in samples} == {""}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("done", "not delivered"),
        ("skipped", "skipped"),
        ("not_done", "not_done"),
        ("unknown", "unknown"),
    ],
)
def test_a_leg_without_delivery_tells_how_its_operation_ended(result, expected):
    story = Story().tell(
        EventKind.OPERATION_ENDED, 9.0, operation="fill-c1", data={"result": result}
    )
    rows = read(PLAN, SCHEDULE, story.state())
    assert {r["result"] for r in rows if r["operation"] == "fill-c1"} == {expected}
    assert {r["result"] for r in rows if r["operation"] != "fill-c1"} == {"not started"}
    assert total(rows, "executed_ul") == 0


def test_an_operation_that_nobody_saw_end_is_unknown():
    story = Story().tell(EventKind.OPERATION_STARTED, 1.0, operation="fill-c1")
    rows = read(PLAN, SCHEDULE, story.state())
    assert {r["result"] for r in rows if r["operation"] == "fill-c1"} == {"unknown"}


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@sum", 'a,"b"\nc', "<script>"])
def test_a_name_is_neither_a_formula_nor_breaks_the_table(name):
    wells = [well.model_copy(update={"name": name}) for well in PLAN.wells]
    plan = PLAN.model_copy(update={"wells": tuple(wells)}).sealed()
    rows = read(plan, SCHEDULE, Story().state())
    assert len(rows) == len(LEGS)
    for row in rows:
        assert row["name"].removeprefix("'") == name
        assert not row["name"].startswith(("=", "+", "-", "@"))
