"""Pydantic's complaints as plain sentences: where, what was found, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.protocol._flaw import FlawError, FlawsError, described, either
from ncrobot.protocol._tree import Path, Tree
from ncrobot.protocol._walk import child, field_names, label, model_at, resolved, step_words
from ncrobot.protocol.document import Protocol
from ncrobot.units import QuantityError

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


@dataclass(slots=True)
class Explained:
    """The findings about a document, and what the writer most likely meant.

    ``renamed`` maps the path of an unknown field to the nearest known name (None: there is none),
    ``replaced`` the path of an unknown word to the nearest allowed one.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    renamed: dict[Path, str | None] = field(default_factory=dict)
    replaced: dict[Path, str] = field(default_factory=dict)


def explain_all(error: ValidationError, tree: Tree) -> Explained:
    """Return one diagnostic for each thing wrong, and a guess at what was meant."""
    explained = Explained()
    complaints = [
        (details, resolved(details["loc"], tree.data))
        for details in error.errors(include_url=False)
        if not _is_consequence(details)
    ]
    for details, path in complaints:
        if details["type"] == "extra_forbidden":
            explained.renamed[path] = _nearest_field(path, tree, explained.renamed)
        elif details["type"] in {"enum", "literal_error", "union_tag_invalid"}:
            _guess_word(details, path, explained)
    for details, path in complaints:
        is_misspelt = details["type"] == "missing" and any(
            path == (*spot[:-1], near) for spot, near in explained.renamed.items()
        )
        if not is_misspelt and not _is_damaged(path, details, tree):
            explained.diagnostics += _explain(details, path, tree, explained)
    return explained


def _nearest_field(path: Path, tree: Tree, taken: dict[Path, str | None]) -> str | None:
    """Return the known field name that an unknown one most resembles, if it is still free."""
    model = model_at(Protocol, path[:-1], tree.data)
    used = set(child_names(tree.data, path[:-1]))
    used |= {near for spot, near in taken.items() if near and spot[:-1] == path[:-1]}
    names = list(field_names(model)) if model else []
    return nearest_word(str(path[-1]), [name for name in names if name not in used])


def _guess_word(details: ErrorDetails, path: Path, explained: Explained) -> None:
    context = details.get("ctx", {})
    raw = context.get("tag", details["input"])
    spot = (*path, "do") if details["type"] == "union_tag_invalid" else path
    near = nearest_word(raw, _words_of(details)) if isinstance(raw, str) else None
    if near is not None:
        explained.replaced[spot] = near


def _words_of(details: ErrorDetails) -> list[str]:
    context = details.get("ctx", {})
    return re.findall(r"'([^']*)'", str(context.get("expected_tags", context.get("expected", ""))))


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


def _is_consequence(details: ErrorDetails) -> bool:
    """Tell whether a list counts as too short only because its items are wrong themselves."""
    raw = details["input"]
    context = details.get("ctx", {})
    return (
        details["type"] == "too_short"
        and isinstance(raw, list | dict | tuple)
        and len(raw) >= context.get("min_length", 0)
    )


def _is_damaged(path: Path, details: ErrorDetails, tree: Tree) -> bool:
    """Tell whether the reader of the text already complained about this very place."""
    if path in tree.damaged:
        return True
    is_about_whole = details["type"] == "value_error"
    return is_about_whole and any(spot[:-1] == path for spot in tree.damaged if spot)


def _explain(
    details: ErrorDetails, path: Path, tree: Tree, explained: Explained
) -> list[Diagnostic]:
    kind = details["type"]
    error = details.get("ctx", {}).get("error")
    if isinstance(error, FlawsError):
        return [_of_flaw(flaw, path, tree) for flaw in error.flaws]
    if isinstance(error, FlawError):
        return [_of_flaw(error, path, tree)]
    if isinstance(error, QuantityError):
        return [_of_flaw(FlawError.of_quantity(error), path, tree)]
    if kind == "extra_forbidden":
        return [_unknown_field(path, tree, explained.renamed[path])]
    explainer = _EXPLAINERS.get(kind)
    if explainer is not None:
        return [explainer(details, path, tree)]
    return [_wrong_kind(details, path, tree)]


def _of_flaw(flaw: FlawError, path: Path, tree: Tree) -> Diagnostic:
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


def _unknown_field(path: Path, tree: Tree, near: str | None) -> Diagnostic:
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


def child_names(data: object, path: Path) -> list[str]:
    """Return the names of the fields that are given at a path."""
    for key in path:
        data = child(data, key)
    return list(data) if isinstance(data, dict) else []


def _unknown_word(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    raw = details["input"]
    if path == ("ncrobot",):
        return _wrong_document(raw, tree)
    return _not_among(tree, path, "unknown-word", raw, _words_of(details))


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
    return _not_among(tree, (*path, "do"), "unknown-step", tag, _words_of(details))


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
    message = f"{raw} is not a possible name" if "Z" in pattern else f"{raw} cannot stand here"
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


def _wrong_kind(details: ErrorDetails, path: Path, tree: Tree) -> Diagnostic:
    raw = details["input"]
    needed, fix = _NEEDED.get(details["type"].split("_")[0], ("another value", None))
    if needed == "a text" and isinstance(raw, int | float):
        fix = f'put it in quotes: "{described(raw)}"'
    return diagnostic(
        tree,
        path,
        "wrong-kind",
        f"{needed} is needed for {label(path, tree.data)}, not {described(raw)}",
        found=described(raw),
        allowed=needed,
        fix=fix,
    )


_Explainer = Callable[[ErrorDetails, Path, Tree], Diagnostic]
_EXPLAINERS: dict[str, _Explainer] = {
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
