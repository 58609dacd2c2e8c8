"""YAML text to nodes with marks, built from parser events; aliases point to the node they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from ncrobot.protocol._yaml_error import Place, YamlTextError, explained, unreadable_character

# Deeper than any document of ours; it also keeps the reader's own recursion short.
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text; ``is_plain`` if it stands without quotes and may be a number or a word."""

    text: str
    is_plain: bool
    place: Place
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    place: Place
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs of nodes as they were written, duplicates included."""

    pairs: tuple[tuple[Node, Node], ...]
    place: Place
    tag: str | None = None


Node = Scalar | Sequence | Mapping


def compose(text: str) -> Node | None:
    """Return the root node of the only document in a text, or None if there is none.

    Raises:
        YamlTextError: the text is no YAML, holds several documents, or nests too deeply.

    """
    try:
        return _Composer(YAML(typ="safe", pure=True).parse(text)).document()
    except ReaderError as error:
        raise unreadable_character(text, error.position) from None
    except MarkedYAMLError as error:
        raise explained(error, text) from None
    except YAMLError as error:
        raise YamlTextError(
            "yaml-syntax", f"this is not valid YAML: {error}", Place(1, 1)
        ) from None


class _Composer:
    """Turns the events of one text into nodes; lives as long as the reading of that text."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise YamlTextError(
                        "several-documents",
                        "the file holds more than one document",
                        _place(event),
                        fix='keep one document to a file and delete the line "---" between them',
                    )
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: Event, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            return self._aliased(event)
        if depth > _DEEPEST:
            message = f"lists and fields nest more than {_DEEPEST} deep"
            raise YamlTextError("nested-too-deep", message, _place(event))
        node: Node
        if isinstance(event, ScalarEvent):
            node = Scalar(event.value, event.style in (None, ""), _place(event), _tag(event))
        elif isinstance(event, SequenceStartEvent):
            node = Sequence(tuple(self._items(depth)), _place(event), _tag(event))
        elif isinstance(event, MappingStartEvent):
            node = Mapping(tuple(self._pairs(depth)), _place(event), _tag(event))
        else:
            message = "a value was expected here"
            raise YamlTextError("yaml-syntax", message, _place(event))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[Node, Node]]:
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, depth + 1)
            yield key, self._node(next(self._events), depth + 1)

    def _aliased(self, event: AliasEvent) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise YamlTextError(
                "unknown-anchor",
                f"*{event.anchor} refers to an anchor that is not complete above this line",
                _place(event),
                fix=f"mark a value above with &{event.anchor}, or quote a text that begins with *",
            )
        return node


def _tag(event: ScalarEvent | SequenceStartEvent | MappingStartEvent) -> str | None:
    return None if event.tag is None else str(event.tag).replace("tag:yaml.org,2002:", "!!")


def _place(event: Event) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
