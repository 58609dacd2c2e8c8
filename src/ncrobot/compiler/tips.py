"""Tips: which spot of which rack every leg takes its tip from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck
from ncrobot.deck.layout import TipType
from ncrobot.labware.decks import EVOS


@dataclass(slots=True)
class _Column:
    """The spots of one rack column that still hold an unused tip, by row."""

    spots: dict[int, str]


@dataclass
class TipStore:
    """Hands out tips column by column, as an arm with aligned channels picks them up.

    ``together`` are the channels of heads that take several tips at once, each in its row of a rack
    column (``rows``); with ``own_rows`` a channel that picks up alone does so, too, since all of
    an EVO's hang on one bar. A tip that is reused belongs to one stock and one channel for the
    whole run. Lives for one finishing pass; shortages are counted and told once by :meth:`report`.
    """

    columns: Mapping[str, list[_Column]]
    types: Mapping[str, TipType]
    together: frozenset[int]
    rows: Mapping[int, int]
    own_rows: bool = False
    reserved: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    @classmethod
    def start(cls, deck: Deck) -> TipStore:
        """A store with every tip of the deck."""
        columns: dict[str, list[_Column]] = {}
        for tip in deck.layout.arm.tips:
            by_column: dict[tuple[str, int], _Column] = {}
            for address in deck.tips(tip.name):
                rack, spot = address.split("/")
                column = by_column.setdefault((rack, int(spot[1:])), _Column({}))
                column.spots[ord(spot[0]) - ord("A")] = address
            columns[tip.name] = list(by_column.values())
        types = {tip.name: tip for tip in deck.layout.arm.tips}
        rows = {
            channel: row
            for head in deck.layout.arm.all_heads()
            for row, channel in enumerate(head.channels)
            if head.kind != "single"
        }
        own_rows = deck.layout.robot in EVOS and bool(rows)
        return cls(columns, types, frozenset(rows), rows, own_rows)

    def fresh(self, tip: str, channels: Sequence[int]) -> dict[int, str]:
        """An unused tip for each channel, all in one rack column where the arm needs that."""
        together = len(channels) > 1
        for column in self.columns[tip]:
            if together and all(self._row(channel) in column.spots for channel in channels):
                return {channel: self._take(column, self._row(channel)) for channel in channels}
            if not together and column.spots:
                row = self._row(channels[0])
                if row not in column.spots and self.own_rows:
                    continue
                row = row if row in column.spots else min(column.spots)
                return {channels[0]: self._take(column, row)}
        self.missing[tip] = self.missing.get(tip, 0) + len(channels)
        return dict.fromkeys(channels, "")

    def reused(self, tip: str, stock: str, channels: Sequence[int]) -> dict[int, str]:
        """The tips that belong to a stock, set aside at its first use.

        Channels that act together never cross: each has its own row, so a whole rack column is set
        aside, and another one for channels that the first had no tip for.
        """
        held = self.reserved.setdefault((tip, stock), {})
        wanted = [channel for channel in channels if channel not in held]
        together = self.together.issuperset(channels)
        if wanted and together:
            column = self._column_with(tip, wanted)
            if column is not None:
                there = [c for c in self.together if self._row(c) in column.spots and c not in held]
                aside = [c for c in there if self._shares_head(c, wanted[0])]
                held.update({c: self._take(column, self._row(c)) for c in sorted(aside)})
            wanted = [channel for channel in channels if channel not in held]
        for channel in wanted:
            held.update(self.fresh(tip, [channel]) if not together else self._none(tip, channel))
        return {channel: held[channel] for channel in channels}

    def _row(self, channel: int) -> int:
        """The row of a rack column that a channel picks up from, if its head takes several."""
        return self.rows.get(channel, channel)

    def _shares_head(self, channel: int, other: int) -> bool:
        """Whether two channels of larger heads hang on the same one."""
        return channel - self.rows[channel] == other - self.rows[other]

    def _none(self, tip: str, channel: int) -> dict[int, str]:
        self.missing[tip] = self.missing.get(tip, 0) + 1
        return {channel: ""}

    def _column_with(self, tip: str, channels: Sequence[int]) -> _Column | None:
        """The first rack column that has a tip for each channel, full ones preferred."""
        fitting = [
            column
            for column in self.columns[tip]
            if all(self._row(channel) in column.spots for channel in channels)
        ]
        return max(fitting, key=lambda column: len(column.spots), default=None)

    def _take(self, column: _Column, row: int) -> str:
        address = column.spots.pop(row)
        rack = address.split("/")[0]
        self.taken[rack] = self.taken.get(rack, 0) + 1
        return address

    def report(self, findings: Findings) -> None:
        """Tell how many tips are missing, if any."""
        for tip, count in self.missing.items():
            there = sum(amount for rack, amount in self.taken.items() if rack)
            findings.error(
                "tips-missing",
                f"the plan needs {count} more {tip!r} tip(s) than stand on the deck",
                quantity="tips",
                found=f"{count} missing, {there} used of all kinds",
                allowed=f"{sum(len(c.spots) for c in self.columns[tip])} left of this kind",
                fix=f"add a rack {self.types[tip].definition!r} to the deck layout, take fewer "
                "samples, or let stocks reuse their tips",
            )
