"""Tips of a visit: taken for every leg, put back where they serve again, else thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ncrobot.devices import ChannelMove, TipPick
from ncrobot.engine.acts import act
from ncrobot.engine.operations.doing import Doing
from ncrobot.engine.operations.shedding import throw_tips_away
from ncrobot.engine.operations.visit import Visit
from ncrobot.errors import DeviceError
from ncrobot.faults import Act
from ncrobot.plan.operations import Leg, MixLeg

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


async def take_tips(visit: Visit[AnyLeg]) -> None:
    """Take a tip for every leg.

    Raises:
        StoppedError: the run is ending.

    """
    tips, books = visit.run.tips, visit.run.books

    def picks(legs: Sequence[AnyLeg]) -> list[TipPick]:
        return [TipPick(leg.channel, tips.standing_in(leg.tip)) for leg in legs]

    async def call(_moves: Sequence[ChannelMove], legs: Sequence[AnyLeg]) -> None:
        await visit.arm.pick_up_tips(picks(legs))

    visit.run.check()
    for pick in picks(visit.active):
        # Also where the act fails: a tip may be on, and is thrown away in the end.
        tips.mounted[pick.channel] = pick.tip
        books.take_tip(pick.channel, pick.tip)
    await visit.attempt(
        Doing(
            Act.TAKE_TIPS,
            "pick_up_tips",
            call,
            lambda _legs: [],
            data=lambda legs: {"tips": _told(picks(legs))},
        )
    )


async def shed_tips(visit: Visit[AnyLeg]) -> None:
    """Return empty tips that are shared and went well, throw all others away."""
    run, mounted = visit.run, visit.run.tips.mounted
    if not mounted or run.arm_gone:
        return
    clean = [
        leg
        for leg in visit.active
        if visit.shared_tips and leg.channel in mounted and run.books.tip_is_empty(leg.channel)
    ]
    if clean:
        await _return(visit, clean)
    visit.thrown_away = set(mounted.values())
    await throw_tips_away(run, visit.counsel)


async def _return(visit: Visit[AnyLeg], legs: Sequence[AnyLeg]) -> None:
    run, arm = visit.run, visit.arm
    picks = [TipPick(leg.channel, run.tips.mounted[leg.channel]) for leg in legs]
    channels = [pick.channel for pick in picks]
    try:
        await act(
            run, visit.operation, "return_tips", arm.name,
            lambda: arm.return_tips(picks), {"tips": _told(picks)}, channels=channels,
        )  # fmt: skip
    except DeviceError as error:
        visit.lost.append(str(error))
        for leg in legs:
            if leg.channel in error.channels or not error.channels:
                visit.lose_tip(leg.tip)
        # What is on the channels still is thrown away; only an arm that is gone can't.
        visit.counsel.note_gone(error)
        return
    for channel in channels:
        del run.tips.mounted[channel]
        run.books.shed(channel)


def _told(picks: Sequence[TipPick]) -> list[dict[str, object]]:
    return [{"channel": pick.channel, "tip": pick.tip} for pick in picks]
