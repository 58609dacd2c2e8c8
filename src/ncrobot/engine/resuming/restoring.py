"""Restoring: a new run is told what the one that broke off knew; nothing moves yet."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ncrobot.engine.resuming.recalling import Act, BrokenOff, Recalled
from ncrobot.engine.run import Run
from ncrobot.errors import RunError
from ncrobot.events import EventKind
from ncrobot.liquids import LedgerError
from ncrobot.plan.operations import Leg, MixWells, PumpDose, Refill, Transfer


def restore(run: Run, recalled: Recalled) -> None:
    """Bring books, tips, lots, times and fates to where they were.

    Raises:
        RunError: the record contradicts itself; the run can't be trusted with it.

    """
    _replay(run, recalled)
    known = run.order.operations.keys()
    over_s = {name: end_s for name, end_s in recalled.over_s.items() if name in known}
    begun_s = {name: recalled.begun_s[name] for name in over_s}
    run.timing.recall(begun_s, over_s)
    for wells, abandoned in recalled.flags:
        run.fates.remember(wells, abandoned=abandoned)
    for labware, place in recalled.places.items():
        run.interlocks.moved(labware, place)
    for name, made in recalled.delivered.items():
        if name in recalled.over_s:
            continue
        run.recalled_deliveries[name] = [dict(each.facts) for each in made]
    _remember_served(run, recalled)
    for broken in recalled.broken_off.values():
        _finish_if_done(run, recalled, broken)


def _replay(run: Run, recalled: Recalled) -> None:
    books, tips = run.books, run.tips

    def take_tip(channel: int, tip: str) -> None:
        books.take_tip(channel, tip)
        tips.mounted[channel] = tip

    def shed(channel: int) -> None:
        books.shed(channel)
        tips.mounted.pop(channel, None)

    tell: dict[str, Callable[..., object]] = {
        "take_tip": take_tip,
        "shed": shed,
        "draw": books.draw,
        "give": books.give,
        "transfer": books.transfer,
        "throw_away": books.throw_away,
        "refill": books.refill,
        "take_out": books.take_out,
        "stands": run.lots.stands,
        "lose_tip": tips.lose,
    }
    try:
        run.memory.replay(recalled.notes, tell)
    except (KeyError, TypeError, LedgerError) as error:
        message = f"the record of run {recalled.run!r} contradicts itself: {error}"
        raise RunError(message) from error


def _remember_served(run: Run, recalled: Recalled) -> None:
    """Legs that were delivered aren't done again; their wells keep the times that they had."""
    for name, made in recalled.delivered.items():
        operation = run.order.operations.get(name)
        if not isinstance(operation, Transfer):
            continue
        last_start_s = recalled.begun_s[name]
        for each in made:
            destination = each.facts["destination"]
            if name in recalled.broken_off:
                key = (each.channel, each.cycle, destination)
                run.settled.setdefault(name, set()).add(key)
            elif each.start_s >= last_start_s:
                continue
            for leg in operation.legs:
                if leg.destination == destination and leg.channel == each.channel:
                    wells = run.reach.wells_of_leg(leg)
                    run.timing.serve(name, wells, each.start_s, each.facts["delivered_s"])


def legs_of(run: Run, name: str, act: Act) -> list[Leg]:
    """The legs of a transfer that a dispense was for; those that are settled are not."""
    operation = run.order.operations.get(name)
    if not isinstance(operation, Transfer):
        return []
    found = []
    for move in act.data.get("moves", ()):
        fits = [
            leg
            for leg in operation.legs
            if leg.destination == move["address"]
            and (leg.channel == move["channel"] or isinstance(operation, PumpDose))
            and not run.is_settled(name, leg)
            and leg not in found
        ]
        found += sorted(fits, key=lambda leg: leg.cycle)[:1]
    return found


def forget_tips(run: Run, broken: BrokenOff, kept: Collection[str]) -> None:
    """A tip that was taken and thrown away isn't taken again: another one stands in for it."""
    operation = run.order.operations.get(broken.operation)
    if not isinstance(operation, Transfer | MixWells) or isinstance(operation, PumpDose):
        return
    taken: set[str] = set()
    for act in broken.acts:
        spots = {tip["tip"] for tip in act.data.get("tips", ())}
        if act.name == "pick_up_tips":
            taken |= spots
        elif act.name == "return_tips" and act.outcome is EventKind.DONE:
            taken -= spots
    for planned in dict.fromkeys(leg.tip for leg in operation.legs):
        if run.tips.standing_in(planned) in taken - set(kept):
            run.tips.lose(planned)


def channels_in_liquid(broken: BrokenOff) -> tuple[set[int], set[int]]:
    """Channels whose tips were in liquid, and those of which nobody knows what is in their tips."""
    wet: set[int] = set()
    doubtful: set[int] = set()
    for act in broken.acts:
        channels = {move["channel"] for move in act.data.get("moves", ())}
        if act.name in ("aspirate", "dispense", "mix", "resuspend"):
            wet |= channels
            if act.outcome is not EventKind.DONE or act.failed:
                doubtful |= channels
    return wet, doubtful


def _finish_if_done(run: Run, recalled: Recalled, broken: BrokenOff) -> None:
    """A refill whose new lot stands there is over, though nobody wrote that down."""
    operation = run.order.operations.get(broken.operation)
    if not isinstance(operation, Refill):
        return
    brought = [note for note in recalled.notes if note[0] == "stands"]
    if any(note[1:3] == [operation.stock, operation.lot] for note in brought):
        run.timing.recall({operation.id: broken.start_s}, {operation.id: recalled.last_s})
