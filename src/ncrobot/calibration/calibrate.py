"""From a run's events to the arm's times: what is known, how well, and what remains unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ncrobot.calibration.combining import known_combinations
from ncrobot.calibration.fitting import Fit, at_bound, fit, is_told, margin
from ncrobot.calibration.observations import Observation, Observed, observe
from ncrobot.calibration.result import Calibration, Combination, Fitted, Knowledge
from ncrobot.calibration.terms import RATES, TERMS, as_coefficient, figures_of
from ncrobot.deck.layout import DeckLayout
from ncrobot.errors import Diagnostic, LabError
from ncrobot.events import Event

LEAST_ACTS = 20
"""Fewer acts than this are no basis for a layout's times."""
LEAST_ACTS_OF_TERM = 3
"""A figure that fewer acts contain is left as it is."""
_UNCERTAIN = 0.25
"""A figure whose 95 % margin exceeds this share of it is told as uncertain."""


def calibrate(events: Sequence[Event], deck: DeckLayout) -> Calibration:
    """Fit the arm's times to the acts of one run and compare them with a layout's.

    Raises:
        LabError: the run holds too few acts that can be used.
    """
    observed = observe(events)
    run = events[0].run if events else ""
    design_all = np.array([each.coefficients for each in observed.observations])
    acts = _acts_of_terms(observed.observations)
    terms = [i for i, name in enumerate(TERMS) if acts[name] >= LEAST_ACTS_OF_TERM]
    used = _usable(observed.observations, terms)
    if len(used) < LEAST_ACTS or not terms:
        raise _too_few(run, len(used), observed)
    design = design_all[used][:, terms]
    durations_s = np.array([observed.observations[i].duration_s for i in used])
    found = fit(design, durations_s)
    stated = figures_of(deck.arm.times)
    names = [TERMS[term] for term in terms]
    figures = {n: _figure(found, i, n, acts[n], stated) for i, n in enumerate(names)}
    errors_s = np.abs(found.residuals_s[found.kept])
    before_s = _errors_of_layout_s(design[found.kept], durations_s[found.kept], names, stated)
    aside_s = np.abs(found.residuals_s[~found.kept])
    return Calibration(
        run=run,
        simulated=any(event.simulated for event in events),
        deck=deck.name,
        observations=int(found.kept.sum()),
        outliers=len(aside_s),
        largest_outlier_s=float(aside_s.max(initial=0.0)),
        left_out=dict(observed.left_out),
        median_error_s=float(np.median(errors_s)),
        p95_error_s=float(np.percentile(errors_s, 95)),
        layout_median_error_s=float(np.median(before_s)),
        layout_p95_error_s=float(np.percentile(before_s, 95)),
        figures=tuple(figures.get(n) or _unseen(n, acts[n], stated) for n in TERMS),
        combinations=_combinations(found, design, names, list(figures.values()), stated),
        proposed=_proposed(found, names, figures, stated),
    )


def _acts_of_terms(observations: Sequence[Observation]) -> dict[str, int]:
    return {
        name: sum(each.coefficients[i] != 0 for each in observations)
        for i, name in enumerate(TERMS)
    }


def _usable(observations: Sequence[Observation], terms: Sequence[int]) -> list[int]:
    """Acts that consist of the terms in the fit only."""
    rare = set(range(len(TERMS))) - set(terms)
    return [
        i
        for i, each in enumerate(observations)
        if not any(each.coefficients[term] for term in rare)
    ]


def _too_few(run: str, usable: int, observed: Observed) -> LabError:
    reasons = "; ".join(f"{count} act(s) {why}" for why, count in observed.left_out.items())
    return LabError(
        Diagnostic(
            code="too-few-acts",
            message=f"run {run!r} holds too few acts of the arm to calibrate its times"
            + (f"; {reasons}" if reasons else ""),
            found=f"{usable} act(s) that can be used",
            allowed=f"at least {LEAST_ACTS}",
            fix="calibrate from a run with more transfers, of different volumes",
        )
    )


def _figure(found: Fit, term: int, name: str, acts: int, stated: dict[str, float]) -> Fitted:
    one = np.eye(len(found.x))[term]
    layout = stated.get(name)
    if not is_told(found, one):
        return Fitted(name, Knowledge.NOT_TOLD_APART, None, None, acts, layout)
    if at_bound(found, term):
        return Fitted(name, Knowledge.AT_BOUND, None, None, acts, layout)
    value, width = float(found.x[term]), margin(found, one)
    if name in RATES:
        value, width = 1.0 / value, None if width is None else width / value**2
    vague = width is None or width > _UNCERTAIN * value
    knowledge = Knowledge.UNCERTAIN if vague else Knowledge.KNOWN
    return Fitted(name, knowledge, value, width, acts, layout)


def _unseen(name: str, acts: int, stated: dict[str, float]) -> Fitted:
    knowledge = Knowledge.TOO_FEW if acts else Knowledge.NOT_OBSERVED
    return Fitted(name, knowledge, None, None, acts, stated.get(name))


def _errors_of_layout_s(
    design: Any, durations_s: Any, names: Sequence[str], stated: dict[str, float]
) -> Any:
    """How far the layout's own figures are from the same acts."""
    # Where the layout states no time for a plate move, the arm's travel stands for it.
    figures = {"move_plate_s": stated["travel_s"], **stated}
    return np.abs(durations_s - design @ [as_coefficient(n, figures[n]) for n in names])


def _combinations(
    found: Fit,
    design: Any,
    names: Sequence[str],
    figures: Sequence[Fitted],
    stated: dict[str, float],
) -> tuple[Combination, ...]:
    untold = [i for i, e in enumerate(figures) if e.knowledge is Knowledge.NOT_TOLD_APART]
    rates = {i for i, name in enumerate(names) if name in RATES}
    told = []
    for parts in known_combinations(found, untold, design, rates):
        terms = tuple((names[i], float(parts[i])) for i in untold if parts[i])
        known = all(name in stated for name, _ in terms)
        layout_s = sum(k * as_coefficient(n, stated[n]) for n, k in terms) if known else None
        told.append(Combination(terms, float(parts @ found.x), margin(found, parts), layout_s))
    return tuple(told)


def _proposed(
    found: Fit, names: Sequence[str], figures: dict[str, Fitted], stated: dict[str, float]
) -> dict[str, float]:
    """All figures for a layout: those that are told, and the rest as near as may be to before.

    Among all times that explain the acts equally well, the one whose relative changes from the
    layout's figures have the least sum of squares.
    """
    from scipy.optimize import lsq_linear  # noqa: PLC0415 - scipy is slow to import

    before = np.array([as_coefficient(n, stated.get(n, stated["travel_s"])) for n in names])
    x = found.x
    if found.unknown.shape[1]:
        free = found.unknown * found.scale[:, None]
        weight = 1.0 / before
        shift = lsq_linear(free * weight[:, None], (before - x) * weight).x
        x = x + free @ shift
    proposed = dict(stated)
    for i, name in enumerate(names):
        if figures[name].knowledge is Knowledge.AT_BOUND or not x[i] > 0:
            continue
        proposed[name] = float(1.0 / x[i] if name in RATES else x[i])
    return proposed
