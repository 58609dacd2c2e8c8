"""Doses: add, reduce in portions, acidify, exchange, adjust pH, and dilute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.compiler.batching import source_options
from ncrobot.compiler.delivery import Delivery
from ncrobot.compiler.doses import optional_value
from ncrobot.compiler.lowering.builder import Bounds, Builder
from ncrobot.compiler.lowering.chain import Anchor, Chain
from ncrobot.compiler.lowering.drafts import DraftLeg, DraftTransfer
from ncrobot.compiler.lowering.slowly import over_s_of
from ncrobot.compiler.modes import Options, Setting, chosen
from ncrobot.compiler.pieces import Piece
from ncrobot.compiler.steering import Steerings
from ncrobot.compiler.tip_choice import choose_trips, rounded
from ncrobot.deck.layout import TipType
from ncrobot.protocol import AdjustPh, Dilute, Dosing, Exchange, Reduce
from ncrobot.protocol.dosing import Batching


@dataclass(frozen=True, slots=True)
class Bench:
    """What lowering knows of the deck: the reaction plate, the tips, and what serves a source.

    ``working_wells`` says where a working solution stands: (name, channel) -> address.
    """

    plate: str
    tips: tuple[TipType, ...]
    delivery: Delivery
    working_wells: Mapping[tuple[str, int], str]
    prepared: Mapping[str, tuple[str, ...]]
    setting: Setting
    steerings: Steerings

    def origin(self, source: str, channel: int) -> str:
        """Where a channel finds a source: the well of a working solution, else the stock's name."""
        if source not in self.delivery.working:
            return source
        key = channel if (source, channel) in self.working_wells else 0
        return self.working_wells.get((source, key), source)

    def channel(self, chain: Chain, well: str, tip: TipType) -> int:
        """The channel that serves a well: its row, or on a one-channel arm the tip's own mount."""
        return tip.channels[0] if tip.channels else chain.group.channels[well]


def lower_dose(builder: Builder, bench: Bench, chain: Chain, index: int) -> None:
    """All portions of one dosing step for one group."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Dosing):
        msg = f"step {index} is no dose"
        raise TypeError(msg)
    draws = {
        well: draw
        for well in chain.group.wells
        if (draw := bench.delivery.draws[well].get(index)) is not None
    }
    portions = max((draw.portions for draw in draws.values()), default=0)
    if portions == 0:
        builder.mark(chain, index, chain.now(), chain.now())
    for portion in range(1, portions + 1):
        by_source: dict[str, dict[str, float]] = {}
        for well, draw in draws.items():
            by_source.setdefault(draw.source, {})[well] = draw.volume_ul
        first = len(builder.drafts)
        for source, volumes in by_source.items():
            add_transfers(
                builder, bench, chain, index, source, volumes,
                portion=portion if isinstance(step, Reduce) and step.portions is not None else None,
            )  # fmt: skip
        ids = [draft.id for draft in builder.drafts[first:]]
        if not ids:
            return
        anchors = chain.steps[builder.step_id(index)]
        anchors.portions.append((ids[0], ids[-1]))
        if portion > 1 and isinstance(step, Reduce):
            _portion_lag(builder, chain, index, step, portion)
    if isinstance(step, Exchange) and step.for_ is not None and builder.acts(chain, index):
        hold_s = optional_value(step.for_, chain.group.condition) or 0.0
        tolerance_s = optional_value(step.tolerance, chain.group.condition)
        chain.waiting.extend(
            hold_s,
            tolerance_s,
            line=builder.line(index),
            step=builder.step_id(index),
            if_late=builder.late(index),
        )


def _portion_lag(builder: Builder, chain: Chain, index: int, step: Reduce, portion: int) -> None:
    """Portion k starts (k - 1) intervals after the first, start to start, within the tolerance."""
    portions = chain.steps[builder.step_id(index)].portions
    interval_s = optional_value(step.interval, chain.group.condition) or 0.0
    tolerance_s = optional_value(step.tolerance, chain.group.condition) or 0.0
    target_s = (portion - 1) * interval_s
    builder.bounded_lag(
        index,
        Anchor(portions[0][0], "start"),
        portions[-1][0],
        Bounds(max(0.0, target_s - tolerance_s), target_s + tolerance_s, target_s),
        kind="portion",
    )


def add_transfers(  # noqa: PLR0913 - a transfer is who, what, where and how much
    builder: Builder,
    bench: Bench,
    chain: Chain,
    index: int,
    source: str,
    volumes_ul: Mapping[str, float],
    *,
    portion: int | None = None,
) -> None:
    """Transfers from one source into wells of a group, as many trips as the tips need."""
    if chain.group.train or bench.setting.pump_of(source) is not None or _is_forced(builder, index):
        add_train(builder, bench, chain, index, source, volumes_ul, portion=portion)
        return
    working = bench.delivery.working.get(source)
    stock = builder.protocol.stocks[working.stock if working else source]
    step = builder.step_id(index)
    for trip in choose_trips(volumes_ul, bench.tips):
        legs = []
        for well, volume_ul in trip.volumes_ul.items():
            channel = bench.channel(chain, well, trip.tip)
            origin = bench.origin(source, channel)
            legs.append(DraftLeg(channel, origin, f"{bench.plate}/{well}", volume_ul, well))
            chain.pour(well, volume_ul)
        suffix = f"-p{portion}" if portion is not None else ""
        draft = DraftTransfer(
            id=builder.new_id(f"{step}-{chain.name}{suffix}"),
            step=step,
            line=builder.line(index),
            group=chain.name,
            wells=tuple(trip.volumes_ul),
            purpose="dose",
            stock=source,
            tip=trip.tip.name,
            legs=tuple(sorted(legs, key=lambda leg: leg.channel)),
            fresh=stock.tips == "fresh",
            touches=stock.tips == "fresh",
            portion=portion,
            resuspend=stock.slurry,
            mode="single" if bench.setting.layout.arm.simultaneous == 1 else "column",
        )
        builder.append(chain, index, draft)
        builder.after_preparation(bench.prepared.get(source, ()), draft.id)


def add_train(  # noqa: PLR0913 - as for any transfer
    builder: Builder,
    bench: Bench,
    chain: Chain,
    index: int,
    source: str,
    volumes_ul: Mapping[str, float],
    *,
    portion: int | None = None,
) -> None:
    """One transfer for all wells of a group, in the quickest way that its step allows."""
    step = builder.protocol.steps[index]
    asked: Batching = step.batching if isinstance(step, Dosing) else "auto"
    steering = bench.steerings.of(index, list(volumes_ul))
    over_s = over_s_of(builder, bench.setting, chain, index, source, volumes_ul)
    if steering is not None or over_s is not None:
        asked = "pump"
    found = source_options(bench.delivery, bench.setting, source, volumes_ul)
    best = chosen(found, asked, bench.setting)
    if best is None:
        _refuse_mode(builder, index, asked, found, next(iter(volumes_ul)))
        builder.mark(chain, index, chain.now(), chain.now())
        return
    working = bench.delivery.working.get(source)
    stock = builder.protocol.stocks[working.stock if working else source]
    for well, volume_ul in volumes_ul.items():
        chain.pour(well, volume_ul)
    suffix = f"-p{portion}" if portion is not None else ""
    draft = DraftTransfer(
        id=builder.new_id(f"{builder.step_id(index)}-{chain.name}{suffix}"),
        step=builder.step_id(index),
        line=builder.line(index),
        group=chain.name,
        wells=tuple(volumes_ul),
        purpose="dose",
        stock=source,
        tip=best.way.pieces[0].tip.name,
        legs=tuple(
            train_leg(piece, bench.origin(source, piece.channel), f"{bench.plate}/{piece.well}")
            for piece in best.way.pieces
        ),
        fresh=best.way.fresh,
        touches=stock.tips == "fresh",
        portion=portion,
        resuspend=stock.slurry,
        mode=best.way.mode,
        excess_ul=best.way.excess_ul,
        excess_to=best.way.excess_to,
        pump=best.head if best.way.mode == "pump" else None,
        over_s=over_s,
        steering=steering,
    )
    builder.append(chain, index, draft)
    builder.after_preparation(bench.prepared.get(source, ()), draft.id)


def _is_forced(builder: Builder, index: int) -> bool:
    """Whether a step asks for a mode, which may not be that of its group."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Dosing):
        return False
    is_steered = isinstance(step, AdjustPh) and step.steered is not None
    return step.batching != "auto" or step.over is not None or is_steered


