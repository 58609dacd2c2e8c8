"""A Cavro pump as its driver sees it: orders that are followed to their end, and what is known.

An order is followed with ``Q`` until the pump is ready. What was lost on the line is told apart
from what the pump refused, and from what it began and failed at.
"""

from __future__ import annotations

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError
from ncrobot_drivers.cavro.dialect import PLACE_LOST, Dialect, port_named
from ncrobot_drivers.cavro.wire import LOST, CavroLine, Reply
from ncrobot_drivers.link import LinkError
from ncrobot_drivers.waiting import Patience

NOT_HOMED, VALVE_ERROR = 7, 10

MARK = 890
"""Start speed of the order that a pump is got to know by. A pump that lost its power has 900."""


class CavroMachine:
    """One pump behind its line. ``homed`` is False where its zero isn't known to be right."""

    def __init__(self, name: str, dialect: Dialect, line: CavroLine, clock: Clock) -> None:
        self.name = name
        self.dialect = dialect
        self.line = line
        self.homed = False
        self.valve: str | None = None
        self._clock = clock
        self._session = 0
        self._error = 0
        self._marks: frozenset[int] = frozenset()

    async def get_to_know(self, longest_s: float) -> None:
        """Find out whether the pump is homed, by the order to be where it is: nothing moves.

        Raises:
            DeviceError: it can't be asked, or moves for longer than ``longest_s``.

        """
        self._session = self.line.link.sessions
        self.homed, self._marks = False, frozenset()
        reply = await self.until_ready(longest_s, raising=False)
        if reply.error in PLACE_LOST:
            return
        try:
            here = await self.commanded()
            answer = await self.line.command(f"v{MARK}V1400c{MARK}A{here}R")
        except LOST:
            return  # not known to be homed is as good as not homed
        reply = await self.until_ready(longest_s, raising=False)
        self.homed = not {answer.error, reply.error} & PLACE_LOST
        self._marks = frozenset({MARK} if self.homed and not answer.error else ())
        await self.read_valve()

    async def at_rest(self, longest_s: float) -> None:
        """Wait until it is ready; where its line was lost, it may have lost its power as well.

        Raises:
            DeviceError: it can't be asked, or moves for longer than ``longest_s``.

        """
        await self.until_ready(longest_s, raising=False)
        if self.line.link.sessions != self._session:
            await self.get_to_know(longest_s)

    async def home(self, text: str, expected_s: float) -> None:
        """Carry out an order that homes.

        Homing what is homed already moves nothing: if nobody said that it began, it is ordered
        anew.

        Raises:
            DeviceError: the pump refused it, or failed.

        """
        self.homed, self._marks = False, frozenset()
        for orders in (1, 2):
            # Until it is over, the pump may still say that it isn't homed.
            sure = await self._begin(text, NOT_HOMED)
            reply = await self.until_ready(expected_s, raising=False)
            if sure or reply.error != NOT_HOMED or orders == 2:
                self._judge(reply, began=True)
            if sure:
                break
        self.homed = True

    async def carry_out(
        self, text: str, expected_s: float, marks: frozenset[int] | None = None
    ) -> bool:
        """Give an order and wait until it is over; returns False if nobody said that it began.

        ``marks`` are the start speeds that the pump may tell after it, if the order sets them.

        Raises:
            DeviceError: the pump refused it, or failed.

        """
        shown_before = self._error
        sure = await self._begin(text)
        if marks is not None:
            # An order that nobody acknowledged may or may not have set its speed.
            self._marks = marks if sure else self._marks and self._marks | marks
        reply = await self.until_ready(expected_s, raising=sure)
        if reply.error != shown_before:
            self._judge(reply, began=True)
        return sure

    async def kept_power(self) -> bool:
        """Whether the pump still has the start speed that it was given: a restart forgets it.

        Its counters would be zero then, as if it had emptied the syringe.

        Raises:
            LinkError: it doesn't say.

        """
        if self._marks and int((await self.line.ask("?1", str.isdecimal)).text) not in self._marks:
            self.homed = False
        return self.homed

    async def _begin(self, text: str, passed_over: int = 0) -> bool:
        try:
            reply = await self.line.command(text)
        except LOST:
            return False
        if reply.error != passed_over:
            self._judge(reply, began=reply.repeated)
        return True

    async def until_ready(self, expected_s: float, *, raising: bool = True) -> Reply:
        """Ask until the pump is ready.

        Raises:
            DeviceError: it failed (if ``raising``), or takes far too long.

        """
        patience = Patience(self.name, self._clock, expected_s, shortest_s=0.05)
        while True:
            try:
                reply = await self.line.ask("Q", _is_empty)
            except LinkError as error:
                error.moved = None  # what was begun goes on without us
                raise
            self._note(reply)
            if raising:
                self._judge(reply, began=True)
            if reply.ready:
                return reply
            await patience.pause("busy")

    async def halt(self) -> None:
        """Stop plunger and program; a turning valve turns to its end.

        Raises:
            DeviceError: it didn't say that it stands still.

        """
        await self.line.ask("T", _is_empty)
        await self.until_ready(1.0, raising=False)

    async def commanded(self) -> int:
        """Where the plunger was told to be (steps).

        Raises:
            LinkError: it doesn't say.

        """
        return int((await self.line.ask("?", str.isdecimal)).text)

    async def place(self) -> int:
        """Where the encoder sees the plunger (steps).

        Raises:
            LinkError: it doesn't say.

        """
        return int((await self.line.ask("?4", _is_place)).text)

    async def read_valve(self) -> str | None:
        """Port that the valve stands at.

        Raises:
            LinkError: it doesn't say.

        """
        reply = await self.line.ask("?6", _is_port)
        self.valve = port_named(reply.text.strip())
        return self.valve

    async def firmware(self) -> str:
        """Version of the firmware, in the maker's words.

        Raises:
            LinkError: it doesn't say.

        """
        return (await self.line.ask("&", bool)).text

    def _note(self, reply: Reply) -> None:
        self._error = reply.error
        if reply.error in PLACE_LOST:
            self.homed = False

    def _judge(self, reply: Reply, *, began: bool) -> None:
        """Turn an error code into an error; ``began``: something may have moved before it.

        Raises:
            DeviceError: there is an error code.

        """
        if reply.error == 0:
            return
        self._note(reply)
        why, kind = self.dialect.error(reply.error)
        lost = reply.error in PLACE_LOST and reply.error != VALVE_ERROR
        raise DeviceError(
            f"{why} (error {reply.error})",
            device=self.name,
            kind=kind,
            moved=None if began and lost else False,
        )


def _is_empty(text: str) -> bool:
    return not text


def _is_place(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _is_port(text: str) -> bool:
    return len(text) <= 2 and (not text or text.isalnum())
