"""One visit of the arm: tips are taken, something is done with them, and they are shed again.

A failure on some channels loses those channels only: their wells are flagged and abandoned, their
tips are thrown away, the others go on. Tips are shed whatever happens, unless the arm is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ncrobot.devices import ChannelMove, LiquidHandler, TipPick
from ncrobot.engine.acts import act
from ncrobot.engine.outcome import Ended, Result
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import ExitStatus
from ncrobot.plan.operations import Leg, MixLeg

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


@dataclass
class Visit(Generic[AnyLeg]):
    """The arm's channels during one operation; ``active`` are the legs that still go well.

    While ``blames`` is off, a lost channel costs its tip, but none of its wells.
    """

    run: Run
    operation: str
    active: list[AnyLeg]
    wells_of: Callable[[AnyLeg], Iterable[str]]
    shared_tips: bool
    blames: bool = field(default=True, kw_only=True)
    lost: list[str] = field(default_factory=list)
    unknown: bool = False
    _soiled: set[int] = field(default_factory=set)

    @property
    def arm(self) -> LiquidHandler:
        """The arm."""
        return self.run.workcell.arm

    def wells(self) -> tuple[str, ...]:
        """The wells of the legs that are still going well."""
        return tuple(dict.fromkeys(well for leg in self.active for well in self.wells_of(leg)))

    async def take_tips(self) -> None:
        """Take a tip for every leg."""
        tips = self.run.tips
        picks = [TipPick(leg.channel, tips.standing_in(leg.tip)) for leg in self.active]
        data = [{"channel": pick.channel, "tip": pick.tip} for pick in picks]

        async def call() -> None:
            await self.arm.pick_up_tips(picks)

        self.run.check()
        for pick in picks:
            # Also where the act fails: a tip may be on, and is thrown away in the end.
            tips.mounted[pick.channel] = pick.tip
            self.run.books.take_tip(pick.channel, pick.tip)
        await self.attempt("pick_up_tips", call, (), {"tips": data})

    def moves(
        self, place: Callable[[AnyLeg], str], flow_rate_ul_per_s: float, *, touches: bool
    ) -> list[ChannelMove]:
        """One move per active leg, at the place that it tells."""
        return [
            ChannelMove(leg.channel, place(leg), leg.volume_ul, flow_rate_ul_per_s, touches)
            for leg in self.active
        ]

    async def attempt(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        moves: Sequence[ChannelMove],
        data: Mapping[str, Any],
    ) -> list[AnyLeg]:
        """Carry out one act for all active legs; returns those that did their part.

        Raises:
            StoppedError: the run is ending; the act wasn't begun.

        """
        if not self.active:
            return []
        self.run.check()
        told = [
            {"channel": m.channel, "address": m.address, "volume_ul": m.volume_ul} for m in moves
        ]
        places = {move.address.split("/")[0] for move in moves}
        channels = [leg.channel for leg in self.active]
        try:
            async with self.run.interlocks.reaching(places):
                await act(
                    self.run, self.operation, name, self.arm.name, call,
                    {**data, "moves": told} if moves else data,
                    wells=self.wells(), channels=channels,
                )  # fmt: skip
        except DeviceError as error:
            self._lose(error)
        return list(self.active)

    def _lose(self, error: DeviceError) -> None:
        named = set(error.channels) & {leg.channel for leg in self.active}
        failed = [leg for leg in self.active if not named or leg.channel in named]
        self.unknown = self.unknown or error.moved is not False
        self.drop(failed, str(error))
        _note_gone(self.run, error)

    def drop(self, legs: Sequence[AnyLeg], reason: str) -> None:
        """Give up legs: their wells are abandoned and their tips will not be used again."""
        for leg in legs:
            self.active.remove(leg)
            self._soiled.add(leg.channel)
            self.lost.append(f"channel {leg.channel}: {reason}")
            if self.shared_tips:
                self.run.tips.lose(leg.tip)
        if not self.blames:
            return
        wells = [well for leg in legs for well in self.wells_of(leg)]
        self.run.fates.flag(wells, f"{self.operation}: {reason}", "abandon", self.operation)

    async def shed_tips(self) -> None:
        """Return empty tips that are shared and went well, throw all others away."""
        mounted = self.run.tips.mounted
        if not mounted or self.run.arm_gone:
            return
        clean = [
            leg
            for leg in self.active
            if self.shared_tips
            and leg.channel in mounted
            and self.run.books.tip_is_empty(leg.channel)
        ]
        if clean:
            await self._return(clean)
        await throw_tips_away(self.run, self.operation)

    async def _return(self, legs: list[AnyLeg]) -> None:
        picks = [TipPick(leg.channel, self.run.tips.mounted[leg.channel]) for leg in legs]
        data = [{"channel": pick.channel, "tip": pick.tip} for pick in picks]
        channels = [pick.channel for pick in picks]
        try:
            await act(
                self.run, self.operation, "return_tips", self.arm.name,
                lambda: self.arm.return_tips(picks), {"tips": data}, channels=channels,
            )  # fmt: skip
        except DeviceError as error:
            self.lost.append(str(error))
            for leg in legs:
                if leg.channel in error.channels or not error.channels:
                    self.run.tips.lose(leg.tip)
            _note_gone(self.run, error)
            return
        for channel in channels:
            del self.run.tips.mounted[channel]
            self.run.books.shed(channel)

    def ended(self, delivered: int, **data: Any) -> Ended:
        """Return how the operation ended, from what was lost on the way."""
        if self.run.ending is not None and delivered == 0 and not self.lost:
            return Ended(Result.NOT_DONE, self.run.ending.reason, data)
        result = Result.DONE if delivered else Result.NOT_DONE
        return Ended(Result.UNKNOWN if self.unknown else result, "; ".join(self.lost), data)


async def throw_tips_away(run: Run, operation: str | None) -> None:
    """Drop every tip on the channels into the waste, with what is in it."""
    channels = sorted(run.tips.mounted)
    if not channels or run.arm_gone:
        return
    arm = run.workcell.arm
    try:
        await act(
            run, operation, "discard_tips", arm.name,
            lambda: arm.discard_tips(channels), {"channels": channels}, channels=channels,
        )  # fmt: skip
    except DeviceError as error:
        _note_gone(run, error)
        run.end(ExitStatus.FAILED, f"the tips can't be shed: {error}")
        return
    for channel in channels:
        del run.tips.mounted[channel]
        run.books.shed(channel)


def _note_gone(run: Run, error: DeviceError) -> None:
    """End the run if it is the arm itself that is gone."""
    if error.kind is DeviceErrorKind.DEVICE_GONE and error.device == run.workcell.arm.name:
        run.arm_gone = True
        run.end(ExitStatus.FAILED, str(error))
