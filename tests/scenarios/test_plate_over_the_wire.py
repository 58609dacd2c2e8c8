"""A whole plate through pseudo-terminals: pumps, heater-shaker, block, stirrer and pH probe.

The drivers are those for hardware, the arm is simulated, and time is quick. Judged by the machines'
own account: what the pumps have pushed out is what the journal says, dose by dose.
"""

from __future__ import annotations

import pytest
from benchmarks.drivers.plate import WELLS, carried_out, judge

from ncrobot.events import EventKind

SPEED = 500.0
STEERED = 4


def test_no_dose_is_lost_and_none_is_doubled(tmp_path):
    told = carried_out(tmp_path, speed=SPEED, one_of=len(WELLS) // STEERED)
    assert told.status == "succeeded", told.reason
    assert told.record.summary.wells_ok == len(WELLS)
    verdict = judge(told)
    assert verdict.doses == len(WELLS) + STEERED
    assert (verdict.doubled, verdict.lost, verdict.unlike_journal) == ([], [], [])
    for pump in ("hydride_pump", "base_pump"):
        account = told.bench.devices[pump].device.runner.plunger.account()
        assert sum(account.values()) == pytest.approx(0.0, abs=1.0), "what was drawn went out again"
    shaker = told.bench.devices["shaker"].device
    assert (shaker.motor.target_rpm, shaker.plate.target_c) == (0, None)
    events = told.record.events
    read = [event for event in events if event.kind is EventKind.PH_READ]
    reached = [event.wells for event in read if event.data["follows"] == "reached"]
    assert len(reached) == STEERED
    turned = [e for e in events if e.act == "shake" and e.data.get("device") == "stirrer"]
    assert turned
    assert {event.simulated for event in events} == {True}
