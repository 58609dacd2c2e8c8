"""The conditions table as a document: one row a synthesis, values in canonical units."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.model import Document


class Condition(Document):
    """One row: its well, its kind (synthesis, or a control of the protocol), and its values.

    ``values`` holds every parameter of the protocol (defaults filled in), canonical units.
    ``replicate_of`` is the name of the row that this one repeats.
    """

    name: str
    well: str = Field(pattern=r"^[A-P]([1-9]|1\d|2[0-4])$")
    kind: str = "synthesis"
    replicate_of: str | None = None
    values: dict[str, float]
    choices: dict[str, str] = Field(default={}, description="the word of every choice")
    line: int | None = None


class Conditions(Document):
    """Up to 96 conditions for one plate, in table order; no two share a well or a name."""

    rows: tuple[Condition, ...] = Field(min_length=1, max_length=96)
    file: str | None = None
    text: str = Field(description="the table as it was given")
    format: Literal["csv", "yaml"] = Field("csv", description="how to read the text again")
