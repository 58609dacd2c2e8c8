"""One visit of the arm: tips are taken, something is done with them, and they are shed again.

A failure on some channels concerns those channels only: what is done about it is decided for each,
the others go on. What has to be begun again with another tip is left to a further visit. Tips are
shed whatever happens, unless the arm is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ncrobot.devices import ChannelMove, LiquidHandler, TipPick
from ncrobot.engine.acts import act
from ncrobot.engine.fates import Policy
from ncrobot.engine.faults import Counsel, Sources
from ncrobot.engine.operations.chances import Chances, Failure
from ncrobot.engine.operations.failing import kept_out
from ncrobot.engine.operations.shedding import throw_tips_away
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.faults import Act, Response
from ncrobot.plan.operations import Leg, MixLeg

__all__ = ["Doing", "Visit", "throw_tips_away"]

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


def _nothing(_leg: Any) -> None:
    """For acts that change no books."""


@dataclass(frozen=True)
class Doing(Generic[AnyLeg]):
    """One act of the arm, as it can be told it for all legs or for some of them.

    ``post`` hears once of every leg whose liquid has moved, or may have; ``done`` of those that
    went well.
    """

    act: Act
    name: str
    call: Callable[[Sequence[ChannelMove], Sequence[AnyLeg]], Awaitable[None]]
    moves: Callable[[Sequence[AnyLeg]], list[ChannelMove]]
    post: Callable[[AnyLeg], None] = _nothing
    done: Callable[[AnyLeg], None] = _nothing
    data: Callable[[Sequence[AnyLeg]], Mapping[str, Any]] = lambda _legs: {}


@dataclass
class Visit(Generic[AnyLeg]):
    """The arm's channels during one operation; ``active`` are the legs that still go well.

    ``again`` are legs that have to be begun anew, by the tip that stands in for theirs then;
    ``given_up`` are those that won't be; ``thrown_away`` are the spots of tips that are gone. While
    ``blames`` is off, a lost channel costs its tip, but none of its wells, and nobody is asked.
    """

    run: Run
    counsel: Counsel
    active: list[AnyLeg]
    wells_of: Callable[[AnyLeg], Iterable[str]]
    shared_tips: bool
    blames: bool = field(default=True, kw_only=True)
    lost: list[str] = field(default_factory=list)
    unknown: bool = False
    again: list[AnyLeg] = field(default_factory=list)
    given_up: list[AnyLeg] = field(default_factory=list)
    thrown_away: set[str] = field(default_factory=set)
    _open: list[Failure[AnyLeg]] = field(default_factory=list)
    _replaced: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.operation = self.counsel.operation.id
        self.chances: Chances[AnyLeg] = Chances(
            self.run, Sources(self.run, self.operation), self.wells_of
        )

    @property
    def arm(self) -> LiquidHandler:
        """The arm."""
        return self.run.workcell.arm

    def wells(self, legs: Iterable[AnyLeg]) -> tuple[str, ...]:
        """The wells of these legs."""
        return tuple(dict.fromkeys(well for leg in legs for well in self.wells_of(leg)))

    async def take_tips(self) -> None:
        """Take a tip for every leg."""
        tips, books = self.run.tips, self.run.books

        def picks(legs: Sequence[AnyLeg]) -> list[TipPick]:
            return [TipPick(leg.channel, tips.standing_in(leg.tip)) for leg in legs]

        async def call(_moves: Sequence[ChannelMove], legs: Sequence[AnyLeg]) -> None:
            await self.arm.pick_up_tips(picks(legs))

        self.run.check()
        for pick in picks(self.active):
            # Also where the act fails: a tip may be on, and is thrown away in the end.
            tips.mounted[pick.channel] = pick.tip
            books.take_tip(pick.channel, pick.tip)
        await self.attempt(
            Doing(
                Act.TAKE_TIPS, "pick_up_tips", call, lambda _legs: [],
                data=lambda legs: {
                    "tips": [{"channel": p.channel, "tip": p.tip} for p in picks(legs)]
                },
            )
        )  # fmt: skip

    async def attempt(self, doing: Doing[AnyLeg]) -> list[ChannelMove]:
        """Carry out one act for all active legs, and what is decided where it fails.

        Afterwards the legs that did their part are active. Returns all moves that were told.

        Raises:
            StoppedError: the run is ending; the act wasn't begun, or not again.

        """
        waiting: list[AnyLeg] = list(self.active)
        posted, told = set[int](), list[ChannelMove]()
        while waiting:
            self.run.check()
            moves = doing.moves(waiting)
            told += moves
            error = await self._try(doing, waiting, moves)
            failed: list[AnyLeg] = self._failed(waiting, error)
            good: list[AnyLeg] = [leg for leg in waiting if not _is_in(leg, failed)]
            moved = [*good, *failed] if error and error.moved is not False else good
            for leg in moved:
                if id(leg) not in posted:
                    posted.add(id(leg))
                    doing.post(leg)
            for leg in good:
                doing.done(leg)
            waiting = await self.respond(doing.act, error, failed) if error else []
        return told

    async def _try(
        self, doing: Doing[AnyLeg], legs: Sequence[AnyLeg], moves: Sequence[ChannelMove]
    ) -> DeviceError | None:
        told = [
            {"channel": m.channel, "address": m.address, "volume_ul": m.volume_ul} for m in moves
        ]
        data = doing.data(legs)
        try:
            async with self.run.interlocks.reaching({m.address.split("/")[0] for m in moves}):
                await act(
                    self.run, self.operation, doing.name, self.arm.name,
                    lambda: doing.call(moves, legs), {**data, "moves": told} if moves else data,
                    wells=self.wells(legs), channels=[leg.channel for leg in legs],
                )  # fmt: skip
        except DeviceError as error:
            return kept_out(self.run, error)
        return None

    @staticmethod
    def _failed(legs: Sequence[AnyLeg], error: DeviceError | None) -> list[AnyLeg]:
        if error is None:
            return []
        named = set(error.channels) & {leg.channel for leg in legs}
        return [leg for leg in legs if not named or leg.channel in named]

    async def respond(
        self, act_kind: Act, error: DeviceError, failed: Sequence[AnyLeg]
    ) -> list[AnyLeg]:
        """Do what is decided about legs that failed; returns those to try again at once.

        Before the dispense nobody is asked while the other channels hold liquid: that waits.
        """
        self.unknown = self.unknown or error.moved is not False
        if not self.blames:
            for leg in failed:
                self._leave(leg, str(error))
            return []
        failures = [Failure(act_kind, error, leg) for leg in failed]
        return await self._carry_out(failures, later=False)

    async def _carry_out(self, failures: Sequence[Failure[AnyLeg]], *, later: bool) -> list[AnyLeg]:
        first, at_once = failures[0], list[AnyLeg]()
        cases = self.chances.cases(failures, self.active, later=later)
        responses = await self.counsel.decide(
            first.act, first.error, [case for case, _ in cases],
            ask_later=first.may_wait and not later,
        )  # fmt: skip
        for failure, (_, other), response in zip(failures, cases, responses, strict=True):
            if response is None:
                self._open.append(failure)
                self._set_aside(failure.leg)
            elif response is Response.RETRY and not later and first.act is not Act.TAKE_TIPS:
                self._doubt(failure, response)
                at_once.append(failure.leg)
            elif response is Response.NEXT_SOURCE and not later and first.error.moved is False:
                at_once.append(self._redirect(failure.leg, other))
            elif response in (Response.RETRY, Response.NEXT_TIP, Response.NEXT_SOURCE):
                self._begin_again(failure, response, other)
            else:
                goes_on = response is Response.CONTINUE
                self._give_up(failure, "continue" if goes_on else "abandon")
        return at_once

    def _redirect(self, leg: AnyLeg, source: str) -> AnyLeg:
        """Let a leg draw from another position, with the tip that it has."""
        moved = leg.model_copy(update={"source": source})
        self.active[next(n for n, each in enumerate(self.active) if each is leg)] = moved
        return moved

    def _begin_again(self, failure: Failure[AnyLeg], response: Response, source: str) -> None:
        """Leave a leg to a further visit, with another tip unless it never got its own."""
        leg = failure.leg
        self._doubt(failure, response)
        self._set_aside(leg)
        if not (failure.act is Act.TAKE_TIPS and response is Response.RETRY):
            self._lose_tip(leg.tip)
        if response is Response.NEXT_SOURCE:
            leg = leg.model_copy(update={"source": source})
        self.again.append(leg)

    def _doubt(self, failure: Failure[AnyLeg], response: Response) -> None:
        """Flag wells that may get something twice because a person said so."""
        if failure.doubles(response):
            reason = f"{self.operation}: {failure.error}; {response.value} by a person's word"
            self.run.fates.flag(self.wells([failure.leg]), reason, "continue", self.operation)

    def _give_up(self, failure: Failure[AnyLeg], policy: Policy) -> None:
        self._leave(failure.leg, str(failure.error))
        self.given_up.append(failure.leg)
        reason = f"{self.operation}: {failure.error}"
        self.run.fates.flag(self.wells([failure.leg]), reason, policy, self.operation)

    def _leave(self, leg: AnyLeg, reason: str) -> None:
        """Let a channel go: its tip won't be used again."""
        self._set_aside(leg)
        self.lost.append(f"channel {leg.channel}: {reason}")
        if self.shared_tips:
            self._lose_tip(leg.tip)

    def _set_aside(self, leg: AnyLeg) -> None:
        self.active = [each for each in self.active if each is not leg]

    def _lose_tip(self, tip: str) -> None:
        if tip not in self._replaced:
            self._replaced.add(tip)
            self.run.tips.lose(tip)

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
        self.thrown_away = set(mounted.values())
        await throw_tips_away(self.run, self.counsel)

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
                    self._lose_tip(leg.tip)
            # What is on the channels still is thrown away; only an arm that is gone can't.
            self.counsel.note_gone(error)
            return
        for channel in channels:
            del self.run.tips.mounted[channel]
            self.run.books.shed(channel)

    async def to_do_again(self) -> list[AnyLeg]:
        """Ask what had to wait for an answer; returns the legs for a further visit."""
        while self._open and self.run.ending is None:
            first = self._open[0]
            alike = [f for f in self._open if f.act is first.act and f.error is first.error]
            self._open = [f for f in self._open if f not in alike]
            try:
                await self._carry_out(alike, later=True)
            except StoppedError:
                break
        if self.run.ending is not None:
            return []
        return [leg for leg in self.again if self.run.fates.any_alive(self.wells_of(leg))]

    def include(self, other: Visit[AnyLeg]) -> None:
        """Take over what another visit of the same operation lost."""
        self.lost += other.lost
        self.unknown = self.unknown or other.unknown

    def ended(self, delivered: int, **data: Any) -> Ended:
        """Return how the operation ended, from what was lost on the way."""
        if self.run.ending is not None and delivered == 0 and not self.lost:
            return Ended(Result.NOT_DONE, self.run.ending.reason, data)
        result = Result.DONE if delivered else Result.NOT_DONE
        return Ended(Result.UNKNOWN if self.unknown else result, "; ".join(self.lost), data)


def _is_in(leg: object, legs: Sequence[object]) -> bool:
    return any(leg is each for each in legs)
