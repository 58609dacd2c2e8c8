"""Reads the XML of an XDL file into elements that know their lines.

A file comes from anywhere, so nothing in it is expanded or fetched: a document type, an entity or
too large a file is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from ncrobot.errors import Diagnostic, ProtocolError

_MOST_BYTES = 5_000_000
_MOST_ELEMENTS = 20_000
_DEEPEST = 40


@dataclass(slots=True)
class XdlElement:
    """One element: its tag, its attributes, its children, and the line where it begins."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    children: list[XdlElement] = field(default_factory=list)

    def find(self, tag: str) -> XdlElement | None:
        """The first child with a tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def get(self, *names: str) -> str | None:
        """The first of these attributes that is there and not empty."""
        for name in names:
            value = self.attributes.get(name, "").strip()
            if value and value.casefold() != "none":
                return value
        return None

    def is_true(self, name: str) -> bool:
        """Whether an attribute says yes."""
        return (self.get(name) or "").casefold() in {"true", "1", "yes"}


@dataclass(frozen=True, slots=True)
class XdlFile:
    """The parts of an XDL file."""

    file: str | None
    metadata: XdlElement | None
    hardware: tuple[XdlElement, ...]
    reagents: tuple[XdlElement, ...]
    procedure: tuple[XdlElement, ...]


class _RefusedError(Exception):
    """Something that an XDL file never holds."""


def read_xdl(text: bytes, file: str | None = None) -> XdlFile:
    """Read an XDL file.

    Raises:
        ProtocolError: it is no XML, isn't XDL, or holds what is refused.
    """
    if len(text) > _MOST_BYTES:
        raise _error(file, 1, "the file is too large for a procedure", f"{_MOST_BYTES:,} bytes")
    root = _parsed(text, file)
    syntheses = [root] if root.tag == "Synthesis" else list(_all(root, "Synthesis"))
    if len(syntheses) != 1:
        message = f"one Synthesis is read, but the file holds {len(syntheses)}"
        if root.find("Blueprint") is not None or root.tag == "Blueprint":
            message = "the file holds a Blueprint: it becomes a Synthesis only with its parameters"
        raise _error(file, root.line, message, "XDL with one Synthesis, with or without root XDL")
    synthesis = syntheses[0]
    procedure = synthesis.find("Procedure")
    if procedure is None:
        raise _error(file, synthesis.line, "there is no Procedure in it", "Procedure")
    return XdlFile(
        file,
        synthesis.find("Metadata"),
        _children(synthesis, "Hardware"),
        _children(synthesis, "Reagents"),
        tuple(procedure.children),
    )


def _children(synthesis: XdlElement, tag: str) -> tuple[XdlElement, ...]:
    found = synthesis.find(tag)
    return () if found is None else tuple(found.children)


def _all(element: XdlElement, tag: str) -> Iterator[XdlElement]:
    for child in element.children:
        if child.tag == tag:
            yield child
        else:
            yield from _all(child, tag)


def _parsed(text: bytes, file: str | None) -> XdlElement:
    parser = expat.ParserCreate()
    top = XdlElement("", {}, 1)
    stack = [top]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS or len(stack) > _DEEPEST:
            raise _RefusedError("there are more elements in it than a procedure has")
        element = XdlElement(tag, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    def refuse(*_: object) -> int:
        raise _RefusedError("a document type or an entity stands in it; XDL needs neither")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(_without_own_declaration(text), True)
    except expat.ExpatError as error:
        message = f"it is no XML: {expat.errors.messages[error.code]}"
        raise _error(file, error.lineno, message, "XML") from None
    except _RefusedError as error:
        raise _error(file, parser.CurrentLineNumber, str(error), "XML without them") from None
    return top.children[0]


def _without_own_declaration(text: bytes) -> bytes:
    """The text; blank lines before an XML declaration, which XML forbids, are common in files."""
    return text.lstrip() if text.lstrip().startswith(b"<?xml") else text


def _error(file: str | None, line: int, message: str, allowed: str) -> ProtocolError:
    return ProtocolError(
        Diagnostic(code="bad-xdl", message=message, file=file, line=line, allowed=allowed)
    )
