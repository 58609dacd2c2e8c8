"""Safety that can be told from the order of steps alone: acid after a hydride."""

from __future__ import annotations

from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.materials import Role
from ncrobot.protocol.steps import Acidify, Dilute, Dosing, Step


def check_safety(parts: Parts) -> None:
    """Report acid that follows a hydride without a named person's permission."""
    hydride: int | None = None
    for index, step in parts.numbered_steps():
        if hydride is not None and Role.ACID in _roles(parts, step):
            _check_permission(parts, index, step, hydride)
        if Role.REDUCTANT in _roles(parts, step):
            hydride = index if hydride is None else hydride


def _roles(parts: Parts, step: Step) -> set[Role]:
    stock = parts.stocks.get(step.stock) if isinstance(step, Dosing | Dilute) else None
    if stock is None:
        return set()
    materials = (parts.materials.get(name) for name in (stock.of, *stock.also))
    return {material.role for material in materials if material is not None}


def _check_permission(parts: Parts, index: int, step: Step, hydride: int) -> None:
    path: Path = ("steps", index)
    if isinstance(step, Acidify) and step.permission is not None:
        return
    what = f"step {index + 1} adds acid after the reductant of step {hydride + 1}"
    gas = "what is left of a hydride turns into hydrogen at once"
    fix = "write permission: who allows it, and why it is safe here"
    if not isinstance(step, Acidify):
        fix = f"use do: acidify, and {fix}"
    parts.error(path, "acid-after-hydride", f"{what}: {gas}", fix=fix)
