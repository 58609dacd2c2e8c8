"""Finish: drafts become operations with positions, tips and expected amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.lowering.drafts import Draft, DraftLeg, DraftMix, DraftTransfer
from ncrobot.compiler.placing import SourcePicker
from ncrobot.compiler.preparation import Preparation
from ncrobot.compiler.strengths import Strength
from ncrobot.compiler.tips import TipStore
from ncrobot.deck import Deck
from ncrobot.deck.layout import SyringePump
from ncrobot.plan import Leg, MixLeg, MixWells, Operation, PumpDose, Transfer


def finish_operations(
    drafts: Sequence[Draft],
    deck: Deck,
    picker: SourcePicker,
    store: TipStore,
    contents: Mapping[str, Strength],
) -> tuple[Operation, ...]:
    """Choose tips and source positions for every draft, in plan order.

    ``contents`` tells what one µL of a stock or working solution brings. Samples carry no expected
    amounts: what a sample holds depends on the reaction, the ledger follows it.
    """
    arm = deck.layout.arm
    operations: list[Operation] = []
    for draft in drafts:
        if isinstance(draft, DraftTransfer) and draft.pump is not None:
            operations.append(_pump_dose(draft, draft.pump, deck, picker, contents))
        elif isinstance(draft, DraftTransfer):
            operations.append(_transfer(draft, arm.name, picker, store, contents))
        elif isinstance(draft, DraftMix):
            operations.append(_mix(draft, arm.name, store))
        else:
            operations.append(draft)
    return tuple(operations)


def _transfer(
    draft: DraftTransfer,
    arm: str,
    picker: SourcePicker,
    store: TipStore,
    contents: Mapping[str, Strength],
) -> Transfer:
    reuses = None if draft.fresh else draft.stock
    tips = _tips(draft.legs, draft.tip, reuses, store)
    sources = _sources(draft, picker)
    strength = contents[draft.stock] if draft.stock is not None else None
    legs = tuple(
        Leg(
            channel=leg.channel,
            tip=tips[_tip_key(leg, draft.tip)] or "none/A1",
            source=sources[leg.cycle, leg.channel],
            destination=leg.destination,
            volume_ul=leg.volume_ul,
            umol={}
            if strength is None
            else {name: each * leg.volume_ul for name, each in strength.umol_per_ul.items()},
            cycle=leg.cycle,
        )
        for leg in draft.legs
    )
    return Transfer(
        id=draft.id,
        step=draft.step,
        line=draft.line,
        device=arm,
        wells=draft.wells,
        group=draft.group,
        portion=draft.portion,
        purpose=draft.purpose,
        stock=draft.stock,
        legs=legs,
        tip_use="fresh" if reuses is None else "reuse",
        mode=draft.mode,
        excess_ul=draft.excess_ul,
        excess_to=draft.excess_to,
        touches=draft.touches,
        mix_repetitions=draft.mix_repetitions,
        mix_volume_ul=draft.mix_volume_ul,
        resuspend=draft.resuspend,
    )


def _pump_dose(
    draft: DraftTransfer,
    pump: str,
    deck: Deck,
    picker: SourcePicker,
    contents: Mapping[str, Strength],
) -> PumpDose:
    """A pump's doses: it draws from the position that its tube stands in."""
    device = deck.layout.devices[pump]
    carried = isinstance(device, SyringePump) and device.needle is not None
    stock = draft.stock or ""
    sources = _sources(draft, picker)
    return PumpDose(
        id=draft.id,
        step=draft.step,
        line=draft.line,
        device=deck.layout.arm.name if carried else pump,
        wells=draft.wells,
        group=draft.group,
        portion=draft.portion,
        purpose=draft.purpose,
        stock=stock,
        legs=tuple(
            Leg(
                channel=0,
                tip=f"{pump}/A1",
                source=sources[leg.cycle, leg.channel],
                destination=leg.destination,
                volume_ul=leg.volume_ul,
                umol={n: each * leg.volume_ul for n, each in contents[stock].umol_per_ul.items()},
                cycle=leg.cycle,
            )
            for leg in draft.legs
        ),
        tip_use="reuse",
        touches=False,
        excess_ul=draft.excess_ul,
        excess_to="waste",
        pump=pump,
        over_s=draft.over_s,
        steering=draft.steering,
    )


