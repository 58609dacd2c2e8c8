"""The report tells in words what no plan foresaw."""

from __future__ import annotations

from ncrobot.events import EventKind
from ncrobot.reports.run.incidents import incidents
from ncrobot.state import Incident, RunState


def lines(*found):
    return [(each.when, each.text, each.wells) for each in incidents(RunState(incidents=[*found]))]


def incident(kind, data, *, at_s=60.0, operation=None, wells=()):
    return Incident(kind, at_s, operation, wells, data)


def test_a_quiet_run_has_none():
    assert lines() == []


def test_each_kind_has_its_sentence():
    damage = {"lags": 3, "worst_s": 9.0, "worst_tolerances": 1.5}
    found = lines(
        incident(EventKind.STATUS_CHANGED, {"status": "pausing", "by": "anna", "reason": "tea"}),
        incident(
            EventKind.RUN_RESUMED,
            {"down_s": 95.0, "unknown": [{"act": "dispense", "operation": "gold-1"}]},
        ),
        incident(
            EventKind.SCHEDULE_REPAIRED,
            {
                "cause": "gold-1 on arm ended 60.0 s late", "method": "re-insertion", "moved": 4,
                "before": damage, "after": {**damage, "lags": 0},
            },
        ),
        incident(
            EventKind.LEVEL_LOW, {"text": "gold runs out in 3 min"}, wells=tuple("ABCDEFGHIJ")
        ),
        incident(EventKind.CLOCK_STEPPED, {"by_s": -3600.0, "in_all_s": -3600.0}),
        incident(EventKind.REPAIR_REFUSED, {"cause": "gold-1 was late", "reason": "a circle"}),
    )  # fmt: skip
    texts = [text for _, text, _ in found]
    assert texts[0] == "pausing by anna: tea"
    assert texts[1].startswith("taken up again, 95 s after its last fact; nobody knows")
    assert "3 lags would have broken, now 0 (re-insertion, 4 operations moved)" in texts[2]
    assert texts[3] == "gold runs out in 3 min"
    assert "set back by 60 min" in texts[4] or "set back by 1 h" in texts[4]
    assert (
        texts[5] == "the order was kept though gold-1 was late: a repair can't be taken (a circle)"
    )
    assert found[3][2].endswith("H and 2 more")
    assert found[0][0] == "T+0:01 h"


def test_faults_that_are_met_alike_in_a_row_are_one_line():
    data = {"error": "no liquid", "error_kind": "no_liquid", "response": "retry", "by": "table"}
    same = incident(EventKind.FAULT_HANDLED, data, operation="gold-1")
    other = incident(EventKind.FAULT_HANDLED, {**data, "response": "stop"}, operation="gold-1")
    found = lines(same, same, same, other)
    assert [text for _, text, _ in found] == [
        "gold-1: no liquid; retry by table (3 times)",
        "gold-1: no liquid; stop by table",
    ]
