"""Writes docs/reference/*.md from the models, so that the reference can't drift from the code.

Run ``python tools/make_reference.py`` to write the pages anew; with ``--check`` nothing is
written, and the exit code is 1 if a page is out of date.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from ncrobot.deck.layout import DeckLayout
from ncrobot.protocol.document import Protocol
from ncrobot.protocol.dosing import Dosing, StepBase
from ncrobot.protocol.on_fault import LadderOf
from ncrobot.protocol.values import Given, GivenOf
from ncrobot.units import CANONICAL_UNIT, Dimension, known_units

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
MEANINGS_FILE = Path(__file__).with_name("reference_meanings.yaml")

Model = type[BaseModel]
# Shared by many steps, so told once.
_SHARED: dict[Model, str] = {StepBase: "Every step", Dosing: "Every dose"}


class MissingMeaningError(Exception):
    """A field whose model doesn't say what it means, and neither does the file of meanings."""


class Meanings:
    """What fields mean: what the model says, else what the file says of it or of a base."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self.used: set[str] = set()

    @classmethod
    def load(cls) -> Meanings:
        """Read the file beside this one."""
        return cls(YAML(typ="safe").load(MEANINGS_FILE.read_text(encoding="utf-8")))

    def of(self, model: Model, name: str) -> str:
        """The meaning of a field.

        Raises:
            MissingMeaningError: nobody says it.
        """
        if model.model_fields[name].description:
            return str(model.model_fields[name].description)
        for base in model.__mro__:
            key = f"{base.__name__}.{name}"
            if key in self._texts:
                self.used.add(key)
                return self._texts[key]
        raise MissingMeaningError(f"{model.__name__}.{name}: add it to {MEANINGS_FILE.name}")

    @property
    def unused(self) -> set[str]:
        """Entries of the file that no field asked for."""
        return set(self._texts) - self.used


def _title(model: Model) -> str:
    """The heading of a model: for a step the word that ``do:`` takes."""
    if model in _SHARED:
        return _SHARED[model]
    do = model.model_fields.get("do")
    return str(get_args(do.annotation)[0]) if do is not None else model.__name__


def _anchor(model: Model) -> str:
    title = _title(model)
    return f"[{title}](#{title.lower().replace(' ', '-')})"


def _kinds(options: Sequence[Any]) -> str:
    models = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
    if models:
        return " or ".join(_anchor(model) for model in models)
    told = dict.fromkeys(_kind(option, ()) for option in options if option is not types.NoneType)
    return " or ".join(told)


def _kind(annotation: Any, metadata: Sequence[Any]) -> str:
    """The type of a field in a chemist's words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Given:
        dimension = next(m.dimension for m in metadata if isinstance(m, GivenOf))
        return "pH" if dimension is Dimension.PH else dimension.value.replace("_", " ")
    if origin is Annotated and _is_ladder(annotation):
        told = "a response, a list of them or a question: see [Faults](../faults.md)"
    elif origin is Annotated:
        told = _kind(arguments[0], arguments[1:])
    elif origin is Literal:
        told = ", ".join(f"`{word}`" for word in arguments)
    elif origin in {Union, types.UnionType}:
        told = _kinds(arguments)
    elif origin is tuple:
        count = "" if arguments[-1] is Ellipsis else f"{len(arguments)}: "
        told = f"list of {count}{_kind(arguments[0], ())}"
    elif origin is dict:
        told = f"name: {_kind(arguments[1], ())}"
    else:
        told = _plain_kind(annotation, metadata)
    return told


def _is_ladder(annotation: Any) -> bool:
    return any(isinstance(part, LadderOf) for part in get_args(annotation))


