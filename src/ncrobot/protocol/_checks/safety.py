"""Safety that can be told from the order of steps alone: acid after a reductant.

Acid and borohydride are left to the compiler, which knows the wells, the amounts and the gas.
"""

from __future__ import annotations

from ncrobot.chemistry import is_borohydride
from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.choosing import never_together
from ncrobot.protocol.materials import Material, Role
from ncrobot.protocol.steps import Dilute, Dosing, Person, Step


def check_safety(parts: Parts) -> None:
    """Report acid that follows a reductant unpermitted, and seals that nobody surely takes off."""
    reductants: list[tuple[int, Step]] = []
    sealed: int | None = None
    for index, step in parts.numbered_steps():
        brought = _materials(parts, step)
        met = [place for place, one in reductants if not never_together(one.only, step.only)]
        if met and any(material.role is Role.ACID for material in brought):
            _check_permission(parts, index, step, met[0])
        if any(_is_other_reductant(material) for material in brought):
            reductants.append((index, step))
        if isinstance(step, Person) and step.closure is not None:
            if sealed is not None and step.closure != "gas_tight":
                _check_opening(parts, index, step, sealed)
            sealed = index if step.closure == "gas_tight" else None


def _materials(parts: Parts, step: Step) -> list[Material]:
    stock = parts.stocks.get(step.stock) if isinstance(step, Dosing | Dilute) else None
    if stock is None:
        return []
    materials = (parts.materials.get(name) for name in (stock.of, *stock.also))
    return [material for material in materials if material is not None]


def _is_other_reductant(material: Material) -> bool:
    return material.role is Role.REDUCTANT and not is_borohydride(material.formula)


def _check_permission(parts: Parts, index: int, step: Step, reductant: int) -> None:
    path: Path = ("steps", index)
    if isinstance(step, Dosing | Dilute) and step.permission is not None:
        return
    what = f"step {index + 1} adds acid after the reductant of step {reductant + 1}"
    gas = "what is left of a hydride turns into hydrogen at once"
    fix = "write permission: who allows it, and why it is safe here"
    parts.error(path, "acid-after-hydride", f"{what}: {gas}", fix=fix)


def _check_opening(parts: Parts, index: int, step: Person, sealed: int) -> None:
    """Report a question whose default answer would let the arm come down on a seal."""
    if step.default == "stop":
        return
    parts.error(
        ("steps", index, "default"),
        "seal-not-taken-off",
        f"step {index + 1} takes off the seal of step {sealed + 1}: if nobody answers, it is still "
        "on",
        found=f"default: {step.default}",
        allowed="default: stop",
        fix="write default: stop, so that nothing is done to closed wells",
    )
