"""Steps in which something acts on the whole plate: on the deck, or away where people take it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ncrobot.chemistry import is_harmless_gas
from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, raise_all
from ncrobot.protocol.dosing import Permission, StepBase
from ncrobot.protocol.values import Duration, GasFlow, Temperature


class Away(StepBase):
    """What steps share in which a person carries the plate off the deck, and back after a time."""

    for_: Duration = Field(alias="for")
    tolerance: Duration | None = None
    temperature: Temperature | None = None
    dark: bool = False
    place: str | None = Field(None, min_length=3, description="where off the deck the plate is")
    carry: Duration | None = Field(
        None, description="time that a person needs to carry the plate there, and again back"
    )
    answer_within: Duration | None = Field(
        None, description="how long a person may take to come; then the run ends"
    )
    hazards: tuple[str, ...] = ()


class Age(Away):
    """Let the product mature or focus: a hold, often long or warm, on or off the deck.

    ``where: off_deck`` lets a person carry the plate to ``place`` and back; ``for`` is the time
    between. It needs ``carry``.
    """

    do: Literal["age"]
    where: Literal["deck", "off_deck"] = "deck"

    @model_validator(mode="after")
    def _whole(self) -> Age:
        raise_all(
            [
                FlawError(
                    "this tells of a plate that leaves the deck, but it stays there",
                    code="stays-on-deck",
                    at=(name,),
                    fix=f"write where: off_deck, or delete {name}",
                )
                for name in (_told(self) if self.where == "deck" else ())
            ]
        )
        raise_all([] if self.where == "deck" else _unsaid(self))
        return self


class Treat(Away):
    """A person takes the plate off the deck and lets something act on it: a gas, ultrasound, light.

    ``for`` is the time of the treatment, ``carry`` that of each way. The deck only waits.
    """

    do: Literal["treat"]
    what: str = Field(min_length=5, description="what acts on the wells")
    gas: str | None = Field(None, min_length=2, description="the gas over the wells meanwhile")

    @model_validator(mode="after")
    def _whole(self) -> Treat:
        raise_all([*_unsaid(self), *_unwarned(self, self.gas)])
        return self


class Flush(Document):
    """A gas that harms nobody and drives out what was over the wells before people come."""

    gas: str = Field(min_length=2)
    flow: GasFlow
    for_: Duration = Field(alias="for")


class UnderGas(Away):
    """Let a gas flow over the open wells, ``for`` a time.

    The valve of the deck that has this gas does it, and flushes afterwards. On a deck without one
    a person takes the plate to ``place`` and back, if ``carry`` is told as well.
    """

    do: Literal["gas"]
    gas: str = Field(min_length=2)
    flow: GasFlow
    flush: Flush | None = Field(None, description="by the deck's valve of that gas, afterwards")
    what: str | None = Field(
        None, min_length=5, description="what a person does with the plate, on a deck without valve"
    )
    permission: Permission | None = Field(
        None, description="who allows that a gas that harms flows on the deck, and why it is safe"
    )

    @model_validator(mode="after")
    def _whole(self) -> UnderGas:
        flaws = _unwarned(self, self.gas)
        if _told(self) or self.what is not None:
            flaws += _unsaid(self)
        if self.flush is not None and not is_harmless_gas(self.flush.gas):
            flaws.append(
                FlawError(
                    f"{self.flush.gas} harms those who come afterwards",
                    code="flush-harms",
                    at=("flush", "gas"),
                    found=self.flush.gas,
                    allowed="nitrogen, argon, helium or air",
                )
            )
        raise_all(flaws)
        return self


def _told(step: Away) -> list[str]:
    """Names of the fields that are about a plate that leaves the deck."""
    fields = {"place": step.place, "carry": step.carry, "answer_within": step.answer_within}
    return [name for name, value in fields.items() if value is not None]


def _unsaid(step: Away) -> list[FlawError]:
    """Return a flaw for each thing that a person must know to carry a plate."""
    needed = {"place": step.place, "carry": step.carry}
    return [
        FlawError(
            f"a plate that leaves the deck needs {name}",
            code="missing-field",
            fix=f"write {name}: "
            + ("where it is meanwhile" if name == "place" else "the time of each way"),
        )
        for name, value in needed.items()
        if value is None
    ]


def _unwarned(step: Away, gas: str | None) -> list[FlawError]:
    """Return the flaw of a gas that harms and of which nobody says so."""
    if gas is None or is_harmless_gas(gas) or step.hazards:
        return []
    return [
        FlawError(
            f"{gas} comes to people without a word of warning",
            code="hazards-missing",
            found="no hazards",
            fix="write hazards: what is dangerous, and what has to be there for it",
        )
    ]
