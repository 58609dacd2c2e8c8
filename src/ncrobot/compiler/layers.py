"""Layers: how high samples are drawn where liquids lie on each other, and whether they suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.deck import Deck
from ncrobot.plan import AskPerson, Leg, Operation, Transfer
from ncrobot.protocol import Protocol, Sample, step_ids
from ncrobot.units import Dimension, format_quantity


def draw_from_layers(
    protocol: Protocol,
    operations: Sequence[Operation],
    contents: Mapping[str, Strength],
    deck: Deck,
    plate: str,
    findings: Findings,
) -> tuple[Operation, ...]:
    """Give each leg that samples a layer the volume that lies below it.

    Layers are taken as parted and level; a layer keeps the dead volume of the well at its
    boundary, so that the tip doesn't draw from the other one. Solvents stay in their layer.
    """
    if not protocol.vessel.layers:
        return tuple(operations)
    wells = _Wells(protocol, contents, deck, plate, findings)
    found: list[Operation] = []
    for operation in operations:
        if isinstance(operation, Transfer):
            legs = tuple(wells.pour(operation, leg) for leg in operation.legs)
            found.append(operation.model_copy(update={"legs": legs}))
            continue
        if isinstance(operation, AskPerson) and operation.max_fraction_left is not None:
            wells.leave(operation.max_fraction_left)
        found.append(operation)
    return tuple(found)


class _Wells:
    """µL of each layer in each well, from the bottom up."""

    def __init__(
        self,
        protocol: Protocol,
        contents: Mapping[str, Strength],
        deck: Deck,
        plate: str,
        findings: Findings,
    ) -> None:
        self._layers = protocol.vessel.layers
        self._of = {name: i for i, layer in enumerate(self._layers) for name in layer}
        self._steps = dict(zip(step_ids(protocol), enumerate(protocol.steps), strict=True))
        self._contents, self._deck, self._plate = contents, deck, plate
        self._findings = findings
        self._held: dict[str, list[float]] = {}
        self._homeless: set[str] = set()

    def pour(self, operation: Transfer, leg: Leg) -> Leg:
        """Follow a leg; returns it with the height at which it is drawn, if it is a sample."""
        if leg.destination.startswith(f"{self._plate}/"):
            self._add(leg, self._contents.get(operation.stock or ""))
        index, step = self._steps.get(operation.step, (-1, None))
        if not leg.source.startswith(f"{self._plate}/") or not isinstance(step, Sample):
            return leg
        place = self._of.get(step.layer or "", 0)
        held = self._held.setdefault(leg.source, [0.0] * len(self._layers))
        self._check(index, leg, held[place], " and ".join(self._layers[place]))
        below_ul = round(sum(held[:place]), 3)
        held[place] = max(0.0, held[place] - leg.volume_ul)
        return leg.model_copy(update={"below_ul": below_ul})

    def leave(self, fraction: float) -> None:
        """A person takes liquid out of all wells; which layer nobody knows, so of each its part."""
        self._held = {well: [ul * fraction for ul in held] for well, held in self._held.items()}

    def _add(self, leg: Leg, strength: Strength | None) -> None:
        held = self._held.setdefault(leg.destination, [0.0] * len(self._layers))
        for solvent, share in strength.solvent_fraction.items() if strength is not None else ():
            if solvent in self._of:
                held[self._of[solvent]] += share * leg.volume_ul
            elif solvent not in self._homeless:
                self._homeless.add(solvent)
                self._findings.error(
                    "in-no-layer",
                    f"{solvent} comes into the wells, but vessel.layers doesn't say where it lies",
                    "vessel",
                    "layers",
                    found=solvent,
                    fix=f"write {solvent} in the layer that it dissolves in",
                )

    def _check(self, index: int, leg: Leg, held_ul: float, layer: str) -> None:
        kept_ul = self._deck.dead_volume_ul(leg.source)
        if held_ul - leg.volume_ul >= kept_ul or self._homeless:
            return
        self._findings.error(
            "layer-too-thin",
            f"the layer of {layer} is too thin for this sample",
            "steps",
            index,
            well=leg.source.partition("/")[2],
            found=f"{format_quantity(held_ul, Dimension.VOLUME)} in the layer",
            allowed=f"at least {format_quantity(leg.volume_ul + kept_ul, Dimension.VOLUME)}: the "
            "sample, and what keeps the tip off the boundary",
            fix="take a smaller sample, or more of this layer",
        )
