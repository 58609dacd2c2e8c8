"""Templates of worklists in XML, such as those of MassHunter: the lab's own file, filled in.

Nothing is known of anybody's schema. The lab tells which element is a row and, by paths inside it,
what goes where (``SampleInfo/Name``, ``@position``); everything else of its file stays as it is,
sign by sign, and all rows but the first one are left out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from ncrobot.errors import Diagnostic, LabError, nearest_word

_DECLARED = re.compile(r"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")
_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
         (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class XmlTemplate:
    """A template taken apart: what stands before, between and after rows, and one row.

    ``columns`` are paths inside a row, ``spans`` where their text stands in it (in UTF-8 bytes).
    """

    file: str
    encoding: str
    bom: bytes
    row: str
    columns: tuple[str, ...]
    usual: tuple[str, ...]
    entries: Mapping[int, str]
    head: bytes
    pattern: bytes
    between: bytes
    tail: bytes
    spans: tuple[tuple[int, int], ...]

    def lines_of(self, rows: Iterable[Sequence[str]]) -> bytes:
        """A worklist with these rows, in the template's encoding."""
        text = self.head + self.between.join(self._row(row) for row in rows) + self.tail
        return self.bom + text.decode("utf-8").encode(self.encoding)

    def rows_in(self, data: bytes) -> list[list[str]]:
        """The rows of a worklist of this template.

        Raises:
            LabError: it is no XML, or doesn't begin and end as the template does.
        """
        text = _decoded(data, self.file)[2]
        plain = text.encode()
        if not plain.startswith(self.head) or not plain.endswith(self.tail):
            raise _wrong(self.file, "a worklist doesn't begin and end as its template does")
        try:
            root = ET.fromstring(text)  # noqa: S314 - no entities from elsewhere are loaded
        except ET.ParseError as error:
            raise _wrong(self.file, f"a worklist is broken: {error}") from error
        rows = [each for each in root.iter() if _local(each.tag) == self.row]
        return [[_value(row, path.split("/")) for path in self.columns] for row in rows]

    def _row(self, values: Sequence[str]) -> bytes:
        text = self.pattern
        for (start, end), path, value in sorted(
            zip(self.spans, self.columns, values, strict=True), reverse=True
        ):
            told = quoteattr(value)[1:-1] if "@" in path else escape(value)
            text = text[:start] + _filled(text[start:end], told) + text[end:]
        return text


def read_xml_template(
    data: bytes, row: str, columns: Mapping[str, str], file: str = ""
) -> XmlTemplate:
    """Take a template apart; ``columns`` maps paths inside a row to entries.

    Raises:
        LabError: it is no XML, holds no such row, or a path leads nowhere.
    """
    bom, encoding, text = _decoded(data, file)
    plain = text.encode()
    found = _Found(row)
    try:
        found.parse(plain)
    except expat.ExpatError as error:
        raise _wrong(file, f"the template is broken: {error}") from error
    if not found.rows:
        near = nearest_word(row, sorted(found.tags))
        raise _wrong(
            file, f"the template has no element {row!r}",
            fix=f"did you mean {near!r}?" if near else "export a worklist with one sample",
        )  # fmt: skip
    first, last = found.rows[0], found.rows[-1]
    spans = [found.span_of(path, plain) for path in columns]
    for path, span in zip(columns, spans, strict=True):
        if span is None:
            near = nearest_word(path, sorted(found.paths))
            raise _wrong(
                file, f"a row of the template has no {path!r}", allowed=", ".join(found.paths),
                fix=f"did you mean {near!r}?" if near else None,
            )  # fmt: skip
    between = plain[first[1] : found.rows[1][0]] if len(found.rows) > 1 else _lead(plain, first[0])
    pattern = plain[first[0] : first[1]]
    element = ET.fromstring(text)  # noqa: S314 - no entities from elsewhere are loaded
    sample = next(each for each in element.iter() if _local(each.tag) == row)
    return XmlTemplate(
        file=file, encoding=encoding, bom=bom, row=row, columns=tuple(columns),
        usual=tuple(_value(sample, path.split("/")) for path in columns),
        entries=dict(enumerate(columns.values())), head=plain[: first[0]], pattern=pattern,
        between=between, tail=plain[last[1] :],
        spans=tuple((s[0] - first[0], s[1] - first[0]) for s in spans if s is not None),
    )  # fmt: skip


