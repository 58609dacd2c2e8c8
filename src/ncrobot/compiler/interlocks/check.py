"""Goes through the finished operations once, with every interlock looking on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.interlocks.meetings import Meetings
from ncrobot.compiler.interlocks.seals import Seals, Waits
from ncrobot.compiler.interlocks.substances import Substances
from ncrobot.compiler.interlocks.vessels import Vessels
from ncrobot.compiler.strengths import Strength
from ncrobot.deck import Deck
from ncrobot.plan import AskPerson, Lag, Operation, Transfer
from ncrobot.protocol import Conditions, ProtocolSource


def check_interlocks(  # noqa: PLR0913 - looks at everything that is planned
    source: ProtocolSource,
    conditions: Conditions,
    operations: Sequence[Operation],
    lags: Sequence[Lag],
    contents: Mapping[str, Strength],
    deck: Deck,
    plate: str,
    findings: Findings,
) -> tuple[str, ...]:
    """Note every interlock that the plan would break; returns the hazards that were permitted.

    The operations come in plan order.
    """
    substances = Substances(source.protocol)
    vessels = Vessels(contents)
    meetings = Meetings(source.protocol, substances)
    wells = [f"{plate}/{row.well}" for row in conditions.rows]
    seals = Seals(source.protocol, substances, vessels, Waits(operations, lags), deck, wells)
    for operation in operations:
        seals.see(operation, findings)
        if isinstance(operation, Transfer):
            arrivals = vessels.carry_out(operation)
            meetings.see(arrivals)
            seals.dosed(arrivals)
        elif isinstance(operation, AskPerson) and operation.max_fraction_left is not None:
            vessels.leave(wells, operation.max_fraction_left)
    return tuple(meetings.report(plate, findings))
