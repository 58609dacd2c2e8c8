"""Doses: what a dose by moles, by ratio or by electrons needs to know of its materials."""

from __future__ import annotations

from collections.abc import Iterator

from ncrobot.protocol._checks.names import CLUSTER, METAL
from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.materials import Material, Role
from ncrobot.protocol.steps import Acidify, Add, AdjustPh, Dosing, Reduce
from ncrobot.protocol.stocks import Stock

_RATIOS = ("equivalents", "inverse_equivalents", "electrons_per_metal")
_MOLES = (*_RATIOS, "amount", "concentration", "to")
_ROLES: tuple[tuple[type[Dosing], tuple[Role, ...]], ...] = (
    (Reduce, (Role.REDUCTANT,)),
    (Acidify, (Role.ACID,)),
    (AdjustPh, (Role.ACID, Role.BASE)),
)


def check_doses(parts: Parts) -> None:
    """Report doses that cannot be calculated from what the protocol says."""
    dosed = {
        stock.of
        for _, step in _dosing(parts)
        if set(step.given_ways()) & set(_MOLES) and (stock := parts.stocks.get(step.stock))
    }
    for name in sorted(dosed):
        _check_molar_mass(parts, name)
    for stock_name, stock in parts.stocks.items():
        if stock is not None:
            _check_neat(parts, stock_name, stock, dosed)
    for index, step in _dosing(parts):
        _check_role(parts, index, step)
        _check_make_up(parts, index, step)
        _check_reference(parts, index, step)
    _check_metal_formulas(parts)
    _check_cycles(parts)


def _dosing(parts: Parts) -> Iterator[tuple[int, Dosing]]:
    for index, step in parts.numbered_steps():
        if isinstance(step, Dosing):
            yield index, step


def _check_molar_mass(parts: Parts, name: str) -> None:
    material = parts.materials.get(name)
    if material is None or material.role is Role.SOLVENT:
        return
    if material.formula is None and material.molar_mass is None:
        parts.error(
            ("materials", name),
            "no-molar-mass",
            f"material {name} is dosed by moles, but has neither formula nor molar_mass",
            on_key=True,
            fix="write formula: (or molar_mass: for what has no simple formula)",
        )


def _check_neat(parts: Parts, name: str, stock: Stock, dosed: set[str]) -> None:
    material = parts.materials.get(stock.of)
    if not stock.neat or material is None or material.density is not None:
        return
    if material.role is Role.SOLVENT and stock.of not in dosed:
        return
    parts.error(
        ("stocks", name, "neat"),
        "no-density",
        f"stock {name} is neat {stock.of}, whose strength follows from its density",
        fix=f"write density: in material {stock.of}, or give the stock another strength",
    )


def _check_role(parts: Parts, index: int, step: Dosing) -> None:
    material = parts.material_of(step.stock)
    if material is None:
        return
    allowed = next((roles for kind, roles in _ROLES if isinstance(step, kind)), ())
    if allowed and material.role not in allowed:
        roles = " or ".join(role.value for role in allowed)
        parts.error(
            ("steps", index, "stock"),
            "wrong-role",
            f"{parts.label(('steps', index))} doses {roles}, but stock {step.stock} is of a "
            f"material with role {material.role.value}",
            found=f"role: {material.role.value}",
            allowed=roles,
            fix="name another stock, use do: add, or correct the material's role",
        )
    if isinstance(step, Reduce) and step.electrons_per_metal is not None:
        _check_electrons(parts, index, step, material)


def _check_electrons(parts: Parts, index: int, step: Reduce, material: Material) -> None:
    if material.electrons is None:
        parts.error(
            ("steps", index, "electrons_per_metal"),
            "no-electrons",
            f"electrons are counted, but the material of stock {step.stock} does not say how many "
            "a molecule gives",
            fix="write electrons: in that material (8 for sodium borohydride)",
        )


