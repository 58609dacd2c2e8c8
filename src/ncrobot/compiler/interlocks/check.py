"""Goes through the finished operations once, with every interlock looking on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.interlocks.gases import Gases
from ncrobot.compiler.interlocks.heat import Heat
from ncrobot.compiler.interlocks.meetings import Meetings
from ncrobot.compiler.interlocks.seals import Seals, Waits
from ncrobot.compiler.interlocks.speed import check_speeds
from ncrobot.compiler.interlocks.substances import Substances
from ncrobot.compiler.interlocks.vessels import Vessels
from ncrobot.compiler.interlocks.waste import check_waste
from ncrobot.compiler.strengths import Strength
from ncrobot.deck import Deck
from ncrobot.plan import AskPerson, Background, Lag, Operation, StockUse, Transfer
from ncrobot.protocol import Conditions, ProtocolSource


@dataclass(frozen=True, slots=True)
class Planned:
    """What the passes before have made; the operations come in plan order."""

    source: ProtocolSource
    conditions: Conditions
    operations: Sequence[Operation]
    lags: Sequence[Lag]
    backgrounds: Sequence[Background]
    uses: Sequence[StockUse]
    contents: Mapping[str, Strength]
    peak_ul: Mapping[str, float]
    deck: Deck
    plate: str


def check_interlocks(planned: Planned, findings: Findings) -> tuple[str, ...]:
    """Note every interlock that a plan would break; returns hazards that people must know of."""
    protocol, deck, plate = planned.source.protocol, planned.deck, planned.plate
    substances = Substances(protocol)
    vessels = Vessels(planned.contents)
    meetings = Meetings(protocol, substances)
    wells = [f"{plate}/{row.well}" for row in planned.conditions.rows]
    heat = Heat(protocol, substances, vessels, deck, wells)
    seals = Seals(
        protocol, substances, vessels, Waits(planned.operations, planned.lags), deck, wells
    )
    gases = Gases(planned.source, deck)
    for operation in planned.operations:
        seals.see(operation, findings)
        gases.see(operation, findings)
        heat.see(operation, findings)
        if isinstance(operation, Transfer):
            arrivals = vessels.carry_out(operation)
            meetings.see(arrivals)
            seals.dosed(arrivals)
            heat.arrived(arrivals, findings)
        elif isinstance(operation, AskPerson) and operation.max_fraction_left is not None:
            vessels.leave(wells, operation.max_fraction_left)
    heat.stocks(planned.uses, findings)
    gases.warn_of_people(findings)
    check_speeds(planned.operations, planned.backgrounds, planned.peak_ul, deck, findings)
    check_waste(planned.operations, deck, findings)
    return (*meetings.report(plate, findings), *gases.hazards)
