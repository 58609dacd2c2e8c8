"""What a foreign recipe says, in one form for all sources: reagents and actions at flask scale.

Quantities are as the source gives them; nothing is scaled, resolved or checked yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ncrobot.errors import Diagnostic, Severity

By = Literal["volume_ul", "amount_umol", "mass_mg", "equivalents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reagent:
    """A reagent as far as the source tells of it; ``name`` is what its doses call it.

    ``solvents`` are volume fractions and ``also_mol_per_l`` strengths, by names of other reagents.
    ``assumed`` holds the reasons of facts that nobody printed: of density, concentration, keep_at,
    life, remake_takes.
    """

    name: str
    line: int | None = None
    full_name: str | None = None
    cas: str | None = None
    formula: str | None = None
    molar_mass_g_per_mol: float | None = None
    density_g_per_ml: float | None = None
    role: str | None = None
    solid: bool | None = None
    concentration_mol_per_l: float | None = None
    solvent: str | None = None
    solvents: Mapping[str, float] = field(default_factory=dict)
    also_mol_per_l: Mapping[str, float] = field(default_factory=dict)
    purity: float | None = None
    keep_at_c: float | None = None
    life_s: float | None = None
    remake_takes_s: float | None = None
    electrons: int | None = None
    assumed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """A reagent goes into the reaction vessel; ``to_ph`` instead of an amount: until that pH."""

    reagent: str
    by: By | None = None
    value: float = 0.0
    to_ph: float | None = None
    line: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirring:
    """Stirring begins, or lasts a time; ``speed_rpm`` 0 stops it, None is not told."""

    speed_rpm: float | None = None
    duration_s: float | None = None
    temperature_c: float | None = None
    line: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The vessel is left alone; ``duration_s`` None: until it has the temperature."""

    duration_s: float | None = None
    temperature_c: float | None = None
    dark: bool = False
    line: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliquot:
    """A volume is taken out of the reaction vessel."""

    volume_ul: float
    line: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPerson:
    """Something that no deck does; ``parts_liquid``: what is left in the well isn't known then."""

    task: str
    takes_s: float | None = None
    parts_liquid: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Light, ultrasound or a gas acts on the vessel for a time, away from the deck."""

    what: str
    duration_s: float
    line: int | None = None


Action = Dose | Stirring | Waiting | Aliquot | ByPerson | Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A foreign recipe: what it is, its reagents by name, its actions in order."""

    name: str
    title: str
    source: str
    where: str
    description: str = ""
    temperature_c: float | None = None
    dark: bool = False
    inert: bool = False
    reagents: Mapping[str, Reagent]
    actions: tuple[Action, ...]


class Findings:
    """Everything that an import has to say, in the order in which it was found."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.items: list[Diagnostic] = []

    def missing(self, message: str, line: int | None = None, *, fix: str) -> None:
        """Something that the source doesn't tell and nobody may guess."""
        self._add("import-missing", message, line, fix, Severity.ERROR)

    def refused(self, message: str, line: int | None = None, *, fix: str | None = None) -> None:
        """Something that a plate on a deck can't do."""
        self._add("import-refused", message, line, fix, Severity.ERROR)

    def changed(self, message: str, line: int | None = None) -> None:
        """Something that is done otherwise than the source says, and why."""
        self._add("import-changed", message, line, None, Severity.WARNING)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What stands in the way of a protocol."""
        return tuple(each for each in self.items if each.severity is Severity.ERROR)

    @property
    def changes(self) -> tuple[Diagnostic, ...]:
        """What is done otherwise."""
        return tuple(each for each in self.items if each.severity is Severity.WARNING)

    def _add(
        self, code: str, message: str, line: int | None, fix: str | None, severity: Severity
    ) -> None:
        found = Diagnostic(
            code=code, message=message, severity=severity, file=self.file, line=line, fix=fix
        )
        if found not in self.items:
            self.items.append(found)