def _plain_kind(annotation: Any, metadata: Sequence[Any]) -> str:
    if annotation is Dimension:
        return "a [dimension](#units)"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{word.value}`" for word in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _anchor(annotation)
    has_pattern = any("pattern" in str(item) for item in metadata)
    words = {str: "name" if has_pattern else "text", bool: "true or false", int: "whole number"}
    return words.get(annotation, "number")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, ""):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, BaseModel):
        return ", ".join(f"{k}: {v}" for k, v in value.model_dump(exclude_none=True).items())
    return f"`{value}`"


def _table(model: Model, meanings: Meanings, fields: Sequence[str]) -> Iterator[str]:
    yield "| Field | Takes | Default | Meaning |"
    yield "|---|---|---|---|"
    for name in fields:
        field = model.model_fields[name]
        kind = _kind(field.annotation, field.metadata)
        cells = [f"`{field.alias or name}`", kind, _default(field), meanings.of(model, name)]
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _own_fields(model: Model) -> tuple[list[str], list[str]]:
    """The fields that a section lists, and the shared sections that it refers to."""
    bases = [base for base in _SHARED if issubclass(model, base) and base is not model]
    shared = {name for base in bases for name in base.model_fields}
    own = [name for name in model.model_fields if name not in shared and name != "do"]
    return own, [_anchor(base) for base in bases]


def _section(model: Model, meanings: Meanings) -> Iterator[str]:
    doc = (model.__doc__ or "").replace("``", "`").strip()
    own, bases = _own_fields(model)
    yield f"## {_title(model)}"
    yield ""
    yield " ".join(doc.split())
    yield ""
    if bases:
        yield f"It has the fields of {' and of '.join(bases)}{', and:' if own else '.'}"
        yield ""
    if own:
        yield from _table(model, meanings, own)
        yield ""


def models_in(annotation: Any) -> Iterator[Model]:
    """Every model that an annotation names, the outermost first."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    if not _is_ladder(annotation):
        for part in get_args(annotation):
            yield from models_in(part)


def reachable(root: Model) -> list[Model]:
    """The root and every model below it, in the order of their first mention."""
    found: dict[Model, None] = {}
    waiting = [root]
    while waiting:
        model = waiting.pop(0)
        if model in found:
            continue
        found.update(dict.fromkeys(base for base in _SHARED if issubclass(model, base)))
        found[model] = None
        waiting += [m for f in model.model_fields.values() for m in models_in(f.annotation)]
    return list(found)


def _units() -> Iterator[str]:
    yield "## Units"
    yield ""
    yield "A value is a number and a unit out of this list: `1.5 mL`, `30 min`, `1 h 30 min`."
    yield ""
    yield "| Dimension | Units | Inside |"
    yield "|---|---|---|"
    for dimension in Dimension:
        symbols = [f"`{symbol}`" for symbol in known_units(dimension) if symbol]
        units = ", ".join(symbols) or "a plain number"
        yield f"| `{dimension.value}` | {units} | {CANONICAL_UNIT[dimension] or 'number'} |"
    yield ""


def _page(root: Model, title: str, intro: str, meanings: Meanings, *, units: bool) -> str:
    lines = [f"# {title}", "", intro, ""]
    for model in reachable(root):
        lines += _section(model, meanings)
    if units:
        lines += _units()
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[Path, str]:
    """The reference pages by path.

    Raises:
        MissingMeaningError: a field has no meaning, or a meaning has no field.
    """
    meanings = Meanings.load()
    made = {
        PAGES / "protocol.md": _page(
            Protocol,
            "Protocol reference",
            "Every field of a protocol. How to use them is told in "
            "[The protocol language](../protocol-language.md). Where a field takes a dimension "
            "(volume, duration, ...), it takes a quantity with its [unit](#units), `$parameter`, "
            "or `{value: ..., assumed: why}`.",
            meanings,
            units=True,
        ),
        PAGES / "deck.md": _page(
            DeckLayout,
            "Deck reference",
            "Every field of a deck layout. How to use them is told in "
            "[Decks](../decks.md). Lengths are mm, volumes µL, times s, as the names say.",
            meanings,
            units=False,
        ),
    }
    if meanings.unused:
        raise MissingMeaningError(
            f"no field has this meaning: {', '.join(sorted(meanings.unused))}"
        )
    return made


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` tell those that are out of date."""
    stale = 0
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date: run python tools/make_reference.py")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
