"""The engine's side of the record: numbers events, times them, and makes them durable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ncrobot.clock import Clock
from ncrobot.engine.outcome import RecordLostError
from ncrobot.events import Event, EventKind

STEP_S = 1.0
"""A computer's date that is set by more than this is written down."""


class Journal:
    """Hands one run's events to the recorder. Sequence numbers are consecutive from 1.

    Times count from :meth:`start`; what happens before it has times below zero. Once the recorder
    has failed, nothing more is handed to it.
    """

    def __init__(
        self,
        run_id: str,
        clock: Clock,
        emit: Callable[[Event], None],
        flush: Callable[[], None],
        *,
        simulated: bool,
    ) -> None:
        self._run_id = run_id
        self._clock = clock
        self._emit = emit
        self._flush = flush
        self._simulated = simulated
        self._seq = 0
        self._dirty = False
        self._zero_s = clock.now_s()
        self._started = False
        self._stepped_s = 0.0
        self._notes: Callable[[], Sequence[Any]] = tuple
        self.lost: Exception | None = None

    def remembers(self, notes: Callable[[], Sequence[Any]]) -> None:
        """Write these notes, if any, before the next fact and whenever facts get durable."""
        self._notes = notes

    def numbers_from(self, last_seq: int) -> None:
        """Go on with the numbers of a record whose run never began."""
        self._seq = last_seq

    def continues(self, last_seq: int, time_s: float) -> None:
        """Go on with the record of a run whose clock shows ``time_s`` at this moment."""
        self._seq = last_seq
        self._zero_s = self._clock.now_s() - time_s
        self._started = True

    def expect_start(self, after_s: float) -> None:
        """Count times towards a start that is about this far away."""
        self._zero_s = self._clock.now_s() + after_s

    def start(self) -> None:
        """Make this moment time zero."""
        self._zero_s = self._clock.now_s()
        self._started = True

    def now_s(self) -> float:
        """Return the time of the run; before its start never above zero."""
        time_s = self._clock.now_s() - self._zero_s
        return time_s if self._started else min(time_s, 0.0)

    def clock_s(self, time_s: float) -> float:
        """Return the clock's time at a time of the run."""
        return self._zero_s + time_s

    def write(
        self,
        kind: EventKind,
        data: Mapping[str, Any],
        *,
        operation: str | None = None,
        act: str | None = None,
        wells: Sequence[str] = (),
    ) -> None:
        """Record one fact with its figures; durable at the next flush.

        Raises:
            RecordLostError: the recorder fails or has failed before.

        """
        self._check()
        self._write_notes()
        self._seq += 1
        event = Event(
            run=self._run_id,
            seq=self._seq,
            time_s=self.now_s(),
            wall=self._clock.wall().isoformat(),
            kind=kind,
            operation=operation,
            act=act,
            wells=tuple(wells),
            simulated=self._simulated,
            data=dict(data),
        )
        try:
            self._emit(event)
        except Exception as error:
            raise self._lose(error) from error
        self._dirty = True

    def _write_notes(self) -> None:
        if notes := self._notes():
            self.write(EventKind.POSTED, {"notes": list(notes)})

    def flush(self) -> None:
        """Make all facts so far durable.

        Raises:
            RecordLostError: the recorder fails or has failed before.

        """
        self._check()
        self._write_notes()
        if not self._dirty:
            return
        self._look_at_date()
        try:
            self._flush()
        except Exception as error:
            raise self._lose(error) from error
        self._dirty = False

    def _look_at_date(self) -> None:
        """Write down that somebody set the computer's date; the time of the run doesn't follow."""
        step_s = self._clock.wall_step_s()
        if abs(step_s - self._stepped_s) > STEP_S:
            by_s, self._stepped_s = step_s - self._stepped_s, step_s
            self.write(EventKind.CLOCK_STEPPED, {"by_s": by_s, "in_all_s": step_s})

    def _check(self) -> None:
        if self.lost is not None:
            raise RecordLostError(str(self.lost)) from self.lost

    def _lose(self, error: Exception) -> RecordLostError:
        self.lost = error
        return RecordLostError(f"{type(error).__name__}: {error}")
