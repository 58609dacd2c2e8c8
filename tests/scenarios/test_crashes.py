"""A plate of 96 wells is killed at some points; ``make soak`` takes all of them."""

from __future__ import annotations

import pytest
from benchmarks.crash.killing import Point, kill_and_resume, plate, undisturbed


@pytest.fixture(scope="module")
def whole():
    plan, chosen = plate()
    counted, planned = undisturbed(plan, chosen)
    return plan, chosen, counted, planned


@pytest.mark.parametrize(
    ("at", "share"),
    [("event", 0.0), ("event", 0.37), ("flush", 0.55), ("change", 0.21), ("change", 0.83)],
)
def test_a_killed_plate_is_resumed_without_a_doubled_or_a_lost_dose(whole, at, share):
    plan, chosen, counted, planned = whole
    point = Point(at, 1 + int(share * (counted[at] - 1)))
    verdict = kill_and_resume(plan, chosen, point, planned)
    assert verdict.killed
    assert verdict.ended == "succeeded"
    assert not verdict.problems
    assert (verdict.doubled, verdict.lost, verdict.ledger_mismatches) == (0, 0, 0)
    assert verdict.wells_wrongly_ok == 0
    assert verdict.unknown_reported == verdict.unknown
