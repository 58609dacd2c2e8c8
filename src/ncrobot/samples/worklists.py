"""Worklists: the injections of a batch as the instrument's software reads them, and read back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import Field

from ncrobot.errors import Diagnostic, LabError
from ncrobot.model import Document
from ncrobot.samples.identities import identities_in
from ncrobot.samples.templates import Template
from ncrobot.samples.xml_templates import XmlTemplate

AnyTemplate = Template | XmlTemplate

_SAFE = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_CHARACTERS = 60


class Injection(Document):
    """One line of a worklist. ``position`` is as the instrument writes it."""

    job: str
    kind: str = Field(description="sample, blank, reference or wash")
    position: str
    file_name: str
    sample: str = Field("", description="what people call it")
    method: str | None = None
    injection_ul: float | None = None
    comment: str = ""
    well: str = ""


def file_name(job: str, *parts: str) -> str:
    """A name for the data file: the job's identity first, then what people recognise.

    Letters, digits, hyphens and underscores only, since some software refuses or changes others.
    """
    told = [_SAFE.sub("-", part).strip("-") for part in parts]
    return "_".join([job, *(part for part in told if part)])[:_MOST_CHARACTERS].rstrip("-_")


def write_worklist(
    template: AnyTemplate, injections: Sequence[Injection], kinds: Mapping[str, str]
) -> bytes:
    """The worklist of a batch, checked by reading it back.

    Raises:
        LabError: it wouldn't be read back as it was written, or a figure is missing.
    """
    rows = [_row(template, each, kinds) for each in injections]
    try:
        data = template.lines_of(rows)
    except UnicodeEncodeError as error:
        message = f"{error.object[error.start]!r} can't be written in {template.encoding}"
        raise _wrong(template, message, "use names of plain letters") from error
    back = read_worklist(template, data)
    for sent, got in zip(injections, back, strict=True):
        if (sent.job, sent.position, sent.file_name) != (got.job, got.position, got.file_name):
            raise _wrong(
                template, f"the line of {sent.job} would be read as another",
                "choose names without delimiters, quotes and spaces at their ends",
            )  # fmt: skip
    return data


def read_worklist(template: AnyTemplate, data: bytes) -> tuple[Injection, ...]:
    """The injections of a worklist, known by the identities in their file names.

    Raises:
        LabError: it isn't of this template, or a line carries no identity.
    """
    found = []
    for number, row in enumerate(template.rows_in(data), 1):
        told = {entry: row[at] for at, entry in template.entries.items() if at < len(row)}
        named = identities_in(f"{told.get('file_name', '')} {told.get('sample', '')}")
        if not named:
            raise _wrong(template, f"row {number} of a worklist carries no identity", None)
        volume = told.get("injection_ul", "")
        found.append(
            Injection(
                job=next(iter(named)),
                kind=told.get("kind", ""),
                position=told.get("position", ""),
                file_name=told.get("file_name", ""),
                sample=told.get("sample", ""),
                method=told.get("method") or None,
                injection_ul=_number(volume) if volume else None,
                comment=told.get("comment", ""),
                well=told.get("well", ""),
            )
        )
    return tuple(found)


def _row(template: AnyTemplate, injection: Injection, kinds: Mapping[str, str]) -> list[str]:
    row = list(template.usual)
    for at, entry in template.entries.items():
        written = _entry(template, injection, entry, kinds)
        if written is not None:
            if not written.isprintable():
                message = f"the line of {injection.job} holds a sign that can't be printed"
                raise _wrong(template, message, "use letters, digits and spaces")
            row[at] = written
    return row


def _entry(
    template: AnyTemplate, injection: Injection, entry: str, kinds: Mapping[str, str]
) -> str | None:
    """What goes into a cell; None: what the template has there."""
    if entry == "kind":
        word = kinds.get(injection.kind)
        if word is None:
            message = f"the instrument's word for a {injection.kind} isn't told"
            raise _wrong(template, message, "give it under kinds")
        return word
    if entry == "injection_ul":
        return None if injection.injection_ul is None else f"{injection.injection_ul:g}"
    value = getattr(injection, entry)
    return None if value is None else str(value)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _wrong(template: AnyTemplate, message: str, fix: str | None) -> LabError:
    return LabError(
        Diagnostic(code="worklist", message=message, file=template.file or None, fix=fix)
    )
