"""Columns: a stock in the wells of plate columns, where an arm reaches into no trough.

Each channel draws from the wells of its own row, from one column after the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.lowering.drafts import Draft, DraftTransfer
from ncrobot.compiler.positions import OVERAGE, is_cold, wants_cold
from ncrobot.deck import Deck
from ncrobot.deck.layout import SyringePump
from ncrobot.labware.decks import EVOS
from ncrobot.labware.definition import ROW_LETTERS
from ncrobot.protocol import Protocol
from ncrobot.units import Dimension, format_quantity


@dataclass(frozen=True, slots=True)
class Load:
    """What is to stand in one well, and what is drawn from it."""

    load_ul: float
    drawn_ul: float


Column = tuple[str, ...]
"""Addresses of the wells of a column that the channels draw from, channel by channel."""

Packed = tuple[list[Column], dict[str, Load]]
"""The columns of a stock, and what each of their wells is loaded with."""


def _draws_from_columns(deck: Deck) -> bool:
    """Whether the arm's channels draw a stock from a column of wells, each from its own row."""
    return deck.layout.robot in EVOS and deck.layout.arm.simultaneous > 1


def free_columns(deck: Deck) -> list[Column]:
    """All columns of wells that stocks can stand in; none where the arm draws from troughs."""
    if not _draws_from_columns(deck):
        return []
    return [
        column for placed in deck.with_role("stocks") for column in _columns_of(deck, placed.name)
    ]


def pack_stock(
    name: str,
    protocol: Protocol,
    drafts: Sequence[Draft],
    columns: Sequence[Column],
    deck: Deck,
    findings: Findings,
) -> Packed | None:
    """The columns for one stock; None if there are too few, which is told."""
    cold = wants_cold(protocol.stocks[name])
    free = [
        column
        for column in columns
        if is_cold(deck.labware(column[0].split("/")[0]), deck) == cold
        and {_holds(deck, address, name) for address in column} == {name}
    ]
    draws: dict[int, list[float]] = {}
    for draft in drafts:
        for leg in draft.legs if isinstance(draft, DraftTransfer) else ():
            if leg.source == name:
                draws.setdefault(leg.channel, []).append(leg.volume_ul)
    packed = _pack(draws, free, deck)
    if packed is None:
        kind = "cold columns (8 °C or below)" if cold else "columns"
        findings.error(
            "no-position",
            f"too few free {kind} of wells are left for the stock {name!r}",
            "stocks",
            name,
            quantity="volume",
            found=f"up to {format_quantity(max(map(sum, draws.values())), Dimension.VOLUME)} drawn "
            "from each row",
            allowed=f"{len(free)} free columns, whose wells hold "
            + format_quantity(
                max((deck.working_volume_ul(column[0]) for column in free), default=0.0),
                Dimension.VOLUME,
            ),
            fix="add a plate with role: stocks to the deck layout, or make the stock stronger",
        )
    return packed


def _columns_of(deck: Deck, labware: str) -> list[Column]:
    """The columns of a plate, as addresses of the wells that the channels draw from.

    Empty for labware with fewer rows than channels, and for what a pump draws from.
    """
    definition = deck.definition(labware)
    rows = deck.layout.arm.simultaneous
    pumps = (d for d in deck.layout.devices.values() if isinstance(d, SyringePump))
    pumped = {pump.source.partition("/")[0] for pump in pumps}
    if definition.rows < rows or labware in pumped:
        return []
    return [
        tuple(f"{labware}/{ROW_LETTERS[row]}{column + 1}" for row in range(rows))
        for column in range(definition.columns)
    ]


def row_of_channel(addresses: Iterable[str], channel: int) -> list[str]:
    """The wells that a channel draws from."""
    letter = ROW_LETTERS[channel]
    return [address for address in addresses if address.partition("/")[2][0] == letter]


def _pack(
    draws_ul: Mapping[int, Sequence[float]],
    columns: Sequence[Column],
    deck: Deck,
) -> Packed | None:
    """The columns that hold a stock, and what each well of them is loaded with; None: too few.

    ``draws_ul`` are the volumes that each channel draws, in their order; a draw comes out of one
    well.
    """
    loads: dict[str, Load] = {}
    for channel, volumes_ul in draws_ul.items():
        wells = iter(row_of_channel((a for column in columns for a in column), channel))
        address, sum_ul = next(wells, None), 0.0
        for volume_ul in volumes_ul:
            while address is not None and not _fits(deck, address, sum_ul + volume_ul):
                address, sum_ul = next(wells, None), 0.0
            if address is None:
                return None
            sum_ul += volume_ul
            loads[address] = _load(deck, address, sum_ul)
    used = [column for column in columns if any(address in loads for address in column)]
    return used, loads


def _fits(deck: Deck, address: str, drawn_ul: float) -> bool:
    return drawn_ul * (1 + OVERAGE) <= deck.working_volume_ul(address)


def _load(deck: Deck, address: str, drawn_ul: float) -> Load:
    whole_ul = math.ceil(drawn_ul * (1 + OVERAGE) + deck.dead_volume_ul(address))
    return Load(min(float(whole_ul), deck.capacity_ul(address)), drawn_ul)


def _holds(deck: Deck, address: str, default: str) -> str:
    labware, _, well = address.partition("/")
    return deck.labware(labware).holds.get(well, default)
