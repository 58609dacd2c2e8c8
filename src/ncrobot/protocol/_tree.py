"""YAML text to plain values, with the line and column of every entry.

Only what JSON can hold is read: texts, numbers, true, false, null, lists and fields. Tags are
refused; anchors and merge keys are followed. A plain scalar is a number only if JSON writes numbers
that way, so that "8:1", "1_000", "0x10", "on", "no" and dates stay the texts that were written.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from ncrobot.errors import Diagnostic
from ncrobot.protocol._yaml_error import Place, YamlTextError
from ncrobot.protocol._yaml_nodes import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    compose,
)

Path = tuple[str | int, ...]

# Aliases let a short text unfold without end; no document of ours comes near this many entries.
_MOST_ENTRIES = 50_000
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_WORDS = {
    "null": None, "Null": None, "NULL": None, "~": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Tree:
    """The values of a YAML document, and where each stands.

    ``entries`` holds where an entry begins (its key, or its place in a list), ``values`` where its
    value begins. ``diagnostics`` are findings that did not keep the rest from being read, and
    ``damaged`` the paths that they concern.
    """

    data: object = None
    entries: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    damaged: set[Path] = field(default_factory=set)
    file: str | None = None
    flattened: dict[int, dict[str, tuple[Scalar, Node]]] = field(default_factory=dict, repr=False)

    def entry_place(self, path: Path) -> Place | None:
        """Return where the entry begins, or the nearest parent that is known."""
        return _nearest(self.entries, path)

    def value_place(self, path: Path) -> Place | None:
        """Return where the value begins, or the entry of the nearest parent that is known."""
        return self.values.get(path) or self.entry_place(path)

    def find_fault(
        self, code: str, message: str, place: Place, path: Path, *, fix: str | None = None
    ) -> None:
        """Note a finding and the path that it concerns."""
        self.damaged.add(path)
        self.diagnostics.append(
            Diagnostic(
                code=code,
                message=message,
                file=self.file,
                line=place.line,
                column=place.column,
                fix=fix,
            )
        )


def _nearest(places: dict[Path, Place], path: Path) -> Place | None:
    for length in range(len(path), -1, -1):
        place = places.get(path[:length])
        if place is not None:
            return place
    return None


def read_tree(text: str, file: str | None = None) -> Tree:
    """Read a YAML document.

    Raises:
        YamlTextError: the text is not one YAML document, or too large a one.

    """
    tree = Tree(file=file)
    root = compose(text)
    if root is not None:
        tree.entries[()] = root.place
        tree.data = _value(root, (), tree)
    return tree


def _value(node: Node, path: Path, tree: Tree) -> object:
    tree.values[path] = node.place
    if len(tree.values) > _MOST_ENTRIES:
        message = f"the file unfolds to more than {_MOST_ENTRIES} entries"
        raise YamlTextError("file-too-large", message, node.place)
    if node.tag is not None:
        tree.find_fault(
            "tag-not-allowed",
            f"the tag {node.tag} is not allowed: only texts, numbers, lists and fields are read",
            node.place,
            path,
            fix="delete the tag",
        )
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, Sequence):
        items = []
        for index, item in enumerate(node.items):
            tree.entries[(*path, index)] = item.place
            items.append(_value(item, (*path, index), tree))
        return items
    return _fields(node, path, tree)


def _fields(node: Mapping, path: Path, tree: Tree) -> dict[str, object]:
    fields = {}
    for name, (key, value) in _named(node, path, tree).items():
        tree.entries[(*path, name)] = key.place
        fields[name] = _field(value, (*path, name), tree)
    return fields


def _named(node: Mapping, path: Path, tree: Tree) -> dict[str, tuple[Scalar, Node]]:
    """Return the pairs by name: those that the node gives, then those that it takes over."""
    known = tree.flattened.get(id(node))
    if known is not None:
        return known
    named: dict[str, tuple[Scalar, Node]] = {}
    inherited: list[Mapping] = []
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            tree.find_fault("key-not-a-word", "a field's name must be a word", key.place, path)
        elif key.is_plain and key.text == "<<":
            inherited += _merge_sources(value, path, tree)
        elif key.text in named:
            lines = f"{named[key.text][0].place.line} and {key.place.line}"
            tree.find_fault(
                "duplicate-key",
                f'"{key.text}" is given twice, in lines {lines}',
                key.place,
                (*path, key.text),
                fix="keep one of them",
            )
        else:
            named[key.text] = (key, value)
    for source in inherited:
        for name, pair in _named(source, path, tree).items():
            named.setdefault(name, pair)
    tree.flattened[id(node)] = named
    return named


def _field(value: Node, path: Path, tree: Tree) -> object:
    if isinstance(value, Scalar) and value.is_plain and not value.text and value.tag is None:
        tree.find_fault(
            "empty-value",
            f'"{path[-1]}" has no value',
            tree.entries[path],
            path,
            fix="write a value, or delete the line",
        )
    return _value(value, path, tree)


def _merge_sources(value: Node, path: Path, tree: Tree) -> list[Mapping]:
    items = value.items if isinstance(value, Sequence) else (value,)
    sources = [item for item in items if isinstance(item, Mapping)]
    if len(sources) != len(items):
        message = '"<<" takes over the fields of an anchor, but this value has no fields'
        tree.find_fault("bad-merge", message, value.place, path)
    return sources


def _scalar(node: Scalar) -> object:
    if not node.is_plain:
        return node.text
    if not node.text:
        return None
    if node.text in _WORDS:
        return _WORDS[node.text]
    match = _NUMBER.fullmatch(node.text)
    if match is None:
        return node.text
    if match[1] is None and match[2] is None:
        return int(node.text)
    number = float(node.text)
    return number if math.isfinite(number) else node.text
