"""Which clusters the features of a spectrum speak for, and when they can't tell.

A place in a table is a window, and windows overlap: the 400 and 445 nm bands of a gold cluster lie
where a silver cluster's peak is expected. So a cluster is only named if no other that fits could
account for the same features.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from ncrobot.analysis.optical.clusters import Cluster, Expected, printed_clusters
from ncrobot.analysis.optical.features import Feature
from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum
from ncrobot.model import Document


class OpticalVerdict(StrEnum):
    """What a spectrum says about one cluster."""

    MATCHED = "matched"
    CANNOT_TELL = "cannot_tell"
    NOT_SEEN = "not_seen"


class ClusterMatch(Document):
    """One cluster in one spectrum.

    ``seen_nm`` are the places of the features that it accounts for. ``rivals`` account for the same
    ones. ``ask`` are methods that may tell more.
    """

    cluster: str
    verdict: OpticalVerdict
    reason: str
    seen_nm: tuple[float, ...] = ()
    missing_nm: tuple[float, ...] = ()
    not_read_nm: tuple[float, ...] = Field(
        (), description="beyond the range, saturated, or not placed well enough"
    )
    rivals: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()


class OpticalMatch(Document):
    """All clusters of the table against one spectrum, and the features that none accounts for."""

    clusters: tuple[ClusterMatch, ...]
    unexplained_nm: tuple[float, ...] = ()

    @property
    def matched(self) -> tuple[str, ...]:
        """The clusters that are named."""
        return tuple(c.cluster for c in self.clusters if c.verdict is OpticalVerdict.MATCHED)

    @property
    def possible(self) -> tuple[str, ...]:
        """The clusters that may be there."""
        return tuple(c.cluster for c in self.clusters if c.verdict is not OpticalVerdict.NOT_SEEN)


class _Fit:
    """How one cluster's expectations meet the features."""

    def __init__(
        self, cluster: Cluster, features: Sequence[Feature], spectrum: AbsorptionSpectrum
    ) -> None:
        self.cluster = cluster
        self.seen: dict[Expected, Feature] = {}
        self.missing: list[Expected] = []
        self.not_read: list[Expected] = []
        for expected in cluster.features:
            feature = _nearest(expected, features)
            if feature is not None:
                self.seen[expected] = feature
            elif _may_be_there(expected, features) or not spectrum.covers(*_window(expected)):
                self.not_read.append(expected)
            else:
                self.missing.append(expected)

    @property
    def is_refuted(self) -> bool:
        """Whether a peak that has to be there was looked for and isn't."""
        return any(each.kind == "peak" for each in self.missing)

    @property
    def is_unread(self) -> bool:
        """Whether a peak that has to be there couldn't be looked for, or not placed well enough."""
        return any(each.kind == "peak" for each in self.not_read)

    @property
    def places(self) -> frozenset[float]:
        """The places of the peaks that it accounts for."""
        return frozenset(f.wavelength_nm for e, f in self.seen.items() if e.kind == "peak")


def match_clusters(
    spectrum: AbsorptionSpectrum,
    features: Sequence[Feature],
    clusters: Iterable[Cluster] | None = None,
) -> OpticalMatch:
    """Compare the features of a spectrum with clusters; by default all printed ones.

    Hand in those that can be there, by the metals of the synthesis: each cluster that can't be
    there and isn't handed in makes the others easier to name.
    """
    rows = printed_clusters().clusters if clusters is None else tuple(clusters)
    fits = {row.name: _Fit(row, features, spectrum) for row in rows}
    judged = tuple(_judged(fit, fits) for fit in fits.values())
    explained = {
        feature.wavelength_nm
        for fit in fits.values()
        if not fit.is_refuted
        for feature in fit.seen.values()
    }
    left = [f.wavelength_nm for f in features if f.wavelength_nm not in explained]
    return OpticalMatch(clusters=judged, unexplained_nm=tuple(round(nm, 1) for nm in left))


def _judged(fit: _Fit, fits: Mapping[str, _Fit]) -> ClusterMatch:
    verdict, reason, rivals = _verdict(fit, fits)
    ask: tuple[str, ...] = ()
    if verdict is OpticalVerdict.CANNOT_TELL:
        ask = tuple(dict.fromkeys(other.method for other in fit.cluster.elsewhere))
    return ClusterMatch(
        cluster=fit.cluster.name,
        verdict=verdict,
        reason=reason,
        seen_nm=tuple(sorted(round(f.wavelength_nm, 1) for f in fit.seen.values())),
        missing_nm=tuple(sorted(each.nm for each in fit.missing)),
        not_read_nm=tuple(sorted(each.nm for each in fit.not_read)),
        rivals=rivals,
        ask=ask,
    )


def _verdict(fit: _Fit, fits: Mapping[str, _Fit]) -> tuple[OpticalVerdict, str, tuple[str, ...]]:
    if fit.is_refuted:
        places = _told(each.nm for each in fit.missing if each.kind == "peak")
        return OpticalVerdict.NOT_SEEN, f"no peak at {places}", ()
    if fit.is_unread:
        places = _told(each.nm for each in fit.not_read if each.kind == "peak")
        reason = f"what is at {places} wasn't read, is saturated, or can't be placed well enough"
        return OpticalVerdict.CANNOT_TELL, reason, ()
    rivals = tuple(
        name
        for name, other in fits.items()
        if other is not fit and not other.is_refuted and fit.places <= other.places
    )
    rivals = tuple(dict.fromkeys((*rivals, *fit.cluster.same_as)))
    if rivals:
        reason = f"others account for the same peaks: {', '.join(rivals)}"
        return OpticalVerdict.CANNOT_TELL, reason, rivals
    places = _told(sorted(fit.places))
    return OpticalVerdict.MATCHED, f"peak at {places}, and no other row accounts for it", ()


def _nearest(expected: Expected, features: Sequence[Feature]) -> Feature | None:
    """The feature closest to a printed place, within its tolerance and itself placed that well.

    A shoulder of the table may be a peak of the spectrum; a peak of the table isn't a shoulder.
    """
    fitting = [
        feature
        for feature in features
        if abs(feature.wavelength_nm - expected.nm) <= expected.within_nm
        and feature.error_nm <= expected.within_nm
        and (expected.kind == "shoulder" or feature.kind.value == "peak")
    ]
    return min(fitting, key=lambda each: abs(each.wavelength_nm - expected.nm), default=None)


def _may_be_there(expected: Expected, features: Sequence[Feature]) -> bool:
    """Whether a feature could lie at a printed place if its own error is counted."""
    return any(
        abs(feature.wavelength_nm - expected.nm) <= expected.within_nm + 2.0 * feature.error_nm
        and feature.error_nm > expected.within_nm / 4.0
        and (expected.kind == "shoulder" or feature.kind.value == "peak")
        for feature in features
    )


def _window(expected: Expected) -> tuple[float, float]:
    return expected.nm - expected.within_nm, expected.nm + expected.within_nm


def _told(places_nm: Iterable[float]) -> str:
    return " and ".join(f"{nm:.0f} nm" for nm in places_nm)
