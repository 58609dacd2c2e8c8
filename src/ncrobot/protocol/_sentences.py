"""One plain sentence for each kind of complaint that pydantic has about a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.protocol._flaw import FlawError, described, either
from ncrobot.protocol._tree import Path, Tree
from ncrobot.protocol._walk import field_names, label, model_at, step_words
from ncrobot.protocol.document import Protocol

_NEEDED = {
    "string": ("a text", "put it in quotes"),
    "int": ("a whole number", None),
    "float": ("a number", None),
    "bool": ("true or false", "write true or false"),
    "dict": ("fields", "write name: value lines below it, indented"),
    "model": ("fields", "write name: value lines below it, indented"),
    "tuple": ("a list", "write [first, second], or lines that begin with a dash"),
    "list": ("a list", "write [first, second], or lines that begin with a dash"),
}
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def diagnostic(
    tree: Tree, path: Path, code: str, message: str, *, on_key: bool = False, **details: Any
) -> Diagnostic:
    """Return a finding about the value at a path, or about its key."""
    place = tree.entry_place(path) if on_key else tree.value_place(path)
    return Diagnostic(
        code=code,
        message=message,
        file=tree.file,
        line=place.line if place else None,
        column=place.column if place else None,
        **details,
    )


def words_of(details: ErrorDetails) -> list[str]:
    context = details.get("ctx", {})
    return re.findall(r"'([^']*)'", str(context.get("expected_tags", context.get("expected", ""))))


def is_about_key(details: ErrorDetails) -> bool:
    """Tell whether it is the name of an entry that isn't among those that are allowed."""
    return details["type"] == "enum" and details["loc"][-1:] == ("[key]",)


def of_flaw(flaw: FlawError, path: Path, tree: Tree) -> Diagnostic:
    whole = (*path, *flaw.at)
    return diagnostic(
        tree,
        whole,
        flaw.code,
        f"{label(whole, tree.data)}: {flaw.message}",
        found=flaw.found,
        allowed=flaw.allowed,
        fix=flaw.fix,
    )


