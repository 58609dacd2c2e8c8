"""The desk of one run: takes orders from other threads to the engine, and tells where it stands."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from ncrobot.clock import Clock
from ncrobot.control.documents import (
    NextOperation,
    Order,
    OrderKind,
    Page,
    PauseCost,
    Status,
    Taken,
    Waiting,
)
from ncrobot.control.errors import BusyError
from ncrobot.devices import Question
from ncrobot.events import Event, EventKind
from ncrobot.schedule import Schedule
from ncrobot.state import RunState
from ncrobot.statuses import ENDED, RunStatus

T = TypeVar("T")

_KEPT_EVENTS = 5000
_NEXT = 10
_LOOK_S = 0.05
# An engine that doesn't take its turn for so long is not well; whoever asks is told so.
_PATIENCE_S = 10.0


class Steered(Protocol):
    """What the desk asks of an engine; called in the engine's loop."""

    @property
    def status(self) -> RunStatus:
        """Where the run stands."""

    def request_pause(self, reason: str, by: str = "") -> bool:
        """Begin nothing new."""

    def request_continue(self, by: str = "") -> bool:
        """Go on after a pause."""

    def request_stop(self, reason: str) -> None:
        """Finish what goes on, and end."""

    def halt(self, reason: str) -> None:
        """Break off what goes on, and end."""

    def costs_of_pausing(self) -> Sequence[Any]:
        """Return the lags that a pause breaks, the next first."""


