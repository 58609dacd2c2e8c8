"""The plan as a document: its hash, its names, its lags, and the rows that it was made for."""

from __future__ import annotations

import math
from collections import Counter

from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared, Notes, agree, listed
from ncrobot.plan import Lag, MixWells, Plan, Transfer


def check_hash(plan: Plan, notes: Notes) -> None:
    """The content must still be what was sealed."""
    if not plan.is_intact():
        notes.differ(
            "hash",
            "the plan was changed after it was made: its content doesn't match its hash",
            Compared(
                "SHA-256 of the plan",
                plan.sha256 or "a hash",
                plan.model_copy(update={"sha256": ""}).content_hash(),
            ),
        )


def check_structure(case: Case) -> None:
    """Names are unique, references lead somewhere, and the rows are those of the table."""
    _check_ids(case)
    for lag in case.plan.lags:
        _check_lag(case, lag)
    if case.order.circular:
        case.notes.differ(
            "circular-lags",
            "by the lags some operations would have to come before themselves: "
            + listed(case.order.circular),
            Compared("order of operations", "a possible one", "a circle"),
        )
    for background in case.plan.backgrounds:
        for operation in (*background.starts_after, *background.ends_before):
            _check_operation(case, operation, "shaking starts or ends by")
    _check_rows(case)
    _check_places(case)


def _check_ids(case: Case) -> None:
    counts = Counter(operation.id for operation in case.plan.operations)
    for name, count in counts.items():
        if count > 1:
            case.notes.differ(
                "duplicate-operation",
                f"the operation {name!r} is in the plan {count} times",
                Compared("operations of one id", 1.0, float(count)),
            )


def _check_operation(case: Case, name: str, what: str) -> None:
    if name not in case.order.operations:
        case.notes.differ(
            "unknown-operation",
            f"{what} an operation {name!r} that the plan doesn't have",
            Compared("operation", "an operation of the plan", name),
        )


def _check_lag(case: Case, lag: Lag) -> None:
    for name in (lag.before, lag.after):
        _check_operation(case, name, "a lag names")
    most = math.inf if lag.max_s is None else lag.max_s
    target = lag.min_s if lag.target_s is None else lag.target_s
    if not (0 <= lag.min_s < math.inf and lag.min_s <= most and lag.min_s <= target <= most):
        case.notes.differ(
            "impossible-lag",
            f"no time keeps the lag from {lag.before!r} to {lag.after!r}",
            Compared(
                "lag",
                "0 <= shortest <= wished <= longest",
                f"{lag.min_s:g} s, {lag.target_s} s, {lag.max_s} s",
            ),
            step=lag.step,
        )


def _check_rows(case: Case) -> None:
    planned = {well.well: well for well in case.plan.wells}
    if len(planned) != len(case.plan.wells) or set(planned) != set(case.rows):
        case.notes.differ(
            "other-wells",
            "the plan has other wells than the conditions table",
            Compared(
                "wells",
                listed(sorted(case.rows), 12),
                listed((w.well for w in case.plan.wells), 12),
            ),
        )
    for name, row in case.rows.items():
        well = planned.get(name)
        if well is None:
            continue
        asked = (row.name, row.kind, row.replicate_of)
        found = (well.name, well.kind, well.replicate_of)
        if asked != found:
            case.notes.differ(
                "other-row",
                f"well {name} is meant for another row of the table than the plan says",
                Compared("name, kind, replicate of", str(asked), str(found)),
                well=name,
            )
        for parameter in sorted(row.values.keys() | well.values.keys()):
            wished, planned_value = (
                values.get(parameter, math.nan) for values in (row.values, well.values)
            )
            if not agree(wished, planned_value):
                case.notes.differ(
                    "other-value",
                    f"the table gives {parameter} another value in well {name}",
                    Compared(parameter, f"{wished:g}", f"{planned_value:g}"),
                    well=name,
                )


def _check_places(case: Case) -> None:
    """Every step is one of the protocol's, and every well is one of the deck's."""
    role = case.protocol.vessel.labware
    if case.deck.role(case.plan.vessel_labware) != role:
        case.notes.differ(
            "other-vessel",
            "the syntheses don't run in the labware that the protocol asks for",
            Compared(
                "role of the reaction labware",
                role,
                case.deck.role(case.plan.vessel_labware) or "not on the deck",
            ),
        )
    devices = {case.plan.deck.arm.name, "person", *case.plan.deck.devices}
    for operation in case.plan.operations:
        if operation.device not in devices:
            case.notes.differ(
                "device",
                f"{operation.id!r} is to be done by {operation.device!r}, which the deck has not",
                Compared("device", "one of the deck, or a person", operation.device),
                step=operation.step,
            )
        if operation.step not in case.places:
            case.notes.differ(
                "unknown-step",
                f"the operation {operation.id!r} belongs to no step",
                Compared("step", "a step of the protocol", operation.step),
            )
        if isinstance(operation, Transfer | MixWells):
            _check_wells(case, operation)


def _check_wells(case: Case, operation: Transfer | MixWells) -> None:
    if isinstance(operation, Transfer):
        touched = [address for leg in operation.legs for address in (leg.source, leg.destination)]
    else:
        touched = [leg.well for leg in operation.legs]
    for address in touched:
        if not case.deck.has(address):
            case.notes.differ(
                "no-such-place",
                f"the operation {operation.id!r} goes to {address}, which the deck doesn't have",
                Compared("place", "a well on the deck", address),
                step=operation.step,
            )
    wells = {well for address in touched if (well := case.well_of(address)) is not None}
    if operation.wells and wells != set(operation.wells):
        case.notes.differ(
            "other-wells",
            f"the operation {operation.id!r} acts on other wells than it says",
            Compared("wells", listed(sorted(operation.wells), 12), listed(sorted(wells), 12)),
            step=operation.step,
        )
    is_plate_work = isinstance(operation, Transfer) and operation.purpose == "dilution"
    if wells and not operation.wells and not is_plate_work:
        case.notes.differ(
            "other-wells",
            f"the operation {operation.id!r} doesn't name the wells it acts on",
            Compared("wells", listed(sorted(wells), 12), "none"),
            step=operation.step,
        )
