"""The samples of a run, from its plan, its schedule and what its events fold to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ncrobot.plan import Lag, Leg, Plan, SampleUse, Transfer, WellPlan, dispense_offsets_s
from ncrobot.samples.identities import identity
from ncrobot.samples.sample import Contribution, Lineage, Sample, SampleFate
from ncrobot.schedule import Schedule
from ncrobot.state import Delivery, RunState

_LOST = {"not_done": SampleFate.NOT_TAKEN, "skipped": SampleFate.NOT_TAKEN}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is looked up for every sample of a run."""

    plan: Plan
    state: RunState
    run: str
    starts_s: Mapping[str, float]
    uses: Mapping[str, SampleUse]
    wells: Mapping[str, WellPlan]
    sample_lags: Mapping[str, Lag]
    delivered: Mapping[tuple[str, str], Delivery]
    into: Mapping[str, Sequence[Delivery]]
    diluents: Mapping[str, tuple[str | None, float]]


def planned_samples(plan: Plan, schedule: Schedule, run: str = "planned") -> tuple[Sample, ...]:
    """The samples that a plan will take, before there is a run."""
    return samples_of(plan, schedule, RunState(run=run))


def samples_of(plan: Plan, schedule: Schedule, state: RunState) -> tuple[Sample, ...]:
    """All samples of a run in the order in which they are planned, each with what became of it."""
    facts = _facts(plan, schedule, state)
    found: list[Sample] = []
    taken: dict[tuple[str, str], int] = defaultdict(int)
    transfers = [
        each
        for each in plan.operations
        if isinstance(each, Transfer) and each.purpose == "sample" and each.step in facts.uses
    ]
    for operation in sorted(transfers, key=lambda each: facts.starts_s.get(each.id, 0.0)):
        offsets_s = dispense_offsets_s(operation, plan.deck)
        for leg in operation.legs:
            well = leg.source.partition("/")[2]
            taken[operation.step, well] += 1
            number = taken[operation.step, well]
            found.append(_sample(facts, operation, leg, number, offsets_s[leg.destination]))
    return tuple(found)


def lineage_of(sample: Sample, plan: Plan, state: RunState) -> Lineage:
    """What went into a sample, by what was executed; nothing if it wasn't taken."""
    parent = f"{plan.vessel_labware}/{sample.well}"
    until_s = sample.taken_s if sample.taken_s is not None else float("-inf")
    working = {use.stock: use.working_of for use in plan.stocks}
    before = [each for each in state.deliveries if each.delivered_s <= until_s]
    removed_ul = sum(
        each.volume_ul
        for each in before
        if each.source == parent and each.destination != sample.place
    )
    return Lineage(
        sample=sample,
        contributions=tuple(
            _contribution(each, working) for each in before if each.destination == parent
        ),
        removed_before_ul=removed_ul,
        thinned_with=tuple(
            _contribution(each, working)
            for each in state.deliveries
            if each.destination == sample.place and each.purpose == "dilution"
        ),
    )


def _facts(plan: Plan, schedule: Schedule, state: RunState) -> _Facts:
    into: dict[str, list[Delivery]] = defaultdict(list)
    for each in state.deliveries:
        into[each.destination].append(each)
    return _Facts(
        plan=plan,
        state=state,
        run=state.run,
        starts_s={entry.operation: entry.start_s for entry in schedule.entries},
        uses={use.step: use for use in plan.samples},
        wells={well.well: well for well in plan.wells},
        sample_lags={lag.after: lag for lag in plan.lags if lag.kind == "sample"},
        delivered={(each.operation, each.destination): each for each in state.deliveries},
        into=into,
        diluents=_planned_diluents(plan),
    )


def _planned_diluents(plan: Plan) -> dict[str, tuple[str | None, float]]:
    """Stock and volume that each place of the sample plates gets before its sample."""
    found: dict[str, tuple[str | None, float]] = {}
    steps = {use.step for use in plan.samples}
    for each in plan.operations:
        if isinstance(each, Transfer) and each.purpose == "dilution" and each.step in steps:
            for leg in each.legs:
                before_ul = found.get(leg.destination, (None, 0.0))[1]
                found[leg.destination] = (each.stock, before_ul + leg.volume_ul)
    return found


