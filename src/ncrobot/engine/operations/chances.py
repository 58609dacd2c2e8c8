"""Chances: what could be done for each leg that failed, with what the deck has left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ncrobot.deck.layout import Arm
from ncrobot.engine.faults import Case, Dose, Sources
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.faults import Act, Response
from ncrobot.liquids import TOLERANCE_UL
from ncrobot.plan.operations import Leg, MixLeg

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)

_BEFORE_DISPENSE = frozenset({Act.TAKE_TIPS, Act.DRAW, Act.TAKE_SAMPLE, Act.RESUSPEND})
_DISPENSES = frozenset({Act.DISPENSE, Act.GIVE_SAMPLE})


def rigid_mates(arm: Arm) -> dict[int, frozenset[int]]:
    """By channel of a rigid head: the other channels of that head."""
    return {
        channel: frozenset(head.channels) - {channel}
        for head in arm.all_heads()
        if head.kind == "rigid"
        for channel in head.channels
    }


@dataclass(frozen=True)
class Failure(Generic[AnyLeg]):
    """One leg that failed in one act."""

    act: Act
    error: DeviceError
    leg: AnyLeg

    @property
    def may_wait(self) -> bool:
        """Whether the others are to be served before somebody is asked about it."""
        return self.act in _BEFORE_DISPENSE

    def doubles(self, response: Response) -> bool:
        """Whether a response may do something to a well twice."""
        if response not in (Response.RETRY, Response.NEXT_TIP):
            return False
        if self.act is Act.GIVE_SAMPLE and response is Response.NEXT_TIP:
            return True  # the sample that is in the tip is lost, and another one is taken
        if self.error.moved is False:
            return False
        return self.act in (Act.DISPENSE, Act.GIVE_SAMPLE, Act.TAKE_SAMPLE, Act.MIX)


@dataclass
class Chances(Generic[AnyLeg]):
    """Says what is possible for legs that failed; what it counts on isn't counted on twice."""

    run: Run
    sources: Sources
    wells_of: Callable[[AnyLeg], Iterable[str]]

    def __post_init__(self) -> None:
        self._rigid = rigid_mates(self.run.plan.deck.arm)

    def cases(
        self, failures: Sequence[Failure[AnyLeg]], active: Sequence[AnyLeg], *, later: bool
    ) -> list[tuple[Case, str]]:
        """Return each failure's case, and the other source that it could draw from."""
        promised = 0
        found = []
        failed = {failure.leg.channel for failure in failures}
        for failure in failures:
            spare = self.run.tips.spares_for(failure.leg.tip) > promised
            case, other = self._case(failure, active, failed, later=later, spare=spare)
            promised += Response.NEXT_TIP in case.can
            found.append((case, other))
        return found

    def _case(
        self,
        failure: Failure[AnyLeg],
        active: Sequence[AnyLeg],
        failed: set[int],
        *,
        later: bool,
        spare: bool,
    ) -> tuple[Case, str]:
        leg, act, can = failure.leg, failure.act, set[Response]()
        mates = {each.channel for each in active} & self._rigid.get(leg.channel, frozenset())
        alone = not self._rigid.get(leg.channel)
        another_tip = spare and alone
        if another_tip:
            can.add(Response.NEXT_TIP)
        in_place = (alone or mates <= failed) and self._can_repeat(failure)
        if act is Act.TAKE_TIPS or (another_tip if later else in_place):
            can.add(Response.RETRY)
        dose, other = None, ""
        if isinstance(leg, Leg):
            clean = failure.error.moved is False and not later
            if act is Act.DRAW and (another_tip or (alone and clean)):
                other = self.sources.other(leg.source, leg.volume_ul) or ""
            if other:
                can.add(Response.NEXT_SOURCE)
            dose = Dose(self._stock_of(leg), leg.volume_ul, other)
        key = (leg.channel, leg.cycle, leg.destination if isinstance(leg, Leg) else leg.well)
        return Case(key, tuple(self.wells_of(leg)), frozenset(can), dose, (key,)), other

    def _can_repeat(self, failure: Failure[AnyLeg]) -> bool:
        """In place: where liquid may have left the tip, none for other wells may be in it."""
        if failure.error.moved is False or failure.act not in _DISPENSES:
            return True
        return self.run.books.in_tip_ul(failure.leg.channel) <= TOLERANCE_UL

    def _stock_of(self, leg: Leg) -> str:
        uses = self.run.plan.stocks
        return next((use.stock for use in uses if leg.source in use.positions_ul), leg.source)
