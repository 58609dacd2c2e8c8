"""What an analysis came to: figures of samples, verdicts, courses, and objectives with errors."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import Field

from ncrobot.analysis.chromatography import PeakList
from ncrobot.analysis.mass import Match
from ncrobot.analysis.optical import (
    Corrected,
    Feature,
    Kinetics,
    OpticalMatch,
    Unmixed,
)
from ncrobot.assays.measured import About
from ncrobot.model import Document


class Figure(Document):
    """One figure of one sample; ``value`` is None where it can't be told, and ``doubt`` says why.

    ``error`` is one standard error, from the measurement alone.
    """

    sample: str
    well: str
    step: str
    number: int
    since_s: float | None
    quantity: str
    value: float | None
    error: float | None = None
    unit: str = ""
    doubt: str = ""


class ObjectiveValue(Document):
    """An objective in one well. ``error`` is one standard error of a single well.

    ``from_replicates``: it is what replicate wells scatter by, pooled over ``replicate_groups``;
    else it is that of the measurement alone, and says nothing of the synthesis.
    """

    objective: str
    well: str
    name: str
    group: str
    value: float | None
    error: float | None = None
    merit: float | None = Field(None, description="what is to be maximised")
    unit: str = ""
    sample: str | None = None
    number: int | None = None
    from_replicates: bool = False
    doubt: str = ""


class GroupValue(Document):
    """An objective over the replicates of one row: mean, standard error of the mean, how many."""

    objective: str
    group: str
    mean: float
    error: float | None
    wells: tuple[str, ...]
    unit: str = ""


class Course(Document):
    """How a figure changed in one well: its values, and what a first-order fit says."""

    objective: str
    well: str
    verdict: str
    reason: str
    half_life_s: float | None = None
    half_life_error_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OpticalResult:
    """What one absorption spectrum came to."""

    about: About
    corrected: Corrected
    features: tuple[Feature, ...]
    match: OpticalMatch
    unmixed: Unmixed | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ElutionResult:
    """What one chromatogram came to; ``names`` are the substances of its peaks, or None."""

    about: About
    peaks: PeakList
    names: tuple[str | None, ...]
    moved_by: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class MassResult:
    """What the mass spectra of one sample came to."""

    about: About
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """All of it. ``problems`` are measurements that couldn't be analysed, and why."""

    figures: tuple[Figure, ...] = ()
    objectives: tuple[ObjectiveValue, ...] = ()
    groups: tuple[GroupValue, ...] = ()
    courses: tuple[Course, ...] = ()
    optical: tuple[OpticalResult, ...] = ()
    elution: tuple[ElutionResult, ...] = ()
    mass: tuple[MassResult, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    kinetics: dict[tuple[str, str], Kinetics] = field(default_factory=dict)