def _sample(facts: _Facts, operation: Transfer, leg: Leg, number: int, offset_s: float) -> Sample:
    well = leg.source.partition("/")[2]
    plan, use = facts.wells[well], facts.uses[operation.step]
    start_s = facts.starts_s.get(operation.id)
    done = facts.delivered.get((operation.id, leg.destination))
    fate, note = _fate(facts, operation, done)
    stock, diluent_ul = _diluent(facts, leg.destination, is_taken=done is not None)
    status = facts.state.wells.get(well)
    lag = facts.sample_lags.get(operation.id)
    return Sample(
        id=identity("sample", facts.run, operation.id, leg.destination),
        run=facts.run,
        step=operation.step,
        operation=operation.id,
        well=well,
        name=plan.name,
        kind=plan.kind,
        place=leg.destination,
        serves=use.instrument,
        number=number,
        fate=fate,
        planned_s=None if start_s is None else start_s + offset_s,
        taken_s=done.delivered_s if done is not None else None,
        taken_at=_date(facts.state, done),
        since_s=_since_s(facts, lag, well, done),
        wished_since_s=None if lag is None else _wished_s(lag),
        planned_ul=leg.volume_ul,
        taken_ul=done.volume_ul if done is not None else None,
        diluent=stock,
        diluent_ul=diluent_ul,
        stable_for_s=use.stable_for_s,
        priority=use.priority,
        well_status=status.status if status is not None else "ok",
        values=dict(plan.values),
        choices=dict(plan.choices),
        replicate_of=plan.replicate_of,
        simulated=facts.state.simulated,
        note=note,
    )


def _fate(facts: _Facts, operation: Transfer, done: Delivery | None) -> tuple[SampleFate, str]:
    if done is not None:
        return SampleFate.TAKEN, ""
    ran = facts.state.operations.get(operation.id)
    over = facts.state.ended_wall is not None
    if ran is None:
        ended = SampleFate.NOT_TAKEN if over else SampleFate.PLANNED
        return ended, "the run ended before it was taken" if over else ""
    if ran.result == "running" and not over:
        return SampleFate.PLANNED, ""
    if ran.result == "done":
        return SampleFate.NOT_TAKEN, "nothing was delivered for it"
    return _LOST.get(ran.result, SampleFate.UNKNOWN), ran.reason or ran.result


def _diluent(facts: _Facts, place: str, *, is_taken: bool) -> tuple[str | None, float]:
    """What thins the sample: as delivered once it was taken, as planned before."""
    stock, planned_ul = facts.diluents.get(place, (None, 0.0))
    if not is_taken:
        return stock, planned_ul
    got = [each for each in facts.into.get(place, ()) if each.purpose == "dilution"]
    return stock, sum(each.volume_ul for each in got)


def _date(state: RunState, done: Delivery | None) -> str | None:
    if done is None or state.started_wall is None:
        return None
    start = datetime.fromisoformat(state.started_wall)
    return (start + timedelta(seconds=done.delivered_s)).isoformat()


def _wished_s(lag: Lag) -> float | None:
    return lag.target_s if lag.target_s is not None else lag.min_s


def _since_s(facts: _Facts, lag: Lag | None, well: str, done: Delivery | None) -> float | None:
    """From what the step counts from, as it really happened in this well, to the sample."""
    if lag is None or done is None:
        return None
    parent = f"{facts.plan.vessel_labware}/{well}"
    given = [each for each in facts.into.get(parent, ()) if each.operation == lag.before]
    if given:
        return done.delivered_s - max(each.delivered_s for each in given)
    ran = facts.state.operations.get(lag.before)
    if ran is None:
        return None
    at_s = ran.start_s if lag.point == "start" else ran.end_s
    return None if at_s is None else done.delivered_s - at_s


def _contribution(delivery: Delivery, working: Mapping[str, str | None]) -> Contribution:
    return Contribution(
        operation=delivery.operation,
        stock=delivery.stock,
        lot=delivery.lot,
        source=delivery.source,
        volume_ul=delivery.volume_ul,
        umol=dict(delivery.umol),
        delivered_s=delivery.delivered_s,
        age_s=delivery.age_s,
        active_fraction=delivery.active_fraction,
        portion=delivery.portion,
        working_of=working.get(delivery.stock or ""),
    )
