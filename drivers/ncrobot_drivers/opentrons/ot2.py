"""Opentrons OT-2, act by act through PyLabRobot's OpentronsOT2Backend (written against 0.2.2).

Tried with PyLabRobot's OpentronsOT2ChatterboxBackend only, which runs the real command code without
a robot; never on hardware, which ``connect`` says in a log line. PyLabRobot supports no Flex and no
pipette of eight channels here; whole runs of either go through ``ncrobot export-opentrons``.

``port`` is the robot's address. PyLabRobot needs ``pylabrobot[opentrons]`` for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar

from pylabrobot.liquid_handling.backends.opentrons_backend import OpentronsOT2Backend
from pylabrobot.liquid_handling.errors import NoChannelError

from ncrobot.clock import Clock
from ncrobot.devices import HandlerSetup, Identity
from ncrobot.devices.pylabrobot_handler import Cause, PyLabRobotHandler
from ncrobot.errors import DeviceErrorKind, Diagnostic, LabError

logger = logging.getLogger(__name__)

MOUNTS = 2
CHECKED_BY_PYLABROBOT = (ValueError, TypeError, AssertionError, NotImplementedError, NoChannelError)
"""What the backend raises about its arguments, always before it sends a command."""


class RobotError(Exception):
    """The robot, or the way to it, failed in an act that had begun."""


class ByMount:
    """Lets a backend use the pipette of the channel that it is told: 0 is left, 1 is right.

    By itself PyLabRobot takes any pipette that would do, which with tips on both may be the wrong
    one. Its calls over the network block, so each is made in a thread.
    """

    _channel = 0

    @property
    def num_channels(self) -> int:
        """Channels up to the last mount with a pipette."""
        me: Any = self
        return MOUNTS if me.right_pipette is not None else 1

    def _pipette(self, *, with_tip: bool) -> Any:
        me: Any = self
        mounts = (
            (me.left_pipette, me.left_pipette_has_tip),
            (me.right_pipette, me.right_pipette_has_tip),
        )
        pipette, has_tip = mounts[self._channel]
        return pipette if pipette is not None and has_tip == with_tip else None

    def select_tip_pipette(self, tip: Any, with_tip: bool) -> str | None:  # noqa: FBT001 - theirs
        """The pipette of the channel, if it takes such tips and has one or not, as wanted."""
        me: Any = self
        pipette = self._pipette(with_tip=with_tip)
        fits = pipette is not None and me.can_pick_up_tip(self._channel, tip)
        return str(pipette["pipetteId"]) if fits else None

    def select_liquid_pipette(self, volume: float) -> str | None:
        """The pipette of the channel, if it has a tip and the volume isn't beyond it."""
        pipette = self._pipette(with_tip=True)
        if pipette is None or OpentronsOT2Backend.pipette_name2volume[pipette["name"]] < volume:
            return None
        return str(pipette["pipetteId"])

    async def _threaded(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await asyncio.to_thread(asyncio.run, work)
        except (*CHECKED_BY_PYLABROBOT, OSError):
            raise
        except Exception as error:  # its client has no type for what the robot answers
            raise RobotError(str(error)) from error

    async def setup(self, skip_home: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
        """Begin a run on the robot, see which pipettes it has, and home."""
        parent: Any = super()
        await self._threaded(parent.setup(skip_home))

    async def stop(self) -> None:
        """End the run on the robot."""
        parent: Any = super()
        await self._threaded(parent.stop())

    async def pick_up_tips(self, ops: Any, use_channels: list[int]) -> None:
        """Take a tip with the channel's pipette."""
        await self._act("pick_up_tips", ops, use_channels)

    async def drop_tips(self, ops: Any, use_channels: list[int]) -> None:
        """Shed the tip of the channel's pipette."""
        await self._act("drop_tips", ops, use_channels)

    async def aspirate(self, ops: Any, use_channels: list[int]) -> None:
        """Draw with the channel's pipette."""
        await self._act("aspirate", ops, use_channels)

    async def dispense(self, ops: Any, use_channels: list[int]) -> None:
        """Push out with the channel's pipette."""
        await self._act("dispense", ops, use_channels)

    async def _act(self, name: str, ops: Sequence[Any], use_channels: list[int]) -> None:
        if len(use_channels) != 1:
            raise NoChannelError("PyLabRobot uses one channel of an OT-2 at a time")
        self._channel = use_channels[0]
        await self._threaded(getattr(super(), name)(ops, use_channels))


class Ot2Backend(ByMount, OpentronsOT2Backend):  # type: ignore[misc] # PyLabRobot has no types
    """PyLabRobot's backend, bound to mounts."""


class Ot2(PyLabRobotHandler):
    """The arm of an OT-2."""

    needs_port: ClassVar[bool] = True

    def __init__(
        self,
        *,
        name: str,
        setup: HandlerSetup,
        clock: Clock,
        port: str | None = None,
        backend: OpentronsOT2Backend | None = None,
    ) -> None:
        del clock  # the robot keeps its own time
        self._ot2 = backend if backend is not None else _made(name, port)
        super().__init__(name=name, setup=setup, backend=self._ot2)

    async def connect(self) -> None:
        """Begin a run on the robot, and home it."""
        logger.warning(
            "%s: this driver was never tried on hardware; watch its first run", self.name
        )
        await super().connect()

    async def identify(self) -> Identity:
        """What the robot's own service tells of it."""
        told: Any = await asyncio.to_thread(self._ot2._ot.health.get)  # noqa: SLF001 - no other way
        told = told or {}
        return Identity(
            f"Opentrons {told.get('robot_model', 'OT-2')}",
            str(told.get("robot_serial", "") or ""),
            str(told.get("api_version", "")),
        )

    async def park(self) -> None:
        """Bring the pipettes home."""
        await asyncio.to_thread(asyncio.run, self._ot2.home())

    def explain(self, error: Exception) -> Cause | None:
        """Return what an error means; one of the robot itself leaves open what has moved."""
        if isinstance(error, RobotError):
            return DeviceErrorKind.STALL, None
        if isinstance(error, (*CHECKED_BY_PYLABROBOT, RuntimeError)):
            return DeviceErrorKind.REFUSED, False
        return None


def _made(name: str, port: str | None) -> Ot2Backend:
    """The backend for a robot at this address.

    Raises:
        LabError: there is no address, or what PyLabRobot needs for it isn't installed.

    """
    if not port:
        raise _no_robot(name, "the deck layout gives it no port, the robot's address")
    try:
        return Ot2Backend(host=port)
    except RuntimeError as error:
        raise _no_robot(name, str(error)) from error


def _no_robot(name: str, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="no-robot",
            message=f"arm {name!r} can't be driven: {why}",
            quantity="arm.port",
            fix="give the robot's address as the arm's port, and install pylabrobot[opentrons]",
        )
    )
