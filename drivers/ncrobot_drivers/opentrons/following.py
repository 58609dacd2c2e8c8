"""Following a run on a robot to its end; the run needs nobody who follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ncrobot_drivers.opentrons.http_answers import RobotCommand, RobotRun
from ncrobot_drivers.opentrons.http_client import RobotApi
from ncrobot_drivers.opentrons.http_errors import (
    NoAnswerError,
    RobotError,
    ServerFailedError,
    UnreachableError,
)

PAGE = 100
_PASSING = (UnreachableError, NoAnswerError, ServerFailedError)


@dataclass(frozen=True, slots=True)
class Progress:
    """Something new about a run: its status changed, or a command with a text was reached.

    ``reachable`` is False while the robot doesn't answer; the rest is then what was known last.
    """

    status: str
    index: int
    kind: str
    message: str
    reachable: bool = True


Listener = Callable[[Progress], None]


class Follower:
    """Reads a run again and again and tells what is new."""

    def __init__(self, api: RobotApi, run_id: str, listener: Listener) -> None:
        self._api = api
        self._run_id = run_id
        self._tell = listener
        self._next = 0
        self._told = ""
        self._reachable = True

    async def to_the_end(self, *, patience_s: float = 600.0) -> RobotRun:
        """Follow the run until it is over.

        A network that is gone is waited for; the run goes on meanwhile, and what it did is told
        when the network is back.

        Raises:
            UnreachableError: the robot didn't answer for ``patience_s``; ``moved`` is None.
            RobotError: it answered, and something is wrong, such as a run that it has forgotten.

        """
        clock = self._api.clock
        answered_s = clock.now_s()
        while True:
            try:
                found = await self._look()
            except _PASSING as error:
                self._lost(error)
                if clock.now_s() - answered_s >= patience_s:
                    raise UnreachableError(
                        f"the robot hasn't answered for {patience_s:g} s; its run goes on unless "
                        f"it lost power: {error.reason}",
                        address=self._api.address,
                        moved=None,
                    ) from error
            else:
                answered_s = clock.now_s()
                if found.ended:
                    return found
            await clock.sleep(self._api.poll_s)

    async def _look(self) -> RobotRun:
        """One look: the state first, so that an end is told after all commands before it."""
        found = await self._api.run(self._run_id)
        self._reachable = True
        await self._new_commands()
        if found.status != self._told:
            self._told = found.status
            self._tell(Progress(found.status, self._next - 1, "", "; ".join(found.errors)))
        return found

    async def _new_commands(self) -> None:
        while True:
            page = await self._api.commands(self._run_id, since=self._next, count=PAGE)
            begun = [c for c in page if c.index >= self._next and c.status != "queued"]
            for command in begun:
                self._next = command.index + 1
                if command.message or command.error:
                    self._tell(self._progress(command))
            if len(begun) < PAGE:
                return

    def _progress(self, command: RobotCommand) -> Progress:
        text = command.message
        if command.error:
            text = f"{text}: {command.error}" if text else command.error
        return Progress(self._told, command.index, command.kind, text)

    def _lost(self, error: RobotError) -> None:
        if self._reachable:
            self._reachable = False
            self._tell(Progress(self._told, self._next - 1, "", error.reason, reachable=False))
