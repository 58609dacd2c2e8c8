"""Waits: the lags that a protocol asks for in one group of wells, found by walking its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ncrobot.auditor.facts import AFTER_ALL, Case, is_away, is_done, optional_value, value_of
from ncrobot.auditor.moments import AskedLag, Bounds, Kind, Moment, window
from ncrobot.plan import Operation
from ncrobot.protocol import (
    Age,
    Away,
    Condition,
    Exchange,
    Hold,
    Late,
    Reduce,
    Sample,
    Stir,
    Timing,
)


@dataclass(slots=True)
class _Waiting:
    """Holds that are open: the next operation has to keep their sum."""

    min_s: float = 0.0
    max_s: float | None = 0.0
    steps: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Mark:
    """Beginning and end of a step, and the first operations of its portions."""

    start: Moment | None
    end: Moment | None
    portions: dict[int, str] = field(default_factory=dict)


class Walk:
    """Walks through the steps as one group of wells sees them; lives for one :func:`asked_lags`.

    ``of_group`` and ``of_plate`` list the operations of each step that act on these wells, and on
    the whole plate, in an order that the lags allow.
    """

    def __init__(
        self,
        case: Case,
        row: Condition,
        of_group: dict[str, list[Operation]],
        of_plate: dict[str, list[Operation]],
    ) -> None:
        self.case = case
        self.row = row
        self.of_group = of_group
        self.of_plate = of_plate
        self.last: Moment | None = None
        self.waiting = _Waiting()
        self.marks: dict[str, _Mark] = {}
        self.asked: list[AskedLag] = []

    def walk(self) -> list[AskedLag]:
        """All lags that are asked for."""
        for operation in self.of_plate.get("vessel", []):
            self.last = Moment(operation.id, "end")
        for index in range(len(self.case.protocol.steps)):
            self._step(index)
        # A finished plate may stand: nobody has to be there at the minute to take it.
        self.waiting.max_s = None
        self._run(self.of_plate.get(AFTER_ALL, []))
        if self.waiting.steps and self.last is not None:
            self._close_wait(None)
        return self.asked

    def _step(self, index: int) -> None:
        step = self.case.protocol.steps[index]
        name = self.case.step_names[index]
        plate = self.of_plate.get(name, [])
        own = self.of_group.get(name, [])
        done = is_done(step, self.row)
        if isinstance(step, Away) and is_away(self.case, step):
            self._away(index, step, plate)
            return
        waits = isinstance(step, Hold | Age | Stir)
        before = self.now()
        if isinstance(step, Sample) and step.after_each_portion_of is not None:
            self._portion_samples(index, step, own)
            own = [o for o in own if (o.portion or 0) >= self._portions(step)]
        self._run([*plate, *own])
        first = next(iter([*plate, *own]), None)
        start = Moment(first.id, "start") if first is not None and not waits else self.now()
        # A plate is carried to the reader and back: its lags are to the reading.
        timed = next((each for each in plate if each.kind == "read"), first)
        self._timing(index, timed.id if timed is not None else None, waits=waits)
        # A dose ends when its liquid is delivered (or would be), a wait when its time is over.
        end = self.now()
        if done and isinstance(step, Hold | Age | Stir | Exchange) and step.for_ is not None:
            self._wait(index, step)
        if waits:
            end = self.now()
        if isinstance(step, Sample) and not own:
            # Nothing was taken of these wells, so no lag can run from it.
            start = end = None
        self.marks[name] = _Mark(start, end, _firsts(own))
        if isinstance(step, Reduce) and step.interval is not None:
            self._intervals(index, step)
        elif isinstance(step, Sample) and step.after_each_portion_of is None:
            self._timed_samples(index, step, own, before)

    def _away(self, index: int, step: Away, plate: Sequence[Operation]) -> None:
        """The plate is carried away, is away for the step's time, and is carried back."""
        name = self.case.step_names[index]
        if not plate:
            self.marks[name] = _Mark(self.now(), self.now())
            return
        self._run(plate[:1])
        self._timing(index, plate[0].id, waits=False)
        self._wait(index, step)
        self._run(plate[1:])
        self.marks[name] = _Mark(Moment(plate[0].id, "start"), Moment(plate[-1].id, "end"))

    def now(self) -> Moment | None:
        """The planned present: the end of the last operation and what has been waited since."""
        if self.last is None:
            return None
        return Moment(self.last.operation, "end", self.waiting.min_s)

    def _run(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            if self.waiting.steps and self.last is not None:
                self._close_wait(operation.id)
            self.waiting = _Waiting()
            self.last = Moment(operation.id, "end")

    def _close_wait(self, after: str | None) -> None:
        if self.last is None:
            return
        waiting, steps = self.waiting, self.waiting.steps
        policies = {self.case.protocol.steps[index].if_late for index in steps}
        self.asked.append(
            AskedLag(
                "hold",
                self.last,
                after,
                waiting.min_s,
                waiting.max_s,
                None,
                self.case.step_names[steps[-1]],
                policies.pop() if len(policies) == 1 else None,
            )
        )

    def _wait(self, index: int, step: Hold | Away | Stir | Exchange) -> None:
        for_s = optional_value(step.for_, self.row) or 0.0
        tolerance_s = optional_value(step.tolerance, self.row)
        self.waiting.min_s += for_s
        if tolerance_s is None or self.waiting.max_s is None:
            self.waiting.max_s = None
        else:
            self.waiting.max_s += for_s + tolerance_s
        self.waiting.steps.append(index)

    def _late(self, index: int) -> Late:
        return self.case.protocol.steps[index].if_late or self.case.protocol.if_late

    def _ask(
        self,
        kind: Kind,
        index: int,
        moment: Moment,
        after: str | None,
        bounds: Bounds,
    ) -> None:
        low, high, target = bounds
        self.asked.append(
            AskedLag(
                kind,
                moment,
                after,
                low,
                high,
                target,
                self.case.step_names[index],
                self._late(index),
            )
        )

    def _intervals(self, index: int, step: Reduce) -> None:
        """Each portion starts a whole number of intervals after the first one."""
        firsts = self.marks[self.case.step_names[index]].portions
        interval_s = optional_value(step.interval, self.row) or 0.0
        tolerance_s = optional_value(step.tolerance, self.row)
        for number, operation in firsts.items():
            if number > 1 and 1 in firsts:
                bounds = window((number - 1) * interval_s, tolerance_s)
                self._ask("portion", index, Moment(firsts[1], "start"), operation, bounds)

    def _timed_samples(
        self, index: int, step: Sample, own: Sequence[Operation], before: Moment | None
    ) -> None:
        moment = self.marks[step.after].end if step.after in self.marks else before
        tolerance_s = optional_value(step.tolerance, self.row)
        times = [value_of(given, self.row) for given in step.at]
        if moment is None or (not times and tolerance_s is None):
            return
        windows = [window(time_s, tolerance_s) for time_s in times] or [(0.0, tolerance_s, None)]
        for number, bounds in enumerate(windows, start=1):
            for operation in own:
                if (operation.portion or 1) == number:
                    self._ask("sample", index, moment, operation.id, bounds)

    def _portions(self, step: Sample) -> int:
        mark = self.marks.get(step.after_each_portion_of or "")
        return max(mark.portions, default=0) if mark is not None else 0

    def _portion_samples(self, index: int, step: Sample, own: Sequence[Operation]) -> None:
        mark = self.marks.get(step.after_each_portion_of or "")
        if mark is None:
            return
        tolerance_s = optional_value(step.tolerance, self.row)
        times = [value_of(given, self.row) for given in step.at] or [0.0]
        for number, portion in mark.portions.items():
            samples = [o for o in own if (o.portion or 0) == number]
            for time_s, operation in zip(times, samples, strict=False):
                moment = Moment(portion, "start")
                self._ask("sample", index, moment, operation.id, window(time_s, tolerance_s))

    def _timing(self, index: int, first: str | None, *, waits: bool) -> None:
        """Each timing entry is a lag to the step's first operation, or to its reading, if any."""
        if first is None and not waits:
            return
        for timing in self.case.protocol.steps[index].timing:
            moment = self._moment(timing)
            if moment is not None:
                self._ask("timing", index, moment, first, self._bounds(timing))

    def _moment(self, timing: Timing) -> Moment | None:
        mark = self.marks.get(timing.after)
        if mark is None:
            return None
        if timing.of in {"first", "last"} and mark.portions:
            number = min(mark.portions) if timing.of == "first" else max(mark.portions)
            return Moment(mark.portions[number], "start")
        return mark.start if timing.of in {"start", "first"} else mark.end

    def _bounds(self, timing: Timing) -> Bounds:
        target_s = optional_value(timing.target, self.row)
        if target_s is not None:
            return window(target_s, optional_value(timing.tolerance, self.row))
        low_s = optional_value(timing.at_least, self.row) or 0.0
        return low_s, optional_value(timing.at_most, self.row), None


def _firsts(operations: Sequence[Operation]) -> dict[int, str]:
    """The first operation of each portion."""
    found: dict[int, str] = {}
    for operation in operations:
        found.setdefault(operation.portion or 1, operation.id)
    return found
