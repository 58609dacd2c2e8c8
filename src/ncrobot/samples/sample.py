"""A sample: what it is, where it came from and where it stands; and what went into it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from ncrobot.model import Document

Serves = Literal["uvvis", "hplc_ms", "other"]


class SampleFate(StrEnum):
    """What became of the taking of a sample; ``unknown``: nobody knows whether it was taken."""

    PLANNED = "planned"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    UNKNOWN = "unknown"


class Sample(Document):
    """One aliquot. Times in seconds of the run's clock, dates in UTC (ISO 8601), volumes in µL.

    ``since_s`` is its age as a reaction: from the last addition that its step counts from, until it
    was taken; ``wished_since_s`` is what the protocol asks for.
    """

    id: str
    run: str
    step: str
    operation: str
    well: str
    name: str = Field(description="of the synthesis, as the table names it")
    kind: str = Field(description="as the table has it: a synthesis, a replicate, a control")
    place: str = Field(description="labware and well in which it stands")
    serves: Serves
    number: int = Field(ge=1, description="counts the samples of this step and well")
    fate: SampleFate
    planned_s: float | None = None
    taken_s: float | None = None
    taken_at: str | None = None
    since_s: float | None = None
    wished_since_s: float | None = None
    planned_ul: float = Field(gt=0)
    taken_ul: float | None = None
    diluent: str | None = Field(None, description="stock that it was put into")
    diluent_ul: float = Field(0.0, ge=0)
    stable_for_s: float | None = None
    priority: int = 0
    well_status: str = "ok"
    values: dict[str, float] = Field(default_factory=dict, description="of its row of the table")
    choices: dict[str, str] = Field(default_factory=dict)
    replicate_of: str | None = None
    simulated: bool
    note: str = ""

    @property
    def dilution(self) -> float:
        """By what factor it is thinner than what stood in the well."""
        volume_ul = self.taken_ul or self.planned_ul
        return (volume_ul + self.diluent_ul) / volume_ul

    @property
    def position(self) -> str:
        """The well of the sample plate."""
        return self.place.partition("/")[2]

    @property
    def labware(self) -> str:
        """The sample plate."""
        return self.place.partition("/")[0]


class Contribution(Document):
    """One delivery into the well before the sample was taken: from which lot of which stock.

    ``working_of`` is the stock that this one was diluted from on the deck.
    """

    operation: str
    stock: str | None
    lot: int | None
    source: str
    volume_ul: float
    umol: dict[str, float]
    delivered_s: float
    age_s: float | None = None
    active_fraction: float | None = None
    portion: int | None = None
    working_of: str | None = None


class Lineage(Document):
    """All that went into a sample's well before it, what was taken out before, and what thinned it.

    ``share`` is the part of the well's liquid that the sample is.
    """

    sample: Sample
    contributions: tuple[Contribution, ...]
    removed_before_ul: float = 0.0
    thinned_with: tuple[Contribution, ...] = ()

    @property
    def share(self) -> float | None:
        """What part of the liquid then in the well was taken; None if nothing was in it."""
        there_ul = sum(each.volume_ul for each in self.contributions) - self.removed_before_ul
        taken_ul = self.sample.taken_ul or self.sample.planned_ul
        return taken_ul / there_ul if there_ul > 0.0 else None

    def lots(self) -> tuple[tuple[str, int | None], ...]:
        """Every stock with its lot that went into it, each once."""
        pairs = [
            (each.stock, each.lot)
            for each in (*self.contributions, *self.thinned_with)
            if each.stock is not None
        ]
        return tuple(dict.fromkeys(pairs))
