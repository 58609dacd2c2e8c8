"""Picks the fewest candidates that explain a stretch of a spectrum as well as all of them do.

Whoever could stand in for a member of the smallest set is that member's rival. Several together
may imitate a member as well (that with one hydrogen more and that with one less), so each is also
left out with all others in.

A set is good enough if all candidates together don't lower the residual by more than noise does:
a likelihood-ratio test, halved because scales can't be negative (Self and Liang, J. Am. Stat.
Assoc. 1987, 82, 605), times the number of shifts that were tried. A rival is one whose likelihood
is more than the accepted chance of the chosen one's.

Besides noise, an instrument shows the heights of isotope lines with an error of their own. It
weighs on any difference of two fits as its square times the power of the fit, per line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from ncrobot.analysis.mass.fitting import EnvelopeFitter, Fit


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """``chosen`` candidates and their ``fit``; ``rivals`` of each, and ``chances`` without each.

    ``imitators`` of a chosen one are those that together would do for it. ``fits`` holds, for each
    candidate, the members that it was fitted with and the fit.
    """

    chosen: tuple[int, ...]
    fit: Fit
    rivals: dict[int, tuple[int, ...]]
    imitators: dict[int, tuple[int, ...]]
    chances: dict[int, float]
    fits: dict[int, tuple[tuple[int, ...], Fit]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Independent shifts that are tried, accepted chance, error of heights and number of lines."""

    trials: float
    most_chance: float
    line_error: float
    lines: float


class Selector:
    """Compares sets of ``count`` candidates on a region of so many ``points``."""

    def __init__(self, fitter: EnvelopeFitter, count: int, points: int, doubt: Doubt) -> None:
        self._fitter, self._count = fitter, count
        self._trials, self._most_chance = doubt.trials, doubt.most_chance
        self._known: dict[tuple[int, ...], Fit] = {}
        self._whole = self._fit(tuple(range(count)))
        model = self._whole.model
        self._variance = (
            self._whole.variance * points / self._whole.independent
            + doubt.line_error** 2 * float(model @ model) / max(1.0, doubt.lines)
        )

    def select(self) -> Selection:
        """Choose the smallest set, and find out who else could be in it."""
        chosen = self._without_needless(self._grown())
        fit = self._fit(chosen)
        rivals: dict[int, tuple[int, ...]] = {}
        chances: dict[int, float] = {}
        fits: dict[int, tuple[tuple[int, ...], Fit]] = {}
        for member in chosen:
            rest = _without(chosen, member)
            chances[member] = self._chance(self._fit(rest), fit, 1)
            rivals[member] = self._stand_ins(chosen, member, fits)
            fits[member] = (chosen, fit)
        for member, others in list(rivals.items()):
            for other in others:
                rivals[other] = tuple(sorted({*rivals.get(other, ()), member}))
                chances.setdefault(other, chances[member])
        for other in range(self._count):
            if other not in fits:
                fits[other] = self._beside(chosen, other, fit)
                chances[other] = self._chance(fit, fits[other][1], 1)
        imitators = {member: self._imitators(chosen, member) for member in chosen}
        return Selection(chosen, fit, rivals, imitators, chances, fits)

    def _fit(self, members: tuple[int, ...]) -> Fit:
        if members not in self._known:
            self._known[members] = self._fitter.fit(list(members))
        return self._known[members]

    def _chance(self, fewer: Fit, more: Fit, difference: int) -> float:
        """Probability that noise alone makes the difference between two fits."""
        if self._variance <= 0.0:
            return 0.0 if fewer.rss > more.rss else 1.0
        drop = max(0.0, fewer.rss - more.rss) / self._variance
        return float(min(1.0, 0.5 * self._trials * chi2.sf(drop, max(1, difference))))

    def _likelihood(self, other: Fit, chosen: Fit) -> float:
        """How likely one fit is beside another of as many members."""
        if self._variance <= 0.0:
            return 1.0 if other.rss <= chosen.rss else 0.0
        return float(np.exp(-0.5 * max(0.0, other.rss - chosen.rss) / self._variance))

    def _is_enough(self, members: tuple[int, ...]) -> bool:
        missing = self._count - len(members)
        if not missing:
            return True
        return self._chance(self._fit(members), self._whole, missing) > self._most_chance

    def _grown(self) -> tuple[int, ...]:
        """Add the candidate that helps most until none helps and the set is good enough."""
        members: tuple[int, ...] = ()
        while len(members) < self._count:
            outside = [each for each in range(self._count) if each not in members]
            sets = [tuple(sorted((*members, each))) for each in outside]
            best = min(sets, key=lambda each: self._fit(each).rss)
            gain = len(outside) * self._chance(self._fit(members), self._fit(best), 1)
            if gain > self._most_chance and self._is_enough(members):
                break
            members = best
        return members

    def _without_needless(self, members: tuple[int, ...]) -> tuple[int, ...]:
        for member in members:
            rest = _without(members, member)
            loss = self._chance(self._fit(rest), self._fit(members), 1)
            if loss > self._most_chance and self._is_enough(rest):
                return self._without_needless(rest)
        return members

    def _stand_ins(
        self,
        chosen: tuple[int, ...],
        member: int,
        fits: dict[int, tuple[tuple[int, ...], Fit]],
    ) -> tuple[int, ...]:
        """Candidates that would do instead of a member; their fits are kept."""
        rest, found = _without(chosen, member), []
        for other in range(self._count):
            if other in chosen:
                continue
            swapped = tuple(sorted((*rest, other)))
            if self._likelihood(self._fit(swapped), self._fit(chosen)) > self._most_chance:
                found.append(other)
                fits.setdefault(other, (swapped, self._fit(swapped)))
        return tuple(found)

    def _imitators(self, chosen: tuple[int, ...], member: int) -> tuple[int, ...]:
        """Candidates that together would do for a member; empty if they wouldn't."""
        others = _without(tuple(range(self._count)), member)
        fit = self._fit(others)
        if not others or self._chance(fit, self._whole, 1) <= self._most_chance:
            return ()
        grown = [
            (fit.scales[place], other) for place, other in enumerate(others) if other not in chosen
        ]
        most = max((scale for scale, _ in grown), default=0.0)
        return tuple(other for scale, other in grown if scale > 0.1 * most > 0.0)

    def _beside(self, chosen: tuple[int, ...], other: int, fit: Fit) -> tuple[tuple[int, ...], Fit]:
        """Fit a candidate beside the chosen ones, at their shift, for its upper limit."""
        members = tuple(sorted((*chosen, other)))
        return members, self._fitter.fit_at(list(members), fit.shift_mz)


def _without(members: tuple[int, ...], member: int) -> tuple[int, ...]:
    return tuple(each for each in members if each != member)
