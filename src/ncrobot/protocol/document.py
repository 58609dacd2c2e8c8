"""The protocol as a document: what a chemist wrote, checked for sense within itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.protocol.choosing import Choice
from ncrobot.protocol.expecting import Expected
from ncrobot.protocol.materials import Material, Name, Stock, Vessel
from ncrobot.protocol.on_fault import OnFault
from ncrobot.protocol.parameters import Parameter
from ncrobot.protocol.steps import Late, Step


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
