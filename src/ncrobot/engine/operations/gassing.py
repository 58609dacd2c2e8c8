"""Let a gas flow for a time: fed, read and counted while it does, and shut whatever happens."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from ncrobot.deck.layout import Gas
from ncrobot.devices import GasFlow
from ncrobot.engine.acts import act
from ncrobot.engine.faults import Counsel, GivenUpError
from ncrobot.engine.operations.failing import failed, insist, restated
from ncrobot.engine.outcome import Ended, RecordLostError, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot.events import EventKind
from ncrobot.faults import Act
from ncrobot.plan.operations import LetGas

FEEDS = 3
"""How often a valve hears from its controller within the time of its watchdog."""

READ_EVERY_S = 60.0
"""How often a reading is written down: a run that dies doesn't know of more than this."""

OFF_BY = 0.15
"""Share of the set flow by which a reading may be off (assumed: a good one is within few %)."""

READINGS_OFF = 3
"""So many readings in a row that are off are no puff of the pressure any more (assumed)."""


async def let_gas(run: Run, operation: LetGas) -> Ended:
    """Open, keep open for the time, shut; what has flowed is in the data of the end.

    A valve that fails is shut first. A repetition lets only the rest of the time flow.
    """
    counsel = Counsel(run, operation)
    flow = _Flow(run, operation, counsel)
    run.check()
    try:
        await insist(counsel, Act.LET_GAS, flow.attempt)
    except GivenUpError as given_up:
        ended = failed(counsel, given_up)
        return Ended(ended.result, ended.reason, flow.data())
    except StoppedError as stopped:
        return Ended(Result.NOT_DONE, str(stopped), flow.data())
    flow.judge()
    return Ended(Result.DONE, data=flow.data())


