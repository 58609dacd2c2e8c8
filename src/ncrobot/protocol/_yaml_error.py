"""Why a text is not YAML, in plain sentences."""

from __future__ import annotations

from typing import NamedTuple

from ruamel.yaml.error import MarkedYAMLError

from ncrobot.errors import Diagnostic


class Place(NamedTuple):
    """A line and a column of a text, both from 1."""

    line: int
    column: int


class YamlTextError(Exception):
    """The text cannot be read any further as YAML; ``place`` is where that was noticed."""

    def __init__(self, code: str, message: str, place: Place, *, fix: str | None = None) -> None:
        self.code = code
        self.message = message
        self.place = place
        self.fix = fix
        super().__init__(message)

    def diagnostic(self, file: str | None) -> Diagnostic:
        """Return the finding for a file."""
        return Diagnostic(
            code=self.code,
            message=self.message,
            file=file,
            line=self.place.line,
            column=self.place.column,
            fix=self.fix,
        )


# What the parser says (part of it), what that means to a chemist, and what usually mends it.
_SENTENCES: tuple[tuple[str, str, str | None], ...] = (
    (
        "mapping values are not allowed",
        (
            "a colon stands where no field can begin: the line above is indented otherwise, "
            "or an unquoted text holds a colon followed by a space"
        ),
        "indent the field like its neighbours, or put the text in quotes",
    ),
    (
        "found unexpected end of stream",
        "a quote that is opened before is never closed",
        "close the quote, or remove it",
    ),
    (
        "could not find expected ':'",
        "a field has a name but no colon after it",
        "write name: value, with a space after the colon",
    ),
    (
        "but found '-'",
        "a list item stands where a field was expected: the indentation does not line up",
        "indent all items of a list alike",
    ),
    (
        "expected <block end>",
        (
            "the indentation does not line up with the fields above, or something follows a "
            "finished value"
        ),
        "give neighbours the same indentation",
    ),
    (
        "expected ',' or ']'",
        "a list that is opened with [ is not closed with ], or lacks a comma",
        "close the list with ]",
    ),
    (
        "expected ',' or '}'",
        "fields that are opened with { are not closed with }, or lack a comma",
        "close the fields with }",
    ),
    (
        "found unknown escape character",
        "a backslash in a double-quoted text begins an escape that YAML doesn't know",
        "use single quotes, or write two backslashes",
    ),
    (
        "expected chomping or indentation",
        "after | or > the text begins on the next line",
        "put the text on the following lines, indented",
    ),
    (
        "found duplicate",
        "a directive at the top of the file is given twice",
        "delete the directives (lines that begin with %)",
    ),
    (
        "document start",
        "something stands before or after the document that does not belong to it",
        "delete it, or put a text that begins with a special character in quotes",
    ),
    (
        "found incompatible YAML document",
        "this version of YAML cannot be read",
        "delete the %YAML line",
    ),
    (
        "expected the node content",
        "a value was expected here",
        "close what was opened with [ or {, and write a value after each comma",
    ),
)


def explained(error: MarkedYAMLError, text: str) -> YamlTextError:
    """Return the parser's complaint as a sentence, at the place where it was noticed."""
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)
    problem = error.problem or ""
    if "cannot start any token" in problem:
        return _bad_start(text, place)
    for part, sentence, fix in _SENTENCES:
        if part in problem:
            return YamlTextError("yaml-syntax", f"{sentence}{_since(error)}", place, fix=fix)
    return YamlTextError("yaml-syntax", f"this is not valid YAML: {problem or error}", place)


def unreadable_character(text: str, position: int) -> YamlTextError:
    """Return the problem of a control character in a text."""
    before = text[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1) + 1
    code = ord(text[position]) if position < len(text) else 0
    return YamlTextError(
        "not-text",
        f"the file holds a character that is not text (U+{code:04X})",
        Place(line, column),
        fix="save the file as plain UTF-8 text",
    )


def _bad_start(text: str, place: Place) -> YamlTextError:
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    character = line[place.column - 1 : place.column]
    if character == "\t":
        return YamlTextError(
            "yaml-tab",
            "a tab is used for indentation; YAML allows only spaces",
            place,
            fix="replace each tab by two spaces",
        )
    return YamlTextError(
        "yaml-syntax",
        f'a value cannot begin with "{character}"',
        place,
        fix="put the value in quotes",
    )


def _since(error: MarkedYAMLError) -> str:
    """Return where the unfinished part began, if that is another line."""
    began, noticed = error.context_mark, error.problem_mark
    if began is None or noticed is None or began.line == noticed.line:
        return ""
    return f" (it began in line {began.line + 1})"
