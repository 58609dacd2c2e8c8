"""A nest: held by a device that moves it, or by all that reach into it while it stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Nest:
    """A lock that is held alone, or shared. Who wants it alone isn't overtaken by later sharers."""

    def __init__(self) -> None:
        self._sharing = 0
        self._is_alone = False
        self._wanting = 0
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def is_held(self) -> bool:
        """Whether anybody holds it."""
        return self._is_alone or self._sharing > 0

    def must_wait(self, *, shared: bool) -> bool:
        """Whether it can't be had at once."""
        if shared:
            return self._is_alone or self._wanting > 0
        return self.is_held

    async def alone(self) -> None:
        """Hold it alone."""
        self._wanting += 1
        try:
            await self._until(lambda: not self.is_held)
            self._is_alone = True
        finally:
            self._wanting -= 1
            if not self._is_alone:
                self._wake()  # those who waited behind it need wait no more

    async def shared(self) -> None:
        """Hold it together with others."""
        await self._until(lambda: not self.must_wait(shared=True))
        self._sharing += 1

    def release(self) -> None:
        """Let go; whoever holds it alone, else one of those who share it."""
        if self._is_alone:
            self._is_alone = False
        else:
            self._sharing -= 1
        self._wake()

    async def _until(self, free: Callable[[], bool]) -> None:
        while not free():
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(woken)
            try:
                await woken
            finally:
                if woken in self._waiting:
                    self._waiting.remove(woken)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for woken in waiting:
            if not woken.done():
                woken.set_result(None)
