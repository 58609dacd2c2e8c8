"""How an instrument writes the places of its sampler: each lab's own syntax, written and read back.

The syntax is text with fields in braces: ``{tray}`` what the tray is called, ``{row}`` a letter,
``{column}`` a number, ``{column2}`` one of two digits, ``{number}`` counted along the rows from 1,
``{number_by_column}`` counted down the columns. ``{tray}:{row},{column}`` gives ``2:A,1``.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from ncrobot.errors import Diagnostic, LabError
from ncrobot.model import Document
from ncrobot.settings import FlawError

_FIELD = re.compile(r"\{([a-z0-9_]*)\}")
_PATTERNS = {
    "row": r"(?P<row>[A-P])",
    "column": r"(?P<column>[1-9][0-9]?)",
    "column2": r"(?P<column2>[0-9]{2})",
    "number": r"(?P<number>[1-9][0-9]{0,2})",
    "number_by_column": r"(?P<number_by_column>[1-9][0-9]{0,2})",
}
_WELL = re.compile(r"([A-P])([1-9][0-9]?)")


def _text(value: Any) -> Any:
    return str(value) if type(value) is int else value


class Tray(Document):
    """What the sampler calls a tray, and how many places it has, if not as many as the others."""

    name: Annotated[str, BeforeValidator(_text)] = Field(min_length=1, max_length=60)
    rows: int | None = Field(None, ge=1, le=16)
    columns: int | None = Field(None, ge=1, le=24)


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str | int) else value


class Positions(Document):
    """The syntax of places, what the trays are called, and how many places a tray has.

    ``trays`` tells for each sample plate or vial rack of the deck what the sampler calls the tray
    that it stands in.
    """

    syntax: str = Field(min_length=3, max_length=60)
    trays: dict[str, Annotated[Tray, BeforeValidator(_named)]] = Field(min_length=1)
    rows: int = Field(8, ge=1, le=16)
    columns: int = Field(12, ge=1, le=24)

    @model_validator(mode="after")
    def _tells_places_apart(self) -> Self:
        fields = _FIELD.findall(self.syntax)
        unknown = sorted(set(fields) - {*_PATTERNS, "tray"})
        if unknown or len(set(fields)) != len(fields):
            raise FlawError(
                f"the syntax holds what isn't known: {', '.join(unknown) or 'a field twice'}",
                code="bad-syntax", at=("syntax",), found=self.syntax,
                allowed=", ".join(f"{{{name}}}" for name in ("tray", *_PATTERNS)),
            )  # fmt: skip
        by_letters = "row" in fields and {"column", "column2"} & set(fields)
        if not by_letters and not {"number", "number_by_column"} & set(fields):
            raise FlawError(
                "the syntax doesn't tell one well from another", code="bad-syntax", at=("syntax",),
                found=self.syntax, fix="write {row} and {column}, or {number}",
            )  # fmt: skip
        names = [tray.name for tray in self.trays.values()]
        if len(names) > 1 and ("tray" not in fields or len(set(names)) != len(names)):
            raise FlawError(
                "the syntax doesn't tell one tray from another", code="bad-syntax", at=("trays",),
                fix="write {tray} into the syntax, and give each tray another name",
            )  # fmt: skip
        return self

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        names = [re.escape(tray.name) for tray in self.trays.values()]
        trays = "|".join(sorted(names, key=len, reverse=True))
        pieces = _FIELD.split(self.syntax)
        told = [
            re.escape(piece) if n % 2 == 0 else _PATTERNS.get(piece, f"(?P<tray>{trays})")
            for n, piece in enumerate(pieces)
        ]
        return re.compile("".join(told))

    @property
    def counts(self) -> bool:
        """Whether places are counted, so that a tray of another shape would mean other wells."""
        return bool({"number", "number_by_column"} & set(_FIELD.findall(self.syntax)))

    def shape(self, labware: str) -> tuple[int, int] | None:
        """Rows and columns of the tray that a labware stands in; None if it has none."""
        tray = self.trays.get(labware)
        return None if tray is None else (tray.rows or self.rows, tray.columns or self.columns)

    def write(self, place: str) -> str:
        """The place (labware and well) as the instrument writes it.

        Raises:
            LabError: the labware has no tray, or the tray no such well.
        """
        labware, _, well = place.partition("/")
        shape, found = self.shape(labware), _WELL.fullmatch(well)
        if shape is None:
            raise _refused(
                f"no tray of this instrument holds {labware!r}", found=place,
                allowed=", ".join(self.trays), fix="tell it under positions, trays",
            )  # fmt: skip
        rows, columns = shape
        row, column = (ord(found[1]) - 65, int(found[2])) if found else (99, 99)
        if row >= rows or column > columns:
            raise _refused(
                f"the tray has no well {well}", found=place,
                allowed=f"{rows} rows, {columns} columns",
            )  # fmt: skip
        return self.syntax.format(
            tray=self.trays[labware].name, row=chr(65 + row), column=column,
            column2=f"{column:02d}", number=row * columns + column,
            number_by_column=(column - 1) * rows + row + 1,
        )  # fmt: skip

    def read(self, text: str) -> str:
        """The place (labware and well) that the instrument's text means.

        Raises:
            LabError: it is no place of this sampler.
        """
        found = self._pattern.fullmatch(text.strip())
        told = found.groupdict() if found else {}
        place = self._place(told) if found else None
        if place is None or self.write(place) != text.strip():
            raise _refused("this is no place of the sampler", found=text, allowed=self.syntax)
        return place

    def _place(self, told: dict[str, str]) -> str | None:
        names = {tray.name: labware for labware, tray in self.trays.items()}
        labware = names[told["tray"]] if "tray" in told else next(iter(self.trays))
        rows, columns = self.shape(labware) or (self.rows, self.columns)
        if "number" in told:
            row, column = divmod(int(told["number"]) - 1, columns)
        elif "number_by_column" in told:
            column, row = divmod(int(told["number_by_column"]) - 1, rows)
        else:
            row = ord(told["row"]) - 65
            column = int(told.get("column") or told["column2"]) - 1
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        return f"{labware}/{chr(65 + row)}{column + 1}"


def _refused(message: str, *, found: str, allowed: str, fix: str | None = None) -> LabError:
    return LabError(
        Diagnostic(code="sampler-position", message=message, found=found, allowed=allowed, fix=fix)
    )
