"""The line to an EVO behind PyLabRobot's backend: exchanges that are whole, plungers counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pylabrobot.liquid_handling.backends.tecan.errors import TecanError
from pylabrobot.liquid_handling.backends.tecan.EVO_backend import EVOArm, EVOBackend

START, FIRST_PRINTED, SHORTEST_REPLY = 2, 32, 5
MOVES_PLUNGERS = ("PPR", "MTR")
MOVES_LIQUID = "MTR"
NOT_INITIALIZED = 7
TRAVEL_MM = 210.0
"""Height of travel that PyLabRobot asks of every machine, also of one that isn't so high."""


class EvoError(TecanError):  # type: ignore[misc] # PyLabRobot has no types
    """An error that the machine reports, with the command that it answers."""

    def __init__(self, error: TecanError, command: str) -> None:
        super().__init__(error.message, error.module, error.error_code)
        self.command = command

    def __str__(self) -> str:
        return f"{self.message} (error {self.error_code} of {self.module} at {self.command})"


class LineError(Exception):
    """The line is dead, or out of step: which reply belongs to which command isn't known."""


class EvoLine(EVOBackend):  # type: ignore[misc] # PyLabRobot has no types
    """PyLabRobot's backend, whose line is either in step or closed; ``io`` may stand in for USB.

    ``plungers`` are the positions that follow from all acknowledged moves, in steps; None where
    nobody knows. ``liquid_asked`` tells whether the act under way has asked for liquid to move.
    """

    def __init__(self, channels: int, io: Any = None) -> None:
        super().__init__(diti_count=channels)
        if io is not None:
            self.io = io
        self.plungers: list[int | None] = []
        self.liquid_asked = False
        self.lost: str | None = None
        self._turn = asyncio.Lock()
        self.tells_plungers = False
        self.before_liquid: list[int | None] = []

    async def setup(self) -> None:
        """Open the line and initialize the arms; nothing that was set before is trusted."""
        self._cache.clear()
        EVOArm._pos_cache.clear()  # noqa: SLF001 - it outlives the backend, with stale positions
        self.lost, self.plungers, self._turn = None, [], asyncio.Lock()
        try:
            await super().setup()
        except AttributeError as error:
            raise LineError("there is no liquid-handling arm on this machine") from error
        except RuntimeError as error:
            raise LineError(str(error)) from error
        self.plungers = [0] * self.num_channels
        self.tells_plungers = await self.told_plungers() == self.plungers
        self._z_traversal_height: float = min(TRAVEL_MM, self._z_range / 10)

    async def send_command(
        self,
        module: str,
        command: str,
        params: list[int | None] | None = None,
        write_timeout: int | None = None,
        read_timeout: int | None = None,
        wait: bool = True,  # noqa: FBT001, FBT002 - theirs
    ) -> Any:
        """Exchange a command for its reply, to the end even if whoever asks for it is cancelled.

        Raises:
            EvoError: the machine refuses it.
            LineError: there is no reply, or one that can't be its own.

        """
        work = asyncio.ensure_future(
            self._exchange(module, command, params, write_timeout, read_timeout, wait)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()
            raise

    async def _exchange(
        self, module: str, command: str, params: list[int | None] | None, *more: Any
    ) -> Any:
        async with self._turn:
            if self.lost is not None:
                raise LineError(f"{self.lost}; it has to be connected again")
            moves = module == self.LIHA and command in MOVES_PLUNGERS
            before = list(self.plungers)
            if command == MOVES_LIQUID:
                self.liquid_asked, self.before_liquid = True, before
            if moves:
                self._forget(params or [])
            try:
                reply = await super().send_command(module, command, params, *more)
            except TecanError as error:
                self._cache.pop(module + command, None)
                raise self._refusal(error, module, command) from error
            except TimeoutError:
                self._lose(f"there was no reply to {command}")
                raise
            except (OSError, RuntimeError, IndexError, ValueError) as error:
                self._lose(f"the line failed at {command}: {error}")
                raise LineError(self.lost) from error
            if reply is not None and reply["module"] != module:
                self._lose(f"the reply to {command} came from {reply['module']!r}")
                raise LineError(self.lost)
            if moves:
                self._count(before, params or [])
            return reply

    def _refusal(self, error: TecanError, module: str, command: str) -> Exception:
        """What a reply with an error code means."""
        if error.module != module:
            self._lose(f"the reply to {command} came from {error.module!r}")
            return LineError(self.lost)
        if error.error_code == NOT_INITIALIZED and self.plungers:
            self._lose("the machine was switched off, and has lost its zeros")
            return LineError(self.lost)
        return EvoError(error, command)

    def parse_response(self, resp: bytes) -> Any:
        """Parse a reply, unless it isn't one whole reply.

        Raises:
            ValueError: it is only a part of one, or no reply at all.

        """
        if len(resp) < SHORTEST_REPLY or resp[0] != START or resp[-1] >= FIRST_PRINTED:
            raise ValueError(f"{bytes(resp)!r} is no reply")
        return super().parse_response(resp)

    def _lose(self, why: str) -> None:
        self.lost = why
        self._cache.clear()

    def _forget(self, params: Sequence[int | None]) -> None:
        for channel, steps in enumerate(params[: len(self.plungers)]):
            if steps:
                self.plungers[channel] = None

    def _count(self, before: Sequence[int | None], params: Sequence[int | None]) -> None:
        for channel, steps in enumerate(params[: len(self.plungers)]):
            at = before[channel]
            if steps and at is not None:
                self.plungers[channel] = at + steps

    async def told_plungers(self) -> list[int | None] | None:
        """Where the plungers stand, in steps; None if the machine doesn't tell.

        The command is none of pylabrobot 0.2.2's, but of later work on it. So it counts only if the
        machine says by it that the plungers stand at zero when they do.
        """
        try:
            reply = await self.send_command(self.LIHA, "RPP", [0])
        except EvoError:
            return None
        return [steps if isinstance(steps, int) else None for steps in reply["data"]]
