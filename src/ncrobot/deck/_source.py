"""A YAML text as plain values, with the line and column of every entry.

YAML 1.2 rules hold, so ``on:`` is a word and not a truth value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ncrobot.errors import DeckError, Diagnostic

Path = tuple[str | int, ...]
# Aliases let a short text unfold without end; no deck layout comes near this many entries.
MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """The parsed text: ``data`` in plain types, and where each entry stands."""

    data: Any
    file: str | None
    root: Any

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column (from 1) of an entry, or of its nearest parent that is in the text."""
        node, place = self.root, (self.root.lc.line, self.root.lc.col)
        for part in path:
            try:
                if isinstance(node, CommentedMap):
                    key_line, key_column, line, column = node.lc.data[part]
                    child = node[part]
                    is_leaf = not isinstance(child, Mapping | list)
                    place = (line, column) if is_leaf else (key_line, key_column)
                elif isinstance(node, CommentedSeq):
                    line, column = node.lc.data[part][:2]
                    place = (line, column)
                    child = node[part]
                else:
                    break
            except (KeyError, IndexError, TypeError):
                break
            node = child
        return place[0] + 1, place[1] + 1


def read_source(text: str, file: str | None) -> Source:
    """Parse a YAML text.

    Raises:
        DeckError: it isn't one YAML document of fields.
    """
    try:
        root = YAML(typ="rt", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        raise DeckError(_syntax(error, file)) from error
    if not isinstance(root, CommentedMap):
        raise DeckError(
            Diagnostic(
                code="not-a-deck",
                message="the file holds no deck layout",
                file=file,
                found="nothing" if root is None else type(root).__name__,
                fix="begin with the line 'ncrobot: deck/1'",
            )
        )
    try:
        return Source(_plain(root, [0]), file, root)
    except (OverflowError, RecursionError) as error:
        message = f"the file unfolds to more than {MOST_ENTRIES} entries"
        fix = "write out what its anchors stand for"
        diagnostic = Diagnostic(code="file-too-large", message=message, file=file, fix=fix)
        raise DeckError(diagnostic) from error
    except TypeError as error:
        message = "a field's name must be a word, not a list or fields"
        raise DeckError(Diagnostic(code="key-not-a-word", message=message, file=file)) from error


def _syntax(error: Exception, file: str | None) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = error.problem if isinstance(error, MarkedYAMLError) else None
    text = " ".join((problem or str(error)).split())
    duplicate = isinstance(error, DuplicateKeyError)
    return Diagnostic(
        code="duplicate-key" if duplicate else "yaml-syntax",
        message=text.split(" with value")[0] if duplicate else f"this is not valid YAML: {text}",
        file=file,
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
        fix="keep one of the two" if duplicate else None,
    )


def _plain(node: Any, count: list[int]) -> Any:
    count[0] += 1
    if count[0] > MOST_ENTRIES:
        raise OverflowError
    if isinstance(node, Mapping):
        return {_plain(key, count): _plain(value, count) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_plain(item, count) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    for plain in (int, float, str):
        if isinstance(node, plain):
            return plain(node)
    return node
