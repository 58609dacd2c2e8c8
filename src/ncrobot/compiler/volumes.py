"""Volumes: portions, make-up to the constant final volume, calculated pH doses, omitted stocks."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.compiler.acidity import ph_dose_ul
from ncrobot.compiler.delivery import would_do
from ncrobot.compiler.doses import Dose, WellDoses, WellSolver, optional_value
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.compiler.tip_choice import rounded
from ncrobot.protocol import Add, AdjustPh, Condition, Dosing, Protocol, Reduce, acts
from ncrobot.units import Dimension, format_quantity

# The pH dose and the make-up depend on each other; the fixed point is reached in a few rounds.
_ROUNDS = 20
_SETTLED_UL = 1e-6


def _show(volume_ul: float) -> str:
    return format_quantity(volume_ul, Dimension.VOLUME)


def solve_well(
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    condition: Condition,
    minimum_ul: float,
    findings: Findings,
) -> WellDoses:
    """All doses of one row: plain ones, then make-up and calculated pH doses together.

    A pH is calculated from volumes as the arm will deliver them: near an equivalence point the
    rounding of a dose decides. Doses below ``minimum_ul`` come from dilutions, which round less.
    """
    solver = WellSolver(protocol, strengths, condition, findings)
    plain = dict(solver.solve())
    omitted = protocol.controls[condition.kind].omit if condition.kind in protocol.controls else ()
    totals = {
        index: 0.0 if protocol.stocks[_stock(protocol, index)].of in omitted else volume
        for index, volume in plain.items()
    }
    make_up = next(
        (
            index
            for index, step in enumerate(protocol.steps)
            if isinstance(step, Add) and step.make_up and acts(step.only, condition.choices)
        ),
        None,
    )
    targets = [
        (index, step)
        for index, step in enumerate(protocol.steps)
        if isinstance(step, AdjustPh)
        and step.to is not None
        and acts(step.only, condition.choices)
        and protocol.stocks[step.stock].of not in omitted
    ]
    for _ in range(_ROUNDS):
        before = dict(totals)
        if make_up is not None:
            rest = sum(volume for index, volume in totals.items() if index != make_up)
            totals[make_up] = solver.final_ul - rest
        for index, step in targets:
            delivered = {i: _delivered(v, minimum_ul) for i, v in totals.items()}
            totals[index] = ph_dose_ul(
                protocol, strengths, condition, delivered, index, step, findings
            )
        if not targets or all(
            abs(totals[index] - before.get(index, 0.0)) < _SETTLED_UL for index in totals
        ):
            break
    _check_make_up(protocol, strengths, condition, totals, make_up, solver.final_ul, findings)
    doses = {
        index: _dose(protocol, index, total, condition, findings)
        for index, total in sorted(totals.items())
        if total > 0
    }
    return WellDoses(condition, doses, solver.main_umol)


def _delivered(volume_ul: float, minimum_ul: float) -> float:
    return rounded(volume_ul) if volume_ul >= minimum_ul else volume_ul


def _stock(protocol: Protocol, index: int) -> str:
    step = protocol.steps[index]
    if not isinstance(step, Dosing):
        msg = f"step {index} has no stock"
        raise TypeError(msg)
    return step.stock


def _dose(
    protocol: Protocol, index: int, total_ul: float, condition: Condition, findings: Findings
) -> Dose:
    step = protocol.steps[index]
    portions = 1
    if isinstance(step, Reduce):
        wished = optional_value(step.portions, condition)
        portions = round(wished) if wished is not None else 1
        if portions < 1:
            findings.error(
                "portions",
                "a reduction needs at least one portion",
                "steps",
                index,
                row=condition.name,
                found=f"{portions}",
                allowed="1 or more",
            )
            portions = 1
    return Dose(index, _stock(protocol, index), total_ul / portions, portions)


def _check_make_up(  # noqa: PLR0913 - one message built from all of a well's figures
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    condition: Condition,
    totals: Mapping[int, float],
    make_up: int | None,
    final_ul: float,
    findings: Findings,
) -> None:
    added = sum(volume for index, volume in totals.items() if index != make_up)
    if make_up is None or totals[make_up] >= 0:
        return
    largest = max((i for i in totals if i != make_up), key=lambda i: totals[i])
    room = final_ul - (added - totals[largest])
    stock = _stock(protocol, largest)
    findings.error(
        "no-room-for-make-up",
        f"the additions are more than the final volume; the largest is {_show(totals[largest])} "
        f"of {stock!r}",
        "steps",
        make_up,
        row=condition.name,
        well=condition.well,
        quantity="total of all additions",
        found=_show(added),
        allowed=f"at most {_show(final_ul)}",
        fix=(
            f"make {stock!r} {totals[largest] / room:.3g} times stronger"
            f"{would_do(strengths[stock], totals[largest] / room, 'at least')}, or raise "
            "vessel.final_volume"
            if room > 0
            else "make the stocks stronger, or raise vessel.final_volume"
        ),
    )
