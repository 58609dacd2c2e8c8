"""Pydantic's complaints as plain sentences: where, what was found, what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.protocol._flaw import FlawError, FlawsError
from ncrobot.protocol._sentences import (
    SENTENCES,
    is_about_key,
    of_flaw,
    unknown_field,
    words_of,
    wrong_kind,
)
from ncrobot.protocol._tree import Path, Tree
from ncrobot.protocol._walk import child_names, field_names, model_at, resolved
from ncrobot.protocol.document import Protocol
from ncrobot.units import QuantityError


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
        elif is_about_key(details):
            explained.renamed[path] = nearest_word(str(path[-1]), words_of(details))
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
    near = nearest_word(raw, words_of(details)) if isinstance(raw, str) else None
    if near is not None:
        explained.replaced[spot] = near


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
        return [of_flaw(flaw, path, tree) for flaw in error.flaws]
    if isinstance(error, FlawError):
        return [of_flaw(error, path, tree)]
    if isinstance(error, QuantityError):
        return [of_flaw(FlawError.of_quantity(error), path, tree)]
    if kind == "extra_forbidden":
        return [unknown_field(path, tree, explained.renamed[path])]
    explainer = SENTENCES.get(kind)
    if explainer is not None:
        return [explainer(details, path, tree)]
    return [wrong_kind(details, path, tree)]
