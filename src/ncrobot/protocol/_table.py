"""A table as it was written: columns and cells with their places, whatever the file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncrobot.errors import Diagnostic
from ncrobot.protocol._yaml_error import Place

# The name, the well and the role of a row; every other column is a parameter.
NAME, WELL, KIND, REPLICATE_OF = "name", "well", "kind", "replicate_of"
ROW_COLUMNS = (NAME, WELL, KIND, REPLICATE_OF)
# The kind of a row that makes what the protocol is for.
SYNTHESIS = "synthesis"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell: a text, a number (YAML only), or None if it is empty."""

    raw: object
    place: Place


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and unit; ``unit`` is None where none is written."""

    name: str
    unit: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its cells by column; ``number`` counts rows from 1."""

    number: int
    place: Place
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str:
        """Return the text of a cell, or an empty one."""
        cell = self.cells.get(column)
        return "" if cell is None or cell.raw is None else str(cell.raw).strip()

    def place_of(self, column: str) -> Place:
        """Return where a cell stands, or its row."""
        cell = self.cells.get(column)
        return cell.place if cell is not None else self.place

    @property
    def label(self) -> str:
        """The name that the row has or is given by its number: c01, c02, ..."""
        return self.text(NAME) or f"c{self.number:02d}"


@dataclass(slots=True)
class Table:
    """Columns and rows in the order of the file, and what was found wrong so far."""

    file: str | None
    is_yaml: bool = False
    columns: list[Column] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    def error(  # noqa: PLR0913 - mirrors Diagnostic, every part is optional and named
        self,
        place: Place,
        code: str,
        message: str,
        *,
        row: TableRow | None = None,
        quantity: str | None = None,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Note what is wrong at a place."""
        self.findings.append(
            Diagnostic(
                code=code,
                message=message,
                file=self.file,
                line=place.line,
                column=place.column,
                row=row.label if row is not None else None,
                well=(row.text(WELL) or None) if row is not None else None,
                quantity=quantity,
                found=found,
                allowed=allowed,
                fix=fix,
            )
        )
