"""The protocol as a document: what a chemist wrote, checked for sense within itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from ncrobot.errors import nearest_word
from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, raise_all
from ncrobot.protocol._ids import default_id
from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.expecting import Expected
from ncrobot.protocol.materials import Material, Name, Vessel
from ncrobot.protocol.objectives import (
    AreaRatio,
    AreaShare,
    IonShare,
    PeakArea,
    Wanted,
    names_of,
)
from ncrobot.protocol.on_fault import OnFault
from ncrobot.protocol.parameters import Parameter
from ncrobot.protocol.steps import Late, Measure, Sample, Step
from ncrobot.protocol.stocks import Stock


class Source(Document):
    """Where a recipe comes from."""

    cite: str
    where: str
    note: str | None = None


class Target(Document):
    """What the synthesis is meant to give."""

    formula: str
    charge: int = 0
    valence_electrons: int | None = None
    absorption_nm: tuple[float, ...] = ()
    note: str | None = None


class Control(Document):
    """A named kind of control row: which materials it leaves out (solvent makes up the volume)."""

    omit: tuple[Name, ...]
    description: str = ""


class Protocol(Document):
    """What the scientist writes: declarative, device-independent, with parameters."""

    ncrobot: Literal["protocol/1"]
    name: Name
    title: str
    description: str = ""
    sources: tuple[Source, ...] = ()
    target: Target | None = None
    expected: tuple[Expected, ...] = Field(
        (), description="species that may be found, and how instruments tell them"
    )
    objectives: dict[Name, Wanted] = Field(
        default={},
        description="figures that are wanted of every well, each with how it is measured",
    )
    materials: dict[Name, Material] = Field(min_length=1)
    stocks: dict[Name, Stock] = Field(min_length=1)
    vessel: Vessel
    parameters: dict[Name, Parameter] = Field(default={}, description="inputs of the table")
    choices: dict[Name, Choice] = Field(
        default={}, description="words that a row of the table picks; steps name them in `only`"
    )
    controls: dict[Name, Control] = Field(
        default={}, description="kinds of control rows beside 'synthesis'; 'blank' is customary"
    )
    if_late: Late = "continue"
    on_fault: OnFault = Field(
        default={}, description="for every step that says nothing else, by defined error"
    )
    equal_treatment: Literal["delay", "spread"] | None = Field(
        None, description="delay: from the last portion the same for all wells; spread: told"
    )
    steps: tuple[Step, ...] = Field(min_length=1)
    assumptions: tuple[str, ...] = Field((), description="what else was assumed, and why")

    @model_validator(mode="after")
    def _objectives_can_be_measured(self) -> Self:
        raise_all([flaw for name in self.objectives for flaw in self._flaws_of(name)])
        return self

    def _flaws_of(self, name: str) -> Iterator[FlawError]:
        """An objective of a species that isn't expected, or of a step that takes no samples."""
        wanted = self.objectives[name]
        taking = tuple(
            step.id or default_id(step.do, n)
            for n, step in enumerate(self.steps, start=1)
            if isinstance(step, Sample | Measure)
        )
        if wanted.step is not None and wanted.step not in taking:
            what = f"no step {wanted.step!r} takes samples or reads the plate"
            yield _unknown(what, ("objectives", name, "step"), wanted.step, taking)
        known: tuple[str, ...] = tuple(each.species for each in self.expected)
        if isinstance(wanted.from_, IonShare):
            known = tuple(ion for each in self.expected for ion in each.ion_names())
        elif not isinstance(wanted.from_, PeakArea | AreaShare | AreaRatio):
            return
        for each in names_of(wanted.from_):
            if each not in known:
                what = f"{each!r} isn't among what is expected"
                yield _unknown(what, ("objectives", name, "from", "of"), each, known)


def _unknown(message: str, at: tuple[str, ...], found: str, known: tuple[str, ...]) -> FlawError:
    near = nearest_word(found, known)
    return FlawError(
        message, code="unknown-name", at=at, found=found, allowed=", ".join(known) or None,
        fix=f"did you mean {near!r}?" if near else None,
    )  # fmt: skip
