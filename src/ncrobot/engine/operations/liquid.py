"""Aspirate, dispense and mix with the books kept: checked before, posted and compared after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from ncrobot.devices import ChannelMove
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.run import Run
from ncrobot.events import EventKind
from ncrobot.plan.operations import Leg, MixLeg

CROSS_CHECK_UL = 0.05
"""The handler's tracker and the ledger may differ by this; more is written down."""

PARTIAL_UL = 1e-6
"""What stays in a tip beyond this makes a dispense a partial one."""

RESUSPEND_REPETITIONS = 3
"""How often a source that settles is mixed before a draw (assumed: usual pipetting practice)."""

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


async def aspirate(visit: Visit[Leg], *, touches: bool) -> None:
    """Draw every leg's volume from its source."""
    books, arm = visit.run.books, visit.arm
    _drop_impossible(visit, lambda leg: leg.source, books.cannot_draw)
    rate = visit.run.plan.deck.arm.times.aspirate_ul_per_s
    moves = visit.moves(lambda leg: leg.source, rate, touches=touches)
    begun, was_unknown = list(visit.active), visit.unknown
    visit.unknown = False
    done = await visit.attempt("aspirate", lambda: arm.aspirate(moves), moves, {})
    for leg in _posted(begun, done, unknown=visit.unknown):
        books.draw(leg.channel, leg.source, leg.volume_ul)
    visit.unknown = visit.unknown or was_unknown
    await cross_check(visit.run, visit.operation, moves)


async def dispense(
    visit: Visit[Leg], *, touches: bool, delivered: Callable[[Leg, dict[str, float]], None]
) -> None:
    """Push every leg's volume into its destination; ``delivered`` hears the amounts of each."""
    books, arm = visit.run.books, visit.arm
    _drop_impossible(visit, lambda leg: leg.destination, books.cannot_take)
    rate = visit.run.plan.deck.arm.times.dispense_ul_per_s
    moves = [
        replace(move, partial=books.in_tip_ul(move.channel) > move.volume_ul + PARTIAL_UL)
        for move in visit.moves(lambda leg: leg.destination, rate, touches=touches)
    ]
    begun, was_unknown = list(visit.active), visit.unknown
    visit.unknown = False
    done = await visit.attempt("dispense", lambda: arm.dispense(moves), moves, {})
    for leg in _posted(begun, done, unknown=visit.unknown):
        umol = books.give(leg.channel, leg.destination, leg.volume_ul)
        if leg in done:
            delivered(leg, umol)
    visit.unknown = visit.unknown or was_unknown
    await cross_check(visit.run, visit.operation, moves)


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
    moves = [
        ChannelMove(
            leg.channel,
            place(leg),
            min(volume_ul(leg), run.books.volume_ul(place(leg))),
            rate,
            touches=True,
        )
        for leg in visit.active
    ]
    data = {"repetitions": repetitions}
    await visit.attempt(name, lambda: arm.mix(moves, repetitions), moves, data)


def _posted(begun: Sequence[Leg], done: Sequence[Leg], *, unknown: bool) -> Sequence[Leg]:
    """The legs that the books count as moved.

    Where nobody knows whether liquid moved, the books take it as moved: then no later move can
    overdraw the source or overfill the destination. The wells are flagged, the event says so.
    """
    return begun if unknown else done


def _drop_impossible(
    visit: Visit[Leg],
    place: Callable[[Leg], str],
    refusal: Callable[[Sequence[tuple[int, str, float]]], dict[int, str]],
) -> None:
    """Give up legs that the books refuse, before the arm hears of them."""
    refused = refusal([(leg.channel, place(leg), leg.volume_ul) for leg in visit.active])
    legs = [(visit.active[index], reason) for index, reason in refused.items()]
    for leg, reason in legs:
        visit.drop([leg], reason)


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
