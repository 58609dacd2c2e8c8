"""Samples and mixing: what touches a reaction well with a fresh tip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ncrobot.compiler.doses import optional_value, value_of
from ncrobot.compiler.lowering.builder import Bounds, Builder
from ncrobot.compiler.lowering.chain import Anchor, Chain
from ncrobot.compiler.lowering.doses import Bench, train_leg
from ncrobot.compiler.lowering.drafts import DraftLeg, DraftMix, DraftTransfer
from ncrobot.compiler.lowering.sample_wells import destinations
from ncrobot.compiler.modes import Priced, options
from ncrobot.compiler.tip_choice import choose_trips, rounded
from ncrobot.deck import Deck
from ncrobot.liquids.contamination import Handling
from ncrobot.plan import Lag
from ncrobot.protocol import Mix, Sample


def lower_mix(builder: Builder, bench: Bench, chain: Chain, index: int) -> None:
    """Mix every well of the group that holds something."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Mix):
        msg = f"step {index} is no mix"
        raise TypeError(msg)
    volume_ul = value_of(step.volume, chain.group.condition)
    repetitions = round(value_of(step.repetitions, chain.group.condition))
    volumes = {w: volume_ul for w in chain.group.wells if chain.volume_ul.get(w, 0.0) > 0}
    short = [w for w in volumes if chain.volume_ul[w] < volume_ul]
    if short:
        builder.findings.error(
            "mix-volume",
            f"{len(short)} well(s) hold less than is drawn for mixing",
            "steps",
            index,
            well=short[0],
            found=f"{chain.volume_ul[short[0]]:.1f} µL in the well",
            allowed=f"at least {volume_ul:g} µL",
            fix="mix a smaller volume",
        )
        return
    if not volumes or not builder.check_deliverable(index, volumes, bench.tips):
        builder.mark(chain, index, chain.now(), chain.now())
        return
    step_id = builder.step_id(index)
    served = serve(bench, chain, volumes)
    if isinstance(served, str):
        _refuse(builder, index, served, next(iter(volumes)))
        return
    legs = tuple(
        replace(leg, source=f"{bench.plate}/{leg.well}", destination=f"{bench.plate}/{leg.well}")
        for leg in served
    )
    builder.append(
        chain,
        index,
        DraftMix(
            id=builder.new_id(f"{step_id}-{chain.name}"),
            step=step_id,
            line=builder.line(index),
            group=chain.name,
            wells=tuple(volumes),
            tip=legs[0].tip,
            repetitions=repetitions,
            legs=legs,
        ),
    )


