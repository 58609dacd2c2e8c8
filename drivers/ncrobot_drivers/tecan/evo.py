"""Tecan Freedom EVO with disposable tips on its liquid-handling arm, through PyLabRobot.

Written against its EVOBackend of 0.2.2. Tried with an emulator of the machine's command language
in the place of PyLabRobot's USB line only, never on hardware, which ``connect`` says in a log line.
The language is known from PyLabRobot alone, and so are the heights, which later work on PyLabRobot
has corrected by the length of tip that sits on the cone: watch the first run, with water.

It draws and dispenses with single doses in Tecan's plates. It doesn't mix, doesn't dispense twice
out of one draw, carries no plates. PyLabRobot knows no waste for tips: used ones go back into their
racks. Connecting initializes the machine: whatever is in its tips goes into the wash station, so
take off by hand what an earlier process left on the cones.

PyLabRobot needs ``pylabrobot[usb]``; it opens the first EVO that it finds, so ``port`` stays empty.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from pylabrobot.liquid_handling.backends.tecan.errors import TecanError

from ncrobot.clock import Clock
from ncrobot.devices import ChannelMove, HandlerSetup, Identity, TipPick
from ncrobot.devices.pylabrobot_handler import Cause, PyLabRobotHandler
from ncrobot.errors import DeviceError, DeviceErrorKind, Diagnostic, LabError
from ncrobot_drivers.tecan.evo_backend import EvoBackend, NotReachedError
from ncrobot_drivers.tecan.evo_line import MOVES_LIQUID, EvoError, LineError

logger = logging.getLogger(__name__)

KINDS: dict[int, DeviceErrorKind] = {
    2: DeviceErrorKind.REFUSED,
    3: DeviceErrorKind.REFUSED,
    5: DeviceErrorKind.REFUSED,
    7: DeviceErrorKind.REFUSED,
    9: DeviceErrorKind.NO_LIQUID,
    11: DeviceErrorKind.NO_LIQUID,
    12: DeviceErrorKind.NO_LIQUID,
    18: DeviceErrorKind.CLOT,
    19: DeviceErrorKind.CLOT,
    21: DeviceErrorKind.OVERPRESSURE,
    25: DeviceErrorKind.TIP_NOT_PICKED_UP,
    26: DeviceErrorKind.TIP_NOT_PICKED_UP,
    27: DeviceErrorKind.TIP_NOT_PICKED_UP,
}
"""Errors of the liquid-handling arm, as PyLabRobot lists them; all others are those of a drive."""

OTHERS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], DeviceErrorKind], ...] = (
    (TecanError, DeviceErrorKind.REFUSED),  # PyLabRobot's own: two arms would collide
    (TimeoutError, DeviceErrorKind.TIMEOUT),
    ((LineError, OSError), DeviceErrorKind.DEVICE_GONE),
    ((ValueError, TypeError, AssertionError, NotImplementedError), DeviceErrorKind.REFUSED),
)
"""What other exceptions mean, the first that fits; the last are raised about arguments."""

SAME_UL = 0.01
"""Doses that differ by less are the same."""


class Evo(PyLabRobotHandler):
    """The liquid-handling arm of a Freedom EVO."""

    def __init__(
        self,
        *,
        name: str,
        setup: HandlerSetup,
        clock: Clock,
        port: str | None = None,
        backend: EvoBackend | None = None,
    ) -> None:
        del clock  # the machine keeps its own time
        if port:
            raise LabError(
                Diagnostic(
                    code="no-port-here",
                    message=f"arm {name!r}: PyLabRobot opens the first EVO that it finds",
                    quantity="arm.port",
                    found=port,
                    fix="delete port, and plug in one EVO only",
                )
            )
        self._evo = backend if backend is not None else EvoBackend(setup.channels)
        self._drawn_ul: dict[int, float] = {}
        super().__init__(name=name, setup=setup, backend=self._evo)

    async def connect(self) -> None:
        """Initialize the machine, and see that it has the tips that the layout says."""
        logger.warning(
            "%s: this driver was never tried on hardware; watch its first run", self.name
        )
        try:
            await super().connect()
        except DeviceError:
            with suppress(Exception):
                await self._evo.stop()
            raise
        self._drawn_ul.clear()
        if self._evo.num_channels != self.setup.channels:
            await self.disconnect()
            raise self._refused(
                f"it has {self._evo.num_channels} tips, the deck layout says {self.setup.channels}"
            )

    async def identify(self) -> Identity:
        """What it has; PyLabRobot asks for no serial number and no firmware."""
        self._ready()
        others = " and a gripper arm" if self._evo.roma_connected else ""
        return Identity(f"Tecan Freedom EVO, {self._evo.num_channels} tips{others}", "", "")

    async def park(self) -> None:
        """Raise the tips, and bring them over the wash station."""
        await self._evo._park_liha()  # noqa: SLF001 - no other way

    async def pick_up_tips(self, picks: Sequence[TipPick]) -> None:
        """Take tips; they hold nothing yet."""
        for pick in picks:
            self._drawn_ul.pop(pick.channel, None)
        await super().pick_up_tips(picks)

    async def aspirate(self, moves: Sequence[ChannelMove]) -> None:
        """Draw: one dose a tip, at the level of the liquid."""
        for move in moves:
            if move.below_ul is not None:
                raise self._refused(f"it draws at the level of {move.address} only, in no layer")
            if move.channel in self._drawn_ul:
                raise self._refused(f"channel {move.channel} holds a dose already")
        await super().aspirate(moves)
        self._drawn_ul |= {move.channel: move.volume_ul for move in moves}

    async def dispense(self, moves: Sequence[ChannelMove]) -> None:
        """Push out: all that was drawn, since the air of the draw goes with it."""
        for move in moves:
            drawn_ul = self._drawn_ul.get(move.channel, move.volume_ul)
            if move.partial or abs(drawn_ul - move.volume_ul) > SAME_UL:
                raise self._refused(
                    f"channel {move.channel} holds {drawn_ul:g} µL, and an EVO pushes out all of "
                    f"it or nothing, not {move.volume_ul:g} µL"
                )
        await super().dispense(moves)
        for move in moves:
            self._drawn_ul.pop(move.channel, None)

    async def mix(self, moves: Sequence[ChannelMove], repetitions: int) -> None:
        """Refuse: PyLabRobot passes over the mixing of an aspirate."""
        del moves, repetitions
        raise self._refused("PyLabRobot doesn't mix with the tips of an EVO")

    async def move_labware(self, labware: str, to: str) -> None:
        """Refuse: PyLabRobot puts plates on the carrier that they come from only."""
        raise self._refused(f"PyLabRobot's gripper of an EVO doesn't carry {labware} to {to}")

    def explain(self, error: Exception) -> Cause | None:
        """Return what an error means; before liquid was asked to move, none has moved."""
        moved = None if self._evo.liquid_asked else False
        if isinstance(error, EvoError):
            kind = KINDS.get(error.error_code, DeviceErrorKind.STALL)
            refused = kind is DeviceErrorKind.REFUSED and error.command == MOVES_LIQUID
            return kind, False if refused else moved
        if isinstance(error, NotReachedError):
            return DeviceErrorKind.REFUSED, False
        kinds = (kind for types, kind in OTHERS if isinstance(error, types))
        found = next(kinds, None)
        return None if found is None else (found, moved)
