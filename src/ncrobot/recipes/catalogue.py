"""The catalogue of reaction systems: what each is, and which protocol says it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.settings import load_settings

DEFAULT_CATALOGUE = Path("protocols") / "catalogue.yaml"

Verdict = Literal["full", "partial", "manual"]
Printed = Literal["numbers", "some", "words"]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Entry(Document):
    """One reaction system. Paths are told from the folder of the catalogue."""

    key: Key
    title: str = Field(min_length=5)
    source: str = Field(description="one of the catalogue's sources")
    where: str = Field(min_length=3, description="the place in the source")
    verdict: Verdict = Field(description="how much of it a deck can do")
    printed: Printed = Field(description="how much of it the source prints as numbers")
    missing: str = Field(description="what the source doesn't print")
    by_hand: tuple[str, ...] = Field((), description="what is done beside the protocol")
    protocol: str | None = None
    tables: tuple[str, ...] = Field((), description="one a plate")
    deck: str | None = Field(None, description="name of a shipped deck layout")
    lacks: tuple[str, ...] = Field((), description="what the language can't say of it yet")
    part: str | None = Field(None, description="which rows of the tables are this system")

    @model_validator(mode="after")
    def _whole(self) -> Entry:
        given = (self.protocol is not None, bool(self.tables), self.deck is not None)
        if any(given) and not all(given):
            msg = f"{self.key}: protocol, tables and deck belong together"
            raise ValueError(msg)
        return self

    @property
    def is_written(self) -> bool:
        """Whether there is a protocol for it."""
        return self.protocol is not None


class Catalogue(Document):
    """All reaction systems, in the order of their chemistry."""

    ncrobot: Literal["catalogue/1"]
    sources: dict[str, str]
    entries: tuple[Entry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Catalogue:
        seen: set[str] = set()
        for entry in self.entries:
            if entry.key in seen:
                msg = f"{entry.key} is there twice"
                raise ValueError(msg)
            if entry.source not in self.sources:
                msg = f"{entry.key}: there is no source {entry.source!r}"
                raise ValueError(msg)
            seen.add(entry.key)
        return self


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue.

    Raises:
        LabError: it can't be read, or is wrong; carries every finding with line and field.
    """
    return load_settings(Catalogue, path).settings
