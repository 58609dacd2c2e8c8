"""The repaired schedule as a document: what has begun as it was, the rest at its new times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.deck.layout import Shaker
from ncrobot.plan import Operation, Plan, Refill, Shake, Transfer
from ncrobot.repairs import Progress
from ncrobot.schedule import Entry, Lot, Schedule
from ncrobot.scheduler.assembling import lag_figures
from ncrobot.scheduler.network import Network
from ncrobot.scheduler.repairing.rest import Rest
from ncrobot.scheduler.shaking import WORTH_S, Shaking, shake_operations


def rebuild(
    plan: Plan,
    network: Network,
    schedule: Schedule,
    progress: Progress,
    rest: Rest,
    starts: Mapping[str, int],
) -> Schedule:
    """The schedule with new starts for all pieces and new pauses of the shakers."""
    grid = network.grid
    everywhere = {**rest.fixed, **starts}
    in_plan = {name: everywhere[name] for name in network.nodes}
    end = max((at + (rest.pieces[name].duration) for name, at in starts.items()), default=rest.now)
    shakes = _shakes(plan, network, schedule, progress, in_plan, end)
    kept = [each for each in schedule.auxiliary if _stays(each, progress)]
    gone = {each.id for each in schedule.auxiliary} - {each.id for each in kept}
    entries = [
        _moved(
            entry,
            progress,
            None
            if (at := starts.get(entry.operation)) is None
            else (grid.seconds(at), grid.seconds(rest.pieces[entry.operation].duration)),
        )
        for entry in schedule.entries
        if entry.operation not in gone
    ]
    entries += [
        Entry(
            operation=each.shake.id,
            start_s=grid.seconds(each.start),
            duration_s=grid.seconds(each.duration),
            device=each.shake.device,
            resources=(each.shake.device,),
            slack_s=0.0,
        )
        for each in shakes
    ]
    return schedule.model_copy(
        update={
            "entries": tuple(
                sorted(entries, key=lambda e: (e.start_s, e.duration_s > 0, e.operation))
            ),
            "auxiliary": (*kept, *(each.shake for each in shakes)),
            "lots": _lots(plan, network, schedule, everywhere),
            "lags": lag_figures(plan, network, in_plan),
            "makespan_s": max(entry.end_s for entry in entries),
        }
    )


def _stays(operation: Operation, progress: Progress) -> bool:
    """Refills stay, and what has begun; pauses that haven't are planned anew."""
    return not isinstance(operation, Shake) or operation.id in progress.begun_s


def _moved(entry: Entry, progress: Progress, planned: tuple[float, float] | None) -> Entry:
    """An entry at its new time (start and duration), or as it really was."""
    if planned is not None:
        start_s, lasts_s = planned
        return entry.model_copy(update={"start_s": start_s, "duration_s": lasts_s})
    began_s = progress.begun_s.get(entry.operation)
    if began_s is None:
        return entry
    over_s = progress.over_s.get(entry.operation)
    lasted_s = entry.duration_s if over_s is None else max(over_s - began_s, 0.0)
    return entry.model_copy(update={"start_s": max(began_s, 0.0), "duration_s": lasted_s})


def _shakes(
    plan: Plan,
    network: Network,
    schedule: Schedule,
    progress: Progress,
    starts: Mapping[str, int],
    end: int,
) -> list[Shaking]:
    """Pauses from now on, with new names, beginning from what each shaker does now."""
    now = network.grid.up(progress.now_s)
    operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    speeds: dict[str, float] = {}
    for name in sorted(progress.begun_s, key=lambda name: progress.begun_s[name]):
        operation = operations[name]
        if isinstance(operation, Shake):
            speeds[operation.device] = operation.speed_rpm
    found: list[Shaking] = []
    planned = shake_operations(plan, network, starts, end)
    for device in dict.fromkeys(each.shake.device for each in planned):
        of_device = [each for each in planned if each.shake.device == device]
        found += _from_now(plan, network, of_device, speeds.get(device, 0.0), now)
    found.sort(key=lambda each: each.start)
    return [
        Shaking(
            each.shake.model_copy(update={"id": f"shake-{now}-{number:04d}"}),
            each.start,
            each.duration,
        )
        for number, each in enumerate(found, start=1)
    ]


def _from_now(
    plan: Plan, network: Network, planned: Sequence[Shaking], speed_rpm: float, now: int
) -> list[Shaking]:
    """The commands of one shaker from now on; the first may be due at once, or not worth it."""
    ahead = [each for each in planned if each.start >= now]
    past = [each for each in planned if each.start < now]
    should = past[-1].shake.speed_rpm if past else 0.0
    if not past or should == speed_rpm:
        return ahead
    device = plan.deck.devices.get(past[-1].shake.device)
    settle = network.grid.up(device.start_s + WORTH_S) if isinstance(device, Shaker) else 0
    stops_soon = bool(ahead) and ahead[0].shake.speed_rpm == 0 and ahead[0].start - now <= settle
    if should > 0 and stops_soon:
        return ahead[1:]
    return [Shaking(past[-1].shake, now, past[-1].duration), *ahead]


def _lots(
    plan: Plan, network: Network, schedule: Schedule, starts: Mapping[str, int]
) -> tuple[Lot, ...]:
    """Lots with the times of the refills that bring them and of the draws that end them."""
    grid = network.grid
    refills = {
        (each.stock, each.lot): each for each in schedule.auxiliary if isinstance(each, Refill)
    }
    before = {entry.operation: entry.start_s for entry in schedule.entries}
    made = sorted(schedule.lots, key=lambda lot: (lot.stock, lot.made_s))
    found = {}
    for number, lot in enumerate(made):
        until = made[number + 1].made_s if number + 1 < len(made) else None
        if until is not None and made[number + 1].stock != lot.stock:
            until = None
        ends = [
            grid.seconds(starts[op.id] + network.nodes[op.id].duration)
            for op in plan.operations
            if isinstance(op, Transfer)
            and op.stock == lot.stock
            and before[op.id] >= lot.made_s - 1e-6
            and (until is None or before[op.id] < until)
        ]
        refill = refills.get((lot.stock, lot.lot))
        made_s = lot.made_s
        if refill is not None and refill.id in starts:
            made_s = grid.seconds(starts[refill.id]) + refill.takes_s
        last_s = max(ends, default=lot.last_use_s)
        found[lot.stock, lot.lot] = lot.model_copy(update={"made_s": made_s, "last_use_s": last_s})
    return tuple(found[lot.stock, lot.lot] for lot in schedule.lots)
