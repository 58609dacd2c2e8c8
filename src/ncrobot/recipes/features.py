"""Which features of the protocol language a protocol uses; derived from it, never declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ncrobot.protocol import (
    Acidify,
    AdjustPh,
    Age,
    Dosing,
    Exchange,
    Hold,
    Measure,
    Person,
    Protocol,
    Reduce,
    Sample,
    Stir,
)
from ncrobot.protocol.parameters import Scope


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: a short name, what it says, and how a protocol shows that it uses it."""

    name: str
    meaning: str
    is_used: Callable[[Protocol], bool]


def _steps(protocol: Protocol, *kinds: type[object]) -> Iterator[object]:
    return (step for step in protocol.steps if isinstance(step, kinds))


def _has(*kinds: type[object]) -> Callable[[Protocol], bool]:
    return lambda protocol: any(True for _ in _steps(protocol, *kinds))


def _any(kind: type[object], test: Callable[[object], bool]) -> Callable[[Protocol], bool]:
    return lambda protocol: any(test(step) for step in _steps(protocol, kind))


def _ratio(step: object) -> bool:
    return isinstance(step, Dosing) and (
        step.equivalents is not None or step.inverse_equivalents is not None
    )


def _electrons(step: object) -> bool:
    return isinstance(step, Reduce) and step.electrons_per_metal is not None


def _heats(protocol: Protocol) -> bool:
    waits = _steps(protocol, Hold, Age, Stir)
    return protocol.vessel.temperature is not None or any(
        isinstance(step, Hold | Age | Stir) and step.temperature is not None for step in waits
    )


def _dark(protocol: Protocol) -> bool:
    return protocol.vessel.dark or any(
        isinstance(step, Hold | Age) and step.dark for step in protocol.steps
    )


def _scoped(protocol: Protocol) -> bool:
    return any(each.scope is not Scope.WELL for each in protocol.parameters.values())


def _off_deck(step: object) -> bool:
    return isinstance(step, Age) and step.where == "off_deck"


def _quenched(step: object) -> bool:
    return isinstance(step, Sample) and step.dilute_with is not None


def _timed(step: object) -> bool:
    return isinstance(step, Sample) and bool(step.at)


def _per_portion(step: object) -> bool:
    return isinstance(step, Sample) and step.after_each_portion_of is not None


def _sealed(step: object) -> bool:
    return isinstance(step, Person) and step.closure is not None


FEATURES: tuple[Feature, ...] = (
    Feature("ratio", "doses as moles per mole", _any(Dosing, _ratio)),
    Feature("electrons", "hydride as electrons per metal", _any(Reduce, _electrons)),
    Feature(
        "portions",
        "a reductant in equal parts at an interval",
        _any(Reduce, lambda step: isinstance(step, Reduce) and step.portions is not None),
    ),
    Feature(
        "ageing stock",
        "a stock with a life, made anew by a person",
        lambda protocol: any(stock.life is not None for stock in protocol.stocks.values()),
    ),
    Feature(
        "slurry",
        "a stock that settles",
        lambda protocol: any(stock.slurry for stock in protocol.stocks.values()),
    ),
    Feature("stir", "shaking at a speed", _has(Stir)),
    Feature("heat", "a temperature under the plate", _heats),
    Feature("dark", "kept from light", _dark),
    Feature(
        "pH dose",
        "a dose calculated for a pH",
        _any(AdjustPh, lambda step: isinstance(step, AdjustPh) and step.to is not None),
    ),
    Feature("acid", "acid where hydride was, with a permission", _has(Acidify)),
    Feature("exchange", "an incoming ligand or metal on a finished cluster", _has(Exchange)),
    Feature("age", "a long hold", _has(Age)),
    Feature("off deck", "the plate stored beside the deck", _any(Age, _off_deck)),
    Feature("sample", "aliquots", _has(Sample)),
    Feature("timed", "aliquots at given times", _any(Sample, _timed)),
    Feature("per portion", "aliquots after each portion", _any(Sample, _per_portion)),
    Feature("quench", "aliquots into a stopping or thinning liquid", _any(Sample, _quenched)),
    Feature("measure", "a plate read on the deck", _has(Measure)),
    Feature("person", "something that a person does", _has(Person)),
    Feature("seal", "wells closed or opened in between", _any(Person, _sealed)),
    Feature("plate scope", "a parameter with one value a plate", _scoped),
    Feature("controls", "rows that leave something out", lambda protocol: bool(protocol.controls)),
)
"""Every feature, in the order of the coverage table."""


def features_of(protocol: Protocol) -> tuple[str, ...]:
    """Names of the features that a protocol uses, in the order of :data:`FEATURES`."""
    return tuple(feature.name for feature in FEATURES if feature.is_used(protocol))
