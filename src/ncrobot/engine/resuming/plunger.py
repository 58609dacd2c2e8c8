"""A pump that was broken off: its plunger tells what was dispensed, to a step of its motor."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.devices import SyringePump
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.resuming.recalling import Act, BrokenOff
from ncrobot.engine.resuming.restoring import legs_of
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.events import EventKind
from ncrobot.plan.operations import Leg, PumpDose

_STROKES = ("fill", "prime", "push_back", "dispense", "draw_back", "empty")


@dataclass(frozen=True, slots=True)
class _Stroke:
    """The last move of the plunger: from where it began to where it was to end, in µL."""

    act: Act
    began_ul: float
    target_ul: float


async def settle_pump(run: Run, operation: PumpDose, broken: BrokenOff) -> None:
    """Post what the plunger has moved since the books were told last.

    A dose that is only partly in, or of which nobody can tell, abandons its wells.
    """
    if broken.graceful and not any(act.is_open for act in broken.acts):
        return  # the engine has read the plunger, and posted what it held
    stroke = _last_stroke(broken)
    position_ul = await _position_ul(run.workcell.pump(operation.pump))
    for act in broken.acts:
        if act.is_open:
            _close(run, broken, act, position_ul)
    if stroke is None:
        return
    source = operation.legs[0].source
    if operation.steering is not None:
        _settle_steered(run, operation, broken, stroke, position_ul)
    held_ul = _held_ul(run, operation, broken, stroke, position_ul)
    if not broken.graceful:
        run.books.throw_away(source, held_ul)


def _held_ul(
    run: Run, operation: PumpDose, broken: BrokenOff, stroke: _Stroke, position_ul: float | None
) -> float:
    """What the syringe still holds; a dose that was under way is posted."""
    if stroke.act.outcome is EventKind.DONE:
        held_ul = stroke.target_ul
    elif stroke.act.name == "dispense" and operation.steering is not None:
        held_ul = stroke.target_ul if position_ul is None else position_ul
    elif stroke.act.name == "dispense":
        held_ul = _dispensed(run, operation, broken, stroke, position_ul)
    elif stroke.act.name in ("fill", "push_back", "draw_back"):
        held_ul = stroke.target_ul if position_ul is None else position_ul
    else:
        held_ul = stroke.began_ul  # what left the syringe went to the waste as well
    return held_ul


def _last_stroke(broken: BrokenOff) -> _Stroke | None:
    began_ul, last = 0.0, None
    for act in broken.acts:
        if act.name in _STROKES:
            target_ul = float(act.data["position_ul"])
            last = _Stroke(act, began_ul, target_ul)
            began_ul = target_ul if act.outcome is EventKind.DONE else began_ul
    return last


async def _position_ul(pump: SyringePump) -> float | None:
    try:
        return await pump.read_plunger_ul()
    except DeviceError:
        return None


def _dispensed(
    run: Run, operation: PumpDose, broken: BrokenOff, stroke: _Stroke, position_ul: float | None
) -> float:
    """Post a dose that was under way; returns what the syringe still holds."""
    legs = legs_of(run, operation.id, stroke.act)
    if not legs:
        return stroke.target_ul if position_ul is None else position_ul
    leg, near_ul = legs[0], run.workcell.pump(operation.pump).limits.resolution_ul
    moved_ul = leg.volume_ul if position_ul is None else stroke.began_ul - position_ul
    whole = position_ul is not None and abs(moved_ul - leg.volume_ul) <= near_ul
    if moved_ul > near_ul:
        volume_ul = leg.volume_ul if whole else moved_ul
        umol = run.books.transfer(leg.source, leg.destination, volume_ul)
        run.settled.setdefault(operation.id, set()).add((leg.channel, leg.cycle, leg.destination))
        wells = run.reach.wells_of_leg(leg)
        run.timing.serve(operation.id, wells, broken.start_s, run.now_s())
        if whole:
            deliveries = Deliveries(run, operation)
            deliveries.note(leg, umol)
            run.recalled_deliveries[operation.id] = deliveries.made
        else:
            run.fates.flag(wells, _reason(operation, leg, position_ul, moved_ul), "abandon",
                           operation.id)  # fmt: skip
    return stroke.target_ul if position_ul is None else position_ul


def _settle_steered(
    run: Run, operation: PumpDose, broken: BrokenOff, last: _Stroke, position_ul: float | None
) -> None:
    """A well whose pH was being steered gets no more: what is in is told, and that is all.

    Its finished doses are in the books. Of the last one the plunger tells; if it can't, the whole
    dose counts as in.
    """
    dosed_ul: dict[str, float] = {}
    began_ul = 0.0
    for act in broken.acts:
        if act.name not in _STROKES:
            continue
        target_ul = float(act.data["position_ul"])
        is_done = act.outcome is EventKind.DONE
        if act.name == "dispense":
            place = str(act.data["moves"][0]["address"])
            ended_ul = target_ul if is_done or position_ul is None else position_ul
            moved_ul = max(began_ul - ended_ul, 0.0) if is_done or act is last.act else 0.0
            dosed_ul[place] = dosed_ul.get(place, 0.0) + moved_ul
            if not is_done and moved_ul > 0 and not broken.graceful:
                run.books.transfer(operation.legs[0].source, place, moved_ul)
        began_ul = target_ul if is_done else began_ul
    for leg in operation.legs:
        volume_ul = dosed_ul.get(leg.destination, 0.0)
        if volume_ul > 0 and not run.is_settled(operation.id, leg):
            _end_steering(run, operation, broken, leg, volume_ul)


def _end_steering(
    run: Run, operation: PumpDose, broken: BrokenOff, leg: Leg, volume_ul: float
) -> None:
    run.settled.setdefault(operation.id, set()).add((leg.channel, leg.cycle, leg.destination))
    wells = run.reach.wells_of_leg(leg)
    run.timing.serve(operation.id, wells, broken.start_s, run.now_s())
    deliveries = Deliveries(run, operation)
    umol = {name: each * volume_ul / leg.volume_ul for name, each in leg.umol.items()}
    deliveries.note(leg.model_copy(update={"volume_ul": volume_ul}), umol)
    run.recalled_deliveries[operation.id] = deliveries.made
    reason = f"{operation.id}: the controller died on the way to a pH, after {volume_ul:.4g} µL"
    run.fates.flag(wells, reason, "continue", operation.id)


def _reason(operation: PumpDose, leg: Leg, position_ul: float | None, moved_ul: float) -> str:
    if position_ul is None:
        return (
            f"{operation.id}: nobody knows how much of {leg.volume_ul:g} µL reached "
            f"{leg.destination}: the pump can't tell where its plunger is"
        )
    return f"{operation.id}: only {moved_ul:.1f} of {leg.volume_ul:g} µL reached {leg.destination}"


def _close(run: Run, broken: BrokenOff, act: Act, position_ul: float | None) -> None:
    data = {
        "error": "the controller died in the middle of it",
        "error_kind": "controller_died",
        "plunger_ul": position_ul,
    }
    run.journal.write(
        EventKind.UNKNOWN, data, operation=broken.operation, act=act.name, wells=act.wells
    )
    act.outcome = EventKind.UNKNOWN
