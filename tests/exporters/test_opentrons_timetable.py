"""The times that an exported file keeps on the robot, run here against a made-up clock."""

from __future__ import annotations

import sys
import types
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.plates_kit import made
from ncrobot.exporters.opentrons import opentrons_protocol
from ncrobot.exporters.opentrons.runtime import TIMETABLE

CLOCK = "time"


class Robot:
    """A protocol whose delays move the clock; ``simulating`` as in an analysis."""

    def __init__(self, *, simulating=False):
        self.now_s = 1000.0
        self.simulating = simulating
        self.comments: list[str] = []
        self.waited_s: list[float] = []

    def monotonic(self):
        return self.now_s

    def is_simulating(self):
        return self.simulating

    def comment(self, text):
        self.comments.append(text)

    def delay(self, seconds):
        assert seconds > 0
        self.waited_s.append(seconds)
        self.now_s += seconds


def timetable(robot):
    space = {CLOCK: robot}
    exec(TIMETABLE, space)
    return space["Timetable"](robot)


def test_early_waits_and_late_goes_on_at_once():
    robot = Robot()
    times = timetable(robot)
    times.begin("a", 0.0, "first")
    robot.now_s += 30
    times.end("a")
    times.begin("b", 100.0, "second")
    assert robot.waited_s == [70.0]
    robot.now_s += 500
    times.end("b")
    times.begin("c", 200.0, "third")
    assert robot.waited_s == [70.0]
    assert not [text for text in robot.comments if text.startswith("LATE")]


def test_a_late_operation_still_keeps_the_least_time_since_another():
    robot = Robot()
    times = timetable(robot)
    times.begin("a", 0.0, "first")
    robot.now_s += 1000
    times.end("a")
    times.begin("b", 300.0, "second", [("a", "end", 240.0, 260.0)])
    assert robot.waited_s == [240.0]
    robot.now_s += 1000
    times.begin("c", 400.0, "third", [("b", "start", 60.0, 90.0)])
    assert robot.waited_s == [240.0]
    late = [text for text in robot.comments if text.startswith("LATE")]
    assert late == ["LATE c: 1000 s after the start of b, at most 90 s were asked"]


def test_in_an_analysis_nothing_waits_and_nothing_is_late():
    robot = Robot(simulating=True)
    times = timetable(robot)
    times.begin("a", 0.0, "first")
    times.begin("b", 7200.0, "second", [("a", "start", 7200.0, 7201.0)])
    times.wait_until(9999)
    assert robot.waited_s == []
    assert len(robot.comments) == 2


operations = st.lists(
    st.tuples(st.floats(0, 500), st.floats(0, 400), st.floats(0, 600), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(operations)
def test_nothing_starts_before_its_time_or_before_its_lag_has_passed(rows):
    robot = Robot()
    times = timetable(robot)
    began, ended, due_s = [], [], 0.0
    for index, (gap_s, takes_s, lag_s, from_start) in enumerate(rows):
        due_s += gap_s
        point = "start" if from_start else "end"
        lags = [(str(index - 1), point, lag_s, None)] if index else []
        before_s = robot.now_s
        times.begin(str(index), due_s, "x", lags)
        start_s = robot.now_s - 1000
        assert start_s >= due_s - 1e-6
        since_s = (began if from_start else ended)[-1] + lag_s if index else 0.0
        assert start_s >= since_s - 1e-6
        # It waits no longer than one of the two asks for.
        assert start_s == pytest.approx(max(before_s - 1000, due_s, since_s), abs=1e-6)
        began.append(start_s)
        robot.now_s += takes_s
        times.end(str(index))
        ended.append(robot.now_s - 1000)


@pytest.fixture
def vendor(monkeypatch):
    """The package that an exported file imports, as far as it names it."""
    api = types.ModuleType("opentrons.protocol_api")
    api.ProtocolContext = object
    package = types.ModuleType("opentrons")
    package.protocol_api = api
    monkeypatch.setitem(sys.modules, "opentrons", package)
    monkeypatch.setitem(sys.modules, "opentrons.protocol_api", api)


def test_a_whole_file_keeps_its_schedule_on_a_robot_that_is_quick(vendor):
    plan, schedule = made("OT-2 everything")
    robot = Robot()
    protocol = MagicMock()
    protocol.is_simulating.return_value = False
    protocol.delay.side_effect = robot.delay
    began: dict[str, float] = {}
    protocol.comment.side_effect = lambda text: began.setdefault(
        text.split()[1].rstrip(":"), robot.now_s - 1000
    )
    space: dict[str, object] = {}
    exec(opentrons_protocol(plan, schedule), space)
    space[CLOCK] = robot
    space["run"](protocol)
    starts = {entry.operation: entry.start_s for entry in schedule.entries}
    assert set(starts) <= set(began)
    for name, start_s in starts.items():
        assert began[name] == pytest.approx(start_s, abs=0.06)
    asked = [
        op for op in (*plan.operations, *schedule.auxiliary) if op.kind in {"person", "refill"}
    ]
    assert len(asked) > 1
    assert protocol.pause.call_count == len(asked)
    assert sum(robot.waited_s) == pytest.approx(max(starts.values()), rel=0.2)
