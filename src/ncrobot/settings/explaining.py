"""What a settings model refuses, told in the words of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.protocol._flaw import FlawError, FlawsError, described, either
from ncrobot.protocol._tree import Path, Tree

_KINDS = ("literal_error", "enum", "union_tag_invalid")


def explain(model: type[BaseModel], error: ValidationError, tree: Tree) -> Iterator[Diagnostic]:
    """One finding for each thing that the model refuses."""
    for details in error.errors(include_url=False):
        spot = _spot(details, tree.data)
        if spot in tree.damaged:
            continue
        given = details.get("ctx", {}).get("error")
        if isinstance(given, FlawsError):
            yield from (_flaw(flaw, spot, tree) for flaw in given.flaws)
        elif isinstance(given, FlawError):
            yield _flaw(given, spot, tree)
        else:
            yield _told(model, details, spot, tree)


def _spot(details: ErrorDetails, data: object) -> Path:
    """The path in the file: pydantic also names members of unions, and marks keys."""
    spot: list[int | str] = []
    location = details["loc"]
    for number, part in enumerate(location):
        is_missing = details["type"] == "missing" and number == len(location) - 1
        inside = isinstance(data, dict) and (part in data or is_missing)
        if not inside and not isinstance(data, list):
            continue
        spot.append(part)
        data = _child(data, part)
    return tuple(spot)


def _child(data: object, part: int | str) -> object:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _diagnostic(
    tree: Tree, spot: Path, code: str, message: str, *, on_key: bool = False, **more: Any
) -> Diagnostic:
    value: object = tree.data
    for part in spot:
        value = _child(value, part)
    on_key = on_key or isinstance(value, dict | list)
    place = tree.entry_place(spot) if on_key else tree.value_place(spot)
    return Diagnostic(
        code=code,
        message=message,
        file=tree.file,
        line=place.line if place else None,
        column=place.column if place else None,
        quantity=".".join(map(str, spot)) or None,
        **more,
    )


def _flaw(flaw: FlawError, spot: Path, tree: Tree) -> Diagnostic:
    return _diagnostic(
        tree,
        (*spot, *flaw.at),
        flaw.code,
        flaw.message,
        found=flaw.found,
        allowed=flaw.allowed,
        fix=flaw.fix,
    )


def _told(model: type[BaseModel], details: ErrorDetails, spot: Path, tree: Tree) -> Diagnostic:
    kind, context = details["type"], details.get("ctx", {})
    field = str(spot[-1]) if spot else "the file"
    if kind == "missing":
        fix = f"write {field}: and its value"
        message = f"{field!r} is missing"
        return _diagnostic(tree, spot[:-1], "missing-field", message, on_key=True, fix=fix)
    if kind == "extra_forbidden":
        return _unknown_field(model, spot, tree)
    if kind in _KINDS:
        return _not_a_word(details, spot, tree, context)
    if kind == "union_tag_not_found":
        words = re.findall(r"'([^']*)'", str(context.get("discriminator", "")))
        name = words[0] if words else "kind"
        message = f"{field!r} doesn't say its {name}"
        return _diagnostic(tree, spot, "missing-field", message, on_key=True, fix=f"add {name}:")
    if kind == "string_pattern_mismatch":
        message = f"{described(details['input'])} is no name that can stand here"
        allowed = str(context.get("pattern"))
        return _diagnostic(tree, spot, "bad-name", message, allowed=allowed, fix="rename it")
    found = described(details["input"])
    return _diagnostic(tree, spot, "bad-value", f"{field}: {details['msg']}", found=found)


def _unknown_field(model: type[BaseModel], spot: Path, tree: Tree) -> Diagnostic:
    owner = _model_at(model, spot[:-1], tree.data)
    names = [name.alias or key for key, name in owner.model_fields.items()] if owner else []
    near = nearest_word(str(spot[-1]), names)
    return _diagnostic(
        tree,
        spot,
        "unknown-field",
        f"{spot[-1]!r} is no field here",
        on_key=True,
        allowed=", ".join(names) or None,
        fix=f"did you mean {near!r}?" if near else "delete it",
    )


def _not_a_word(
    details: ErrorDetails, spot: Path, tree: Tree, context: Mapping[str, Any]
) -> Diagnostic:
    expected = str(context.get("expected_tags", context.get("expected", "")))
    words = re.findall(r"'([^']*)'", expected)
    raw = context.get("tag", details["input"])
    if "tag" in context:
        names = re.findall(r"'([^']*)'", str(context.get("discriminator", "")))
        spot = (*spot, *names[:1])
    near = nearest_word(raw, words) if isinstance(raw, str) else None
    return _diagnostic(
        tree,
        spot,
        "unknown-word",
        f"{spot[-1]!s} can't be {described(raw)}",
        found=described(raw),
        allowed=either(words) if words else None,
        fix=f"did you mean {near!r}?" if near else "write one of the allowed words",
    )


def _model_at(root: Any, spot: Path, data: object) -> type[BaseModel] | None:
    """The model whose fields stand at a spot of the raw document."""
    annotation: Any = root
    for part in spot:
        annotation = _inside(_choice(annotation, data), part)
        data = _child(data, part)
    found = _choice(annotation, data)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _inside(annotation: Any, part: int | str) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        found = next((f for k, f in fields.items() if part in (k, f.alias)), None)
        return found.annotation if found else None
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _choice(annotation: Any, data: object) -> Any:
    """Out of a union, the member that the document's ``kind`` names, else its first model."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    members = [member for member in get_args(annotation) if member is not type(None)]
    said = data.get("kind") if isinstance(data, dict) else None
    for member in members:
        kind = getattr(member, "model_fields", {}).get("kind")
        if kind is not None and said in get_args(kind.annotation):
            return member
    return members[0]
