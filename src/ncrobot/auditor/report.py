"""What an audit finds: differences between the protocol's wish and the plan's operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import Field

from ncrobot.model import Document


class Difference(Document):
    """One thing that the plan does otherwise than it was asked to, or claims wrongly."""

    code: str = Field(description="kebab-case word for machines")
    well: str | None = None
    step: str | None = Field(None, description="id of the protocol's step")
    quantity: str = Field(description="what was compared")
    asked: float | str
    found: float | str
    unit: str = Field("", description="of asked and found, if they are numbers")
    message: str = Field(description="one sentence for a chemist")

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.well, self.step) if part)
        return f"{where}: {self.message}" if where else self.message


class AuditReport(Document):
    """How much was looked at, and every difference that was found."""

    operations: int
    wells: int
    differences: tuple[Difference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the plan does what the protocol asks."""
        return not self.differences


class Compared(NamedTuple):
    """What was compared: asked and found, with the unit if they are numbers."""

    quantity: str
    asked: float | str
    found: float | str
    unit: str = ""


@dataclass(slots=True)
class Notes:
    """Collects the differences of one audit; each is noted once."""

    items: dict[Difference, None] = field(default_factory=dict)

    def differ(
        self,
        code: str,
        message: str,
        compared: Compared,
        *,
        well: str | None = None,
        step: str | None = None,
    ) -> None:
        """Note one difference."""
        difference = Difference(
            code=code, well=well, step=step, message=message, **compared._asdict()
        )
        self.items[difference] = None

    def all(self) -> tuple[Difference, ...]:
        """The differences in the order in which they were found."""
        return tuple(self.items)


def agree(asked: float, found: float, *, relative: float = 1e-6, absolute: float = 1e-9) -> bool:
    """Whether two numbers are equal but for the last digits; NaN agrees with nothing."""
    return abs(asked - found) <= relative * abs(asked) + absolute


def listed(words: Iterable[str], most: int = 4) -> str:
    """The words in one line, the first few of many."""
    every = list(words)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"
