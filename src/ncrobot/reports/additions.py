"""Every movement of liquid as planned and as executed, one row each; written as CSV."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ncrobot.plan import Leg, Plan, Transfer, WellPlan
from ncrobot.reports._index import Index
from ncrobot.reports.lags import ExecutedLag, deviations, executed_lags
from ncrobot.schedule import Schedule
from ncrobot.state import Delivery, OperationState, RunState

COLUMNS = (
    "well", "name", "kind", "step", "portion", "purpose", "stock", "source", "destination", "lot",
    "planned_ul", "executed_ul", "planned_start_s", "executed_s", "deviation_s", "age_s",
    "active_fraction", "result", "well_status", "flags", "operation",
)  # fmt: skip
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Addition:
    """One planned leg of a transfer with what came of it, or a delivery that no plan foresaw."""

    well: str
    operation: str
    step: str
    portion: int | None
    purpose: str
    stock: str | None
    source: str
    destination: str
    planned_start_s: float | None
    leg: Leg | None
    delivery: Delivery | None
    deviation: ExecutedLag | None
    result: str

    @property
    def planned_ul(self) -> float | None:
        """The planned volume; None if it wasn't planned."""
        return self.leg.volume_ul if self.leg else None

    @property
    def executed_ul(self) -> float:
        """The volume delivered; 0 if there was no delivery."""
        return self.delivery.volume_ul if self.delivery else 0.0


def additions(plan: Plan, schedule: Schedule, state: RunState) -> list[Addition]:
    """All planned legs in order of the schedule, then deliveries without a planned leg.

    Each delivery of the run belongs to exactly one row.
    """
    index = Index.of(plan, schedule)
    late = deviations(executed_lags(plan, schedule, state))
    waiting: dict[tuple[str, str, str], list[Delivery]] = defaultdict(list)
    for delivery in state.deliveries:
        waiting[delivery.operation, delivery.source, delivery.destination].append(delivery)
    rows = []
    for operation, leg in index.transfers():
        queue = waiting[operation.id, leg.source, leg.destination]
        made = queue.pop(0) if queue else None
        result = _result(state.operations.get(operation.id), made)
        rows.append(_planned(index, operation, leg, made, late.get(operation.id), result))
    rows += [
        _unplanned(index, delivery, late.get(delivery.operation))
        for queue in waiting.values()
        for delivery in queue
    ]
    return rows


def additions_csv(plan: Plan, schedule: Schedule, state: RunState) -> str:
    """Every addition, dilution and sample as planned and as executed, as CSV with a header.

    Times are seconds of the run's clock, ``executed_s`` the moment of the dispense, ``deviation_s``
    how far the operation's lag was from its target (from its planned value if it has no target);
    of several lags the one that deviates most. Empty: not known. A text that a spreadsheet would
    take for a formula begins with an apostrophe.
    """
    rows = additions(plan, schedule, state)
    materials = _materials(plan, rows)
    wells = {well.well: well for well in plan.wells}
    amounts = [f"{when}_{name}_umol" for name in materials for when in ("planned", "executed")]
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *amounts), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(_cells(row, wells.get(row.well), state) | _amounts(row, materials))
    return text.getvalue()


def _planned(
    index: Index,
    operation: Transfer,
    leg: Leg,
    made: Delivery | None,
    deviation: ExecutedLag | None,
    result: str,
) -> Addition:
    entry = index.entries.get(operation.id)
    return Addition(
        well=index.well_of(leg.source, leg.destination),
        operation=operation.id,
        step=operation.step,
        portion=operation.portion,
        purpose=operation.purpose,
        stock=operation.stock,
        source=leg.source,
        destination=leg.destination,
        planned_start_s=entry.start_s if entry else None,
        leg=leg,
        delivery=made,
        deviation=deviation,
        result=result,
    )


def _unplanned(index: Index, delivery: Delivery, deviation: ExecutedLag | None) -> Addition:
    return Addition(
        well=index.well_of(delivery.source, delivery.destination),
        operation=delivery.operation,
        step=index.step_of(delivery.operation),
        portion=delivery.portion,
        purpose=delivery.purpose,
        stock=delivery.stock,
        source=delivery.source,
        destination=delivery.destination,
        planned_start_s=delivery.planned_s,
        leg=None,
        delivery=delivery,
        deviation=deviation,
        result="done, not planned",
    )


def _result(operation: OperationState | None, made: Delivery | None) -> str:
    """How one leg ended: an operation that is done may have left out the legs of lost wells."""
    if made is not None:
        return "done"
    if operation is None:
        return "not started"
    if operation.result == "running":
        return "unknown"
    return "not delivered" if operation.result == "done" else operation.result


def _materials(plan: Plan, rows: Iterable[Addition]) -> list[str]:
    """All materials that are moved, those of the stocks first, in their order."""
    names = [name for use in plan.stocks for name in use.umol_per_ul]
    for row in rows:
        names += row.leg.umol if row.leg else ()
        names += row.delivery.umol if row.delivery else ()
    return list(dict.fromkeys(names))


def _cells(row: Addition, well: WellPlan | None, state: RunState) -> dict[str, str]:
    fate = state.wells.get(row.well)
    made = row.delivery
    return {
        "well": row.well,
        "name": _safe(well.name if well else ""),
        "kind": _safe(well.kind if well else ""),
        "step": _safe(row.step),
        "portion": _written(row.portion),
        "purpose": row.purpose,
        "stock": _safe(row.stock or ""),
        "source": row.source,
        "destination": row.destination,
        "lot": _written(made.lot if made else None),
        "planned_ul": _written(row.planned_ul),
        "executed_ul": _written(row.executed_ul),
        "planned_start_s": _written(row.planned_start_s),
        "executed_s": _written(made.delivered_s if made else None),
        "deviation_s": _written(row.deviation.deviation_s if row.deviation else None),
        "age_s": _written(made.age_s if made else None),
        "active_fraction": _written(made.active_fraction if made else None),
        "result": row.result,
        "well_status": (fate.status if fate else "ok") if row.well else "",
        "flags": _safe("; ".join(fate.reasons) if fate else ""),
        "operation": _safe(row.operation),
    }


def _amounts(row: Addition, materials: Iterable[str]) -> dict[str, str]:
    planned: Mapping[str, float] = row.leg.umol if row.leg else {}
    executed: Mapping[str, float] = row.delivery.umol if row.delivery else {}
    cells = {}
    for name in materials:
        cells[f"planned_{name}_umol"] = _written(planned.get(name))
        cells[f"executed_{name}_umol"] = _written(executed.get(name))
    return cells


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