class Desk:
    """The desk of one run. Its coroutines may be awaited in any loop; ``put`` only in the run's.

    ``state`` is what the run's events fold to, kept by whoever carries it out; ``older`` reads
    events after a number, at most so many, that are no longer at hand.
    """

    def __init__(
        self,
        run: str,
        schedule: Schedule,
        state: RunState,
        *,
        older: Callable[[int, int], Sequence[Event]],
    ) -> None:
        self.run = run
        self._state = state
        self._older = older
        self._starts = {e.operation: (e.start_s, e.device) for e in schedule.entries}
        self._events: deque[Event] = deque(maxlen=_KEPT_EVENTS)
        self._questions: dict[int, tuple[Question, float, asyncio.Future[str]]] = {}
        self._asked = 0
        self._engine: Steered | None = None
        self._clock: Clock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ahead_s = 0.0
        self._last: Status | None = None
        self.is_over = False

    def attach(self, engine: Steered, clock: Clock) -> None:
        """Take orders for this engine from now on; called in its loop."""
        self._engine, self._clock = engine, clock
        self._loop = asyncio.get_running_loop()
        self._ahead_s = clock.now_s()

    def detach(self) -> None:
        """The engine has ended; called in its loop. What is known last is told from now on."""
        if self._engine is not None:
            self._last = self._status()
        self._engine = self._loop = None

    def close(self) -> None:
        """Nothing more comes: let followers go."""
        self.is_over = True

    def on_event(self, event: Event) -> None:
        """Take an event of the run; a listener of it."""
        if self._clock is not None:
            self._ahead_s = self._clock.now_s() - event.time_s
        if event.kind is EventKind.SCHEDULE_REPAIRED:
            self._repaired(event.data)
        self._events.append(event)

    async def put(self, question: Question) -> str:
        """Offer a question at the desk until somebody answers it; awaited in the engine's loop."""
        loop = asyncio.get_running_loop()
        self._asked += 1
        number = self._asked
        answer: asyncio.Future[str] = loop.create_future()
        due_s = (self._clock.now_s() if self._clock else 0.0) + question.answer_within_s
        self._questions[number] = (question, due_s, answer)
        try:
            return await answer
        finally:
            del self._questions[number]

    async def status(self) -> Status:
        """Where the run stands.

        Raises:
            BusyError: it hasn't begun, or doesn't react.

        """
        if self._loop is None and self._last is not None:
            return self._last
        return await self._in_run(self._status)

    async def events(self, after: int, *, wait_s: float, most: int) -> Page:
        """Events after a number; waits for the first one for at most ``wait_s``."""
        deadline_s = asyncio.get_running_loop().time() + wait_s
        while True:
            is_over = self.is_over
            found = self._kept(after, most)
            if found or is_over or asyncio.get_running_loop().time() >= deadline_s:
                newest = found[-1].seq if found else after
                return Page(events=tuple(found), is_over=is_over and newest >= self._newest())
            await asyncio.sleep(_LOOK_S)

    async def order(self, order: Order, by: str) -> Taken:
        """Carry out an order.

        Raises:
            BusyError: the run has ended, hasn't begun, or doesn't react.

        """
        return await self._in_run(lambda: self._take(order, by))

    def _newest(self) -> int:
        return self._events[-1].seq if self._events else 0

    def _kept(self, after: int, most: int) -> list[Event]:
        kept = tuple(self._events)
        if not kept or after >= kept[-1].seq:
            return []
        if after + 1 < kept[0].seq:
            return list(self._older(after, most))
        return [event for event in kept if event.seq > after][:most]

    async def _in_run(self, act: Callable[[], T]) -> T:
        if self._loop is None:
            raise BusyError("the run hasn't begun yet, or has just ended")
        done: concurrent.futures.Future[T] = concurrent.futures.Future()

        def carry_out() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(act())
            except Exception as error:  # noqa: BLE001 - whoever ordered it is told
                done.set_exception(error)

        try:
            self._loop.call_soon_threadsafe(carry_out)
            return await asyncio.wait_for(asyncio.wrap_future(done), _PATIENCE_S)
        except TimeoutError:
            raise BusyError("the run doesn't react; look at the devices") from None
        except RuntimeError as error:  # its loop was closed a moment ago
            raise BusyError("the run has just ended") from error

    def _take(self, order: Order, by: str) -> Taken:
        engine = self._engine
        if engine is None:
            raise BusyError("the run has just ended")
        seq = self._state.last_seq
        accepted, message = self._told(engine, order, by)
        return Taken(
            run=self.run, accepted=accepted, message=message, status=engine.status.value, seq=seq
        )

    def _told(self, engine: Steered, order: Order, by: str) -> tuple[bool, str]:
        reason = order.reason or f"ordered by {by}"
        if order.kind is OrderKind.PAUSE:
            done = engine.request_pause(reason, by)
            return done, "nothing new is begun" if done else f"it is {engine.status}"
        if order.kind is OrderKind.CONTINUE:
            done = engine.request_continue(by)
            return done, "the rest is planned anew" if done else f"it is {engine.status}"
        if order.kind is OrderKind.ANSWER:
            return self._answer(order)
        if engine.status in ENDED:
            return False, f"it is {engine.status}"
        told = f"{reason} ({by})" if order.reason else f"stopped by {by}"
        if order.kind is OrderKind.HALT:
            engine.halt(f"halted: {told}")
            return True, "what was being done is broken off"
        engine.request_stop(told)
        return True, "what is being done is finished, then everything goes to its safe state"

    def _answer(self, order: Order) -> tuple[bool, str]:
        waiting = list(self._questions)
        number = order.question if order.question is not None or not waiting else waiting[0]
        if number not in self._questions:
            return False, "no such question waits for an answer"
        question, _, answer = self._questions[number]
        if order.answer not in question.choices:
            return False, f"choose one of {', '.join(question.choices)}"
        if not answer.done():
            answer.set_result(order.answer)
        return True, f"answered {order.answer!r}"

    def _repaired(self, data: dict[str, Any]) -> None:
        for name, start_s in data.get("starts", {}).items():
            device = self._starts.get(name, (0.0, ""))[1]
            self._starts[name] = (start_s, device)
        for name in data.get("gone", ()):
            self._starts.pop(name, None)
        for entry in data.get("entries", ()):
            self._starts[entry["operation"]] = (entry["start_s"], entry["device"])

    def _status(self) -> Status:
        state, clock, engine = self._state, self._clock, self._engine
        if clock is None or engine is None:
            raise BusyError("the run hasn't begun yet")
        now_s = clock.now_s()
        begun = state.operations
        ahead = sorted(
            (start_s, name, device)
            for name, (start_s, device) in self._starts.items()
            if name not in begun or begun[name].interrupted
        )[:_NEXT]
        costs = [] if engine.status in ENDED else engine.costs_of_pausing()
        return Status(
            run=self.run,
            status=engine.status.value,
            reason=state.reason,
            simulated=clock.simulated,
            time_s=round(now_s - self._ahead_s, 3),
            wall=clock.wall().isoformat(),
            seq=state.last_seq,
            operations_done=sum(op.result != "running" for op in begun.values()),
            operations=len(self._starts),
            doing=tuple(name for name, op in begun.items() if op.result == "running"),
            next=tuple(NextOperation(operation=n, start_s=s, device=d) for s, n, d in ahead),
            wells_flagged=sum(well.status != "ok" for well in state.wells.values()),
            questions=tuple(
                Waiting(
                    number=number,
                    text=question.text,
                    choices=tuple(question.choices),
                    default=question.default,
                    left_s=round(due_s - now_s, 1),
                )
                for number, (question, due_s, _) in self._questions.items()
            ),
            costs_of_pausing=tuple(_told_cost(cost) for cost in costs),
        )


def _told_cost(cost: Any) -> PauseCost:
    return PauseCost(**{name: getattr(cost, name) for name in PauseCost.model_fields})
