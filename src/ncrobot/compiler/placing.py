"""Place: which position each stock stands in, and how much of it must be there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ncrobot.compiler.columns import Packed, free_columns, pack_stock, row_of_channel
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.lowering.drafts import Draft, DraftTransfer
from ncrobot.compiler.positions import OVERAGE, Position, positions_of, wants_cold
from ncrobot.deck import Deck
from ncrobot.protocol import Protocol, Stock
from ncrobot.units import Dimension, format_quantity


@dataclass(frozen=True, slots=True)
class Placement:
    """Positions of every stock with the volume to load; drawn volumes by stock.

    ``excess_ul`` is the part of what is drawn that is thrown away. Of the stocks ``by_row``, each
    channel draws from the wells of its own row.
    """

    positions: Mapping[str, tuple[str, ...]]
    load_ul: Mapping[str, float]
    drawn_ul: Mapping[str, float]
    drawn_at: Mapping[str, float]
    dead_ul: Mapping[str, float]
    excess_ul: Mapping[str, float]
    by_row: frozenset[str] = frozenset()


def drawn_by_stock(drafts: Sequence[Draft]) -> dict[str, float]:
    """µL that the plan draws of each stock (working solutions and samples are not stocks)."""
    drawn: dict[str, float] = {}
    for draft in drafts:
        if isinstance(draft, DraftTransfer):
            for leg in draft.legs:
                if "/" not in leg.source:
                    drawn[leg.source] = drawn.get(leg.source, 0.0) + leg.volume_ul
    return drawn


def excess_by_stock(drafts: Sequence[Draft]) -> tuple[dict[str, float], dict[str, float]]:
    """µL drawn beyond the doses: all that is thrown away, and the most that is out at a time."""
    wasted: dict[str, float] = {}
    borrowed: dict[str, float] = {}
    for draft in drafts:
        if not isinstance(draft, DraftTransfer) or draft.stock is None or draft.excess_ul == 0:
            continue
        counts: dict[tuple[int, int], int] = {}
        for leg in draft.legs:
            if "/" not in leg.source:
                counts[leg.cycle, leg.channel] = counts.get((leg.cycle, leg.channel), 0) + 1
        if draft.pump is not None:
            wasted[draft.stock] = wasted.get(draft.stock, 0.0) + draft.excess_ul
            continue
        shared = [key for key, count in counts.items() if count > 1]
        if draft.excess_to == "waste":
            wasted[draft.stock] = wasted.get(draft.stock, 0.0) + draft.excess_ul * len(shared)
        else:
            at_once = max((sum(1 for k in shared if k[0] == key[0]) for key in shared), default=0)
            most_ul = draft.excess_ul * at_once
            borrowed[draft.stock] = max(borrowed.get(draft.stock, 0.0), most_ul)
    return wasted, borrowed


def place_stocks(
    protocol: Protocol, drafts: Sequence[Draft], deck: Deck, findings: Findings
) -> Placement:
    """Give each stock the smallest free position that holds it, or several large ones.

    Where the arm reaches into no trough, a stock stands in as many columns of wells as it needs.
    """
    free = positions_of(deck, _roles(protocol))
    columns = free_columns(deck)
    in_columns: dict[str, Packed] = {}
    wasted, borrowed = excess_by_stock(drafts)
    drawn = {n: ul + wasted.get(n, 0.0) for n, ul in drawn_by_stock(drafts).items()}
    placed: dict[str, list[Position]] = {}
    for name in _in_order(protocol, drawn):
        pinned = [p for p in free if p.placed.holds.get(p.address.split("/")[1]) == name]
        if columns and not pinned and protocol.stocks[name].library is None:
            packed = pack_stock(name, protocol, drafts, columns, deck, findings)
            if packed is not None:
                in_columns[name] = packed
                columns = [column for column in columns if column not in packed[0]]
            continue
        wanted = pinned or _fitting(name, protocol.stocks[name], free, deck)
        needed_ul = drawn[name] * (1 + OVERAGE) + borrowed.get(name, 0.0)
        chosen = _choose(needed_ul, wanted)
        if chosen is None:
            _refuse(protocol, name, needed_ul, wanted, findings)
            continue
        placed[name] = chosen
        free = [p for p in free if p not in chosen]
    return _with_columns(_loads(placed, drawn, wasted, borrowed), in_columns, deck)


def _with_columns(placement: Placement, found: Mapping[str, Packed], deck: Deck) -> Placement:
    """The placement with the stocks that stand in columns."""
    if not found:
        return placement
    loads = {address: load for _, wells in found.values() for address, load in wells.items()}
    return replace(
        placement,
        positions={**placement.positions, **{n: tuple(wells) for n, (_, wells) in found.items()}},
        load_ul={**placement.load_ul, **{a: load.load_ul for a, load in loads.items()}},
        drawn_at={**placement.drawn_at, **{a: load.drawn_ul for a, load in loads.items()}},
        dead_ul={
            **placement.dead_ul,
            **{n: sum(map(deck.dead_volume_ul, wells)) for n, (_, wells) in found.items()},
        },
        by_row=frozenset(found),
    )


def _roles(protocol: Protocol) -> tuple[str, ...]:
    """Roles of the labware that stocks, and the members of libraries, stand in."""
    libraries = [each.library.labware for each in protocol.stocks.values() if each.library]
    return tuple(dict.fromkeys(["stocks", *libraries]))


def _in_order(protocol: Protocol, drawn: Mapping[str, float]) -> list[str]:
    """Stocks in the order in which they choose: the largest first; members in their own order."""
    plain = [name for name in drawn if protocol.stocks[name].library is None]
    plain.sort(key=lambda stock: (-drawn[stock], stock))
    return [*plain, *(name for name in protocol.stocks if name in drawn and name not in plain)]


def _fitting(name: str, stock: Stock, free: Sequence[Position], deck: Deck) -> list[Position]:
    """Free positions of the right temperature and kind, not pinned to another stock."""
    cold = wants_cold(stock)
    together = deck.layout.arm.simultaneous > 1
    role = stock.library.labware if stock.library is not None else "stocks"
    return [
        position
        for position in free
        if position.cold == cold
        and position.placed.role == role
        and (position.trough or not together or stock.library is not None)
        and position.placed.holds.get(position.address.split("/")[1], name) == name
    ]


def _choose(needed: float, positions: Sequence[Position]) -> list[Position] | None:
    holding = [p for p in positions if p.usable_ul >= needed]
    if holding:
        return [min(holding, key=lambda p: p.usable_ul)]
    chosen: list[Position] = []
    for position in sorted(positions, key=lambda p: -p.usable_ul):
        chosen.append(position)
        if sum(p.usable_ul for p in chosen) >= needed:
            return chosen
    return None


def _refuse(
    protocol: Protocol,
    name: str,
    needed_ul: float,
    positions: Sequence[Position],
    findings: Findings,
) -> None:
    stock = protocol.stocks[name]
    cold = wants_cold(stock)
    room = sum(p.usable_ul for p in positions)
    kind = "cold position (8 °C or below)" if cold else "position"
    findings.error(
        "no-position",
        f"the deck has no free {kind} left that holds the stock {name!r}",
        "stocks",
        name,
        quantity="volume",
        found=f"{format_quantity(needed_ul, Dimension.VOLUME)} needed",
        allowed=f"{format_quantity(room, Dimension.VOLUME)} usable in {len(positions)} free ones",
        fix="add a trough with role: stocks to the deck layout, or make the stock stronger"
        if stock.library is None
        else f"add labware with role: {stock.library.labware} to the deck layout: each member "
        "needs a well",
    )


def _loads(
    placed: Mapping[str, Sequence[Position]],
    drawn: Mapping[str, float],
    wasted: Mapping[str, float],
    borrowed: Mapping[str, float],
) -> Placement:
    load: dict[str, float] = {}
    drawn_at: dict[str, float] = {}
    for name, positions in placed.items():
        rest = drawn[name] * (1 + OVERAGE) + borrowed.get(name, 0.0)
        left = drawn[name]
        for position in positions:
            part = min(rest, position.usable_ul)
            load[position.address] = min(
                float(math.ceil(part + position.dead_ul)), position.usable_ul + position.dead_ul
            )
            drawn_at[position.address] = min(left, part)
            rest -= part
            left -= drawn_at[position.address]
    return Placement(
        positions={n: tuple(p.address for p in ps) for n, ps in placed.items()},
        load_ul=load,
        drawn_ul=drawn,
        drawn_at=drawn_at,
        dead_ul={n: sum(p.dead_ul for p in ps) for n, ps in placed.items()},
        excess_ul=wasted,
    )


@dataclass
class SourcePicker:
    """Tells from which position each leg draws: one after the other, each down to its dead volume.

    Lives for one finishing pass. Legs come in plan order; whatever the schedule's order, the
    volume taken from each position is the same in the end.
    """

    placement: Placement
    dead_ul: Mapping[str, float]
    left_ul: dict[str, float]

    @classmethod
    def start(cls, placement: Placement, deck: Deck) -> SourcePicker:
        """A picker that knows how much each position can give."""
        dead = {a: deck.dead_volume_ul(a) for a in placement.load_ul}
        left = {a: volume - dead[a] for a, volume in placement.load_ul.items()}
        return cls(placement, dead, left)

    def pick(self, stock: str, volume_ul: float, *, channel: int, kept_ul: float = 0.0) -> str:
        """The position to draw from; the last one if none has enough left (the check finds it).

        ``kept_ul`` of what is drawn comes back.
        """
        positions: Sequence[str] = self.placement.positions[stock]
        if stock in self.placement.by_row:
            positions = row_of_channel(positions, channel)
        address = next((a for a in positions if self.left_ul[a] >= volume_ul - 1e-9), positions[-1])
        self.left_ul[address] -= volume_ul - kept_ul
        return address
