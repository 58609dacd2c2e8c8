"""How an instrument writes the places of its sampler: each lab's own syntax, written and read back.

The syntax is text with fields in braces: ``{tray}`` what the tray is called, ``{row}`` a letter,
``{column}`` a number, ``{column2}`` one of two digits, ``{number}`` counted along the rows from 1,
``{number_by_column}`` counted down the columns. ``{tray}:{row},{column}`` gives ``2:A,1``.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

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


class Positions(Document):
    """The syntax of places, what the trays are called, and how many places a tray has.

    ``trays`` tells for each sample plate of the deck what the sampler calls the tray it stands in.
    """

    syntax: str = Field(min_length=3, max_length=60)
    trays: dict[str, str] = Field(min_length=1)
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
        names = list(self.trays.values())
        if len(names) > 1 and ("tray" not in fields or len(set(names)) != len(names)):
            raise FlawError(
                "the syntax doesn't tell one tray from another", code="bad-syntax", at=("trays",),
                fix="write {tray} into the syntax, and give each tray another name",
            )  # fmt: skip
        return self

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        trays = "|".join(sorted(map(re.escape, self.trays.values()), key=len, reverse=True))
        pieces = _FIELD.split(self.syntax)
        told = [
            re.escape(piece) if n % 2 == 0 else _PATTERNS.get(piece, f"(?P<tray>{trays})")
            for n, piece in enumerate(pieces)
        ]
        return re.compile("".join(told))

    def write(self, place: str) -> str:
        """The place (labware and well) as the instrument writes it.

        Raises:
            LabError: the labware has no tray, or the tray no such well.
        """
        labware, _, well = place.partition("/")
        tray, found = self.trays.get(labware), _WELL.fullmatch(well)
        if tray is None:
            raise _refused(
                f"no tray of this instrument holds {labware!r}", found=place,
                allowed=", ".join(self.trays), fix="tell it under positions, trays",
            )  # fmt: skip
        row, column = (ord(found[1]) - 65, int(found[2])) if found else (99, 99)
        if row >= self.rows or column > self.columns:
            raise _refused(
                f"the tray has no well {well}", found=place,
                allowed=f"{self.rows} rows, {self.columns} columns",
            )  # fmt: skip
        return self.syntax.format(
            tray=tray, row=chr(65 + row), column=column, column2=f"{column:02d}",
            number=row * self.columns + column, number_by_column=(column - 1) * self.rows + row + 1,
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
        if "number" in told:
            row, column = divmod(int(told["number"]) - 1, self.columns)
        elif "number_by_column" in told:
            column, row = divmod(int(told["number_by_column"]) - 1, self.rows)
        else:
            row = ord(told["row"]) - 65
            column = int(told.get("column") or told["column2"]) - 1
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        names = {name: labware for labware, name in self.trays.items()}
        labware = names[told["tray"]] if "tray" in told else next(iter(self.trays))
        return f"{labware}/{chr(65 + row)}{column + 1}"


def _refused(message: str, *, found: str, allowed: str, fix: str | None = None) -> LabError:
    return LabError(
        Diagnostic(code="sampler-position", message=message, found=found, allowed=allowed, fix=fix)
    )
