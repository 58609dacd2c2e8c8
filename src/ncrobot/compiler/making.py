"""Make: from the draws of every well to operations with their places, tips and amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ncrobot.compiler.batching import batch
from ncrobot.compiler.cooling import Cooling, cool
from ncrobot.compiler.delivery import Delivery
from ncrobot.compiler.doses import WellDoses
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.finishing import finish_operations, working_strengths
from ncrobot.compiler.grouping import Group
from ncrobot.compiler.lowering import Lowered, lower
from ncrobot.compiler.lowering.doses import Bench
from ncrobot.compiler.lowering.drafts import DraftTransfer
from ncrobot.compiler.modes import Setting
from ncrobot.compiler.placing import Placement, SourcePicker, place_stocks
from ncrobot.compiler.preparation import Preparation, prepare
from ncrobot.compiler.steering import Steerings
from ncrobot.compiler.strengths import Strength
from ncrobot.compiler.tips import TipStore
from ncrobot.deck import Deck
from ncrobot.plan import Operation
from ncrobot.protocol import ProtocolSource


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be made: the wells with their doses and draws, and what the deck offers."""

    source: ProtocolSource
    deck: Deck
    plate: str
    doses: Sequence[WellDoses]
    strengths: Mapping[str, Strength]
    delivery: Delivery
    setting: Setting
    steerings: Steerings


@dataclass(frozen=True, slots=True)
class Made:
    """Operations with all that was decided on the way to them."""

    groups: Sequence[Group]
    preparation: Preparation
    lowered: Lowered
    placement: Placement
    cooling: Cooling
    contents: Mapping[str, Strength]
    operations: tuple[Operation, ...]
    tips_taken: Mapping[str, int]
    setting: Setting


def make(asked: Asked, findings: Findings) -> Made:
    """Make the operations; where the deck has too few tips, again in ways that keep them.

    Raises:
        PlanError: there is no position for a stock, or no way to serve a well.
    """
    before = list(findings.items)
    made, store = _make(asked, findings)
    wastes = any(
        isinstance(draft, DraftTransfer) and draft.fresh and not draft.touches
        for draft in made.lowered.drafts
    )
    if store.missing and wastes:
        findings.items[:] = before
        thrifty = replace(asked, setting=replace(asked.setting, saving_tips=True, known={}))
        made, store = _make(thrifty, findings)
    store.report(findings)
    return made


def _make(asked: Asked, findings: Findings) -> tuple[Made, TipStore]:
    source, deck, delivery, setting = asked.source, asked.deck, asked.delivery, asked.setting
    groups = batch(source.protocol, asked.doses, delivery, setting)
    preparation = prepare(delivery, groups, deck, setting.tips, findings)
    bench = Bench(
        asked.plate, setting.tips, delivery, preparation.wells, preparation.by_source, setting,
        asked.steerings,
    )  # fmt: skip
    lowered = lower(source, groups, deck, bench, preparation.drafts, preparation.lags, findings)
    placement = place_stocks(source.protocol, lowered.drafts, deck, findings)
    findings.stop_if_any()
    cooling = cool(source.protocol, placement, lowered.drafts, deck, findings)
    contents = working_strengths(asked.strengths, preparation)
    store = TipStore.start(deck)
    picker = SourcePicker.start(placement, deck)
    operations = finish_operations(lowered.drafts, deck, picker, store, contents)
    made = Made(
        groups, preparation, lowered, placement, cooling, contents,
        (*cooling.operations, *operations), dict(sorted(store.taken.items())), setting,
    )  # fmt: skip
    return made, store
