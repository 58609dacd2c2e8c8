"""A round on its plate: which well holds what, and the conditions table of the protocol."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from ncrobot.campaigns.document import ROWS, Campaign
from ncrobot.model import Document
from ncrobot.optimizers import Suggestion
from ncrobot.protocol.parameters import Scope
from ncrobot.searchspace import Continuous, Value

REFERENCE = "reference"


class Seated(Document):
    """What one well holds: a suggestion (by id) or a reference, or a control of the protocol."""

    well: str
    row: str
    suggestion: str | None = None
    kind: str = "synthesis"

    @property
    def is_reference(self) -> bool:
        """Whether it holds the reference conditions."""
        return self.kind == REFERENCE


class Plated(Document):
    """The plate of one round, with its conditions table as CSV."""

    seats: tuple[Seated, ...]
    table: str

    def wells_of(self, suggestion: str) -> list[str]:
        """The wells of a suggestion, replicates included."""
        return [seat.well for seat in self.seats if seat.suggestion == suggestion]

    def of_kind(self, kind: str) -> list[str]:
        """The wells of a kind of control, or of the reference."""
        return [seat.well for seat in self.seats if seat.kind == kind]


def plated(campaign: Campaign, suggestions: Sequence[Suggestion], number: int) -> Plated:
    """Give every suggestion its wells, and the rest to controls and references.

    Blocks are columns, filled one after the other. Within a block (or the whole plate) chance
    decides who stands where, so that no condition follows the position.
    """
    rng = np.random.default_rng([campaign.optimizer.seed, number, 77])
    by_block = any(item.scope is Scope.BLOCK for item in campaign.search.parameters.values())
    rows: list[tuple[Suggestion, int]] = [
        (item, copy) for item in suggestions for copy in range(campaign.plate.replicates)
    ]
    names = _wells(campaign.plate.columns)
    seats: list[Seated] = []
    if by_block:
        blocks = sorted({item.block for item in suggestions})
        for block in blocks:
            here = names[(block - 1) * ROWS : block * ROWS]
            own = [row for row in rows if row[0].block == block]
            seats += _seated(own, here, rng)
        free = [name for name in names if name not in {seat.well for seat in seats}]
        free.reverse()  # what is left over at the end of blocks stays empty
    else:
        order = [names[place] for place in rng.permutation(len(names))]
        seats += _seated(rows, order, rng)
        free = order[::-1]
    seats += _reserved(campaign, free)
    seats.sort(key=lambda seat: names.index(seat.well))
    return Plated(seats=tuple(seats), table=_table(campaign, seats, suggestions))


def _wells(columns: int) -> list[str]:
    return [f"{chr(65 + row)}{column + 1}" for column in range(columns) for row in range(ROWS)]


def _seated(
    rows: Sequence[tuple[Suggestion, int]], wells: Sequence[str], rng: np.random.Generator
) -> list[Seated]:
    order = rng.permutation(len(rows))
    return [
        Seated(well=well, row=f"{rows[place][0].id}.{rows[place][1] + 1}",
               suggestion=rows[place][0].id)
        for well, place in zip(wells, order, strict=False)
    ]  # fmt: skip


def _reserved(campaign: Campaign, free: Sequence[str]) -> list[Seated]:
    plan = campaign.plate
    kinds = [kind for kind, count in plan.controls.items() for _ in range(count)]
    kinds += [REFERENCE] * plan.reference.wells
    counts: dict[str, int] = {}
    seats = []
    for kind, well in zip(kinds, free, strict=False):
        counts[kind] = counts.get(kind, 0) + 1
        seats.append(Seated(well=well, row=f"{kind}.{counts[kind]}", kind=kind))
    return seats


def _table(campaign: Campaign, seats: Sequence[Seated], suggestions: Sequence[Suggestion]) -> str:
    """The table; controls and references take the reference's values, and the plate's shared."""
    space = campaign.search
    by_id = {item.id: item for item in suggestions}
    shared = _shared(campaign, suggestions)
    columns = [
        f"{name} [{item.unit}]" if isinstance(item, Continuous) and item.unit else name
        for name, item in space.parameters.items()
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "well", "kind", "replicate_of", *columns])
    first: dict[str, str] = {}
    for seat in seats:
        if seat.suggestion is None:
            values: Mapping[str, Value] = {**campaign.plate.reference.values, **shared}
            kind = "" if seat.is_reference else seat.kind
            original = ""
        else:
            values, kind = by_id[seat.suggestion].values, ""
            original = first.setdefault(seat.suggestion, seat.row)
            original = "" if original == seat.row else original
        cells = [_cell(values.get(name)) for name in space.parameters]
        writer.writerow([seat.row, seat.well, kind, original, *cells])
    return out.getvalue()


def _shared(campaign: Campaign, suggestions: Sequence[Suggestion]) -> dict[str, Value]:
    if not suggestions:
        return {}
    return {
        name: suggestions[0].values[name]
        for name, item in campaign.search.parameters.items()
        if item.scope is Scope.PLATE
    }


def _cell(value: Value | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)
