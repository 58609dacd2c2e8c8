"""The engine: carries out a schedule on devices and writes down what really happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ncrobot.clock import Clock
from ncrobot.engine.closing import close
from ncrobot.engine.journal import Journal
from ncrobot.engine.lanes import run_lanes
from ncrobot.engine.order import Order
from ncrobot.engine.outcome import RecordLostError, RunOutcome, StoppedError
from ncrobot.engine.pausing import Cost, costs_of_pausing, go_on, pause
from ncrobot.engine.preparing import prepare
from ncrobot.engine.resuming import Recalled, recover
from ncrobot.engine.run import Run
from ncrobot.engine.workcell import Workcell, check_abilities
from ncrobot.errors import InternalError, RunError, UserError
from ncrobot.events import Event, ExitStatus
from ncrobot.plan.document import Plan
from ncrobot.repairs import Repairer
from ncrobot.schedule import Schedule
from ncrobot.statuses import TRANSITIONS, RunStatus


def _nothing_to_flush() -> None:
    """For a record that is durable as soon as an event is handed over."""


class Engine:
    """Carries out one schedule, once.

    Lives for one run and in one event loop; ``request_stop`` belongs to that loop too (from a
    signal handler or another thread use ``loop.call_soon_threadsafe``). ``emit`` takes an event,
    ``flush`` makes all of them durable: it is called before each physical act and each wait. If
    either raises, the run ends and the devices go to their safe state. ``repairer`` is asked for a
    better rest of the schedule when something took longer; without one the order is kept.
    ``recalled`` is what the record tells of a run that broke off: it is taken up again, by the
    schedule that it had.

    Raises:
        ScheduleError: the schedule doesn't fit the plan.
        LabError: the workcell lacks a device.
        RunError: ``recalled`` is a run that is over.

    """

    def __init__(  # noqa: PLR0913 - documents, devices, clock, record
        self,
        *,
        run_id: str,
        plan: Plan,
        schedule: Schedule,
        workcell: Workcell,
        clock: Clock,
        emit: Callable[[Event], None],
        flush: Callable[[], None] = _nothing_to_flush,
        user: str = "",
        repairer: Repairer | None = None,
        recalled: Recalled | None = None,
    ) -> None:
        if recalled is not None and not TRANSITIONS[recalled.status]:
            message = f"run {run_id!r} is over ({recalled.status}): there is nothing to resume"
            raise RunError(message)
        order = Order.of(plan, schedule)
        check_abilities(workcell, order.operations.values())
        simulated = clock.simulated or plan.deck.stands_in
        journal = Journal(run_id, clock, emit, flush, simulated=simulated)
        self._run = Run(plan, schedule, workcell, clock, journal, order, repairer)
        self._user = user
        self._recalled = recalled
        self._begun = False

    async def run(self) -> RunOutcome:
        """Connect, carry out the schedule, make everything safe, and tell how it ended.

        A cancellation stops the run as :meth:`request_stop` does, and is passed on at the end.

        Raises:
            InternalError: something was raised that no rule foresees; the devices are safe and the
                end is in the record.

        """
        if self._begun:
            raise InternalError("an engine carries out its schedule once")
        self._begun = True
        whole = asyncio.ensure_future(self._to_the_end())
        cancelled = False
        while not whole.done():
            try:
                await asyncio.shield(whole)
            except asyncio.CancelledError:
                cancelled = True
                self.request_stop("the run was cancelled")
            except InternalError:
                break
        if cancelled and whole.exception() is None:
            raise asyncio.CancelledError
        return whole.result()

    def request_stop(self, reason: str) -> None:
        """Finish the acts that are being done, go to the safe state, end as aborted."""
        self._run.end(ExitStatus.ABORTED, reason)

    def halt(self, reason: str) -> None:
        """Break off what is being done this moment, and go to the safe state; the arm stays put.

        What was broken off is unknown in the record, and is asked about if the run is resumed.
        """
        self._run.halt(reason)

    def request_pause(self, reason: str, by: str = "") -> bool:
        """Begin nothing new; the run is paused once all that goes on is over.

        False: it isn't running. See :meth:`costs_of_pausing` for what it breaks.
        """
        return pause(self._run, reason, by)

    def request_continue(self, by: str = "") -> bool:
        """Plan the rest from the present, and go on. False: it doesn't pause."""
        return go_on(self._run, by)

    def costs_of_pausing(self) -> list[Cost]:
        """Tell which lags of which wells a pause breaks, and when, the next first."""
        return costs_of_pausing(self._run)

    @property
    def status(self) -> RunStatus:
        """Where the run stands."""
        return self._run.status

    async def _begin(self) -> None:
        """Prepare a new run, or take up one that broke off; before its start nothing was done."""
        run, recalled = self._run, self._recalled
        if recalled is not None and recalled.started:
            await recover(run, recalled, self._user)
            return
        if recalled is not None:
            run.journal.numbers_from(recalled.last_seq)
        await prepare(run, self._user)

    async def _to_the_end(self) -> RunOutcome:
        run, unforeseen = self._run, None
        try:
            await self._begin()
            await run_lanes(run)
        except StoppedError:
            pass  # the reason is in run.ending
        except RecordLostError as error:
            run.end(ExitStatus.FAILED, f"the record can't be written: {error}")
        except (RunError, UserError) as error:
            run.end(ExitStatus.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - everything ends in the safe state
            run.end(ExitStatus.FAILED, f"{type(error).__name__}: {error}")
            unforeseen = error
        outcome = await close(run)
        if unforeseen is not None:
            message = f"the run ended by a defect: {type(unforeseen).__name__}: {unforeseen}"
            raise InternalError(message) from unforeseen
        return outcome
