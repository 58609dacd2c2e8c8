"""Binding: why a schedule takes as long as it does, read from the plan and the schedule alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ncrobot.plan import Lag, Operation, Plan
from ncrobot.schedule import Entry, Schedule
from ncrobot.scheduler.summary import clock_text, duration_text

HOUR_S = 3600.0
# Bounded lags with less slack than this are told as tight (assumed: a short stall of the arm).
TIGHT_S = 60.0
STEPS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One part of the critical chain: what made the following operation wait until it started."""

    kind: str
    what: str
    from_s: float
    to_s: float
    steps: tuple[str, ...] = ()


def binding_lines(plan: Plan, schedule: Schedule) -> list[str]:
    """What binds, in lines for a chemist: the chain, the devices, the slack."""
    bound = "which is proven to be the shortest" if schedule.proven else (
        f"{schedule.gap:.1%} above the proven bound of {duration_text(schedule.lower_bound_s)}"
    )  # fmt: skip
    lines = [
        f"Takes {duration_text(schedule.makespan_s)}, {bound}; bound by {schedule.bound_by}.",
        "What each part waits for, from the start to the end:",
    ]
    lines += [
        f"  {clock_text(link.from_s)} to {clock_text(link.to_s)}  {link.what}{_steps(link)}, "
        f"{duration_text(link.to_s - link.from_s)}"
        for link in critical_chain(plan, schedule)
    ]
    lines.append("Devices, busiest first:")
    lines += _device_lines(schedule)
    lines += _slack_lines(schedule)
    lines += _mode_lines(plan)
    return lines


def critical_chain(plan: Plan, schedule: Schedule) -> list[Link]:
    """From the operation that ends last back to the start, to what each waited for longest."""
    entries = {entry.operation: entry for entry in schedule.entries}
    operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    incoming: dict[str, list[Lag]] = {}
    for lag in plan.lags:
        incoming.setdefault(lag.after, []).append(lag)
    before = _before_on_device(schedule)
    planned = [e for e in schedule.entries if operations[e.operation].kind != "shake"]
    now = max(planned, key=lambda entry: entry.end_s, default=None)
    links: list[Link] = []
    if now is not None:
        links.append(_link("work", operations[now.operation], now, now.end_s))
    while now is not None and now.start_s > 0:
        waited, busy = _latest(now, incoming.get(now.operation, ()), before, entries)
        if waited is not None:
            lag = waited
            now, step = entries[lag.before], lag.step or operations[lag.after].step
            from_s = now.end_s if lag.point == "end" else now.start_s
            what = f"waiting time of {step!r}" if lag.min_s > 0 else f"order before {step!r}"
            links.append(Link("lag", what, from_s, links[-1].from_s))
            if from_s > now.start_s:
                links.append(_link("work", operations[now.operation], now, from_s))
        elif busy is not None:
            now = busy
            links.append(_link("work", operations[now.operation], now, links[-1].from_s))
        else:
            now = None
    return _merged(reversed(links))


def _link(kind: str, operation: Operation, entry: Entry, to_s: float) -> Link:
    what = f"work of {operation.device!r}"
    return Link(kind, what, entry.start_s, to_s, (operation.step,))


def _steps(link: Link) -> str:
    """How many operations of which steps, those with most first."""
    if not link.steps:
        return ""
    counts = Counter(link.steps).most_common()
    told = ", ".join(f"{number} x {step}" for step, number in counts[:STEPS_TOLD])
    return f" ({told}, ...)" if len(counts) > STEPS_TOLD else f" ({told})"


def _latest(
    entry: Entry,
    lags: Sequence[Lag],
    before: Mapping[str, Entry],
    entries: Mapping[str, Entry],
) -> tuple[Lag | None, Entry | None]:
    """The lag or the operation on the same device that let this one start last."""
    lag, lag_s = None, -1.0
    for each in lags:
        other = entries[each.before]
        at_s = (other.end_s if each.point == "end" else other.start_s) + each.min_s
        if at_s > lag_s and other.start_s < entry.start_s:
            lag, lag_s = each, at_s
    busy = before.get(entry.operation)
    if busy is not None and busy.end_s >= lag_s:
        return None, busy
    return lag, None


