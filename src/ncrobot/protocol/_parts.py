"""The pieces of a protocol that could be read, so that the checks across them run in any case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from ncrobot.errors import Diagnostic, Severity
from ncrobot.protocol._explain import Explained
from ncrobot.protocol._sentences import diagnostic
from ncrobot.protocol._tree import Path, Tree
from ncrobot.protocol._walk import child, givens, label
from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.document import Control, Protocol
from ncrobot.protocol.materials import Material, Vessel
from ncrobot.protocol.parameters import Parameter
from ncrobot.protocol.steps import Step
from ncrobot.protocol.stocks import Stock
from ncrobot.protocol.values import Given

_M = TypeVar("_M", bound=BaseModel)
_STEP: TypeAdapter[Step] = TypeAdapter(Step)


@dataclass(frozen=True, slots=True)
class Parts:
    """Materials, stocks, ... by name; None stands for one that is wrong in itself.

    ``findings`` collects what the checks report; a Parts lives for the reading of one file.
    """

    tree: Tree
    materials: Mapping[str, Material | None]
    stocks: Mapping[str, Stock | None]
    parameters: Mapping[str, Parameter | None]
    choices: Mapping[str, Choice | None]
    controls: Mapping[str, Control | None]
    vessel: Vessel | None
    steps: tuple[Step | None, ...]
    findings: list[Diagnostic] = field(default_factory=list)

    def error(  # noqa: PLR0913 - mirrors Diagnostic, every part is optional and named
        self,
        path: Path,
        code: str,
        message: str,
        *,
        on_key: bool = False,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Note what is wrong at a path."""
        self.findings.append(
            diagnostic(
                self.tree, path, code, message, on_key=on_key, found=found, allowed=allowed, fix=fix
            )
        )

    def warn(self, path: Path, code: str, message: str, *, fix: str | None = None) -> None:
        """Note what must be read but doesn't stop the protocol."""
        self.findings.append(
            replace(
                diagnostic(self.tree, path, code, message, on_key=True, fix=fix),
                severity=Severity.WARNING,
            )
        )

    def label(self, path: Path) -> str:
        """Return what stands at a path in a chemist's words."""
        return label(path, self.tree.data)

    def numbered_steps(self) -> Iterator[tuple[int, Step]]:
        """Yield the steps that could be read, with their index."""
        for index, step in enumerate(self.steps):
            if step is not None:
                yield index, step

    def material_of(self, stock: str) -> Material | None:
        """Return the material that a stock is named for, if both are known and sound."""
        known = self.stocks.get(stock)
        return self.materials.get(known.of) if known is not None else None

    def given_ids(self) -> tuple[str | None, ...]:
        """Return the id that each step was given, as it was written."""
        steps = child(self.tree.data, "steps")
        found = [child(step, "id") for step in steps] if isinstance(steps, list) else []
        return tuple(name if isinstance(name, str) else None for name in found)

    def all_givens(self) -> Iterator[tuple[Path, Given]]:
        """Yield every value with a dimension in the pieces that could be read."""
        for head, pieces in (("materials", self.materials), ("stocks", self.stocks)):
            for name, piece in pieces.items():
                yield from givens(piece, (head, name))
        yield from givens(self.vessel, ("vessel",))
        for index, step in enumerate(self.steps):
            yield from givens(step, ("steps", index))


def parts_of(protocol: Protocol, tree: Tree) -> Parts:
    """Return the pieces of a sound protocol."""
    return Parts(
        tree,
        protocol.materials,
        protocol.stocks,
        protocol.parameters,
        protocol.choices,
        protocol.controls,
        protocol.vessel,
        protocol.steps,
    )


def sound_parts(tree: Tree) -> Parts:
    """Return the pieces of a protocol that is wrong somewhere: None for each wrong one."""
    steps = child(tree.data, "steps")
    return Parts(
        tree,
        _sound(tree, "materials", Material),
        _sound(tree, "stocks", Stock),
        _sound(tree, "parameters", Parameter),
        _sound(tree, "choices", Choice),
        _sound(tree, "controls", Control),
        _try(TypeAdapter(Vessel), child(tree.data, "vessel")),
        tuple(_try(_STEP, step) for step in steps) if isinstance(steps, list) else (),
    )


def mended(tree: Tree, explained: Explained) -> Tree:
    """Return the tree with misspelt names as they were meant, and other unknown fields left out."""
    copy = Tree(deepcopy(tree.data), dict(tree.entries), dict(tree.values), file=tree.file)
    copy.damaged = set(tree.damaged)
    for path, word in explained.replaced.items():
        holder = _at(copy.data, path[:-1])
        if isinstance(holder, dict):
            holder[path[-1]] = word
    for path, name in explained.renamed.items():
        holder = _at(copy.data, path[:-1])
        if not isinstance(holder, dict):
            continue
        content = holder.pop(path[-1], None)
        if name is not None:
            holder[name] = content
            _move(copy, path, (*path[:-1], name))
    return copy


def _move(tree: Tree, old: Path, new: Path) -> None:
    for places in (tree.entries, tree.values):
        for path in [path for path in places if path[: len(old)] == old]:
            places[new + path[len(old) :]] = places[path]


def _at(data: object, path: Path) -> object:
    for key in path:
        data = child(data, key)
    return data


def _sound(tree: Tree, head: str, model: type[_M]) -> dict[str, _M | None]:
    raw = child(tree.data, head)
    if not isinstance(raw, dict):
        return {}
    return {name: _try(TypeAdapter(model), piece) for name, piece in raw.items()}


def _try(adapter: TypeAdapter[_M], raw: object) -> _M | None:
    """Return the validated piece, or None: its errors are told with those of the whole file."""
    try:
        return adapter.validate_python(raw)
    except ValidationError:
        return None
