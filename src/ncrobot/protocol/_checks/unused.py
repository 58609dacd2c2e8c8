"""Warnings: what a protocol defines but never uses is often a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.protocol._parts import Parts
from ncrobot.protocol.steps import Dilute, Dosing, Sample


def warn_of_unused(parts: Parts) -> None:
    """Warn of parameters, stocks and materials that no step comes to."""
    stocks = _used_stocks(parts)
    used = {
        "parameters": {given.parameter for _, given in parts.all_givens() if given.parameter},
        "choices": {name for _, step in parts.numbered_steps() for name in step.only},
        "stocks": stocks,
        "materials": _used_materials(parts, parts.stocks),
    }
    defined: dict[str, Iterable[str]] = {
        "parameters": parts.parameters,
        "choices": parts.choices,
        "stocks": parts.stocks,
        "materials": parts.materials,
    }
    for group, names in defined.items():
        for name in names:
            if name not in used[group]:
                parts.warn(
                    (group, name),
                    f"unused-{group[:-1]}",
                    f"{parts.label((group, name))} is defined but never used",
                    fix="delete it, or use it",
                )


def _used_stocks(parts: Parts) -> set[str]:
    used = set()
    for _, step in parts.numbered_steps():
        if isinstance(step, Dosing | Dilute):
            used.add(step.stock)
        if isinstance(step, Sample) and step.dilute_with is not None:
            used.add(step.dilute_with.stock)
    return used | _diluents(parts, used)


def _diluents(parts: Parts, used: set[str]) -> set[str]:
    """Return the neat solvents of used stocks: the deck may dilute small doses with them."""
    stocks = [stock for name in used if (stock := parts.stocks.get(name))]
    dissolved_in = {stock.solvent for stock in stocks if isinstance(stock.solvent, str)}
    return {
        name
        for name, stock in parts.stocks.items()
        if stock is not None and stock.neat and stock.of in dissolved_in
    }


def _used_materials(parts: Parts, stocks: Iterable[str]) -> set[str]:
    used = set()
    for name in stocks:
        stock = parts.stocks[name]
        if stock is not None:
            solvents = [stock.solvent] if isinstance(stock.solvent, str) else stock.solvent or ()
            used |= {stock.of, *stock.also, *solvents}
    return used