def _check_make_up(parts: Parts, index: int, step: Dosing) -> None:
    stock = parts.stocks.get(step.stock)
    if not (isinstance(step, Add) and step.make_up) or stock is None:
        return
    material = parts.materials.get(stock.of)
    is_solvent = material is None or material.role is Role.SOLVENT
    if not is_solvent or not stock.neat or stock.also:
        parts.error(
            ("steps", index, "make_up"),
            "make-up-not-a-solvent",
            f"stock {step.stock} cannot make up the volume: its dose would vary with the others",
            found=f"stock {step.stock} of {stock.of}",
            allowed="a neat stock of a material with role: solvent",
        )


def _check_reference(parts: Parts, index: int, step: Dosing) -> None:
    """Report a ratio to something that no other step adds."""
    way = next((way for way in step.given_ways() if way in _RATIOS), None)
    others = [other for place, other in _dosing(parts) if place != index]
    if way is None or not _is_known(parts) or _brings(parts, others, _counted(step)):
        return
    if step.per not in {METAL, CLUSTER} and step.per not in parts.materials:
        return
    words = {METAL: "a metal", CLUSTER: "a cluster"}
    what = words.get(_counted(step), f'"{step.per}"')
    parts.error(
        ("steps", index, way),
        "nothing-to-count",
        f"{parts.label(('steps', index))} counts per {what}, but no other step adds any",
        found=f"per: {_counted(step)}",
        fix="name in per: a material that another step adds",
    )


def _is_known(parts: Parts) -> bool:
    """Tell whether all that is added is known, so that something can be said to be missing."""
    if None in parts.steps or None in parts.stocks.values() or None in parts.materials.values():
        return False
    named = {name for stock in parts.stocks.values() if stock for name in (stock.of, *stock.also)}
    return named <= set(parts.materials) and all(
        step.stock in parts.stocks for _, step in _dosing(parts)
    )


def _counted(step: Dosing) -> str:
    is_electrons = isinstance(step, Reduce) and step.electrons_per_metal is not None
    return METAL if is_electrons else step.per


def _brings(parts: Parts, steps: list[Dosing], counted: str) -> bool:
    return any(counted in _contents(parts, step) for step in steps)


def _contents(parts: Parts, step: Dosing) -> set[str]:
    """Return the materials that a step adds, and "metal" or "cluster" if one of them is."""
    stock = parts.stocks.get(step.stock)
    if stock is None:
        return set()
    names = {stock.of, *stock.also}
    materials = [parts.materials.get(name) for name in names]
    if any(material is not None and material.role is Role.METAL for material in materials):
        names.add(METAL)
    if any(material is not None and material.role is Role.CLUSTER for material in materials):
        names.add(CLUSTER)
    return names


def _check_metal_formulas(parts: Parts) -> None:
    """Report metals whose atoms are counted but whose formula is not given."""
    counts = any(
        _counted(step) == METAL and set(step.given_ways()) & set(_RATIOS)
        for _, step in _dosing(parts)
    )
    added = {name for _, step in _dosing(parts) for name in _contents(parts, step)}
    for name, material in parts.materials.items():
        is_added_metal = name in added and material is not None and material.role is Role.METAL
        if counts and is_added_metal and material is not None and material.formula is None:
            parts.error(
                ("materials", name),
                "no-formula",
                f"metal atoms are counted, but metal {name} has no formula to count them in",
                on_key=True,
                fix="write formula:",
            )


def _check_cycles(parts: Parts) -> None:
    """Report ratio doses that wait for each other."""
    ratios = {i: s for i, s in _dosing(parts) if set(s.given_ways()) & set(_RATIOS)}
    waits = {
        index: {
            other
            for other, candidate in ratios.items()
            if other != index and _counted(step) in _contents(parts, candidate)
        }
        for index, step in ratios.items()
    }
    while settled := [index for index, needs in waits.items() if not needs]:
        for index in settled:
            del waits[index]
        waits = {index: needs - set(settled) for index, needs in waits.items()}
    circle = [index for index, needs in waits.items() if needs]
    if circle:
        path: Path = ("steps", circle[0])
        steps = ", ".join(str(index + 1) for index in circle)
        parts.error(
            path,
            "circular-ratio",
            f"the doses of steps {steps} are ratios that wait for each other",
            fix="give one of them as an amount, a concentration or a volume",
        )
