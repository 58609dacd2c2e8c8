"""Devices beside the arm that are driven through PyLabRobot's backends: their common part."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.waiting import confirmed

logger = logging.getLogger(__name__)

T = TypeVar("T")

OF_ARGUMENTS = (AssertionError, ValueError, TypeError, NotImplementedError)
"""What PyLabRobot raises about its arguments, before it sends anything."""

CALL_S = 30.0
"""Real seconds for one call, where nothing else is known."""

_CANCELS, _HEEDS_S = 5, 0.5


class PyLabRobotDevice(ABC):
    """A device behind a backend of PyLabRobot.

    Its transports need packages that aren't PyLabRobot's own (``pylabrobot[usb]``, ``[hid]``,
    ``[ftdi]``); they are looked for in ``connect``.
    """

    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    """What PyLabRobot raises when the device itself says that it can't."""

    def __init__(self, name: str, backend: Any | None) -> None:
        self.name = name
        self._given = backend
        self._backend: Any | None = None

    @abstractmethod
    def make_backend(self) -> Any:
        """Make the backend; nothing is opened."""

    @abstractmethod
    async def open(self) -> None:
        """Open the transport and bring the device to a known state."""

    @abstractmethod
    async def close(self) -> None:
        """Close the transport."""

    @abstractmethod
    async def make_safe(self) -> bool:
        """Stop motion and heat; True if the device confirmed it."""

    @abstractmethod
    async def identify(self) -> Identity:
        """Model, serial number and firmware, as far as PyLabRobot can ask for them."""

    @property
    def backend(self) -> Any:
        """PyLabRobot's backend.

        Raises:
            DeviceError: the device isn't connected.

        """
        if self._backend is None:
            raise self.failure("is not connected", DeviceErrorKind.DEVICE_GONE)
        return self._backend

    async def connect(self) -> None:
        """Open the link.

        Raises:
            DeviceError: the device isn't there, or what its transport needs isn't installed.

        """
        if self._backend is not None:
            return
        logger.warning(
            "%s: this driver was never tried on hardware; watch its first run", self.name
        )
        try:
            self._backend = self._given if self._given is not None else self.make_backend()
            await self.call(self.open())
        except Exception as error:
            self._backend = None
            if isinstance(error, DeviceError):
                raise
            raise self.failure(str(error), DeviceErrorKind.DEVICE_GONE) from error

    async def disconnect(self) -> None:
        """Close the link; never raises."""
        if self._backend is not None:
            with suppress(DeviceError):
                await self.call(self.close())
        self._backend = None

    async def safe_state(self) -> bool:
        """Make it safe; False if it didn't confirm that."""
        return await confirmed(self.name, self.make_safe())

    async def call(self, work: Awaitable[T], *, within_s: float = CALL_S) -> T:
        """Await a call of PyLabRobot.

        Raises:
            DeviceError: it failed, was refused, or took too long.

        """
        refusals: tuple[type[Exception], ...] = (*OF_ARGUMENTS, *self.refusals)
        reason = f"didn't answer within {within_s:g} s"
        task = asyncio.ensure_future(work)
        if not await _ended(task, within_s):
            raise self.failure(reason, DeviceErrorKind.TIMEOUT)
        try:
            return task.result()
        except DeviceError:
            raise
        except TimeoutError as error:
            raise self.failure(reason, DeviceErrorKind.TIMEOUT) from error
        except refusals as error:
            reason = str(error) or "PyLabRobot got an answer that it doesn't know"
            raise self.failure(f"refuses: {reason}", DeviceErrorKind.REFUSED) from error
        except Exception as error:  # PyLabRobot has no error of its own for a lost device
            raise self.failure(str(error), DeviceErrorKind.DEVICE_GONE) from error

    def failure(self, reason: str, kind: DeviceErrorKind) -> DeviceError:
        """Something that went wrong; no liquid moves by such devices."""
        return DeviceError(reason, device=self.name, kind=kind, moved=False)

    def refused(self, reason: str) -> DeviceError:
        """An order that isn't sent."""
        return self.failure(reason, DeviceErrorKind.REFUSED)


async def _ended(task: asyncio.Future[Any], within_s: float) -> bool:
    """Wait for a task; one that takes too long is cancelled, and left if it doesn't heed it.

    PyLabRobot tidies up after a cancelled call by talking on to a device that may be silent.
    """
    try:
        done, _ = await asyncio.wait({task}, timeout=within_s)
    except asyncio.CancelledError:
        task.cancel()
        raise
    for _ in range(0 if done else _CANCELS):
        task.cancel()
        if (await asyncio.wait({task}, timeout=_HEEDS_S))[0]:
            break
    return bool(done)
