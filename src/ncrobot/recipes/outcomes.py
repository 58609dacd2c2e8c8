"""What became of the recipes: a document that tells it for each reaction system."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.recipes.catalogue import Printed, Verdict
from ncrobot.recipes.lookouts import Lookout


class PersonTask(Document):
    """One time at which a person is called during a plate."""

    at_hours: float
    minutes: float
    task: str


class PlateTrial(Document):
    """What became of one plate: protocol, table and deck brought through all stages.

    ``error`` tells why the first stage that failed did; the stages after it were not tried.
    """

    table: str
    wells: int = 0
    planned: bool = False
    audited: bool = False
    scheduled: bool = False
    simulated: bool = False
    hours: float | None = Field(None, description="of the simulated run; else of the schedule")
    wells_ok: int = 0
    wells_flagged: int = 0
    operations: int = 0
    person: tuple[PersonTask, ...] = ()
    samples: dict[str, int] = Field({}, description="aliquots by what they are measured on")
    queue_hours: dict[str, float] = Field({}, description="from first to last, by instrument")
    expired: int = Field(0, description="aliquots that no instrument can take in time")
    stopped: tuple[str, ...] = Field((), description="wells flagged by the run, with the reason")
    error: str | None = None
    seconds: float = Field(0.0, description="processor time that it took")


class Outcome(Document):
    """What became of one reaction system.

    ``planned``, ``audited``, ``scheduled`` and ``simulated`` hold if they do for each of its
    plates, and all wells ended as planned. ``plate_hours`` and ``person_minutes`` are sums over
    the plates, without what is done before the start and after the end.
    """

    key: str
    title: str
    verdict: Verdict
    printed: Printed
    protocol: str | None
    part: str | None = None
    deck: str | None = None
    planned: bool = False
    audited: bool = False
    scheduled: bool = False
    simulated: bool = False
    plate_hours: float | None = None
    person_minutes: float | None = None
    assumed_values: int = 0
    assumed: tuple[str, ...] = Field((), description="each with its line and reason")
    missing: str = Field(description="what the source doesn't print")
    by_hand: tuple[str, ...] = Field((), description="what is done beside the protocol")
    lacks: tuple[str, ...] = Field((), description="what the language can't say of it yet")
    expected: tuple[Lookout, ...] = Field((), description="what analysis is to look for")
    plates: tuple[PlateTrial, ...] = ()
    error: str | None = None
    inputs_sha256: str | None = Field(None, description="of protocol, tables and deck")

    @property
    def failed(self) -> bool:
        """Whether there is a protocol and it doesn't come through all stages."""
        return self.protocol is not None and not self.simulated


class Outcomes(Document):
    """What became of all reaction systems of a catalogue, in its order."""

    ncrobot: Literal["recipes/1"] = "recipes/1"
    entries: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Systems whose protocol doesn't come through."""
        return tuple(entry for entry in self.entries if entry.failed)

    @property
    def unwritten(self) -> tuple[Outcome, ...]:
        """Systems without a protocol."""
        return tuple(entry for entry in self.entries if entry.protocol is None)
