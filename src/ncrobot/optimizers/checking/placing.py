"""Puts suggestions on plates and blocks, so that everything shared is equal where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ncrobot.optimizers.checking.reading import Offered
from ncrobot.optimizers.checking.refusal import Refusal
from ncrobot.optimizers.interface import Layout, Reason, Suggestion
from ncrobot.searchspace import Scope, SearchSpace, Value

_Setting = tuple[Value, ...]


@dataclass(slots=True)
class _Block:
    plate: int
    number: int
    plate_values: _Setting
    block_values: _Setting
    held: list[Suggestion] = field(default_factory=list)


def place(
    suggestions: Sequence[Suggestion],
    rows: Sequence[Offered],
    space: SearchSpace,
    layout: Layout,
) -> tuple[list[Suggestion], list[Refusal]]:
    """Give each suggestion its plate and block, the largest groups first; refuse what is left over.

    The suggestions keep their order.
    """
    plate_names = _names(space, Scope.PLATE)
    block_names = _names(space, Scope.BLOCK)
    groups: dict[tuple[_Setting, _Setting], list[Suggestion]] = {}
    for item in suggestions:
        key = (_setting(item, plate_names), _setting(item, block_names))
        groups.setdefault(key, []).append(item)
    chunks = [
        (key, group[start : start + layout.wells])
        for key, group in groups.items()
        for start in range(0, len(group), layout.wells)
    ]
    blocks: list[_Block] = []
    left: list[Suggestion] = []
    for (plate_values, block_values), chunk in sorted(chunks, key=lambda pair: -len(pair[1])):
        block = _free_block(blocks, layout, plate_values, block_values)
        if block is None:
            left += chunk
        else:
            block.held = chunk
            blocks.append(block)
    seats = {item.id: block for block in blocks for item in block.held}
    placed = [
        item.model_copy(update={"plate": seats[item.id].plate, "block": seats[item.id].number})
        for item in suggestions
        if item.id in seats
    ]
    return placed, _refusals(left, len(placed), rows, space, layout, blocks)


def _names(space: SearchSpace, scope: Scope) -> list[str]:
    return [name for name, item in space.parameters.items() if item.scope is scope]


def _setting(item: Suggestion, names: list[str]) -> _Setting:
    return tuple(item.values[name] for name in names)


def _free_block(
    blocks: list[_Block], layout: Layout, plate_values: _Setting, block_values: _Setting
) -> _Block | None:
    """A new block on a plate with these values, or on a plate that is still empty."""
    used: dict[int, list[_Block]] = {}
    for block in blocks:
        used.setdefault(block.plate, []).append(block)
    for plate in range(1, layout.plates + 1):
        here = used.get(plate, [])
        if len(here) < layout.blocks and all(b.plate_values == plate_values for b in here):
            return _Block(plate, len(here) + 1, plate_values, block_values)
    return None


def _refusals(
    left: list[Suggestion],
    placed: int,
    rows: Sequence[Offered],
    space: SearchSpace,
    layout: Layout,
    blocks: list[_Block],
) -> list[Refusal]:
    by_id = {row.id: row for row in rows}
    refusals = []
    for number, item in enumerate(left):
        row = by_id[item.id]
        if placed + number >= layout.capacity:
            refusals.append(
                row.refused(
                    Reason.NO_ROOM,
                    "the round has no well left",
                    values=item.values,
                    allowed=f"{layout.capacity} suggestions",
                )
            )
            continue
        name, scope, held = _clash(item, space, blocks)
        parameter = space.parameters[name]
        has = f"{layout.plates} plates" if scope is Scope.PLATE else f"{layout.blocks} blocks"
        refusals.append(
            row.refused(
                Reason.WRONG_SCOPE,
                f"{name} is the same for a whole {scope.value}, and the {has} of this round are "
                "given to other values",
                values=item.values,
                quantity=name,
                found=parameter.told(item.values[name]),
                allowed=", ".join(parameter.told(value) for value in held),
                fix=f"suggest fewer values of {name} for one round",
            )
        )
    return refusals


def _clash(
    item: Suggestion, space: SearchSpace, blocks: list[_Block]
) -> tuple[str, Scope, list[Value]]:
    """The shared parameter that keeps a suggestion out, and the values that are held."""
    shared = [*_names(space, Scope.PLATE), *_names(space, Scope.BLOCK)]
    held: dict[str, list[Value]] = {}
    for block in blocks:
        for name in shared:
            values = held.setdefault(name, [])
            value = block.held[0].values[name]
            if value not in values:
                values.append(value)
    for name in shared:
        if item.values[name] not in held[name]:
            return name, space.parameters[name].scope, held[name]
    name = shared[-1] if shared else next(iter(space.parameters))
    return name, space.parameters[name].scope, held.get(name, [])
