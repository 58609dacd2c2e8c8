"""Aspirate, dispense and mix with the books kept: checked before, posted and compared after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ncrobot.devices import ChannelMove
from ncrobot.engine.operations.doing import Doing
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind
from ncrobot.faults import Act
from ncrobot.plan.operations import Leg, MixLeg, Transfer

CROSS_CHECK_UL = 0.05
"""The handler's tracker and the ledger may differ by this; more is written down."""

PARTIAL_UL = 1e-6
"""What stays in a tip beyond this makes a dispense a partial one."""

RESUSPEND_REPETITIONS = 3
"""How often a source that settles is mixed before a draw (assumed: usual pipetting practice)."""

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


async def aspirate(visit: Visit[Leg], *, touches: bool, sample: bool = False) -> None:
    """Draw every leg's volume from its source."""
    books, arm = visit.run.books, visit.arm
    kind = Act.TAKE_SAMPLE if sample else Act.DRAW
    await _refuse_impossible(
        visit, kind, lambda leg: leg.source, books.cannot_draw, DeviceErrorKind.NO_LIQUID
    )
    rate = visit.run.plan.deck.arm.times.aspirate_ul_per_s

    async def call(moves: Sequence[ChannelMove], _legs: Sequence[Leg]) -> None:
        await arm.aspirate(moves)

    def post(leg: Leg) -> None:
        books.draw(leg.channel, leg.source, leg.volume_ul)

    def moves(legs: Sequence[Leg]) -> list[ChannelMove]:
        return [
            ChannelMove(
                leg.channel, leg.source, leg.volume_ul, rate, touches, below_ul=leg.below_ul
            )
            for leg in legs
        ]

    told = await visit.attempt(Doing(kind, "aspirate", call, moves, post))
    await cross_check(visit.run, visit.operation, told)


async def dispense(
    visit: Visit[Leg],
    *,
    touches: bool,
    delivered: Callable[[Leg, dict[str, float]], None],
    sample: bool = False,
) -> None:
    """Push every leg's volume into its destination; ``delivered`` hears the amounts of each."""
    books, arm = visit.run.books, visit.arm
    kind = Act.GIVE_SAMPLE if sample else Act.DISPENSE
    await _refuse_impossible(
        visit, kind, lambda leg: leg.destination, books.cannot_take, DeviceErrorKind.REFUSED
    )
    rate = visit.run.plan.deck.arm.times.dispense_ul_per_s
    umol: dict[int, dict[str, float]] = {}

    async def call(moves: Sequence[ChannelMove], _legs: Sequence[Leg]) -> None:
        await arm.dispense(moves)

    def post(leg: Leg) -> None:
        umol[id(leg)] = books.give(leg.channel, leg.destination, leg.volume_ul)

    def moves(legs: Sequence[Leg]) -> list[ChannelMove]:
        return [
            ChannelMove(
                leg.channel, leg.destination, leg.volume_ul, rate, touches,
                partial=books.in_tip_ul(leg.channel) > leg.volume_ul + PARTIAL_UL,
            )
            for leg in legs
        ]  # fmt: skip

    told = await visit.attempt(
        Doing(kind, "dispense", call, moves, post, lambda leg: delivered(leg, umol[id(leg)]))
    )
    await cross_check(visit.run, visit.operation, told)


async def give_back(visit: Visit[Leg], rest: Sequence[Leg]) -> None:
    """Push what is left in tips back where it came from; it belongs to no well.

    ``rest`` has the source as its destination. A tip that keeps its rest is thrown away later.
    """
    if not rest:
        return
    served = {leg.channel: leg for leg in visit.active}
    was_unknown = visit.unknown
    visit.active, visit.blames = list(rest), False
    try:
        await dispense(visit, touches=False, delivered=lambda _leg, _umol: None)
    finally:
        visit.blames, visit.unknown = True, was_unknown
        visit.active = [served[leg.channel] for leg in visit.active if leg.channel in served]


async def mix(
    visit: Visit[AnyLeg],
    kind: Act,
    name: str,
    place: Callable[[AnyLeg], str],
    volume_ul: Callable[[AnyLeg], float],
    repetitions: int,
) -> None:
    """Mix in place; a well that holds less than the volume is mixed with what it holds."""
    run, arm = visit.run, visit.arm
    times = run.plan.deck.arm.times
    # One rate for both directions that takes as long as drawing and pushing at their own.
    rate = 2.0 / (1.0 / times.aspirate_ul_per_s + 1.0 / times.dispense_ul_per_s)

    async def call(moves: Sequence[ChannelMove], _legs: Sequence[AnyLeg]) -> None:
        await arm.mix(moves, repetitions)

    def moves(legs: Sequence[AnyLeg]) -> list[ChannelMove]:
        return [
            ChannelMove(
                leg.channel,
                place(leg),
                min(volume_ul(leg), run.books.volume_ul(place(leg))),
                rate,
                touches=True,
            )
            for leg in legs
        ]

    data = {"repetitions": repetitions}
    await visit.attempt(Doing(kind, name, call, moves, data=lambda _legs: data))


async def resuspend(visit: Visit[Leg]) -> None:
    """Mix the sources of legs that draw from a stock that settles."""
    await mix(
        visit,
        Act.RESUSPEND,
        "resuspend",
        lambda leg: leg.source,
        lambda leg: leg.volume_ul,
        RESUSPEND_REPETITIONS,
    )


async def mix_in(visit: Visit[Leg], operation: Transfer) -> None:
    """Mix in the destinations, if the transfer asks for it."""
    if not operation.mix_repetitions:
        return
    await mix(
        visit,
        Act.MIX,
        "mix",
        lambda leg: leg.destination,
        lambda leg: operation.mix_volume_ul or leg.volume_ul,
        operation.mix_repetitions,
    )


async def _refuse_impossible(
    visit: Visit[Leg],
    act: Act,
    place: Callable[[Leg], str],
    refusal: Callable[[Sequence[tuple[int, str, float]]], dict[int, str]],
    kind: DeviceErrorKind,
) -> None:
    """Respond to what the books refuse as to an error, before the arm hears of it."""
    refused = refusal([(leg.channel, place(leg), leg.volume_ul) for leg in visit.active])
    while refused:
        legs = [visit.active[index] for index in refused]
        for leg, reason in zip(legs, refused.values(), strict=True):
            error = DeviceError(
                reason, device="books", kind=kind, moved=False, channels=[leg.channel]
            )
            await visit.respond(act, error, [leg])
        refused = refusal([(leg.channel, place(leg), leg.volume_ul) for leg in visit.active])


async def cross_check(run: Run, operation: str, moves: Sequence[ChannelMove]) -> None:
    """Compare the handler's trackers with the ledger; on a difference the ledger is right."""
    if not moves or run.arm_gone:
        return
    addresses = list(dict.fromkeys(move.address for move in moves))
    tracked_ul = await run.workcell.arm.tracked_volumes_ul(addresses)
    differences = [
        {"address": a, "ledger_ul": run.books.volume_ul(a), "tracker_ul": tracked_ul[a]}
        for a in addresses
        if not abs(tracked_ul[a] - run.books.volume_ul(a)) <= CROSS_CHECK_UL
    ]
    if differences:
        run.journal.write(EventKind.CROSS_CHECK, {"differences": differences}, operation=operation)
        await run.workcell.arm.load({a: run.books.volume_ul(a) for a in addresses})