def _before_on_device(schedule: Schedule) -> dict[str, Entry]:
    """The entry that ends last before each one on any of its resources."""
    last: dict[str, Entry] = {}
    before: dict[str, Entry] = {}
    for entry in schedule.entries:
        if entry.duration_s <= 0:
            continue
        for resource in entry.resources:
            other = last.get(resource)
            if other is not None and (
                entry.operation not in before or other.end_s > before[entry.operation].end_s
            ):
                before[entry.operation] = other
            last[resource] = entry
    return before


def _merged(links: Iterator[Link]) -> list[Link]:
    """Neighbours of one kind and name as one; orders without a wait are left out."""
    merged: list[Link] = []
    for link in links:
        if link.kind == "lag" and link.to_s - link.from_s < 1:
            continue
        if merged and (merged[-1].kind, merged[-1].what) == (link.kind, link.what):
            last = merged.pop()
            link = Link(  # noqa: PLW2901 - it is that one, and its neighbour
                link.kind, link.what, last.from_s, link.to_s, last.steps + link.steps
            )
        merged.append(link)
    return merged


def _device_lines(schedule: Schedule) -> list[str]:
    by_resource: dict[str, list[Entry]] = {}
    for entry in schedule.entries:
        for resource in entry.resources if entry.duration_s > 0 else ():
            by_resource.setdefault(resource, []).append(entry)
    rows = []
    for resource, entries in by_resource.items():
        busy_s = sum(entry.duration_s for entry in entries)
        share = busy_s / schedule.makespan_s if schedule.makespan_s else 0.0
        begin_s, most_s = _busiest_hour(entries)
        text = (
            f"  {resource}: {share:.0%} of the time; most from {clock_text(begin_s)} to "
            f"{clock_text(begin_s + HOUR_S)} ({most_s / HOUR_S:.0%})"
        )
        rows.append((-share, text))
    return [text for _, text in sorted(rows)]


def _busiest_hour(entries: Sequence[Entry]) -> tuple[float, float]:
    """Begin of the hour with most work, among those that begin with an entry, and that work."""
    best = (0.0, 0.0)
    starts = sorted(entries, key=lambda entry: entry.start_s)
    for number, first in enumerate(starts):
        end_s = first.start_s + HOUR_S
        work_s = 0.0
        for entry in starts[number:]:
            if entry.start_s >= end_s:
                break
            work_s += min(entry.end_s, end_s) - entry.start_s
        if work_s > best[1]:
            best = (first.start_s, work_s)
    return best


def _slack_lines(schedule: Schedule) -> list[str]:
    bounded = [figure.slack_s for figure in schedule.lags if figure.max_s is not None]
    lines = []
    if bounded:
        tight = sum(slack_s < TIGHT_S for slack_s in bounded)
        lines.append(
            f"Slack of {len(bounded)} bounded waiting times: least {duration_text(min(bounded))}, "
            f"median {duration_text(median(bounded))}; {tight} have less than "
            f"{duration_text(TIGHT_S)}."
        )
    targets = [f for f in schedule.lags if f.target_s is not None]
    if targets:
        exact = sum(abs(f.value_s - (f.target_s or 0.0)) < 0.5 for f in targets)
        worst_s = max(abs(f.value_s - (f.target_s or 0.0)) for f in targets)
        lines.append(
            f"Of {len(targets)} times with a target, {exact} are exact; the farthest is "
            f"{duration_text(worst_s)} off."
        )
    return lines


def _mode_lines(plan: Plan) -> list[str]:
    """How each step's doses reach their wells, and what the other ways would take of the arm."""
    lines = ["How doses reach their wells:"] if plan.modes else []
    for step in plan.modes:
        others = "; ".join(
            f"{option.mode} {duration_text(option.arm_s)}"
            if option.arm_s is not None
            else f"{option.mode} not possible, {option.reason}"
            for option in step.alternatives
        )
        lines.append(
            f"  {step.step}: {step.mode}, {duration_text(step.arm_s)} of the arm"
            + (f" ({others})" if others else "")
        )
    return lines
