"""What is made of measurements, and what is wanted of them (``analysis/1``)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from ncrobot.analysis.chromatography import PeakSettings, RetentionWindow, check_windows
from ncrobot.analysis.mass import Resolution
from ncrobot.analysis.optical import Cluster
from ncrobot.errors import nearest_word
from ncrobot.model import Document
from ncrobot.protocol.objectives import (
    AreaRatio,
    AreaShare,
    FigureMeasure,
    GivenFigure,
    IonShare,
    Nanometres,
    PeakArea,
    UnmixedAmount,
    Wanted,
    names_of,
)
from ncrobot.settings import FlawError, FlawsError, Word, load_settings


class OpticalSettings(Document):
    """How absorption spectra are corrected and what they are compared with.

    ``blanks`` are kinds of controls whose wells hold everything but what absorbs. The path is
    ``path_cm``, or the volume over ``well_area_mm2``. ``references`` are spectra in files of ours.
    """

    blanks: tuple[str, ...] = ("blank",)
    path_cm: float | None = Field(None, gt=0)
    well_area_mm2: float | None = Field(None, gt=0, description="of the plate that is read")
    saturation_au: float = Field(3.0, gt=0)
    offset_nm: tuple[Nanometres, Nanometres] | None = None
    smoothing_nm: float = Field(0.0, ge=0)
    metals: tuple[str, ...] = Field((), description="only clusters of these are thought of")
    clusters: tuple[Cluster, ...] = Field(
        (), description="beside the printed ones; one of the same name stands in its place"
    )
    references: dict[Word, Path] = Field(default_factory=dict)
    assumed: str | None = None


class ElutionSettings(Document):
    """How chromatograms are read. ``lock`` names a window that the references' peak sets right."""

    windows: tuple[RetentionWindow, ...] = Field(min_length=1)
    peaks: PeakSettings = PeakSettings()
    lock: str | None = None
    start_min: float = Field(0.0, ge=0, description="what elutes before doesn't count")
    carry_over_limit: float = Field(
        0.001, gt=0, lt=1, description="share of a peak that may be left in the blank after it"
    )
    assumed: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        try:
            check_windows(self.windows)
        except ValueError as error:
            raise FlawError(str(error), code="windows", at=("windows",)) from error
        if self.lock is not None and self.lock not in {each.name for each in self.windows}:
            raise FlawError(
                "lock names no window", code="windows", at=("lock",), found=self.lock,
                allowed=", ".join(each.name for each in self.windows),
            )  # fmt: skip
        return self

    def names(self) -> tuple[str, ...]:
        """The substances that have a window."""
        return tuple(each.name for each in self.windows)


class MassSettings(Document):
    """Which ions are looked for, and how well the instrument tells them."""

    candidates: tuple[str, ...] = Field(min_length=1)
    resolution: Resolution
    tolerance_ppm: float = Field(20.0, gt=0)


class AnalysisSettings(Document):
    """What is made of the measurements of a protocol's runs."""

    ncrobot: Literal["analysis/1"]
    protocol: str | None = Field(None, description="name of the protocol that it is for")
    optical: OpticalSettings = OpticalSettings()
    elution: ElutionSettings | None = None
    mass: MassSettings | None = None
    objectives: dict[Word, Wanted] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _objectives_can_be_measured(self) -> Self:
        flaws = [
            flaw
            for name, wanted in self.objectives.items()
            if (flaw := self._flaw(name, wanted.from_)) is not None
        ]
        if flaws:
            raise FlawsError(flaws)
        return self

    def _flaw(self, name: str, measure: FigureMeasure) -> FlawError | None:
        known: tuple[str, ...]
        if isinstance(measure, UnmixedAmount):
            known, where = tuple(self.optical.references), "references"
        elif isinstance(measure, PeakArea | AreaShare | AreaRatio):
            known = self.elution.names() if self.elution is not None else ()
            where = "windows"
        elif isinstance(measure, IonShare):
            known = self.mass.candidates if self.mass is not None else ()
            where = "candidates"
        else:
            return None
        missing = next((each for each in names_of(measure) if each not in known), None)
        if missing is None:
            return None
        near = nearest_word(missing, known)
        return FlawError(
            f"{missing!r} isn't among the {where}", code="unknown-name",
            at=("objectives", name, "from", "of"), found=missing, allowed=", ".join(known) or None,
            fix=f"did you mean {near!r}?" if near else f"describe it under {where}",
        )  # fmt: skip


def load_analysis(path: Path) -> AnalysisSettings:
    """Read an analysis file; its relative paths are from its own folder.

    Raises:
        LabError: it can't be read, or is wrong; carries every finding with line and field.
    """
    settings = load_settings(AnalysisSettings, path).settings
    folder = path.resolve().parent
    references = {name: folder / file for name, file in settings.optical.references.items()}
    objectives = {name: _placed(each, folder) for name, each in settings.objectives.items()}
    optical = settings.optical.model_copy(update={"references": references})
    return settings.model_copy(update={"optical": optical, "objectives": objectives})


def _placed(wanted: Wanted, folder: Path) -> Wanted:
    if not isinstance(wanted.from_, GivenFigure) or wanted.from_.file is None:
        return wanted
    measure = wanted.from_.model_copy(update={"file": folder / wanted.from_.file})
    return wanted.model_copy(update={"from_": measure})
