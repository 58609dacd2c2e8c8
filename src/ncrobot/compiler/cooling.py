"""Cool: bring the blocks under cold stocks to temperature before anything is drawn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.lowering.drafts import Draft, DraftTransfer
from ncrobot.compiler.placing import Placement
from ncrobot.deck import Deck
from ncrobot.deck.layout import TemperatureBlock
from ncrobot.plan import Lag, SetTemperature
from ncrobot.protocol import Protocol

TOLERANCE_C = 1.0
# A stock kept this much warmer than the protocol asks is worth a warning, no more: the decay model
# counts with the real temperature.
_TOLD_C = 0.5


@dataclass(frozen=True, slots=True)
class Cooling:
    """Setpoint operations, what waits for them, and the temperature each stock really has."""

    operations: tuple[SetTemperature, ...]
    lags: tuple[Lag, ...]
    kept_at_c: Mapping[str, float]


def cool(
    protocol: Protocol,
    placement: Placement,
    drafts: Sequence[Draft],
    deck: Deck,
    findings: Findings,
) -> Cooling:
    """One setpoint per block: the coldest that its stocks ask for and that it can hold."""
    wanted: dict[str, dict[str, float]] = {}
    kept: dict[str, float] = {}
    for stock, addresses in placement.positions.items():
        given = protocol.stocks[stock].keep_at
        if given is None or given.value is None:
            continue
        kept[stock] = given.value
        for address in addresses:
            labware = deck.labware(address.split("/")[0])
            under = deck.device_under(labware.name)
            if under is not None and isinstance(deck.layout.devices[under], TemperatureBlock):
                wanted.setdefault(under, {})[stock] = given.value
            elif labware.temperature_c is not None:
                kept[stock] = max(kept[stock], labware.temperature_c)
    operations: list[SetTemperature] = []
    lags: list[Lag] = []
    for device, stocks in wanted.items():
        block = deck.layout.devices[device]
        if not isinstance(block, TemperatureBlock):
            continue
        setpoint = max(min(stocks.values()), block.temperature_c[0])
        operation = SetTemperature(
            id=f"cool-{device}", step="cool", device=device, temperature_c=setpoint,
            tolerance_c=TOLERANCE_C,
        )  # fmt: skip
        operations.append(operation)
        kept.update(dict.fromkeys(stocks, setpoint))
        lags += [
            Lag(before=operation.id, after=draft.id, step="cool")
            for draft in drafts
            if isinstance(draft, DraftTransfer) and any(leg.source in stocks for leg in draft.legs)
        ]
    for stock, temperature_c in kept.items():
        asked = protocol.stocks[stock].keep_at
        if asked is not None and temperature_c > (asked.value or 0.0) + _TOLD_C:
            findings.warn(
                "warmer-than-asked",
                f"stock {stock!r} is kept at {temperature_c:g} °C, the coldest that its place can, "
                f"not at {asked.value or 0.0:g} °C",
                "stocks",
                stock,
                "keep_at",
            )
    return Cooling(tuple(operations), tuple(lags), kept)
