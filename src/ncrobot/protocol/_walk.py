"""Walks through the models of a protocol by path: which model stands where, and every value."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from ncrobot.protocol._tree import Path
from ncrobot.protocol.steps import Step
from ncrobot.protocol.values import Given

_NOUNS = {
    "materials": "material",
    "stocks": "stock",
    "parameters": "parameter",
    "choices": "choice",
    "controls": "control",
}


def model_at(root: type[BaseModel], path: Path, data: object) -> type[BaseModel] | None:
    """Return the model that validates the fields at ``path`` of the raw document."""
    annotation: Any = root
    for key in path:
        annotation = _inner(annotation, key, data)
        data = child(data, key)
    return _model(annotation, data)


def field_names(model: type[BaseModel]) -> dict[str, bool]:
    """Return the names as they are written in YAML, and whether each is required."""
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


def step_words() -> list[str]:
    """Return every word that ``do:`` may have, in the order of the documentation."""
    return [word for model in _members(Step) for word in _words(model, "do")]


def child(data: object, key: str | int) -> object:
    """Return the entry of a raw list or mapping, or None."""
    if isinstance(data, dict):
        return data.get(key)
    if isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data):
        return data[key]
    return None


def child_names(data: object, path: Path) -> list[str]:
    """Return the names of the fields that are given at a path."""
    for key in path:
        data = child(data, key)
    return list(data) if isinstance(data, dict) else []


def resolved(loc: tuple[str | int, ...], data: object) -> Path:
    """Return the raw path of a location of pydantic, which also names members of unions."""
    path: list[str | int] = []
    for position, key in enumerate(loc):
        if isinstance(data, dict) and isinstance(key, str):
            is_member = bool(path) and isinstance(path[-1], int) and data.get("do") == key
            is_last = position == len(loc) - 1
            if is_member or (key not in data and not (is_last and key != "[key]")):
                continue
        elif not (isinstance(data, list) and isinstance(key, int)):
            continue
        path.append(key)
        data = child(data, key)
    return tuple(path)


def givens(value: object, path: Path = ()) -> Iterator[tuple[Path, Given]]:
    """Yield every value with a dimension inside a model, with its path."""
    if isinstance(value, Given):
        yield path, value
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        for name, content in value:
            yield from givens(content, (*path, fields[name].alias or name))
    elif isinstance(value, dict):
        for key, content in value.items():
            yield from givens(content, (*path, key))
    elif isinstance(value, tuple):
        for index, content in enumerate(value):
            yield from givens(content, (*path, index))


def label(path: Path, data: object) -> str:
    """Return what stands at a path in a chemist's words: "speed" of step 4 (stir)."""
    if not path:
        return "the protocol"
    head, rest = path[0], path[1:]
    if head == "steps" and rest and isinstance(rest[0], int):
        return _inside(_step_label(rest[0], data), rest[1:])
    if head in _NOUNS and rest:
        return _inside(f"{_NOUNS[str(head)]} {rest[0]}", rest[1:])
    if head == "vessel":
        return _inside("the vessel", rest)
    return f'"{dotted(path)}"'


def dotted(path: Path) -> str:
    """Return "range[0]" or "decay.ph" for a path; list places are counted from 0."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _inside(whole: str, rest: Path) -> str:
    return f'"{dotted(rest)}" of {whole}' if rest else whole


def _step_label(index: int, data: object) -> str:
    step = child(child(data, "steps"), index)
    name = child(step, "id") or child(step, "do")
    return f"step {index + 1} ({name})" if isinstance(name, str) else f"step {index + 1}"


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _model(annotation: Any, data: object) -> type[BaseModel] | None:
    models = [
        member
        for member in _members(annotation)
        if isinstance(member, type) and issubclass(member, BaseModel)
    ]
    if len(models) == 1:
        return models[0]
    word = child(data, "do")
    return next((model for model in models if word in _words(model, "do")), None)


def _words(model: type[BaseModel], name: str) -> tuple[Any, ...]:
    field = model.model_fields.get(name)
    return get_args(field.annotation) if field is not None else ()


def _inner(annotation: Any, key: str | int, data: object) -> Any:
    model = _model(annotation, data)
    if model is not None:
        return next(
            (
                field.annotation
                for name, field in model.model_fields.items()
                if key in (field.alias, name)
            ),
            None,
        )
    for member in _members(annotation):
        arguments = get_args(member)
        if get_origin(member) is dict:
            return arguments[1]
        if get_origin(member) is tuple:
            return arguments[0]
    return None
