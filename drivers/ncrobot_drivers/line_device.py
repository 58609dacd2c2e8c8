"""What drivers of devices that answer line by line have in common: asking, waiting, heartbeats."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.link import (
    DamagedReplyError,
    HalfReplyError,
    LinkLostError,
    SerialLink,
    SilentError,
)
from ncrobot_drivers.waiting import LATE_LOOKS, confirmed

logger = logging.getLogger(__name__)

TRIES = 3
"""How often a question is asked before its answer counts as lost."""

_UNHEARD = (SilentError, HalfReplyError, DamagedReplyError)


class LineDevice(ABC):
    """A device on a serial line of its own.

    ``reply_s`` bounds one exchange, in real seconds. After a lost reply the line is left alone for
    as long again, so that a late one isn't taken for the answer to the next question.
    """

    needs_port: ClassVar[bool] = True
    """Whether the deck layout has to give it a port."""
    reply_s: ClassVar[float] = 1.0

    def __init__(self, name: str, clock: Clock, link: SerialLink, reply_s: float | None) -> None:
        self.name = name
        self.clock = clock
        self.link = link
        self.patience_s = reply_s or self.reply_s
        self._heart: asyncio.Task[None] | None = None

    @abstractmethod
    async def get_ready(self) -> None:
        """After the line was opened: bring the device to a known state."""

    @abstractmethod
    async def identify(self) -> Identity:
        """Model, serial number and firmware, as far as the device tells them."""

    @abstractmethod
    async def make_safe(self) -> bool:
        """Stop motion, heat and flow; True if the device confirmed it."""

    async def connect(self) -> None:
        """Open the line and get the device ready.

        Raises:
            DeviceError: no port, or no such device.

        """
        await self.link.open()
        try:
            await self.get_ready()
        except DeviceError:
            await self.disconnect()
            raise

    async def safe_state(self) -> bool:
        """Make it safe; False if it didn't confirm that."""
        return await confirmed(self.name, self.make_safe())

    async def disconnect(self) -> None:
        """Close the line; never raises."""
        await self.stop_heart()
        await self.link.close()

    async def ask(
        self,
        payload: bytes,
        accept: Callable[[bytes], bool] = bool,
        *,
        tries: int = TRIES,
        within_s: float | None = None,
    ) -> bytes:
        """Ask, or order what may be ordered twice, until an answer comes.

        Raises:
            LinkError: none came.

        """
        limit_s = within_s or self.patience_s
        for _ in range(tries - 1):
            try:
                return await self.link.exchange(payload, within_s=limit_s, accept=accept)
            except LinkLostError:
                continue  # the next exchange opens the line anew
            except _UNHEARD:
                with suppress(LinkLostError):
                    await self.link.drain(quiet_s=self.patience_s, within_s=3 * self.patience_s)
        return await self.link.exchange(payload, within_s=limit_s, accept=accept)

    async def until(
        self, reached: Callable[[], Awaitable[bool]], *, within_s: float, poll_s: float
    ) -> bool:
        """Look again and again; returns False if it wasn't reached in time.

        Time is the clock's; where that is quick, the device gets some more looks.
        """
        end_s = self.clock.now_s() + within_s
        late = 0
        while not await reached():
            late += self.clock.now_s() > end_s
            if late > LATE_LOOKS:
                return False
            await self.clock.sleep(poll_s)
        return True

    def start_heart(self, beat: Callable[[], Awaitable[object]], every_s: float) -> None:
        """Let the device hear of us from now on; what is told it before goes on no more."""
        if self._heart is not None:
            self._heart.cancel()

        async def beating() -> None:
            while True:
                await self.clock.sleep(every_s)
                try:
                    await beat()
                except DeviceError as error:
                    logger.warning("%s didn't hear its watchdog fed: %s", self.name, error)

        self._heart = asyncio.create_task(beating(), name=f"heart of {self.name}")

    async def stop_heart(self) -> None:
        """Let the device hear no more of us by itself."""
        heart, self._heart = self._heart, None
        if heart is not None:
            heart.cancel()
            with suppress(asyncio.CancelledError):
                await heart

    def refused(self, reason: str) -> DeviceError:
        """An order that isn't sent, or that the device doesn't take."""
        return DeviceError(reason, device=self.name, kind=DeviceErrorKind.REFUSED, moved=False)

    def failure(
        self, reason: str, kind: DeviceErrorKind, *, moved: bool | None = None
    ) -> DeviceError:
        """Something that went wrong in the device."""
        return DeviceError(reason, device=self.name, kind=kind, moved=moved)
