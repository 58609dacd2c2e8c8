"""Gas: what flows is what was asked for, by a valve that has it, into wells that are open."""

from __future__ import annotations

from collections.abc import Iterator

from ncrobot.auditor.facts import (
    Case,
    is_away,
    is_done,
    optional_value,
    plain_gas,
    value_of,
    valves_for,
)
from ncrobot.auditor.report import Compared, agree
from ncrobot.plan import AskPerson, LetGas
from ncrobot.protocol import Condition, Person, UnderGas

# The auditor's own list: gases that neither burn nor poison.
_SAFE = ("air", "argon", "helium", "nitrogen")
Flow = tuple[str, float, float, float | None]


def check_gases(case: Case) -> None:
    """Compare every flow of gas with its step, its valve, and how the wells are closed then."""
    row = case.conditions.rows[0]
    for index, step in enumerate(case.protocol.steps):
        if isinstance(step, UnderGas) and is_done(step, row) and not is_away(case, step):
            _check_step(case, row, case.step_names[index], step)
    for operation in case.plan.operations:
        if isinstance(operation, LetGas):
            _check_valve(case, operation)
            if not isinstance(case.step_of(operation), UnderGas):
                _differ(case, operation, "a step that lets gas flow", "none of the protocol's")
    _check_closed(case)


def _check_step(case: Case, row: Condition, name: str, step: UnderGas) -> None:
    asked = list(_asked(row, step))
    found = [
        (plain_gas(op.gas), op.flow_ml_per_min, op.for_s, op.tolerance_s)
        for op in case.in_order()
        if isinstance(op, LetGas) and op.step == name
    ]
    is_right = len(asked) == len(found) and all(map(_same, asked, found))
    if not is_right:
        case.notes.differ(
            "gas",
            f"{name} asks for another flow of gas than the plan has",
            Compared("gas, mL/min, s, tolerance", str(asked), str(found)),
            step=name,
        )
    if plain_gas(step.gas) not in _SAFE and not step.permission:
        case.notes.differ(
            "gas-permission",
            f"{name} lets {step.gas} flow on the deck, and nobody permitted it",
            Compared("permission", "who allows it", "none"),
            step=name,
        )


def _asked(row: Condition, step: UnderGas) -> Iterator[Flow]:
    tolerance_s = optional_value(step.tolerance, row)
    yield plain_gas(step.gas), value_of(step.flow, row), value_of(step.for_, row), tolerance_s
    if step.flush is not None:
        flush = step.flush
        yield plain_gas(flush.gas), value_of(flush.flow, row), value_of(flush.for_, row), None


def _same(asked: Flow, found: Flow) -> bool:
    is_same_tolerance = asked[3] is found[3] or (
        asked[3] is not None and found[3] is not None and agree(asked[3], found[3])
    )
    return (
        asked[0] == found[0]
        and agree(asked[1], found[1])
        and agree(asked[2], found[2])
        and is_same_tolerance
    )


def _check_valve(case: Case, operation: LetGas) -> None:
    valve = valves_for(case, operation.gas).get(operation.device)
    if valve is None or operation.labware != case.plan.vessel_labware:
        wanted = f"a valve for {operation.gas} over {case.plan.vessel_labware}"
        _differ(case, operation, wanted, f"{operation.device} over {operation.labware}")
        return
    low, high = valve.flow_ml_per_min
    if not low <= operation.flow_ml_per_min <= high:
        _differ(
            case, operation, f"{low:g} to {high:g} mL/min", f"{operation.flow_ml_per_min:g} mL/min"
        )
    if plain_gas(operation.gas) not in _SAFE and not (valve.cabinet and valve.shut_off):
        _differ(case, operation, "a cabinet and a shut-off without software", "an open deck")


def _check_closed(case: Case) -> None:
    """Follow the closure of the wells; nothing gets through a gas-tight one."""
    closure = case.protocol.vessel.closure
    for operation in case.in_order():
        step = case.step_of(operation)
        if isinstance(operation, AskPerson) and isinstance(step, Person):
            closure = step.closure or closure
        elif isinstance(operation, LetGas) and closure == "gas_tight":
            _differ(case, operation, "open or vented wells", "wells that are closed gas-tight")


def _differ(case: Case, operation: LetGas, asked: str, found: str) -> None:
    case.notes.differ(
        "gas",
        f"{operation.id!r} lets {operation.gas} flow; it needs {asked}, the plan has {found}",
        Compared("gas", asked, found),
        step=operation.step,
    )