def lower_sample(builder: Builder, bench: Bench, deck: Deck, chain: Chain, index: int) -> None:
    """Aliquots at the given times after the reference, or after each portion of a reduction."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Sample):
        msg = f"step {index} is no sample"
        raise TypeError(msg)
    condition = chain.group.condition
    times = [value_of(given, condition) for given in step.at]
    tolerance_s = optional_value(step.tolerance, condition)
    if step.after_each_portion_of is not None:
        _after_each_portion(builder, bench, deck, chain, index, step, times, tolerance_s)
        return
    anchor = builder.find_anchor(chain, step.after, "end") if step.after else chain.now()
    for number, time_s in enumerate(times or [None]):
        operation = _take(builder, bench, deck, chain, index, step, number)
        if operation is None or anchor is None:
            continue
        if time_s is not None:
            builder.bounded_lag(
                index, anchor, operation, _window(time_s, tolerance_s), kind="sample"
            )
        elif tolerance_s is not None:
            builder.bounded_lag(index, anchor, operation, Bounds(0.0, tolerance_s), kind="sample")


def serve(bench: Bench, chain: Chain, volumes_ul: Mapping[str, float]) -> list[DraftLeg] | str:
    """Legs with fresh tips for these wells, each in one go; or why there are none.

    Source and destination are left to the caller.
    """
    if not chain.group.train:
        trips = choose_trips(volumes_ul, bench.tips)
        if len(trips) > 1:
            return "no tip of the deck holds it"
        tip = trips[0].tip
        legs = [
            DraftLeg(bench.channel(chain, w, tip), "", "", v, w, tip=tip.name)
            for w, v in trips[0].volumes_ul.items()
        ]
        return sorted(legs, key=lambda leg: leg.channel)
    touching = Handling({}, slurry=False, fresh_tips=True, keeps=True)
    best = options(volumes_ul, bench.setting, touching).best()
    if best is None:
        return "no head of the arm does it"
    if len({piece.cycle for piece in best.way.pieces}) > len(
        {piece.tip_number for piece in best.way.pieces}
    ):
        return "no tip of the deck holds it"
    return [train_leg(piece, "", "") for piece in best.way.pieces]


def _refuse(builder: Builder, index: int, reason: str, well: str) -> None:
    builder.findings.error(
        "volume-not-deliverable",
        f"what touches a well is done in one go, and {reason}",
        "steps",
        index,
        well=well,
        fix="take a smaller volume, or add a tip rack that covers it to the deck layout",
    )


def _window(time_s: float, tolerance_s: float | None) -> Bounds:
    if tolerance_s is None:
        return Bounds(time_s, None)
    return Bounds(max(0.0, time_s - tolerance_s), time_s + tolerance_s, time_s)


def _after_each_portion(  # noqa: PLR0913 - needs the step's resolved values
    builder: Builder,
    bench: Bench,
    deck: Deck,
    chain: Chain,
    index: int,
    step: Sample,
    times: list[float],
    tolerance_s: float | None,
) -> None:
    reduction = chain.steps.get(step.after_each_portion_of or "")
    portions = reduction.portions if reduction else []
    for number, (first, _) in enumerate(portions):
        for time_s in times or [0.0]:
            inside = number + 1 < len(portions)
            operation = _take(builder, bench, deck, chain, index, step, number, inside=inside)
            if operation is None:
                continue
            builder.bounded_lag(
                index, Anchor(first, "start"), operation, _window(time_s, tolerance_s),
                kind="sample",
            )  # fmt: skip
            builder.lags.append(Lag(before=portions[number][1], after=operation))
            if number + 1 < len(portions):
                builder.lags.append(Lag(before=operation, after=portions[number + 1][0]))


def _take(  # noqa: PLR0913 - a sample is who, what and where to
    builder: Builder,
    bench: Bench,
    deck: Deck,
    chain: Chain,
    index: int,
    step: Sample,
    number: int,
    *,
    inside: bool = False,
) -> str | None:
    """One aliquot of every well of the group; returns the operation's id.

    ``inside``: it happens between earlier operations of the chain, so it isn't put at the end.
    """
    volume_ul = rounded(value_of(step.volume, chain.group.condition))
    wells = [w for w in chain.group.wells if chain.volume_ul.get(w, 0.0) > 0]
    volumes = dict.fromkeys(wells, volume_ul)
    if not wells or not builder.check_deliverable(index, volumes, bench.tips):
        return None
    targets = destinations(builder, deck, index, step, wells)
    if targets is None:
        return None
    served = serve(bench, chain, volumes)
    if isinstance(served, str):
        builder.findings.error(
            "sample-too-large",
            f"a sample is taken in one go, and {served}",
            "steps",
            index,
            found=f"{volume_ul:g} µL",
            allowed=f"at most {max(t.max_ul for t in bench.tips):g} µL",
        )
        return None
    step_id = builder.step_id(index)
    diluted = _predispense(builder, bench, chain, index, step, targets)
    legs = tuple(
        replace(leg, source=f"{bench.plate}/{leg.well}", destination=targets[leg.well])
        for leg in served
    )
    for leg in legs:
        chain.pour(leg.well, -leg.volume_ul)
    draft = DraftTransfer(
        id=builder.new_id(f"{step_id}-{chain.name}-s{number + 1}"),
        step=step_id,
        line=builder.line(index),
        group=chain.name,
        wells=tuple(wells),
        purpose="sample",
        stock=None,
        tip=legs[0].tip,
        legs=legs,
        fresh=True,
        touches=True,
        portion=number + 1,
    )
    if inside:
        builder.drafts.append(draft)
    else:
        builder.append(chain, index, draft)
    builder.after_preparation(diluted, draft.id)
    return draft.id


def _predispense(
    builder: Builder,
    bench: Bench,
    chain: Chain,
    index: int,
    step: Sample,
    targets: dict[str, str],
) -> tuple[str, ...]:
    """Put the quench or diluent into the sample wells beforehand, without touching them."""
    if step.dilute_with is None:
        return ()
    stock = step.dilute_with.stock
    volume_ul = rounded(value_of(step.dilute_with.volume, chain.group.condition))
    volumes = dict.fromkeys(targets, volume_ul)
    if not builder.check_deliverable(index, volumes, bench.tips):
        return ()
    ids = []
    for legs, tip, priced in _diluent_legs(bench, chain, stock, volumes):
        draft = DraftTransfer(
            id=builder.new_id(f"{builder.step_id(index)}-{chain.name}-diluent"),
            step=builder.step_id(index),
            line=builder.line(index),
            group=None,
            wells=(),
            purpose="dilution",
            stock=stock,
            tip=tip,
            legs=tuple(replace(leg, destination=targets[leg.well]) for leg in legs),
            fresh=priced.way.fresh if priced is not None else False,
            touches=False,
            mode=priced.way.mode if priced is not None else "single",
            excess_ul=priced.way.excess_ul if priced is not None else 0.0,
            excess_to=priced.way.excess_to if priced is not None else "source",
        )
        builder.drafts.append(draft)
        ids.append(draft.id)
    return tuple(ids)


def _diluent_legs(
    bench: Bench, chain: Chain, stock: str, volumes_ul: Mapping[str, float]
) -> Iterator[tuple[list[DraftLeg], str, Priced | None]]:
    """Legs from a stock for each trip; a train needs one only."""
    if chain.group.train:
        # Nothing was in the sample wells before, so the tips need not be fresh.
        handling = replace(bench.setting.handlings[stock], fresh_tips=False)
        best = options(volumes_ul, bench.setting, handling).best()
        if best is not None:
            legs = [train_leg(piece, stock, "") for piece in best.way.pieces]
            yield legs, legs[0].tip, best
            return
    for trip in choose_trips(volumes_ul, bench.tips):
        legs = [
            DraftLeg(bench.channel(chain, w, trip.tip), stock, "", v, w)
            for w, v in trip.volumes_ul.items()
        ]
        yield sorted(legs, key=lambda leg: leg.channel), trip.tip.name, None
