"""Transfers and mixes as calls of the Protocol API, every volume and place written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from ncrobot.errors import Diagnostic, PlanError
from ncrobot.exporters.opentrons.levels import Levels
from ncrobot.exporters.opentrons.names import Mounted
from ncrobot.labware.definition import ROW_LETTERS
from ncrobot.plan import Draw, Leg, MixLeg, MixWells, Transfer, rounds_of
from ncrobot.plan.durations import RESUSPEND_STROKES

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)

DIGITS = 4
"""Decimal places of a volume in µL: a tenth of a nanolitre, far below what any pipette resolves."""


def number(value: float) -> str:
    """A volume or height as it stands in the file, without needless zeros."""
    return f"{round(value, DIGITS):.{DIGITS}f}".rstrip("0").rstrip(".")


class LiquidLines:
    """Writes liquid handling for the pipettes of one robot; ``names`` are labware variables."""

    def __init__(
        self, pipettes: Sequence[Mounted], names: Mapping[str, str], levels: Levels
    ) -> None:
        self._by_channel = {channel: p for p in pipettes for channel in p.channels}
        self._names = names
        self._levels = levels
        self._on: dict[str, tuple[str, ...]] = {}

    def transfer(self, operation: Transfer) -> Iterator[str]:
        """The lines of a transfer: tips, draws, doses, what is left, tips away."""
        for legs in operation.cycles():
            for pipette, mine in self._by_pipette(legs):
                draws = [
                    draw
                    for draw in operation.draws()
                    if draw.cycle == legs[0].cycle and draw.channel in pipette.channels
                ]
                yield from self._take(pipette, draws, reuse=operation.tip_use == "reuse")
                yield from self._cycle(operation, pipette, draws, mine)
        yield from self._shed_all(reuse=operation.tip_use == "reuse")

    def mix(self, operation: MixWells) -> Iterator[str]:
        """The lines of a mix step: fresh tips for each cycle."""
        for cycle in sorted({leg.cycle for leg in operation.legs}):
            legs = [leg for leg in operation.legs if leg.cycle == cycle]
            for pipette, mine in self._by_pipette(legs):
                yield from self._take(pipette, mine, reuse=False)
                wells = [(leg.channel, leg.well, leg.volume_ul) for leg in mine]
                yield self._mixed(pipette, wells, operation.repetitions)
        yield from self._shed_all(reuse=False)

    def _cycle(
        self, operation: Transfer, pipette: Mounted, draws: Sequence[Draw], legs: Sequence[Leg]
    ) -> Iterator[str]:
        if operation.resuspend:
            sources = [(draw.channel, draw.source, draw.volume_ul) for draw in draws]
            yield self._mixed(pipette, sources, RESUSPEND_STROKES)
        drawn_ul = _one([_exact(draw, operation) for draw in draws], operation.id)
        sources = [(draw.channel, draw.source, drawn_ul) for draw in draws]
        height_mm = min([self._levels.move(draw.source, -drawn_ul) for draw in draws])
        place = self._place(pipette, sources, operation.id)
        where = f"{place}.bottom({number(height_mm)})"
        yield f"{pipette.mount}.aspirate({number(drawn_ul)}, {where})"
        for together in rounds_of(legs):
            yield from self._dose(operation, pipette, together)
        left_ul = draws[0].excess_ul
        if left_ul > 0 and operation.excess_to == "source":
            for draw in draws:
                self._levels.move(draw.source, left_ul)
            yield f"{pipette.mount}.dispense({number(left_ul)}, {place}.top())"

    def _dose(self, operation: Transfer, pipette: Mounted, legs: Sequence[Leg]) -> Iterator[str]:
        dose_ul = _one([leg.volume_ul for leg in legs], operation.id)
        wells = [(leg.channel, leg.destination, dose_ul) for leg in legs]
        heights = [self._levels.move(leg.destination, dose_ul) for leg in legs]
        place = self._place(pipette, wells, operation.id)
        where = f"bottom({number(min(heights))})" if operation.touches else "top()"
        yield f"{pipette.mount}.dispense({number(dose_ul)}, {place}.{where})"
        if operation.mix_repetitions:
            mixed_ul = operation.mix_volume_ul or dose_ul
            mixed = [(channel, well, mixed_ul) for channel, well, _ in wells]
            yield self._mixed(pipette, mixed, operation.mix_repetitions)

    def _mixed(
        self, pipette: Mounted, wells: Sequence[tuple[int, str, float]], repetitions: int
    ) -> str:
        """Mix in place; a well that holds less than the volume is mixed with what it holds."""
        volume_ul = min(min(ul, self._levels.volume_ul(well)) for _, well, ul in wells)
        height_mm = min(self._levels.height_mm(well) for _, well, _ in wells)
        place = self._place(pipette, wells, "mix")
        return (
            f"{pipette.mount}.mix({repetitions}, {number(volume_ul)}, "
            f"{place}.bottom({number(height_mm)}))"
        )

    # Tips.

    def _take(
        self, pipette: Mounted, legs: Sequence[Draw | MixLeg], *, reuse: bool
    ) -> Iterator[str]:
        tips = tuple(leg.tip for leg in legs)
        if self._on.get(pipette.mount) == tips:
            return
        yield from self._shed(pipette.mount, reuse=reuse)
        spots = [(leg.channel, leg.tip, 0.0) for leg in legs]
        self._on[pipette.mount] = tips
        yield f"{pipette.mount}.pick_up_tip({self._place(pipette, spots, 'tips')})"

    def _shed(self, mount: str, *, reuse: bool) -> Iterator[str]:
        tips = self._on.pop(mount, None)
        if tips is None:
            return
        rack, _, spot = tips[0].partition("/")
        yield f'{mount}.drop_tip({self._names[rack]}["{spot}"])' if reuse else f"{mount}.drop_tip()"

    def _shed_all(self, *, reuse: bool) -> Iterator[str]:
        for mount in tuple(self._on):
            yield from self._shed(mount, reuse=reuse)

    # Places.

    def _by_pipette(self, legs: Iterable[AnyLeg]) -> Iterator[tuple[Mounted, list[AnyLeg]]]:
        found: dict[str, tuple[Mounted, list[AnyLeg]]] = {}
        for leg in legs:
            pipette = self._by_channel[leg.channel]
            found.setdefault(pipette.mount, (pipette, []))[1].append(leg)
        yield from found.values()

    def _place(
        self, pipette: Mounted, spots: Sequence[tuple[int, str, float]], operation: str
    ) -> str:
        """The well that the pipette is sent to: that of its rear channel.

        Raises:
            PlanError: its channels would have to be at places that its shape doesn't allow.
        """
        ordered = sorted(spots)
        addresses = [address for _, address, _ in ordered]
        if [channel for channel, _, _ in ordered] != list(pipette.channels) or not _fits(addresses):
            raise PlanError(
                Diagnostic(
                    code="pipette-shape",
                    message=f"{operation}: a {pipette.load_name} moves its "
                    f"{len(pipette.channels)} channel(s) as one, down a column or in one trough",
                    found=", ".join(addresses),
                )
            )
        labware, _, well = addresses[0].partition("/")
        return f'{self._names[labware]}["{well}"]'


def _fits(addresses: Sequence[str]) -> bool:
    """Whether the places are one, or the rows of one column from the first on."""
    if len(set(addresses)) == 1:
        return True
    labware, _, well = addresses[0].partition("/")
    column = well.lstrip(ROW_LETTERS)
    rows = ROW_LETTERS[: len(addresses)]
    return list(addresses) == [f"{labware}/{row}{column}" for row in rows]


def _exact(draw: Draw, operation: Transfer) -> float:
    """What is drawn, as the sum of what the file dispenses, digit for digit."""
    doses = [
        round(leg.volume_ul, DIGITS)
        for leg in operation.legs
        if (leg.cycle, leg.channel) == (draw.cycle, draw.channel)
    ]
    return sum(doses) + round(draw.excess_ul, DIGITS)


def _one(volumes_ul: Sequence[float], operation: str) -> float:
    """The volume that all channels of a pipette move.

    Raises:
        PlanError: they differ.
    """
    if max(volumes_ul) - min(volumes_ul) > 10**-DIGITS:
        raise PlanError(
            Diagnostic(
                code="pipette-shape",
                message=f"{operation}: the channels of a multi-channel pipette draw one volume",
                found=", ".join(f"{ul:g} µL" for ul in volumes_ul),
            )
        )
    return volumes_ul[0]
