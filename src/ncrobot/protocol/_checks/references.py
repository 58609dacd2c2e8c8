"""References: every material, stock and parameter that is named exists and is of the right kind."""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.errors import nearest_word
from ncrobot.protocol._checks.names import CLUSTER, METAL
from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol._walk import child
from ncrobot.protocol.materials import Role
from ncrobot.protocol.steps import Dilute, Dosing, Sample, Step
from ncrobot.protocol.stocks import Stock
from ncrobot.protocol.values import a_quantity_of


def check_references(parts: Parts) -> None:
    """Report names that refer to nothing, and values that refer to a parameter of another kind."""
    for name, stock in parts.stocks.items():
        if stock is not None:
            _check_stock(parts, name, stock)
    for name, control in parts.controls.items():
        omitted = control.omit if control is not None else ()
        for index, material in enumerate(omitted):
            _check_material(parts, ("controls", name, "omit", index), material)
    for index, step in parts.numbered_steps():
        path: Path = ("steps", index)
        _check_only(parts, path, step)
        if isinstance(step, Dosing | Dilute):
            _check_known(parts, (*path, "stock"), "stock", step.stock, parts.stocks)
        if isinstance(step, Dosing) and step.per not in {METAL, CLUSTER}:
            _check_material(parts, (*path, "per"), step.per, also=(METAL, CLUSTER))
        if isinstance(step, Sample) and step.dilute_with is not None:
            place = (*path, "dilute_with", "stock")
            _check_known(parts, place, "stock", step.dilute_with.stock, parts.stocks)
    _check_parameters(parts)
    _check_damaged(parts)


def _check_only(parts: Parts, path: Path, step: Step) -> None:
    """Report choices that don't exist, and words that they don't have."""
    for name, words in step.only.items():
        _check_known(parts, (*path, "only", name), "choice", name, parts.choices)
        choice = parts.choices.get(name)
        if choice is None:
            continue
        for word in words:
            if word in choice.of:
                continue
            near = nearest_word(word, choice.of)
            parts.error(
                (*path, "only", name),
                "unknown-word",
                f'choice {name} has no word "{word}"',
                found=word,
                allowed=", ".join(choice.of),
                fix=f"did you mean '{near}'?" if near else f"add it to choice {name}",
            )


def _check_damaged(parts: Parts) -> None:
    """Check the names in stocks and steps that are wrong otherwise, so that all is told at once."""
    for name, stock in parts.stocks.items():
        material = child(child(child(parts.tree.data, "stocks"), name), "of")
        if stock is None and isinstance(material, str):
            _check_material(parts, ("stocks", name, "of"), material)
    for index, step in enumerate(parts.steps):
        raw = child(child(parts.tree.data, "steps"), index)
        if step is not None or not isinstance(raw, dict):
            continue
        for field, value in raw.items():
            path = ("steps", index, field)
            if field == "stock" and isinstance(value, str):
                _check_known(parts, path, "stock", value, parts.stocks)
            elif isinstance(value, str) and value[:1] == "$" and value[1:].isidentifier():
                _check_known(parts, path, "parameter", value[1:], parts.parameters)


def _check_stock(parts: Parts, name: str, stock: Stock) -> None:
    path: Path = ("stocks", name)
    _check_material(parts, (*path, "of"), stock.of)
    for other in stock.also:
        _check_material(parts, (*path, "also", other), other)
        if other == stock.of:
            message = f'stock {name} gives the strength of "{other}" twice, in also as well'
            parts.error((*path, "also", other), "name-collision", message, on_key=True)
    if isinstance(stock.solvent, str):
        _check_solvent(parts, (*path, "solvent"), stock.solvent)
    for solvent in stock.solvent if isinstance(stock.solvent, dict) else ():
        _check_solvent(parts, (*path, "solvent", solvent), solvent)


def _check_solvent(parts: Parts, path: Path, name: str) -> None:
    _check_material(parts, path, name)
    material = parts.materials.get(name)
    if material is not None and material.role is not Role.SOLVENT:
        solvents = [
            known
            for known, other in parts.materials.items()
            if other is not None and other.role is Role.SOLVENT
        ]
        parts.error(
            path,
            "not-a-solvent",
            f'"{name}" is no solvent: its role is {material.role.value}',
            found=f"role: {material.role.value}",
            allowed=", ".join(solvents) or "a material with role: solvent",
            fix=f"name a solvent, or give material {name} the role solvent",
        )


def _check_material(parts: Parts, path: Path, name: str, also: Iterable[str] = ()) -> None:
    _check_known(parts, path, "material", name, (*parts.materials, *also))


def _check_known(parts: Parts, path: Path, noun: str, name: str, known: Iterable[str]) -> None:
    words = list(known)
    if name in words:
        return
    near = nearest_word(name, words)
    parts.error(
        path,
        f"unknown-{noun}",
        f'{parts.label(path)}: there is no {noun} "{name}"',
        found=name,
        allowed=", ".join(words) or "none is defined",
        fix=f"did you mean '{near}'?" if near else f"define it under {noun}s:",
    )


def _check_parameters(parts: Parts) -> None:
    for path, given in parts.all_givens():
        if given.parameter is None:
            continue
        if path[0] != "steps":
            _refuse_parameter(parts, path, given.parameter)
            continue
        _check_known(parts, path, "parameter", given.parameter, parts.parameters)
        parameter = parts.parameters.get(given.parameter)
        if parameter is not None and parameter.quantity is not given.dimension:
            parts.error(
                path,
                "wrong-dimension",
                f"{parts.label(path)} is {a_quantity_of(given.dimension)}, but parameter "
                f"{given.parameter} is {a_quantity_of(parameter.quantity)}",
                found=f"${given.parameter} ({parameter.quantity.value})",
                allowed=f"a parameter with quantity: {given.dimension.value}",
            )


def _refuse_parameter(parts: Parts, path: Path, name: str) -> None:
    whole = parts.label(path[:2]) if path[0] != "vessel" else "the vessel"
    parts.error(
        path,
        "parameter-not-here",
        f"{whole} is the same for all wells, so its {path[-1]} cannot come from the table",
        found=f"${name}",
        fix="write the value, and let a step vary the dose",
    )
