"""Which features of the protocol language a protocol uses; derived from it, never declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ncrobot.protocol import (
    Acidify,
    Add,
    AdjustPh,
    Age,
    Away,
    Dilute,
    Dosing,
    Exchange,
    Hold,
    Measure,
    Mix,
    Person,
    Protocol,
    Reduce,
    Sample,
    StepBase,
    Stir,
    Treat,
    UnderGas,
)
from ncrobot.protocol.parameters import Scope

Uses = Callable[[Protocol], bool]
S = TypeVar("S", bound=StepBase)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: a short name, what it says, and how a protocol shows that it uses it.

    ``guide`` is the page of the documentation that shows how to use it.
    """

    name: str
    meaning: str
    guide: str
    is_used: Uses


def _has(kind: type[S], test: Callable[[S], bool] = lambda _: True) -> Uses:
    """Whether a step of a kind is there that passes the test."""
    return lambda protocol: any(isinstance(step, kind) and test(step) for step in protocol.steps)


def _heats(protocol: Protocol) -> bool:
    waits = (
        step for step in protocol.steps if isinstance(step, Hold | Age | Stir | Treat | UnderGas)
    )
    return protocol.vessel.temperature is not None or any(
        step.temperature is not None for step in waits
    )


def _dark(protocol: Protocol) -> bool:
    return protocol.vessel.dark or any(
        isinstance(step, Hold | Away) and step.dark for step in protocol.steps
    )


def _scoped(protocol: Protocol) -> bool:
    scopes = [each.scope for each in protocol.parameters.values()]
    scopes += [each.scope for each in protocol.choices.values()]
    return any(scope is not Scope.WELL for scope in scopes)


def _ratio(step: Dosing) -> bool:
    return step.equivalents is not None or step.inverse_equivalents is not None


FEATURES: tuple[Feature, ...] = (
    Feature("ratio", "doses as moles per mole", "ratios.md", _has(Dosing, _ratio)),
    Feature(
        "per cluster",
        "ratios that count clusters",
        "ratios.md",
        _has(Dosing, lambda step: step.per == "cluster"),
    ),
    Feature(
        "electrons",
        "hydride as electrons per metal",
        "ratios.md",
        _has(Reduce, lambda step: step.electrons_per_metal is not None),
    ),
    Feature(
        "portions",
        "a reductant in equal parts at an interval",
        "ratios.md",
        _has(Reduce, lambda step: step.portions is not None),
    ),
    Feature(
        "make-up", "solvent that fills each well", "ratios.md", _has(Add, lambda step: step.make_up)
    ),
    Feature(
        "choice",
        "words of the table, such as which ligand",
        "words-in-tables.md",
        lambda p: bool(p.choices),
    ),
    Feature(
        "only",
        "steps for some rows",
        "words-in-tables.md",
        _has(StepBase, lambda step: bool(step.only)),
    ),
    Feature(
        "ageing stock",
        "a stock with a life, made anew by a person",
        "fresh-stocks.md",
        lambda protocol: any(stock.life is not None for stock in protocol.stocks.values()),
    ),
    Feature(
        "slurry",
        "a stock that settles",
        "fresh-stocks.md",
        lambda protocol: any(stock.slurry for stock in protocol.stocks.values()),
    ),
    Feature(
        "library",
        "a stock with a member for each row",
        "libraries.md",
        lambda protocol: any(stock.library is not None for stock in protocol.stocks.values()),
    ),
    Feature("stir", "shaking at a speed", "waiting-and-heat.md", _has(Stir)),
    Feature("mix", "mixing by pipette", "waiting-and-heat.md", _has(Mix)),
    Feature("heat", "a temperature under the plate", "waiting-and-heat.md", _heats),
    Feature("dark", "kept from light", "fresh-stocks.md", _dark),
    Feature(
        "layers",
        "liquids that don't mix",
        "two-layers.md",
        lambda protocol: bool(protocol.vessel.layers),
    ),
    Feature(
        "pH dose",
        "a dose calculated for a pH",
        "acid-and-ph.md",
        _has(AdjustPh, lambda step: step.to is not None),
    ),
    Feature("acid", "acid where hydride was, with a permission", "acid-and-ph.md", _has(Acidify)),
    Feature(
        "exchange", "an incoming ligand or metal on a finished cluster", "ratios.md", _has(Exchange)
    ),
    Feature("dilute", "solvent to a volume or by a factor", "ratios.md", _has(Dilute)),
    Feature(
        "lag",
        "timing to a step that isn't the one before",
        "waiting-and-heat.md",
        _has(StepBase, lambda step: bool(step.timing)),
    ),
    Feature("age", "a long hold", "waiting-and-heat.md", _has(Age)),
    Feature(
        "off deck",
        "the plate stored beside the deck",
        "off-the-deck.md",
        _has(Age, lambda step: step.where == "off_deck"),
    ),
    Feature("gas", "gas by a valve of the deck, or by a person", "off-the-deck.md", _has(UnderGas)),
    Feature("treat", "gas, ultrasound or light beside the deck", "off-the-deck.md", _has(Treat)),
    Feature("sample", "aliquots", "samples.md", _has(Sample)),
    Feature(
        "timed",
        "aliquots at given times",
        "follow-a-reaction.md",
        _has(Sample, lambda step: bool(step.at)),
    ),
    Feature(
        "per portion",
        "aliquots after each portion",
        "follow-a-reaction.md",
        _has(Sample, lambda step: step.after_each_portion_of is not None),
    ),
    Feature(
        "quench",
        "aliquots into a stopping or thinning liquid",
        "follow-a-reaction.md",
        _has(Sample, lambda step: step.dilute_with is not None),
    ),
    Feature("measure", "a plate read on the deck", "follow-a-reaction.md", _has(Measure)),
    Feature("person", "something that a person does", "waiting-and-heat.md", _has(Person)),
    Feature(
        "seal",
        "wells closed or opened in between",
        "waiting-and-heat.md",
        _has(Person, lambda s: s.closure is not None),
    ),
    Feature(
        "plate scope", "a parameter or choice with one value a plate", "several-plates.md", _scoped
    ),
    Feature(
        "controls",
        "rows that leave something out",
        "ratios.md",
        lambda protocol: bool(protocol.controls),
    ),
    Feature(
        "expected",
        "what analysis is to look for",
        "what-to-look-for.md",
        lambda protocol: bool(protocol.expected),
    ),
)
"""Every feature, in the order of the coverage table."""


def features_of(protocol: Protocol) -> tuple[str, ...]:
    """Names of the features that a protocol uses, in the order of :data:`FEATURES`."""
    return tuple(feature.name for feature in FEATURES if feature.is_used(protocol))
