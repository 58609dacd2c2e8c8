"""Finish: drafts become operations with positions, tips and expected amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.lowering.drafts import Draft, DraftMix, DraftTransfer
from ncrobot.compiler.placing import SourcePicker
from ncrobot.compiler.preparation import Preparation
from ncrobot.compiler.strengths import Strength
from ncrobot.compiler.tips import TipStore
from ncrobot.plan import Leg, MixLeg, MixWells, Operation, Transfer


def finish_operations(
    drafts: Sequence[Draft],
    arm: str,
    picker: SourcePicker,
    store: TipStore,
    contents: Mapping[str, Strength],
) -> tuple[Operation, ...]:
    """Choose tips and source positions for every draft, in plan order.

    ``contents`` tells what one µL of a stock or working solution brings. Samples carry no expected
    amounts: what a sample holds depends on the reaction, the ledger follows it.
    """
    operations: list[Operation] = []
    for draft in drafts:
        if isinstance(draft, DraftTransfer):
            operations.append(_transfer(draft, arm, picker, store, contents))
        elif isinstance(draft, DraftMix):
            operations.append(_mix(draft, arm, store))
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
    channels = [leg.channel for leg in draft.legs]
    if draft.fresh or draft.stock is None:
        tips = store.fresh(draft.tip, channels)
    else:
        tips = store.reused(draft.tip, draft.stock, channels)
    strength = contents[draft.stock] if draft.stock is not None else None
    legs = tuple(
        Leg(
            channel=leg.channel,
            tip=tips[leg.channel] or "none/A1",
            source=leg.source if "/" in leg.source else picker.pick(leg.source, leg.volume_ul),
            destination=leg.destination,
            volume_ul=leg.volume_ul,
            umol={}
            if strength is None
            else {name: each * leg.volume_ul for name, each in strength.umol_per_ul.items()},
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
        tip_use="fresh" if draft.fresh or draft.stock is None else "reuse",
        touches=draft.touches,
        mix_repetitions=draft.mix_repetitions,
        mix_volume_ul=draft.mix_volume_ul,
        resuspend=draft.resuspend,
    )


def _mix(draft: DraftMix, arm: str, store: TipStore) -> MixWells:
    tips = store.fresh(draft.tip, [leg.channel for leg in draft.legs])
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
                tip=tips[leg.channel] or "none/A1",
                well=leg.destination,
                volume_ul=leg.volume_ul,
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
