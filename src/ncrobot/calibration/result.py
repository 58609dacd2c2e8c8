"""What a calibration found out: figures, combinations of figures, and what remains unknown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ncrobot.calibration.terms import RATES


class Knowledge(StrEnum):
    """What a run tells about one figure."""

    KNOWN = "known"
    UNCERTAIN = "uncertain"
    NOT_TOLD_APART = "not_told_apart"
    AT_BOUND = "at_bound"
    TOO_FEW = "too_few_acts"
    NOT_OBSERVED = "not_observed"


@dataclass(frozen=True, slots=True)
class Fitted:
    """One figure of the layout's times; ``value`` is None where the run doesn't tell it.

    ``margin`` is half the width of the 95 % confidence interval, in the figure's unit.
    """

    name: str
    knowledge: Knowledge
    value: float | None
    margin: float | None
    acts: int
    layout: float | None

    @property
    def unit(self) -> str:
        """The unit of the figure."""
        return "µL/s" if self.name in RATES else "s"


@dataclass(frozen=True, slots=True)
class Combination:
    """A sum of figures that is known although its parts can't be told apart.

    ``terms`` holds name and factor; the factor of a rate is the µL that flow at it.
    """

    terms: tuple[tuple[str, float], ...]
    value_s: float
    margin_s: float | None
    layout_s: float | None

    @property
    def formula(self) -> str:
        """The combination as a sum: ``travel_s + 50 µL / aspirate_ul_per_s``."""
        parts = []
        for name, factor in self.terms:
            if name in RATES:
                parts.append(f"{factor:g} µL / {name}")
            else:
                parts.append(name if factor == 1 else f"{factor:g} × {name}")
        return " + ".join(parts)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The arm's times as one run shows them.

    ``outliers`` are acts that took so much longer or shorter than the others of their kind that
    they were set aside; ``left_out`` counts acts that can't be used, by reason. ``proposed`` is a
    whole set of figures for the layout: what is known is taken over, and what isn't stays as near
    to the layout's figures as the known combinations let it.
    """

    run: str
    simulated: bool
    deck: str
    observations: int
    outliers: int
    largest_outlier_s: float
    left_out: dict[str, int]
    median_error_s: float
    p95_error_s: float
    layout_median_error_s: float
    layout_p95_error_s: float
    figures: tuple[Fitted, ...]
    combinations: tuple[Combination, ...]
    proposed: dict[str, float]

    def fitted(self, name: str) -> Fitted:
        """The figure of this name."""
        return next(figure for figure in self.figures if figure.name == name)

    def named(self, *knowledge: Knowledge) -> tuple[str, ...]:
        """Names of the figures of which the run tells so much."""
        return tuple(each.name for each in self.figures if each.knowledge in knowledge)