TipKey = tuple[str, int, int]


def _tip_key(leg: DraftLeg, tip: str) -> TipKey:
    """Kind, number and channel of the tip that a leg uses; legs of one key share it."""
    return leg.tip or tip, leg.tip_number, leg.channel


def _tips(
    legs: Sequence[DraftLeg], tip: str, reuses: str | None, store: TipStore
) -> dict[TipKey, str]:
    """A tip for each key: fresh ones, or those that belong to the stock of this name."""
    found: dict[TipKey, str] = {}
    together: dict[tuple[str, int], list[int]] = {}
    for leg in legs:
        kind, number, channel = _tip_key(leg, tip)
        channels = together.setdefault((kind, number), [])
        if channel not in channels:
            channels.append(channel)
    for (kind, number), channels in together.items():
        taken = (
            store.fresh(kind, channels) if reuses is None else store.reused(kind, reuses, channels)
        )
        found |= {(kind, number, channel): address for channel, address in taken.items()}
    return found


def _sources(draft: DraftTransfer, picker: SourcePicker) -> dict[tuple[int, int], str]:
    """Where each channel draws in each cycle: one position for all that a draw takes up."""
    found: dict[tuple[int, int], str] = {}
    for key, legs in _draws(draft).items():
        delivered_ul = sum(leg.volume_ul for leg in legs)
        shared = len(legs) > 1 if draft.pump is None else key[0] == 0
        excess_ul = draft.excess_ul if shared else 0.0
        kept_ul = excess_ul if draft.excess_to == "source" else 0.0
        source = legs[0].source
        found[key] = (
            source
            if "/" in source
            else picker.pick(source, delivered_ul + excess_ul, channel=key[1], kept_ul=kept_ul)
        )
    return found


def _draws(draft: DraftTransfer) -> dict[tuple[int, int], list[DraftLeg]]:
    found: dict[tuple[int, int], list[DraftLeg]] = {}
    for leg in draft.legs:
        found.setdefault((leg.cycle, leg.channel), []).append(leg)
    return found


def _mix(draft: DraftMix, arm: str, store: TipStore) -> MixWells:
    tips = _tips(draft.legs, draft.tip, None, store)
    return MixWells(
        id=draft.id,
        step=draft.step,
        line=draft.line,
        device=arm,
        wells=draft.wells,
        group=draft.group,
        repetitions=draft.repetitions,
        legs=tuple(
            MixLeg(
                channel=leg.channel,
                tip=tips[_tip_key(leg, draft.tip)] or "none/A1",
                well=leg.destination,
                volume_ul=leg.volume_ul,
                cycle=leg.cycle,
            )
            for leg in draft.legs
        ),
    )


def working_strengths(
    strengths: Mapping[str, Strength], preparation: Preparation
) -> dict[str, Strength]:
    """Strengths of stocks and of the working solutions as they were prepared.

    The diluent is a neat solvent, so only the factor changes the amounts.
    """
    found = dict(strengths)
    for solution in preparation.of.values():
        stock = strengths[solution.stock]
        diluent = strengths[solution.diluent]
        share = 1.0 / solution.factor
        fractions = {name: part * share for name, part in stock.solvent_fraction.items()}
        for name, part in diluent.solvent_fraction.items():
            fractions[name] = fractions.get(name, 0.0) + part * (1 - share)
        found[solution.name] = Strength(
            solution.name,
            stock.main,
            {name: umol * share for name, umol in stock.umol_per_ul.items()},
            fractions,
        )
    return found
