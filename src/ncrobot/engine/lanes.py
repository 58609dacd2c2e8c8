"""Lanes: each device's operations one after the other, all lanes at the same time."""

from __future__ import annotations

import asyncio

from ncrobot.engine.mending import reconsider
from ncrobot.engine.operations import carry_out
from ncrobot.engine.outcome import Ended, RecordLostError, Result, StoppedError
from ncrobot.engine.pausing import settle_pause
from ncrobot.engine.run import Run
from ncrobot.engine.watching import watch_after
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import Operation, Transfer
from ncrobot.schedule import Entry

NEAR_S = 1e-6
"""So near to its time an operation begins: the time of a run is a difference, which rounds."""


async def run_lanes(run: Run) -> None:
    """Carry out all lanes to their end, or to the next point between two acts if the run ends.

    Raises:
        RecordLostError: the record can't be written.
        Exception: what a driver or the engine itself should never have raised; the first one.

    """
    lanes = [asyncio.ensure_future(_lane(run, lane)) for lane in run.order.lanes]
    outcomes = await asyncio.gather(*lanes, return_exceptions=True)
    errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if errors:
        raise next((error for error in errors if isinstance(error, RecordLostError)), errors[0])


async def _lane(run: Run, lane: str) -> None:
    try:
        while not run.timing.all_over():
            run.check()
            entry = _next(run, lane)
            if entry is None or run.pausing:
                # Nothing to do; a repair may bring something, or the run goes on, or ends.
                settle_pause(run)
                run.journal.flush()
                with run.turn():
                    await asyncio.Event().wait()
                continue
            operation = run.order.operations[entry.operation]
            if await _ready(run, operation) and not run.pausing:
                await _perform(run, entry, operation)
                reconsider(run, operation)
        run.wake()
        run.journal.flush()
    except StoppedError:
        return
    except RecordLostError as error:
        run.end(ExitStatus.FAILED, f"the record can't be written: {error}")
        raise
    except Exception as error:
        run.end(ExitStatus.FAILED, f"{type(error).__name__}: {error}")
        raise


def _next(run: Run, lane: str) -> Entry | None:
    """The first operation of a lane that hasn't begun."""
    for entry in run.order.lanes.get(lane, ()):
        if run.timing.times(entry.operation).start_s is None:
            return entry
    return None


async def _ready(run: Run, operation: Operation) -> bool:
    """Wait for what comes first, then for the time; without living wells the time is no matter.

    False: the schedule was repaired meanwhile, and it may be another operation's turn.
    """
    version = run.version
    run.check()
    if run.timing.must_wait(operation.id):
        run.journal.flush()
        with run.turn():
            await run.timing.predecessors(operation.id)
    if run.version != version or run.timing.must_wait(operation.id):
        return False
    earliest_s = run.timing.earliest_s(operation.id)
    if earliest_s > run.now_s() + NEAR_S and run.fates.any_alive(run.concerned(operation)):
        run.journal.flush()
        with run.turn():
            await run.clock.sleep_until(run.journal.clock_s(earliest_s))
        return run.version == version and earliest_s <= run.now_s() + NEAR_S
    return True


async def _perform(run: Run, entry: Entry, operation: Operation) -> None:
    start_s = run.now_s()
    run.timing.begin(operation.id, start_s)
    run.performing.add(operation.id)
    try:
        ended = await _carry_out(run, entry, operation)
    finally:
        run.performing.discard(operation.id)
    if ended.result is not Result.SKIPPED:
        run.operations_done += 1
    end_s = run.now_s()
    run.timing.end(operation.id, end_s)
    run.journal.write(
        EventKind.OPERATION_ENDED,
        {
            "result": ended.result.value,
            "kind": operation.kind,
            "planned_start_s": entry.start_s,
            "planned_duration_s": entry.duration_s,
            "start_s": start_s,
            "end_s": end_s,
            "reason": ended.reason,
            **({"interrupted": True} if _is_broken_off(run, operation, ended) else {}),
            **ended.data,
        },
        operation=operation.id,
        wells=operation.wells,
    )
    watch_after(run, operation, ended.result)


def _is_broken_off(run: Run, operation: Operation, ended: Ended) -> bool:
    """Whether the end of the run left something of this operation to whoever resumes it."""
    if run.ending is None or ended.result is Result.SKIPPED:
        return False
    if not isinstance(operation, Transfer):
        return ended.result is Result.NOT_DONE
    made = len(ended.data.get("deliveries", ()))
    legs = [leg for leg in operation.legs if run.fates.any_alive(run.reach.wells_of_leg(leg))]
    return made < len(legs)


async def _carry_out(run: Run, entry: Entry, operation: Operation) -> Ended:
    concerned = run.concerned(operation)
    if not run.fates.any_alive(concerned):
        return Ended(Result.SKIPPED, "all its wells are abandoned")
    run.journal.write(
        EventKind.OPERATION_STARTED,
        {"planned_start_s": entry.start_s, "late_s": run.now_s() - entry.start_s},
        operation=operation.id,
        wells=operation.wells,
    )
    _judge_lags(run, operation)
    if not run.fates.any_alive(concerned):
        return Ended(Result.SKIPPED, "its wells were abandoned because it came late")
    try:
        run.check()
        return await carry_out(run, operation)
    except StoppedError as error:
        return Ended(Result.NOT_DONE, str(error))


def _judge_lags(run: Run, operation: Operation) -> None:
    """Write down every lag that this start breaks, and let the policy of the lag decide."""
    for broken in run.timing.broken_lags(operation.id):
        lag = broken.lag
        before = run.order.operations[lag.before]
        shared = set(run.reach.concerned(before)) & set(run.concerned(operation))
        wells = run.fates.alive_of(
            well for well in run.fates.wells if well in shared and broken.concerns(well)
        )
        if not wells:
            continue
        cause = run.timing.cause(operation.id)
        run.journal.write(
            EventKind.LAG_BROKEN,
            {
                "before": lag.before,
                "after": lag.after,
                "value_s": broken.value_s,
                "min_s": lag.min_s,
                "max_s": lag.max_s,
                "by_s": broken.by_s,
                "cause": cause,
            },
            operation=operation.id,
            wells=wells,
        )
        reason = f"{lag.after} began {broken.by_s:.1f} s outside its bounds: {cause}"
        run.fates.flag(wells, reason, lag.if_late, operation.id)
        if lag.if_late == "stop":
            run.end(ExitStatus.ABORTED, f"as the protocol asks when late: {reason}")