@dataclass(slots=True)
class _Found:
    """Where rows stand in a template, and the elements of the first of them (UTF-8 bytes)."""

    row: str
    rows: list[tuple[int, int]] = field(default_factory=list)
    paths: dict[str, tuple[int, int]] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    _open: list[tuple[str, int]] = field(default_factory=list)
    _depth: int | None = None

    def parse(self, data: bytes) -> None:
        """Find everything."""
        parser = expat.ParserCreate("utf-8")

        def opened(tag: str, _: object) -> None:
            name = tag.rpartition(":")[2]
            self.tags.add(name)
            self._open.append((name, parser.CurrentByteIndex))
            if name == self.row and self._depth is None:
                self._depth = len(self._open)

        def closed(_: str) -> None:
            _, start = self._open[-1]
            end = _end_of(data, start, parser.CurrentByteIndex)
            if self._depth is not None and not self.rows:
                path = "/".join(each for each, _at in self._open[self._depth :])
                self.paths.setdefault(path, (start, end))
            if self._depth == len(self._open):
                self.rows.append((start, end))
                self._depth = None
            self._open.pop()

        parser.StartElementHandler, parser.EndElementHandler = opened, closed
        parser.Parse(data, True)

    def span_of(self, path: str, data: bytes) -> tuple[int, int] | None:
        """Where the value of a path stands: the inside of an attribute, or a whole element."""
        element, _, attribute = path.rpartition("@")
        found = self.paths.get(element.rstrip("/") if attribute and "@" in path else path)
        if found is None or "@" not in path:
            return found
        tag = _tag_at(data, found[0])
        place = re.search(rb"\s" + re.escape(attribute.encode()) + rb"\s*=\s*(?:\"|')", tag)
        if place is None:
            return None
        start = found[0] + place.end()
        return start, data.index(data[start - 1 : start], start)


def _end_of(data: bytes, start: int, at: int) -> int:
    """The end of an element: of its tag if that closes itself, else of the tag at ``at``."""
    tag = _tag_at(data, start)
    return start + len(tag) if tag.endswith(b"/>") else data.index(b">", at) + 1


def _tag_at(data: bytes, start: int) -> bytes:
    """The opening tag at a place; an angle bracket may stand in the value of an attribute."""
    found = _TAG.match(data, start)
    return found[0] if found else data[start : data.index(b">", start) + 1]


def _filled(text: bytes, value: str) -> bytes:
    """An element with this text in it; an attribute's inside becomes the text itself."""
    if not text.startswith(b"<"):
        return value.encode()
    tag = _tag_at(text, 0)
    opening, rest = tag[:-1], text[len(tag) :]
    if opening.endswith(b"/"):
        opening = re.sub(rb"\s[\w]*:?nil\s*=\s*(?:\"true\"|'true')", b"", opening[:-1].rstrip())
        name = opening[1:].split()[0]
        return opening + b">" + value.encode() + b"</" + name + b">"
    return opening + b">" + value.encode() + rest[rest.rindex(b"</") :]


def _lead(data: bytes, at: int) -> bytes:
    """The white space before a row, so that the next one stands below it."""
    return data[len(data[:at].rstrip()) : at]


def _decoded(data: bytes, file: str) -> tuple[bytes, str, str]:
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", ""))
    declared = _DECLARED.match(data[:200].decode("ascii", "ignore"))
    encoding = encoding or (declared[1].lower() if declared else "utf-8")
    try:
        return bom, encoding, data[len(bom) :].decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise _wrong(file, f"the file isn't in {encoding}, as it says") from error


def _value(row: ET.Element, path: Sequence[str]) -> str:
    *steps, last = path
    for step in steps if last.startswith("@") else path:
        found = next((each for each in row if _local(each.tag) == step), None)
        if found is None:
            return ""
        row = found
    return row.get(last[1:], "") if last.startswith("@") else (row.text or "").strip()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _wrong(
    file: str, message: str, *, allowed: str | None = None, fix: str | None = None
) -> LabError:
    return LabError(
        Diagnostic(
            code="worklist-template", message=message, file=file or None, allowed=allowed, fix=fix
        )
    )
