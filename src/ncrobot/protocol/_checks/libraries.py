"""Libraries: what a stock of many members can't be, and names that its members would take."""

from __future__ import annotations

from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.libraries import member_stock
from ncrobot.protocol.steps import Add, Dilute, Sample, Step
from ncrobot.protocol.stocks import Stock


def check_libraries(parts: Parts) -> None:
    """Report libraries that are remade, clash with other names, or serve as a plain solvent."""
    libraries = {
        name: stock
        for name, stock in parts.stocks.items()
        if stock is not None and stock.library is not None
    }
    for name, stock in libraries.items():
        _check_stock(parts, name, stock)
    for index, step in parts.numbered_steps():
        used = _used_as_solvent(step)
        if used not in libraries:
            continue
        parts.error(
            ("steps", index),
            "library-as-solvent",
            f"{parts.label(('steps', index))} takes {used!r}, which is a library: only doses of "
            "its members can be asked for",
            found=used,
            fix="name a plain stock there",
        )


def _check_stock(parts: Parts, name: str, stock: Stock) -> None:
    path: Path = ("stocks", name, "library")
    if name in parts.parameters or name in parts.choices:
        message = f'"{name}" is a column of the table already, for its members'
        fix = "give the parameter or choice another name"
        parts.error(path, "name-collision", message, found=name, fix=fix)
    members = stock.library.members if stock.library is not None else ()
    taken = next((m for m in members if member_stock(name, m) in parts.stocks), None)
    if taken is not None:
        clash = member_stock(name, taken)
        message = f'there is a stock "{clash}" already, as which the member "{taken}" would stand'
        parts.error(
            path, "name-collision", message, found=clash, fix="give that stock another name"
        )
    if stock.remake != "never" or stock.decay.model != "none":
        message = "the members of a library are made before the start, and must keep"
        parts.error(path, "library-decays", message, fix="leave out remake and decay")


def _used_as_solvent(step: Step) -> str | None:
    """The stock that a step takes for its volume alone."""
    if isinstance(step, Sample):
        return step.dilute_with.stock if step.dilute_with is not None else None
    if isinstance(step, Dilute) or (isinstance(step, Add) and step.make_up):
        return step.stock
    return None
