"""Layers: samples of layered wells are drawn where their layer lies, and the layer holds them."""

from __future__ import annotations

from ncrobot.auditor.book import Book, Move, pages
from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared, agree
from ncrobot.auditor.strengths import solvents_of
from ncrobot.plan import AskPerson
from ncrobot.protocol import Sample

_DIGITS_UL = 0.02


def check_layers(case: Case) -> None:
    """Go through the plan with a book of layers, and compare where each leg is drawn."""
    book, seen = Book(), 0
    depths = _Depths(case)
    for operation in pages(case, book):
        seen = _follow(depths, book, seen)
        if isinstance(operation, AskPerson) and operation.max_fraction_left is not None:
            depths.shrink(operation.max_fraction_left)
    _follow(depths, book, seen)


def _follow(depths: _Depths, book: Book, seen: int) -> int:
    for move in book.moves[seen:]:
        depths.see(move)
    return len(book.moves)


class _Depths:
    """µL by address and solvent."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._layers = case.protocol.vessel.layers
        self._solvents = {name: solvents_of(s) for name, s in case.protocol.stocks.items()}
        self._held: dict[str, dict[str, float]] = {}

    def see(self, move: Move) -> None:
        """Look at a move, and follow it."""
        case, leg = self._case, move.leg
        step = case.step_of(move.operation)
        sampled = isinstance(step, Sample) and case.well_of(leg.source) is not None
        if sampled and self._layers and isinstance(step, Sample):
            self._check(move, step)
        elif leg.below_ul is not None:
            case.notes.differ(
                "layer",
                f"{move.operation.id} draws above {leg.below_ul:g} µL of other liquid in "
                f"{leg.source}, which has no layers",
                Compared("liquid below the tip", "none", f"{leg.below_ul:g} µL"),
                step=move.operation.step,
            )
        if case.well_of(leg.destination) is None:
            return
        there = self._held.setdefault(leg.destination, {})
        for stock, volume_ul in move.liquid.ul.items():
            for solvent, share in self._solvents.get(stock, {}).items():
                there[solvent] = there.get(solvent, 0.0) + share * volume_ul

    def shrink(self, fraction: float) -> None:
        """A person takes out of all wells."""
        for there in self._held.values():
            for solvent in there:
                there[solvent] *= fraction

    def _check(self, move: Move, step: Sample) -> None:
        leg, there = move.leg, self._held.get(move.leg.source, {})
        place = next((i for i, names in enumerate(self._layers) if step.layer in names), 0)
        below_ul = sum(there.get(name, 0.0) for names in self._layers[:place] for name in names)
        layer_ul = sum(there.get(name, 0.0) for name in self._layers[place])
        doubt_ul = _DIGITS_UL * (1 + len(self._case.doses))
        if leg.below_ul is None or not agree(below_ul, leg.below_ul, absolute=doubt_ul):
            found = "nothing said" if leg.below_ul is None else f"{leg.below_ul:g} µL"
            self._differ(move, "liquid below the tip", f"{below_ul:.2f} µL", found)
        if leg.volume_ul > layer_ul + doubt_ul:
            asked, found = f"at most {layer_ul:.2f} µL", f"{leg.volume_ul:g} µL"
            self._differ(move, "volume out of the layer", asked, found)
        left = max(0.0, layer_ul - leg.volume_ul) / layer_ul if layer_ul > 0 else 0.0
        for name in self._layers[place]:
            if name in there:
                there[name] *= left

    def _differ(self, move: Move, quantity: str, asked: str, found: str) -> None:
        self._case.notes.differ(
            "layer",
            f"{move.operation.id} out of {move.leg.source}: {quantity} is {found}, should be "
            f"{asked}",
            Compared(quantity, asked, found),
            well=self._case.well_of(move.leg.source),
            step=move.operation.step,
        )
