"""What a spectrum says about a candidate ion, and when it is enough."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from ncrobot.model import Document


class Verdict(StrEnum):
    """What a spectrum says about one candidate."""

    MATCHED = "matched"
    CANNOT_TELL = "cannot_tell"
    OTHER_SIGNAL = "other_signal"
    NOT_SEEN = "not_seen"


class Limits(Document):
    """When a match is accepted; the defaults were set on simulated spectra.

    ``least_score`` accepts a shape, below ``least_doubtful_score`` it is another signal's.
    ``most_chance`` is the probability that noise alone does as well. ``least_recorded_share`` of
    the envelope has to lie in the recorded m/z. ``least_cosine_of_noise`` is how well the shape has
    to be seen in the noise. ``least_lines`` isotope lines have to stand above it.
    ``least_contrast`` of the valleys shows the spacing. ``line_error`` is how far the instrument
    shows the height of an isotope line wrongly, as a share (assumed; a known ion tells).
    ``prefer_fewest``: one ion is matched even if a mixture of other candidates would look the same.
    """

    least_score: float = Field(default=0.9, gt=0.0, lt=1.0)
    least_doubtful_score: float = Field(default=0.6, gt=0.0, lt=1.0)
    most_chance: float = Field(default=1e-3, gt=0.0, lt=1.0)
    least_recorded_share: float = Field(default=0.9, gt=0.0, le=1.0)
    least_cosine_of_noise: float = Field(default=0.7, gt=0.0, lt=1.0)
    least_lines: int = Field(default=3, ge=2)
    least_contrast: float = Field(default=0.1, gt=0.0, lt=1.0)
    line_error: float = Field(default=0.05, ge=0.0, lt=1.0)
    prefer_fewest: bool = False


class Match(Document):
    """One candidate in one spectrum.

    ``score`` is the cosine between data (without background) and fit, divided by the cosine that
    the noise alone would leave; ``cosine`` is before that division; both are None if nothing needs
    this ion. ``area`` is the fitted intensity times m/z, with its standard error; ``upper_area`` is
    three standard errors above it. ``height`` is that of the fitted envelope. ``chance`` is the
    probability of so good a fit if the ion were not there. ``lines_seen`` isotope lines stand three
    times above the noise. ``charge_confirmed``: they are resolved, so that their spacing shows the
    charge. ``rivals`` are candidates that explain the same signal as well, ``imitators`` those that
    do so together.
    """

    ion: str
    charge: int
    verdict: Verdict
    reason: str
    low_mz: float
    high_mz: float
    mean_mz: float
    score: float | None = None
    cosine: float | None = None
    shift_ppm: float | None = None
    area: float = 0.0
    area_error: float | None = None
    upper_area: float | None = None
    height: float = 0.0
    chance: float = 1.0
    recorded_share: float = 0.0
    lines_seen: int = 0
    charge_confirmed: bool = False
    rivals: tuple[str, ...] = ()
    imitators: tuple[str, ...] = ()