def train_leg(piece: Piece, source: str, destination: str) -> DraftLeg:
    """The leg of one piece of a way."""
    return DraftLeg(
        piece.channel, source, destination, piece.volume_ul, piece.well,
        cycle=piece.cycle, tip=piece.tip.name, tip_number=piece.tip_number,
    )  # fmt: skip


def _refuse_mode(builder: Builder, index: int, asked: str, found: Options, well: str) -> None:
    reasons = "; ".join(
        f"{mode}: {reason}" for mode, reason in found.refused.items() if asked in ("auto", mode)
    )
    builder.findings.error(
        "mode-not-possible",
        "the arm can't serve these wells in the way that is asked"
        if asked != "auto"
        else "the arm can't serve these wells in any way",
        "steps",
        index,
        well=well,
        quantity="batching",
        found=asked,
        allowed=", ".join(found.possible) or reasons,
        fix=f"{reasons}; leave out batching, or use another deck layout",
    )


def lower_dilute(builder: Builder, bench: Bench, chain: Chain, index: int) -> None:
    """Solvent up to a volume, by a factor, or a plain volume, counted from what is in the well."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Dilute):
        msg = f"step {index} is no dilution"
        raise TypeError(msg)
    condition = chain.group.condition
    volumes: dict[str, float] = {}
    for well in chain.group.wells:
        level = chain.volume_ul.get(well, 0.0)
        factor = optional_value(step.factor, condition)
        to_ul = optional_value(step.to_volume, condition)
        volume_ul = optional_value(step.volume, condition)
        if factor is not None:
            volume_ul = level * (factor - 1.0)
        elif to_ul is not None:
            volume_ul = to_ul - level
        if volume_ul is None or volume_ul < 0:
            builder.findings.error(
                "dilution-backwards",
                "a dilution can't take liquid out: the well holds more than it should after it",
                "steps",
                index,
                well=well,
                found=f"{level:.2f} µL in the well before",
                allowed="a larger total volume, or a factor of at least 1",
            )
            continue
        if volume_ul > 0:
            volumes[well] = rounded(volume_ul)
    if volumes and builder.check_deliverable(index, volumes, bench.tips):
        add_transfers(builder, bench, chain, index, step.stock, volumes)
    else:
        builder.mark(chain, index, chain.now(), chain.now())
