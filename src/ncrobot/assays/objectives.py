"""Objectives of wells: which figure counts, what replicates say of its error, and its merit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from ncrobot.analysis.optical import Kinetics, first_order
from ncrobot.assays.measured import About
from ncrobot.assays.results import Course, Figure, GroupValue, ObjectiveValue
from ncrobot.protocol.objectives import Wanted


def objective_values(
    figures: Sequence[Figure], wells: Mapping[str, About], wanted: Mapping[str, Wanted]
) -> tuple[list[ObjectiveValue], list[GroupValue]]:
    """Every objective in every well, and over the replicates of every row.

    Controls have values, but don't count as replicates of a synthesis.
    """
    values: list[ObjectiveValue] = []
    groups: list[GroupValue] = []
    for name, each in wanted.items():
        chosen = _chosen(figures, name, each)
        scatter, pooled_over = _pooled(chosen, wells)
        values += [
            _value(chosen.get(well), about, (name, each), (scatter, pooled_over))
            for well, about in wells.items()
        ]
        groups += _groups(name, each, chosen, wells, scatter)
    return values, groups


def courses(
    figures: Sequence[Figure], wanted: Mapping[str, Wanted]
) -> tuple[list[Course], dict[tuple[str, str], Kinetics]]:
    """First-order fits of the objectives that ask for them, well by well."""
    found: list[Course] = []
    fits: dict[tuple[str, str], Kinetics] = {}
    for name, each in wanted.items():
        if not each.course:
            continue
        by_well: dict[str, list[Figure]] = defaultdict(list)
        for figure in _of(figures, name, each):
            if figure.value is not None and figure.since_s is not None:
                by_well[figure.well].append(figure)
        for well, points in by_well.items():
            fit = _fit(points)
            fits[name, well] = fit
            found.append(
                Course(
                    objective=name, well=well, verdict=fit.verdict.value, reason=fit.reason,
                    half_life_s=fit.half_life_s, half_life_error_s=fit.half_life_error_s,
                )
            )  # fmt: skip
    return found, fits


def _fit(points: Sequence[Figure]) -> Kinetics:
    """Errors are those of the figures; where one has none, the largest of the others counts."""
    errors = [point.error or 0.0 for point in points]
    values = [point.value or 0.0 for point in points]
    least = max([*errors, 0.01 * float(np.ptp(values)), 1e-9])
    told = [error if error > 0.0 else least for error in errors]
    return first_order([point.since_s or 0.0 for point in points], values, told)


def _of(figures: Sequence[Figure], name: str, wanted: Wanted) -> list[Figure]:
    return [
        each
        for each in figures
        if each.quantity == name and (wanted.step is None or each.step == wanted.step)
    ]


def _chosen(figures: Sequence[Figure], name: str, wanted: Wanted) -> dict[str, Figure]:
    """The figure of each well that counts: of the asked number, or the last one."""
    found: dict[str, Figure] = {}
    for each in sorted(_of(figures, name, wanted), key=lambda figure: figure.number):
        if wanted.number is None or each.number == wanted.number:
            found[each.well] = each
    return found


def _replicates(
    chosen: Mapping[str, Figure], wells: Mapping[str, About]
) -> dict[str, list[tuple[str, float]]]:
    """Wells with values of each row, syntheses only."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for well, figure in chosen.items():
        about = wells.get(well)
        if about is not None and about.kind == "synthesis" and figure.value is not None:
            found[about.group].append((well, figure.value))
    return found


def _pooled(chosen: Mapping[str, Figure], wells: Mapping[str, About]) -> tuple[float | None, int]:
    """Standard deviation of replicates, pooled over their groups, and how many groups there are."""
    squares, freedom, groups = 0.0, 0, 0
    for members in _replicates(chosen, wells).values():
        if len(members) > 1:
            values = np.array([value for _, value in members])
            squares += float(((values - values.mean()) ** 2).sum())
            freedom += len(members) - 1
            groups += 1
    return (float(np.sqrt(squares / freedom)) if freedom else None), groups


def _value(
    figure: Figure | None,
    about: About,
    objective: tuple[str, Wanted],
    pooled: tuple[float | None, int],
) -> ObjectiveValue:
    name, wanted = objective
    scatter, groups = pooled
    if figure is None:
        return ObjectiveValue(
            objective=name, well=about.well, name=about.name, group=about.group, value=None,
            unit=wanted.unit, doubt="not measured",
        )  # fmt: skip
    counts = scatter is not None and about.kind == "synthesis" and groups > 0
    beside = scatter if counts else wanted.error
    errors = [error for error in (figure.error, beside) if error is not None]
    return ObjectiveValue(
        objective=name, well=about.well, name=about.name, group=about.group, value=figure.value,
        error=max(errors) if errors and figure.value is not None else None,
        merit=wanted.merit(figure.value) if figure.value is not None else None,
        unit=wanted.unit, sample=figure.sample, number=figure.number, from_replicates=counts,
        doubt=figure.doubt,
    )  # fmt: skip


def _groups(
    name: str,
    wanted: Wanted,
    chosen: Mapping[str, Figure],
    wells: Mapping[str, About],
    scatter: float | None,
) -> list[GroupValue]:
    return [
        GroupValue(
            objective=name, group=group, mean=float(np.mean([value for _, value in members])),
            error=None if scatter is None else scatter / float(np.sqrt(len(members))),
            wells=tuple(well for well, _ in members), unit=wanted.unit,
        )
        for group, members in _replicates(chosen, wells).items()
    ]  # fmt: skip
