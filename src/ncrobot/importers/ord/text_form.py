"""Reads protobuf's text form, in which records of the Open Reaction Database are written, too.

The form is that of the language's public specification: fields with scalars, messages in braces or
angle brackets, lists in square brackets, strings in one or several pieces. It doesn't tell which
fields repeat; that follows from the messages of :mod:`ncrobot.importers.ord.records`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel

_TOKEN = re.compile(
    r"""(?P<skip>[\s;,]+|\#[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?f?(?![A-Za-z_0-9.]))
    |(?P<word>-?[A-Za-z_][A-Za-z_0-9./]*)
    |(?P<mark>[{}<>:\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_WORDS: dict[str, Any] = {"true": True, "false": False}
_CLOSING = {"{": "}", "<": ">"}
_MOST_DEPTH = 60

Pairs = list[tuple[str, Any]]
"""The fields of a message in their order; a message among the values is such a list again."""


class TextFormError(ValueError):
    """The text isn't in protobuf's text form; tells the line."""


class _Reader:
    """The tokens of one text, and how far they are read."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def fields(self, until: str | None, depth: int = 0) -> Pairs:
        """All fields up to the closing mark, or the end of the text."""
        if depth > _MOST_DEPTH:
            raise self._error("its messages stand too deep in each other")
        found: Pairs = []
        while (token := self._peek()) is not None and token[1] != until:
            name = self._take("word", "the name of a field")
            if self._is_next(":"):
                self._at += 1
            found.append((name, self._value(depth)))
        if until is not None:
            self._take("mark", repr(until))
        return found

    def _value(self, depth: int) -> Any:
        kind, text, _ = self._peek() or ("end", "the end", 0)
        if kind == "text":
            return self._string()
        if kind == "number":
            self._at += 1
            number = float(text.rstrip("f"))
            return int(number) if re.fullmatch(r"-?[0-9]+", text) else number
        if kind == "word":
            self._at += 1
            return float(text) if text in ("inf", "-inf", "nan") else _WORDS.get(text, text)
        if text in _CLOSING:
            self._at += 1
            return self.fields(_CLOSING[text], depth + 1)
        if text == "[":
            return self._list(depth)
        raise self._error(f"there is {text} where a value should be")

    def _list(self, depth: int) -> tuple[Any, ...]:
        self._at += 1
        found = []
        while not self._is_next("]"):
            found.append(self._value(depth + 1))
        self._at += 1
        return tuple(found)

    def _string(self) -> str:
        parts = []
        while (token := self._peek()) is not None and token[0] == "text":
            parts.append(_unescaped(token[1][1:-1]))
            self._at += 1
        return "".join(parts)

    def _peek(self) -> tuple[str, str, int] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _is_next(self, mark: str) -> bool:
        token = self._peek()
        return token is not None and token[:2] == ("mark", mark)

    def _take(self, kind: str, wanted: str) -> str:
        token = self._peek()
        if token is None or token[0] != kind or (kind == "mark" and repr(token[1]) != wanted):
            found = "the end" if token is None else token[1]
            raise self._error(f"there is {found} where {wanted} should be")
        self._at += 1
        return token[1]

    def _error(self, message: str) -> TextFormError:
        line = self._tokens[min(self._at, len(self._tokens) - 1)][2] if self._tokens else 1
        return TextFormError(f"{message} (line {line})")


def read_pairs(text: str) -> Pairs:
    """The fields of a message in text form.

    Raises:
        TextFormError: it isn't in this form; tells what stands where.
    """
    return _Reader(text).fields(None)


def shaped(model: type[BaseModel], pairs: Pairs) -> dict[str, Any]:
    """The fields of a message as a JSON object; lists and maps are where ``model`` has them."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for name, _ in pairs):
        field = model.model_fields.get(name)
        if field is None:
            continue
        values = [each for key, value in pairs if key == name for each in _each(value)]
        found[name] = _of_kind(field.annotation, values)
    return found


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple) else (value,)


def _of_kind(annotation: Any, values: Sequence[Any]) -> Any:
    """The values of one field: a list, a map, or the last of them."""
    if get_origin(annotation) is tuple:
        return [_one(get_args(annotation)[0], each) for each in values]
    if get_origin(annotation) is dict and _is_message(get_args(annotation)[1]):
        entries = [dict(each) for each in values if isinstance(each, list)]
        inner = get_args(annotation)[1]
        return {str(each.get("key", "")): _one(inner, each.get("value", [])) for each in entries}
    return _one(annotation, values[-1])


def _one(annotation: Any, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    kinds = [each for each in (annotation, *get_args(annotation)) if _is_message(each)]
    if kinds:
        return shaped(kinds[0], value)
    return {name: _one(None, each) for name, each in value}


def _is_message(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found = []
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise TextFormError(f"there is {text[at]!r}, which begins nothing (line {line})")
        kind = match.lastgroup or "skip"
        if kind != "skip":
            found.append((kind, match.group(), line))
        line += match.group().count("\n")
        at = match.end()
    return found


def _unescaped(text: str) -> str:
    """A string without its backslashes; bytes beyond ASCII are read as UTF-8."""
    if "\\" not in text:
        return text
    parts: list[bytes] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        parts.append(text[at : match.start()].encode())
        hexadecimal, octal, letter = match.groups()
        if letter is not None:
            parts.append(_LETTERS.get(letter, letter).encode())
        else:
            parts.append(bytes([int(hexadecimal or octal, 16 if hexadecimal else 8) & 0xFF]))
        at = match.end()
    parts.append(text[at:].encode())
    return b"".join(parts).decode("utf-8", errors="replace")
