"""What answers for samples on simulated instruments: nothing but solvent, or an exchange reaction.

An answer is made from the samples of a run (their documents), and asked by place and by data file.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ncrobot_sim.instruments.memory import Line
from ncrobot_sim.instruments.mzml import Run

Array = NDArray[np.float64]


class SampleLike(Protocol):
    """What is looked at of a sample."""

    @property
    def place(self) -> str:
        """Labware and well."""

    @property
    def well(self) -> str:
        """The well that it was taken from."""

    @property
    def number(self) -> int:
        """Counts the samples of a step and well."""

    @property
    def step(self) -> str:
        """The step that took it."""

    @property
    def kind(self) -> str:
        """A synthesis, or a control of the protocol."""

    @property
    def since_s(self) -> float | None:
        """How long its reaction went on."""

    @property
    def dilution(self) -> float:
        """By what factor it is thinner than the well."""

    @property
    def values(self) -> Mapping[str, float]:
        """Its row of the table."""


class BlankResponse:
    """Clear solvent everywhere: 0 AU, and a flat trace. It carries no chemistry."""

    def __init__(self, samples: Sequence[Any]) -> None:
        del samples

    def optical(self, place: str, wavelengths_nm: Sequence[float]) -> Sequence[float]:
        """Absorbance of solvent."""
        del place
        return [0.0] * len(wavelengths_nm)

    def injection(self, line: Line) -> Run:
        """A trace without peaks."""
        del line
        minutes = np.linspace(0.0, 40.0, 4001)
        return Run(minutes, np.zeros(minutes.size))


# Places (nm), widths (nm) and heights (AU of the whole cluster in 1 cm) of bands. Only where it
# changes is printed, 450 to 550 nm: nothing at first, then a split band (Chem. Sci. 2026, 17, 6931,
# figure 4). All figures here are assumed, for a test object and no prediction.
_BANDS: Mapping[str, Sequence[tuple[float, float, float]]] = {
    "parent": ((330.0, 45.0, 1.1), (400.0, 40.0, 0.5), (620.0, 70.0, 0.12)),
    "mixed": ((335.0, 45.0, 1.1), (410.0, 45.0, 0.5), (610.0, 70.0, 0.13)),
    "target": ((340.0, 45.0, 1.1), (470.0, 14.0, 0.35), (525.0, 15.0, 0.30), (640.0, 60.0, 0.12)),
    "other": ((345.0, 45.0, 1.1), (430.0, 50.0, 0.45), (630.0, 70.0, 0.13)),
}
# Retention times as printed (same paper); that of the mixed clusters is assumed to lie between.
_RETENTION_MIN = {"parent": 10.0, "mixed": 17.0, "target": 24.2, "other": 27.0}
_HALF_LIFE_S = {"first": 420.0, "second": 1500.0}
"""Of the parent and of the mixed clusters (assumed, so that 20 min are before, 90 min after)."""
_LOST = 0.12
"""Share that ends as another cluster (assumed)."""


class ExchangeResponse:
    """Parent to mixed to target clusters, one after the other, first order; a share goes astray.

    More thiol per ligand makes the first step quicker; more dithiol sends less astray.
    """

    def __init__(self, samples: Sequence[SampleLike]) -> None:
        self._by_place = {each.place: each for each in samples}
        self._by_name = {(each.well, f"{each.step}-{each.number}"): each for each in samples}

    def optical(self, place: str, wavelengths_nm: Sequence[float]) -> Sequence[float]:
        """Absorbance in a well of a plate with its walls, thinned, noisy."""
        waves = np.asarray(wavelengths_nm, dtype=np.float64)
        chance = np.random.default_rng(_seed(place))
        plate_au = 0.045 + 0.01 * chance.random()
        noise = 0.001 * chance.standard_normal(waves.size)
        sample = self._by_place.get(place)
        absorbed = np.zeros(waves.size) if sample is None else self._absorbed(sample, waves)
        return [float(each) for each in absorbed + plate_au + noise]

    def injection(self, line: Line) -> Run:
        """A trace of 40 min with a peak for each cluster; controls show solvent."""
        minutes = np.linspace(0.0, 40.0, 4001)
        chance = np.random.default_rng(_seed(line.file_name))
        signal = 0.2 * chance.standard_normal(minutes.size) + 0.05 * minutes
        sample = self._sample_of(line.file_name)
        if sample is not None:
            for name, share in self._shares(sample).items():
                signal += (
                    300.0
                    / sample.dilution
                    * 10.0
                    * share
                    * _peak(minutes, _RETENTION_MIN[name] + 0.02 * chance.standard_normal())
                )
        return Run(minutes, signal)

    def _sample_of(self, file_name: str) -> SampleLike | None:
        parts = file_name.split("_", 2)
        return self._by_name.get((parts[1], parts[2])) if len(parts) == 3 else None

    def _absorbed(self, sample: SampleLike, waves: Array) -> Array:
        total = np.zeros(waves.size)
        for name, share in self._shares(sample).items():
            for place, width, height in _BANDS[name]:
                total += share * height * np.exp(-0.5 * ((waves - place) / width) ** 2)
        return 2.0 * total / sample.dilution

    def _shares(self, sample: SampleLike) -> dict[str, float]:
        """Shares of the four kinds of clusters; without dithiol all goes astray."""
        if sample.kind in {"blank", "no_thiol"}:  # nothing there, or insoluble
            return {}
        time_s = sample.since_s or 0.0
        thiol = sample.values.get("thiol_per_cluster", 4302.0) / 4302.0
        dithiol = sample.values.get("dithiol_per_cluster", 216.0) / 216.0
        random_part = 1.0 + 0.05 * random.Random(_seed(sample.well)).gauss(0.0, 1.0)  # noqa: S311
        first = math.log(2.0) / _HALF_LIFE_S["first"] * thiol**0.5 * random_part
        second = math.log(2.0) / _HALF_LIFE_S["second"] * random_part
        parent = math.exp(-first * time_s)
        mixed = first / (second - first) * (parent - math.exp(-second * time_s))
        done = max(0.0, 1.0 - parent - mixed)
        is_lost = sample.kind == "no_dithiol"
        lost = 1.0 if is_lost else min(0.9, _LOST * (1.0 / max(dithiol, 0.01)) ** 0.5)
        return {"parent": parent, "mixed": mixed, "target": done * (1 - lost), "other": done * lost}


def _peak(minutes: Array, centre_min: float) -> Array:
    bell: Array = np.exp(-0.5 * ((minutes - centre_min) / 0.15) ** 2)
    return bell


def _seed(word: str) -> int:
    return int.from_bytes(word.encode()[-8:], "little")