def _missing(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    del details
    name = str(path[-1])
    if path == ("ncrobot",):
        message = "the file does not say which kind of document it is"
        fix = "begin the file with ncrobot: protocol/1"
        return diagnostic(tree, (), "missing-field", message, fix=fix)
    owner = label(path[:-1], tree.data)
    message = f'{owner} lacks the field "{name}"'
    return diagnostic(
        tree, path[:-1], "missing-field", message, on_key=True, fix=f"write {name}: and its value"
    )


def unknown_field(path: Path, tree: Tree, near: str | None) -> Diagnostic:
    model = model_at(Protocol, path[:-1], tree.data)
    return diagnostic(
        tree,
        path,
        "unknown-field",
        f'"{path[-1]}" is not a field of {label(path[:-1], tree.data)}',
        on_key=True,
        allowed=", ".join(field_names(model)) if model else None,
        fix=f"did you mean '{near}'?" if near else "delete it, or use a field that is allowed",
    )


def _unknown_word(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    raw = details["input"]
    if path == ("ncrobot",):
        return _wrong_document(raw, tree)
    if is_about_key(details):
        return _unknown_key(path, tree, words_of(details))
    return _not_among(tree, path, "unknown-word", raw, words_of(details))


def _not_among(tree: Tree, path: Path, code: str, raw: object, words: Sequence[str]) -> Diagnostic:
    near = nearest_word(raw, words) if isinstance(raw, str) else None
    return diagnostic(
        tree,
        path,
        code,
        f"{label(path, tree.data)} cannot be {described(raw)}",
        found=described(raw),
        allowed=either(words),
        fix=f"did you mean '{near}'?" if near else "write one of the allowed words",
    )


def _unknown_key(path: Path, tree: Tree, words: Sequence[str]) -> Diagnostic:
    near = nearest_word(str(path[-1]), words)
    return diagnostic(
        tree,
        path,
        "unknown-word",
        f'"{path[-1]}" can\'t be told in {label(path[:-1], tree.data)}',
        on_key=True,
        found=str(path[-1]),
        allowed=either(words),
        fix=f"did you mean '{near}'?" if near else "write one of the allowed words",
    )


def _wrong_document(raw: object, tree: Tree) -> Diagnostic:
    other = isinstance(raw, str) and not raw.startswith("protocol/")
    return diagnostic(
        tree,
        ("ncrobot",),
        "wrong-document",
        f"this is a {raw} document, not a protocol" if other else "unknown protocol version",
        found=described(raw),
        allowed="protocol/1",
        fix="give the file of the protocol" if other else "write ncrobot: protocol/1",
    )


def _unknown_step(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    tag = details.get("ctx", {}).get("tag")
    return _not_among(tree, (*path, "do"), "unknown-step", tag, words_of(details))


def _nameless_step(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    fields = details["input"] if isinstance(details["input"], dict) else {}
    known = step_words()
    used = next((word for word in known if word in fields), None)
    return diagnostic(
        tree,
        path,
        "unknown-step",
        f"{label(path, tree.data)} does not say what to do",
        allowed=f"do: {either(known)}",
        fix=f"write do: {used}, with its fields beside it"
        if used
        else "write do: and the operation",
    )


def _bad_name(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    raw = described(details["input"])
    pattern = str(details.get("ctx", {}).get("pattern", ""))
    if r"\d{2,7}-" in pattern:
        allowed, fix = "digits-two digits-one digit", 'write it like "7732-18-5"'
    elif pattern.startswith("^[a-z]"):
        allowed = "small letters, digits and _, beginning with a letter"
        fix = "write it like after_reduction"
    else:
        allowed = "letters, digits and _, beginning with a letter"
        fix = "write it like gold_stock"
    is_key = bool(path) and path[-1] == details["input"]
    what = "a name" if is_key else label(path, tree.data)
    message = f"{what} cannot be {raw}"
    return diagnostic(
        tree, path, "bad-name", message, on_key=True, found=raw, allowed=allowed, fix=fix
    )


def _limit(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    allowed = next(
        f"{words} {details['ctx'][key]}" for key, words in _LIMITS.items() if key in details["ctx"]
    )
    what, raw = label(path, tree.data), described(details["input"])
    message = f"{what} cannot be {raw}"
    return diagnostic(tree, path, "out-of-range", message, found=raw, allowed=allowed)


def _length(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    context = details["ctx"]
    is_text = details["type"].startswith("string")
    unit = "characters" if is_text else "entries"
    raw = details["input"]
    size = len(raw) if isinstance(raw, str | list | dict | tuple) else 0
    low, high = context.get("min_length"), context.get("max_length")
    allowed = f"at least {low} {unit}" if low is not None else f"at most {high} {unit}"
    word = "short" if low is not None else "long"
    message = f"{label(path, tree.data)} is too {word}"
    found = f"{described(raw)} ({size} {unit})" if is_text else f"{size} {unit}"
    return diagnostic(tree, path, f"too-{word}", message, found=found, allowed=allowed)


def wrong_kind(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    raw = details["input"]
    needed, fix = _NEEDED.get(details["type"].split("_")[0], ("another value", None))
    if needed == "a text" and isinstance(raw, int | float):
        fix = f'put it in quotes: "{described(raw)}"'
    return diagnostic(
        tree,
        path,
        "wrong-kind",
        f"{label(path, tree.data)} needs {needed}, not {described(raw)}",
        found=described(raw),
        allowed=needed,
        fix=fix,
    )


_Sentence = Callable[[ErrorDetails, Path, Tree], Diagnostic]
SENTENCES: dict[str, _Sentence] = {
    "missing": _missing,
    "literal_error": _unknown_word,
    "enum": _unknown_word,
    "union_tag_invalid": _unknown_step,
    "union_tag_not_found": _nameless_step,
    "string_pattern_mismatch": _bad_name,
    "greater_than_equal": _limit,
    "less_than_equal": _limit,
    "greater_than": _limit,
    "less_than": _limit,
    "too_short": _length,
    "too_long": _length,
    "string_too_short": _length,
    "string_too_long": _length,
}
