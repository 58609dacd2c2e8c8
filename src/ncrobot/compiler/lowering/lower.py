"""Walk through the protocol's steps in order and lower each for every group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.grouping import Group
from ncrobot.compiler.lowering.away import leaves_the_deck, lower_away
from ncrobot.compiler.lowering.builder import Builder
from ncrobot.compiler.lowering.chain import Chain
from ncrobot.compiler.lowering.doses import Bench, lower_dilute, lower_dose
from ncrobot.compiler.lowering.drafts import Draft
from ncrobot.compiler.lowering.gas import has_valve, lower_gas, tell_no_valve
from ncrobot.compiler.lowering.plate import (
    finish,
    lower_hold,
    lower_measure,
    lower_person,
    lower_stir,
    lower_temperature,
)
from ncrobot.compiler.lowering.sample_wells import report_without_place
from ncrobot.compiler.lowering.samples import lower_mix, lower_sample
from ncrobot.deck import Deck
from ncrobot.plan import Background, Lag
from ncrobot.protocol import (
    Age,
    Dilute,
    Dosing,
    Hold,
    Measure,
    Mix,
    Person,
    ProtocolSource,
    Sample,
    Stir,
    UnderGas,
)


@dataclass(frozen=True, slots=True)
class Lowered:
    """Drafts in an order that the lags allow, the lags, and how full each well gets."""

    drafts: tuple[Draft, ...]
    lags: tuple[Lag, ...]
    backgrounds: tuple[Background, ...]
    peak_ul: Mapping[str, float]


def lower(  # noqa: PLR0913 - the pass joins protocol, groups and deck
    source: ProtocolSource,
    groups: Sequence[Group],
    deck: Deck,
    bench: Bench,
    preparations: Sequence[Draft],
    preparation_lags: Sequence[Lag],
    findings: Findings,
) -> Lowered:
    """Lower all steps; ``preparations`` (working solutions) come first in the plan."""
    builder = Builder.start(source, findings, groups)
    builder.drafts += preparations
    builder.lags += preparation_lags
    lower_temperature(builder, deck, bench.plate, -1, source.protocol.vessel.temperature)
    for index in range(len(source.protocol.steps)):
        _lower_step(builder, deck, bench, index)
    report_without_place(builder, deck)
    finish(builder)
    unique = tuple(dict.fromkeys(builder.lags))
    peaks = {w: level for chain in builder.chains for w, level in chain.peak_ul.items()}
    return Lowered(tuple(builder.drafts), unique, tuple(builder.backgrounds), peaks)


def _lower_step(builder: Builder, deck: Deck, bench: Bench, index: int) -> None:
    step = builder.protocol.steps[index]
    is_done = builder.acts(builder.chains[0], index)
    by_valve = has_valve(step, deck, bench.plate)
    is_away = leaves_the_deck(step) and not by_valve
    if (is_away or by_valve or isinstance(step, Stir | Person | Measure)) and not is_done:
        return
    if isinstance(step, Stir | Hold | Age | UnderGas) and is_done and not is_away:
        lower_temperature(builder, deck, bench.plate, index, step.temperature)
    if isinstance(step, Stir):
        lower_stir(builder, deck, bench.plate, index)
    elif by_valve:
        lower_gas(builder, deck, bench.plate, index)
    elif is_away:
        if tell_no_valve(builder, index, bench.plate):
            lower_away(builder, bench.plate, index)
    elif isinstance(step, Person):
        lower_person(builder, index)
    elif isinstance(step, Measure):
        lower_measure(builder, deck, index)
    else:
        for chain in builder.chains:
            _lower_for(builder, deck, bench, chain, index)


def _lower_for(builder: Builder, deck: Deck, bench: Bench, chain: Chain, index: int) -> None:
    step = builder.protocol.steps[index]
    if not isinstance(step, Dosing) and not builder.acts(chain, index):
        if not isinstance(step, Sample):
            builder.mark(chain, index, chain.now(), chain.now())
    elif isinstance(step, Dosing):
        lower_dose(builder, bench, chain, index)
    elif isinstance(step, Dilute):
        lower_dilute(builder, bench, chain, index)
    elif isinstance(step, Mix):
        lower_mix(builder, bench, chain, index)
    elif isinstance(step, Sample):
        lower_sample(builder, bench, deck, chain, index)
    elif isinstance(step, Hold | Age):
        lower_hold(builder, chain, index)
    else:
        msg = f"no lowering for a {type(step).__name__} step"
        raise TypeError(msg)
