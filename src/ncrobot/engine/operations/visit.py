"""One visit of the arm: tips are taken, something is done with them, and they are shed again.

A failure on some channels concerns those channels only: what is done about it is decided for each,
the others go on. What has to be begun again with another tip is left to a further visit. Tips are
shed whatever happens, unless the arm is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ncrobot.devices import ChannelMove, LiquidHandler
from ncrobot.engine.acts import act
from ncrobot.engine.fates import Policy
from ncrobot.engine.faults import Counsel, Sources
from ncrobot.engine.operations.chances import Chances, Failure
from ncrobot.engine.operations.doing import Doing
from ncrobot.engine.operations.failing import kept_out
from ncrobot.engine.operations.shedding import throw_tips_away
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.faults import Act, Response
from ncrobot.plan.operations import Leg, MixLeg

__all__ = ["Visit", "throw_tips_away"]

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


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
            moved = list(good)
            if error is not None and error.moved is not False:
                moved += failed
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
            self.lose_tip(leg.tip)
        if response is Response.NEXT_SOURCE:
            leg = leg.model_copy(update={"source": source})
        self.again.append(leg)

    def _doubt(self, failure: Failure[AnyLeg], response: Response) -> None:
        """Flag wells to which something may be done twice, because somebody said so."""
        if failure.doubles(response):
            reason = f"{self.operation}: {failure.error}; then {response.value}, as was asked"
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
            self.lose_tip(leg.tip)

    def _set_aside(self, leg: AnyLeg) -> None:
        self.active = [each for each in self.active if each is not leg]

    def lose_tip(self, tip: str) -> None:
        """Let a spare stand in for a planned tip, once a visit."""
        if tip not in self._replaced:
            self._replaced.add(tip)
            self.run.tips.lose(tip)

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
