"""What the checks look at, and how they tell what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ncrobot import labware
from ncrobot.deck.layout import Carrier, DeckLayout, Placed
from ncrobot.errors import DeckError, Diagnostic

Path = tuple[str | int, ...]
Locate = Callable[[Path], tuple[int, int] | None]


@dataclass
class Findings:
    """A layout under check: its catalogue entries as far as known, and the findings so far."""

    layout: DeckLayout
    file: str | None = None
    locate: Locate = lambda _path: None
    definitions: dict[int, labware.LabwareDefinition] = field(default_factory=dict)
    carriers: dict[int, labware.CarrierDefinition] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        *path: str | int,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Note a finding at an entry of the layout."""
        place = self.locate(path)
        self.diagnostics.append(
            Diagnostic(
                code=code,
                message=message,
                file=self.file,
                line=place[0] if place else None,
                column=place[1] if place else None,
                found=found,
                allowed=allowed,
                fix=fix,
            )
        )

    def take_over(self, error: DeckError, *path: str | int) -> None:
        """Note what the catalogue refused, at the entry that asked for it."""
        for diagnostic in error.diagnostics:
            self.add(
                diagnostic.code,
                diagnostic.message,
                *path,
                found=diagnostic.found,
                allowed=diagnostic.allowed,
                fix=diagnostic.fix,
            )

    def known_labware(self) -> list[tuple[int, Placed, labware.LabwareDefinition]]:
        """Every labware whose definition is known, with its index in the layout."""
        return [
            (index, placed, self.definitions[index])
            for index, placed in enumerate(self.layout.labware)
            if index in self.definitions
        ]

    def known_carriers(self) -> list[tuple[int, Carrier, labware.CarrierDefinition]]:
        """Every carrier whose definition is known, with its index in the layout."""
        return [
            (index, carrier, self.carriers[index])
            for index, carrier in enumerate(self.layout.carriers)
            if index in self.carriers
        ]
