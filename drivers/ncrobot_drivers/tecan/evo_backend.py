"""PyLabRobot's EVO backend with what it leaves open: a line out of step, plungers, tips in a row.

Of pylabrobot 0.2.2, EVO_backend.py, this class mends from outside:

- ``send_command`` remembers a setting before the machine has taken it, also over a reconnect;
- replies have no number, so after a lost one each reply would be taken for the next command's;
- ``pick_up_tips`` draws 10 µL of air that nothing pushes out, until the plunger is at its end;
- ``aspirate``, ``dispense`` and the tips' acts place the first channel and space the others evenly,
  wherever their wells are;
- ``aspirate`` fails in the liquid where the volume lowers the level by less than 0.05 mm.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from pylabrobot.liquid_handling.errors import ChannelizedError

from ncrobot_drivers.tecan.evo_limits import Limits, in_one_row
from ncrobot_drivers.tecan.evo_line import EvoError, EvoLine, LineError

HOMING_HALF_STEPS_PER_S = 1800


class NotReachedError(Exception):
    """A channel's part of an act was not begun, as another one's had failed before."""


class EvoBackend(EvoLine):
    """PyLabRobot's backend, for tips that stand in one row, and plungers that end at zero."""

    async def pick_up_tips(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Take tips; plungers whose place isn't known are asked for it first.

        Raises:
            ValueError: where a plunger stands isn't known, or a place can't be reached.

        """
        self.liquid_asked = False
        await self._know(use_channels)
        unknown = [channel for channel in use_channels if self.plungers[channel] is None]
        if unknown:
            raise ValueError(f"where plungers {unknown} stand isn't known: connect again")
        await self._in_rows(super().pick_up_tips, ops, use_channels, Limits(self).check_place)

    async def drop_tips(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Put tips into their racks, and then bring the plungers back to their zero."""
        self.liquid_asked = False
        await self._in_rows(super().drop_tips, ops, use_channels, Limits(self).check_place)
        await self._know(use_channels)
        await self._empty(use_channels)

    async def aspirate(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Draw, those channels together whose wells stand as the tips do."""
        await self._liquid(super().aspirate, ops, use_channels, Limits(self).check_draw)

    async def dispense(self, ops: Sequence[Any], use_channels: Sequence[int]) -> None:
        """Push out, those channels together whose wells stand as the tips do."""
        await self._liquid(super().dispense, ops, use_channels, Limits(self).check_dispense)

    async def _liquid(self, act: Any, ops: Any, use_channels: Sequence[int], check: Any) -> None:
        """Move liquid; if that fails, look whether the plungers have moved at all."""
        self.liquid_asked = False
        try:
            await self._in_rows(act, ops, use_channels, check)
        except (EvoError, ChannelizedError):
            await self._know(use_channels)
            stood = all(
                self.plungers[channel] is not None
                and self.plungers[channel] == self.before_liquid[channel]
                for channel in use_channels
                if self.liquid_asked
            )
            self.liquid_asked &= not stood
            raise

    async def _in_rows(
        self,
        act: Callable[..., Awaitable[None]],
        ops: Sequence[Any],
        use_channels: Sequence[int],
        check: Callable[[Any, int], None],
    ) -> None:
        """Do an act row by row; all of it is checked before anything of it is sent."""
        pairs = list(zip(ops, use_channels, strict=True))
        for op, channel in pairs:
            check(op, channel)
        rows = in_one_row(pairs, self.deck)
        for number, row in enumerate(rows):
            try:
                await act([op for op, _ in row], [channel for _, channel in row])
            except Exception as error:
                if number == 0 and len(rows) == 1:
                    raise
                failed: dict[int, Exception] = {channel: error for _, channel in row}
                skipped = [channel for later in rows[number + 1 :] for _, channel in later]
                failed |= {channel: NotReachedError("its turn never came") for channel in skipped}
                raise ChannelizedError(failed) from error

    # Plungers.

    async def _know(self, channels: Sequence[int]) -> None:
        """Ask for the places of plungers, if one of these isn't known and it can be asked."""
        lost = [channel for channel in channels if self.plungers[channel] is None]
        if not lost or not self.tells_plungers or self.lost is not None:
            return
        with suppress(LineError, TimeoutError):
            told = await self.told_plungers()
            if told is not None and len(told) == len(self.plungers):
                self.plungers = told

    async def _empty(self, channels: Sequence[int]) -> None:
        """Push out the air that is left in plungers, through channels without tips."""
        moves: list[int | None] = [None] * self.num_channels
        for channel in channels:
            moves[channel] = -(self.plungers[channel] or 0) or None
        if any(moves):
            at_outlet: list[int | None] = [None if steps is None else 0 for steps in moves]
            speed = [None if steps is None else HOMING_HALF_STEPS_PER_S for steps in moves]
            await self.liha.position_valve_logical(at_outlet)
            await self.liha.set_end_speed_plunger(speed)
            await self.liha.move_plunger_relative(moves)
