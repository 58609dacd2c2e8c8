"""The step that brings a well to a pH: by a calculated, a measured or a steered dose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, raise_all
from ncrobot.protocol.dosing import Dosing
from ncrobot.protocol.values import PH, Count, Duration, Ratio, Speed, Volume


class TitrationPoint(Document):
    """One point of a measured titration: so much of the stock in all, and the pH then."""

    added: Volume = Field(description="volume of the stock so far, from the beginning")
    ph: PH = Field(description="what was read then")


class Titration(Document):
    """A titration of the same mixture, measured beforehand: the dose is read off it.

    The volumes belong to ``of`` a volume of the mixture; a well gets them in proportion.
    """

    of: Volume = Field(description="volume of the mixture that was titrated")
    points: tuple[TitrationPoint, ...] = Field(
        min_length=2, max_length=500, description="with rising volume; the pH goes one way"
    )
    source: str = Field(min_length=5, description="who measured it, when, how")

    @model_validator(mode="after")
    def _runs_one_way(self) -> Titration:
        added = [point.added.value for point in self.points if point.added.value is not None]
        read = [point.ph.value for point in self.points if point.ph.value is not None]
        if len(added) < len(self.points) or len(read) < len(self.points):
            raise FlawError(
                "a measured curve has figures, no parameters", code="bad-value", at=("points",)
            )
        rises = all(a < b for a, b in pairwise(added))
        one_way = all(a < b for a, b in pairwise(read)) or all(a > b for a, b in pairwise(read))
        if not (rises and one_way):
            raise FlawError(
                "the points of a titration go on with rising volume, and the pH only one way",
                code="titration-turns",
                at=("points",),
                fix="sort them by volume, and leave out points that are within the noise",
            )
        return self


class Steered(Document):
    """How a dose is steered by a probe: dose, mix, wait, read, dose."""

    within: Ratio = Field(description="how near to the pH is there, in units of pH")
    doses: Count = Field(description="at most so many")
    wait: Duration = Field(description="after each dose, before the probe is read")
    mix_speed: Speed | None = Field(None, description="the shaker mixes after each dose")
    mix_for: Duration | None = Field(None, description="how long it mixes, or is waited")

    @model_validator(mode="after")
    def _mixed(self) -> Steered:
        if (self.mix_speed is None) != (self.mix_for is None):
            missing = "mix_speed" if self.mix_speed is None else "mix_for"
            raise FlawError(
                "mix_speed and mix_for belong together",
                code="missing-field",
                fix=f"write {missing}: too, or leave out both",
            )
        return self


class AdjustPh(Dosing):
    """Add acid or base: a dose, or what reaches a pH (``to``).

    What reaches it is calculated, or read off a measured ``titration``, or found out well by well
    with a probe (``steered``), by a pump.
    """

    do: Literal["adjust_ph"]
    to: PH | None = None
    max_volume: Volume | None = Field(
        None, description="refuse a dose above this; steered: never add more"
    )
    titration: Titration | None = Field(
        None,
        description="a measured curve that the dose is read off, or the guide of a steered one",
    )
    steered: Steered | None = Field(
        None, description="dose by dose by a pump, with a probe beside its outlet"
    )

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """As for any dose, or a target pH."""
        return (*super().ways(), "to")

    @model_validator(mode="after")
    def _to_a_ph(self) -> AdjustPh:
        raise_all(list(self._flaws_of_aim()))
        return self

    def _flaws_of_aim(self) -> Iterator[FlawError]:
        given = [n for n in ("titration", "steered") if getattr(self, n) is not None]
        if given and self.to is None:
            yield FlawError(
                f"{given[0]} needs a pH to reach",
                code="missing-field",
                at=(given[0],),
                fix="write to: with the pH, instead of a dose",
            )
        if self.steered is None:
            return
        if self.max_volume is None:
            yield FlawError(
                "a steered dose needs a limit",
                code="missing-field",
                at=("steered",),
                fix="write max_volume: the most that a well may take",
            )
        if self.over is not None or self.batching not in ("auto", "pump"):
            at = "over" if self.over is not None else "batching"
            yield FlawError(
                "a steered dose comes from a pump, dose by dose",
                code="one-of",
                at=(at,),
                fix=f"leave out {at}",
            )
