"""The audit: reads what was asked, goes through the operations, and compares."""

from __future__ import annotations

from collections.abc import Callable

from ncrobot.auditor.acidity import check_acidity
from ncrobot.auditor.book import keep_book
from ncrobot.auditor.channels import check_channels
from ncrobot.auditor.cold import check_cold
from ncrobot.auditor.doses import check_doses, deliveries
from ncrobot.auditor.facts import Case
from ncrobot.auditor.gases import check_gases
from ncrobot.auditor.interlocks import (
    check_access,
    check_heat,
    check_meetings,
    check_seals,
    check_speeds,
)
from ncrobot.auditor.layers import check_layers
from ncrobot.auditor.mixing import check_mixing
from ncrobot.auditor.moves import check_moves
from ncrobot.auditor.plate_work import check_plate_work
from ncrobot.auditor.report import AuditReport, Compared, Notes
from ncrobot.auditor.samples import check_samples
from ncrobot.auditor.sequence import check_sequence
from ncrobot.auditor.structure import check_hash, check_structure
from ncrobot.auditor.supplies import check_supplies
from ncrobot.auditor.timing import check_timing
from ncrobot.auditor.tips import check_tips
from ncrobot.auditor.totals import check_totals
from ncrobot.errors import UserError
from ncrobot.plan import Plan
from ncrobot.protocol import (
    Conditions,
    Protocol,
    read_conditions,
    read_protocol,
    with_members,
)

_PLAIN_CHECKS: tuple[Callable[[Case], None], ...] = (
    check_structure,
    check_channels,
    check_tips,
    check_sequence,
    check_timing,
    check_plate_work,
    check_cold,
    check_gases,
)


def audit_plan(plan: Plan) -> AuditReport:
    """Compare a plan's operations with what its protocol and conditions ask; every difference."""
    notes = Notes()
    check_hash(plan, notes)
    documents = _documents(plan, notes)
    if documents is not None:
        protocol, conditions = documents
        protocol = with_members(protocol, conditions.rows)
        _compare(Case(plan, protocol, conditions, notes))
    return AuditReport(
        operations=len(plan.operations), wells=len(plan.wells), differences=notes.all()
    )


def _documents(plan: Plan, notes: Notes) -> tuple[Protocol, Conditions] | None:
    """The protocol and the table, read anew from the plan's texts."""
    texts = plan.texts
    try:
        source = read_protocol(texts.protocol, file=texts.protocol_file)
        conditions = read_conditions(
            texts.conditions,
            source,
            format=texts.conditions_format,
            file=texts.conditions_file,
        )
    except UserError as error:
        notes.differ(
            "unreadable",
            f"the protocol or the table in the plan can't be read: {error}",
            Compared("texts", "a protocol and a conditions table", "an error"),
        )
        return None
    if (source.protocol.name, source.protocol.title) != (plan.protocol, plan.title):
        notes.differ(
            "other-protocol",
            "the plan bears the name of another protocol than its text",
            Compared(
                "name and title",
                f"{source.protocol.name}: {source.protocol.title}",
                f"{plan.protocol}: {plan.title}",
            ),
        )
    if plan.expected not in ((), source.protocol.expected):  # older plans tell of none
        notes.differ(
            "other-expectations",
            "the plan expects other species, or other figures of them, than its text",
            Compared("species", len(source.protocol.expected), len(plan.expected)),
        )
    return source.protocol, conditions


def _compare(case: Case) -> None:
    for check in _PLAIN_CHECKS:
        check(case)
    book = keep_book(case)
    arrived = deliveries(case, book)
    check_supplies(case, book)
    check_moves(case, book)
    asked = check_doses(case, book, arrived)
    check_totals(case, book, arrived, asked)
    check_samples(case, book, asked)
    check_layers(case)
    check_mixing(case, book)
    check_acidity(case, arrived)
    check_meetings(case, book)
    check_seals(case)
    check_access(case)
    check_heat(case)
    check_speeds(case, book)