class _Flow:
    """What has flowed in one operation, over all its attempts. Lives as long as it does."""

    def __init__(self, run: Run, operation: LetGas, counsel: Counsel) -> None:
        layout = run.plan.deck.devices.get(operation.device)
        if not isinstance(layout, Gas):
            message = f"{operation.id} is to be done by {operation.device}, which is no gas valve"
            raise InternalError(message)
        self._run = run
        self._operation = operation
        self._counsel = counsel
        self._layout = layout
        self._flowed_s = run.gas_flowed_s.pop(operation.id, 0.0)
        self._since_s: float | None = None
        self._written_s: float | None = None
        self._shutting_s = 0.0
        self._doubt_s = 0.0

    async def attempt(self) -> None:
        """Let the rest of the time flow; the valve is shut when this returns or raises.

        Raises:
            DeviceError: it doesn't flow as it should; the valve is shut.
            GivenUpError: the valve doesn't shut; the run is ending.
            StoppedError: the run is ending.

        """
        valve = await self._run.interlocks.gas(self._operation.device, self._layout.watchdog_s)
        self._check_place()
        try:
            await self._open(valve)
            await self._watch(valve)
        except DeviceError as error:
            await self._shut(valve)
            raise restated(error, moved=False) from error
        except BaseException:
            await self._shut_anyway(valve)
            raise
        await self._shut(valve)

    def data(self) -> dict[str, Any]:
        """What the record of the operation tells: seconds that gas flowed, of those asked for."""
        operation = self._operation
        return {
            "gas": operation.gas,
            "flow_ml_per_min": operation.flow_ml_per_min,
            "flowed_s": self._flowed_s,
            "asked_s": operation.for_s,
        }

    def judge(self) -> None:
        """Flag the wells if it flowed for too long, or may have for too short a time."""
        operation, tolerance_s = self._operation, self._operation.tolerance_s
        if tolerance_s is None:
            return
        more_s = self._flowed_s + self._shutting_s - self._layout.settle_s - operation.for_s
        if more_s > tolerance_s:
            self._flag(f"flowed {more_s:.1f} s too long")
        elif self._doubt_s > tolerance_s:
            self._flag(f"may have flowed {self._doubt_s:.1f} s less than asked for")

    def _flag(self, words: str) -> None:
        operation, run = self._operation, self._run
        reason = f"{operation.id}: {operation.gas} {words}"
        run.fates.flag(run.reach.concerned(operation), reason, "continue", operation.id)

    def _check_place(self) -> None:
        operation = self._operation
        homes = {placed.name: placed.on for placed in self._run.plan.deck.labware}
        if self._run.interlocks.device_under(operation.labware) != homes.get(operation.labware):
            message = f"interlock: no gas, {operation.labware} isn't where it flows"
            raise self._error(message, DeviceErrorKind.REFUSED)

    async def _open(self, valve: GasFlow) -> None:
        clock, began_s = self._run.clock, self._run.clock.now_s()
        try:
            await self._order(valve, self._operation.flow_ml_per_min)
        except DeviceError as error:
            if error.moved is not False:  # what may have flowed isn't given again
                # It isn't spoken to while it doesn't answer, so its watchdog has shut it since.
                may_s = min(clock.now_s() - began_s, self._layout.watchdog_s)
                self._flowed_s += may_s
                self._doubt_s += may_s
            raise
        self._since_s = clock.now_s()

    async def _watch(self, valve: GasFlow) -> None:
        """Feed the watchdog and look at the flow until the time is over."""
        run, off = self._run, 0
        every_s = self._layout.watchdog_s / FEEDS
        while (left_s := self._operation.for_s - self._flowed_s) > 0:
            since_s = self._since_s or 0.0
            left_s -= run.clock.now_s() - since_s
            with run.interruptible():
                await run.clock.sleep(min(left_s, every_s) if left_s > 0 else every_s)
            await valve.feed_watchdog()
            read_ml_per_min = await valve.read_flow_ml_per_min()
            wanted = self._operation.flow_ml_per_min
            if abs(read_ml_per_min - wanted) <= OFF_BY * wanted:
                off = 0
                self._count()
                self._write(read_ml_per_min)
                continue
            off += 1
            if off >= READINGS_OFF:
                self._since_s = None  # nobody knows since when; it isn't counted
                message = f"lets {read_ml_per_min:g} mL/min flow, not {wanted:g}"
                raise self._error(message, DeviceErrorKind.FLOW_NOT_REACHED)

    def _count(self) -> None:
        """Count the time since it was last known to flow."""
        if self._since_s is not None:
            now_s = self._run.clock.now_s()
            self._flowed_s = min(self._flowed_s + now_s - self._since_s, self._operation.for_s)
            self._since_s = now_s

    def _write(self, read_ml_per_min: float) -> None:
        """Write a reading down, if it is time: the first, the last, and some in between."""
        run, now_s = self._run, self._run.now_s()
        due = self._written_s is None or now_s >= self._written_s + READ_EVERY_S
        if not due and self._flowed_s < self._operation.for_s:
            return
        self._written_s = now_s
        operation = self._operation
        run.journal.write(
            EventKind.GAS_READ,
            {
                "device": operation.device,
                "gas": operation.gas,
                "flow_ml_per_min": read_ml_per_min,
                "asked_ml_per_min": operation.flow_ml_per_min,
                "flowed_s": self._flowed_s,
            },
            operation=operation.id,
            wells=operation.wells,
        )
        run.journal.flush()

    async def _shut(self, valve: GasFlow) -> None:
        """Shut the valve, as often as counsel says; one that doesn't shut ends the run."""
        self._count()
        self._since_s = None
        began_s = self._run.clock.now_s()
        await insist(self._counsel, Act.SHUT_GAS, partial(self._order, valve, 0.0))
        shutting_s = self._shutting_s + self._run.clock.now_s() - began_s
        # Nobody feeds its watchdog any more: however long it takes to answer, it is shut by then.
        self._shutting_s = min(shutting_s, self._layout.watchdog_s + self._layout.settle_s)

    async def _shut_anyway(self, valve: GasFlow) -> None:
        """Shut the valve because the run ends, whatever forbids an act; the safe state follows."""
        self._count()
        self._since_s = None
        try:
            await self._order(valve, 0.0)
        except DeviceError:
            return  # its safe state is asked for next
        except (StoppedError, RecordLostError):
            with suppress(DeviceError):
                await valve.set_flow(0.0)

    async def _order(self, valve: GasFlow, flow_ml_per_min: float) -> None:
        operation = self._operation
        await act(
            self._run, operation.id, "set_flow", operation.device,
            lambda: valve.set_flow(flow_ml_per_min),
            {
                "device": operation.device,
                "gas": operation.gas,
                "flow_ml_per_min": flow_ml_per_min,
                "flowed_s": self._flowed_s,
            },
            wells=operation.wells,
        )  # fmt: skip

    def _error(self, message: str, kind: DeviceErrorKind) -> DeviceError:
        return DeviceError(message, device=self._operation.device, kind=kind, moved=False)
