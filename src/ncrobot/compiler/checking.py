"""Check: the finished operations on the volume ledger, before anything moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from ncrobot.compiler.doses import value_of
from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck
from ncrobot.errors import Diagnostic, InternalError
from ncrobot.liquids import Ledger, LedgerError
from ncrobot.plan import AskPerson, Lag, Operation, StockUse, Transfer, WellPlan
from ncrobot.protocol import Conditions, ProtocolSource

# How full a well may get at most if the protocol doesn't say (assumed: room for shaking).
MAX_FILL = 0.9


def check_volumes(  # noqa: PLR0913 - the last look joins everything
    source: ProtocolSource,
    operations: Sequence[Operation],
    lags: Sequence[Lag],
    uses: Sequence[StockUse],
    wells: Sequence[WellPlan],
    conditions: Conditions,
    deck: Deck,
    plate: str,
    findings: Findings,
) -> None:
    """Note every overdraw, overflow and overfull well; the operations come in plan order."""
    known = {operation.id for operation in operations}
    if len(known) != len(operations) or any({g.before, g.after} - known for g in lags):
        raise InternalError("lags to operations that don't exist, or two operations of one id")
    _fill(source, wells, conditions, deck, plate, findings)
    # What a person takes out is in a waste of their own: the deck's is counted apart.
    ledger = Ledger(deck)
    strengths = {use.stock: use.umol_per_ul for use in uses}
    for use in uses:
        for address, volume_ul in use.positions_ul.items():
            if volume_ul > 0:
                content = strengths[use.stock]
                ledger.load(address, volume_ul, {n: c * volume_ul for n, c in content.items()})
    _waste(operations, deck, findings)
    for operation in operations:
        if isinstance(operation, Transfer):
            _move(ledger, operation, findings)
        elif isinstance(operation, AskPerson) and operation.max_fraction_left is not None:
            _reduce(ledger, wells, plate, operation.max_fraction_left)


def _waste(operations: Sequence[Operation], deck: Deck, findings: Findings) -> None:
    """What is thrown away with tips and primed out of pumps must fit into the waste."""
    capacity_ul = deck.layout.waste_capacity_ul
    thrown = [
        (operation, sum(draw.excess_ul for draw in operation.draws()))
        for operation in operations
        if isinstance(operation, Transfer) and operation.excess_to == "waste"
    ]
    total_ul = sum(volume_ul for _, volume_ul in thrown)
    if total_ul <= capacity_ul:
        return
    so_far = accumulate(volume_ul for _, volume_ul in thrown)
    full = next(op for (op, _), ul in zip(thrown, so_far, strict=True) if ul > capacity_ul)
    findings.items.append(
        Diagnostic(
            code="waste-overflows",
            message=f"the waste is full when {full.id!r} throws away what it drew too much",
            file=findings.source.file,
            line=full.line,
            quantity="liquid in the waste",
            found=f"{total_ul:.0f} µL",
            allowed=f"up to {capacity_ul:.0f} µL",
            fix="use a larger waste, or batching: column for the steps that draw for several wells",
        )
    )


def _move(ledger: Ledger, operation: Transfer, findings: Findings) -> None:
    for leg in operation.legs:
        try:
            ledger.transfer(leg.source, leg.destination, leg.volume_ul)
        except LedgerError as error:
            _note(error, operation, leg.destination, findings)
    for draw in operation.draws():
        if draw.excess_ul == 0:
            continue
        # What goes back was out while the legs were served: it must have been there beyond them.
        try:
            with ledger.attempt():
                ledger.pick_up(draw.channel, draw.volume_ul)
                ledger.aspirate(draw.channel, draw.source, draw.excess_ul)
                if operation.excess_to == "source":
                    ledger.dispense(draw.channel, draw.source, draw.excess_ul)
                ledger.discard(draw.channel)
        except LedgerError as error:
            _note(error, operation, draw.source, findings)


def _note(error: LedgerError, operation: Transfer, place: str, findings: Findings) -> None:
    findings.items.append(
        replace(error.diagnostic, file=findings.source.file, line=operation.line, well=place)
    )


def _reduce(ledger: Ledger, wells: Sequence[WellPlan], plate: str, fraction: float) -> None:
    """A person leaves at most this share of what is in each well."""
    for well in wells:
        address = f"{plate}/{well.well}"
        volume_ul = ledger.volume_ul(address)
        if volume_ul > 0:
            ledger.remove(address, volume_ul * (1 - fraction))


def _fill(
    source: ProtocolSource,
    wells: Sequence[WellPlan],
    conditions: Conditions,
    deck: Deck,
    plate: str,
    findings: Findings,
) -> None:
    given = source.protocol.vessel.max_fill
    for well, row in zip(wells, conditions.rows, strict=True):
        share = MAX_FILL if given is None else value_of(given, row)
        capacity_ul = deck.capacity_ul(f"{plate}/{well.well}")
        if well.peak_volume_ul > capacity_ul * share + 1e-6:
            findings.error(
                "overfull-well",
                f"the well gets fuller than {share:.0%}",
                "vessel",
                row=well.name,
                well=well.well,
                quantity="highest volume",
                found=f"{well.peak_volume_ul:.1f} µL",
                allowed=f"at most {capacity_ul * share:.1f} µL of {capacity_ul:g} µL",
                fix="lower vessel.final_volume, or use a deck layout with deeper wells",
            )
