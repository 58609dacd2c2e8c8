"""What the protocol asks for in a well: the volume of every dose, from one set of linear equations.

Every way to tell a dose is linear in the volumes of all doses of the well. With s the strength of
a dose's stock in µmol/µL, V the final volume and w the µmol (or metal atoms) of the reference in
one µL of another dose's stock::

    volume                  v = given
    amount                  s v = n
    concentration           s v = c V
    equivalents             s v = r (sum of w_j v_j over the other doses)
    inverse equivalents   r s v = sum of w_j v_j
    electrons per metal   e s v = x (sum of metal atoms), e electrons a molecule
    make-up                 sum of all v_j = V
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncrobot.auditor.facts import Case, is_done, optional_value, value_of
from ncrobot.auditor.report import Compared
from ncrobot.auditor.strengths import metal_atoms
from ncrobot.protocol import Add, AdjustPh, Condition, Dosing, Protocol, Reduce, Role

Equation = tuple[npt.NDArray[np.float64], float]


@dataclass(frozen=True, slots=True)
class AskedWell:
    """The doses of one well: total µL of stock by the place of the step, and portions of each."""

    row: Condition
    volume_ul: Mapping[int, float]
    portions: Mapping[int, int]
    final_ul: float


def is_calculated(step: Dosing) -> bool:
    """Whether the compiler chooses the dose so that the well reaches a pH."""
    return isinstance(step, AdjustPh) and step.to is not None


def is_make_up(step: Dosing) -> bool:
    """Whether the dose fills the well up to its final volume."""
    return isinstance(step, Add) and step.make_up


def omitted_stocks(protocol: Protocol, row: Condition) -> set[str]:
    """The stocks that a control row leaves out."""
    control = protocol.controls.get(row.kind)
    left_out = control.omit if control is not None else ()
    return {name for name, stock in protocol.stocks.items() if stock.of in left_out}


def ask(case: Case, row: Condition, calculated_ul: Mapping[int, float]) -> AskedWell | None:
    """The doses of one row; ``calculated_ul`` are the delivered volumes of calculated pH doses.

    Ratios count the references that a control leaves out as if they were there. None if the
    protocol's equations have no single answer.
    """
    doses = case.doses
    final_ul = value_of(case.protocol.vessel.final_volume, row)
    if not doses:
        return AskedWell(row, {}, {}, final_ul)
    places = {index: column for column, index in enumerate(doses)}
    equations = [
        _equation(case, row, index, places, calculated_ul.get(index, 0.0)) for index in doses
    ]
    matrix = np.array([coefficients for coefficients, _ in equations])
    try:
        nominal = np.linalg.solve(matrix, np.array([constant for _, constant in equations]))
    except np.linalg.LinAlgError:
        case.notes.differ(
            "no-single-answer",
            "the doses that the protocol asks for can't be worked out: a ratio without reference, "
            "or a stock of unknown strength",
            Compared("doses", "one volume for each dose", "none or many"),
            well=row.well,
        )
        return None
    volumes = {index: float(nominal[column]) for index, column in places.items()}
    left_out = omitted_stocks(case.protocol, row)
    for index, step in doses.items():
        if step.stock in left_out:
            volumes[index] = 0.0
    for index, step in doses.items():
        if is_make_up(step) and step.stock not in left_out and is_done(step, row):
            volumes[index] = final_ul - sum(v for other, v in volumes.items() if other != index)
    portions = {index: _portions(step, row) for index, step in doses.items()}
    return AskedWell(row, volumes, portions, final_ul)


def _portions(step: Dosing, row: Condition) -> int:
    wished = optional_value(step.portions, row) if isinstance(step, Reduce) else None
    return 1 if wished is None else round(wished)


def _equation(
    case: Case, row: Condition, index: int, places: Mapping[int, int], calculated_ul: float
) -> Equation:
    """One line of the equations: coefficients of all volumes, and what they add up to."""
    step = case.doses[index]
    one = np.zeros(len(places))
    one[places[index]] = 1.0
    if is_calculated(step) or not is_done(step, row):
        return one, calculated_ul if is_done(step, row) else 0.0
    final_ul = value_of(case.protocol.vessel.final_volume, row)
    if is_make_up(step):
        return np.ones(len(places)), final_ul
    if step.volume is not None:
        return one, value_of(step.volume, row)
    main = case.protocol.stocks[step.stock].of
    strength = case.contents[step.stock].get(main, 0.0)
    if step.amount is not None:
        return strength * one, value_of(step.amount, row)
    if step.concentration is not None:
        return strength * one, value_of(step.concentration, row) * final_ul
    return _ratio(case, row, index, places, strength * one), 0.0


def _ratio(
    case: Case,
    row: Condition,
    index: int,
    places: Mapping[int, int],
    mine: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Coefficients of a ratio: what this dose brings against what all others bring."""
    step = case.doses[index]
    electrons = step.electrons_per_metal if isinstance(step, Reduce) else None
    counted = step.per if electrons is None else "metal"
    others = np.zeros(len(places))
    for other, dose in case.doses.items():
        if other != index:
            others[places[other]] = _reference(case, dose, counted)
    if electrons is not None:
        each = case.protocol.materials[case.protocol.stocks[step.stock].of].electrons or 0
        return each * mine - value_of(electrons, row) * others
    if step.equivalents is not None:
        return mine - value_of(step.equivalents, row) * others
    inverse = optional_value(step.inverse_equivalents, row) or 0.0
    return inverse * mine - others


def _reference(case: Case, dose: Dosing, counted: str) -> float:
    """How many µmol of what a ratio counts are in one µL of a dose's stock."""
    found = 0.0
    for name, umol in case.contents[dose.stock].items():
        material = case.protocol.materials[name]
        each = {"metal": metal_atoms(material), "cluster": int(material.role is Role.CLUSTER)}
        found += umol * each.get(counted, int(name == counted))
    return found
