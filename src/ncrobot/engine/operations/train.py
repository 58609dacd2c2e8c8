"""Trains: transfers in which a channel serves several wells, round after round.

Each act is written down for the wells that it concerns, so a failure costs the wells of that act
and nothing more: what else the channel was to serve is done with another tip. A dispense is never
repeated, and a tip with liquid in it is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.liquid import (
    RESUSPEND_REPETITIONS,
    aspirate,
    dispense,
    give_back,
    mix,
)
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.outcome import Ended, StoppedError
from ncrobot.engine.run import Run
from ncrobot.plan.operations import Leg, Transfer, rounds_of

MOST_RETRIES = 3
"""Sets of tips that a train may lose before its remaining wells are given up."""


class _Draw(Leg):
    """What one channel takes up in one cycle, and for which reaction wells."""

    wells: frozenset[str] = frozenset()
    excess_ul: float = 0.0


@dataclass
class _Train:
    """One transfer while it runs: what is still to be served, and what went wrong so far."""

    run: Run
    operation: Transfer
    waiting: list[Leg]
    deliveries: Deliveries
    lost: list[str] = field(default_factory=list)
    unknown: bool = False
    retries: int = 0

    def take_cycles(self) -> list[list[Leg]]:
        """Take the next cycles that share their tips off what waits."""
        cycles: dict[int, list[Leg]] = {}
        for leg in self.waiting:
            cycles.setdefault(leg.cycle, []).append(leg)
        taken: list[list[Leg]] = []
        mounted: set[str] = set()
        for number in sorted(cycles):
            tips = {leg.tip for leg in cycles[number]}
            if taken and not tips <= mounted:
                break
            mounted |= tips
            taken.append(cycles[number])
        self.waiting = [leg for number in sorted(cycles)[len(taken) :] for leg in cycles[number]]
        return taken

    def draws(self, legs: Iterable[Leg]) -> list[_Draw]:
        """What each channel takes up for these legs of one cycle."""
        by_channel: dict[int, list[Leg]] = {}
        for leg in legs:
            by_channel.setdefault(leg.channel, []).append(leg)
        whole = {leg.channel: 0 for leg in self.operation.legs}
        for leg in self.operation.legs:
            whole[leg.channel] += leg.cycle == next(iter(by_channel.values()))[0].cycle
        reach = self.run.reach
        return [
            _Draw(
                channel=channel,
                tip=mine[0].tip,
                source=mine[0].source,
                destination=mine[0].destination,
                volume_ul=sum(leg.volume_ul for leg in mine) + self._excess_ul(whole[channel]),
                umol={},
                cycle=mine[0].cycle,
                wells=frozenset(well for leg in mine for well in reach.wells_of_leg(leg)),
                excess_ul=self._excess_ul(whole[channel]),
            )
            for channel, mine in by_channel.items()
        ]

    def _excess_ul(self, planned: int) -> float:
        """The excess belongs to draws that were planned for several wells, also if some are out."""
        return self.operation.excess_ul if planned > 1 else 0.0

    def wells_of(self, leg: Leg) -> frozenset[str]:
        """The reaction wells that a draw or a leg is for."""
        return leg.wells if isinstance(leg, _Draw) else self.run.reach.wells_of_leg(leg)

    def wait_again(self, legs: Sequence[Leg]) -> None:
        """Let legs wait for another tip; give them up if there is none, or too many were lost."""
        alive = [leg for leg in legs if self.run.fates.any_alive(self.wells_of(leg))]
        if not alive:
            return
        self.retries += 1
        tips = self.run.tips
        helped: list[Leg] = []
        for tip in dict.fromkeys(leg.tip for leg in alive):
            before = tips.standing_in(tip)
            if self.operation.tip_use == "fresh":
                tips.lose(tip)
            mine = [leg for leg in alive if leg.tip == tip]
            spare_found = self.operation.tip_use == "reuse" or tips.standing_in(tip) != before
            if self.retries <= MOST_RETRIES and spare_found:
                helped += mine
                continue
            reason = f"{self.operation.id}: no tip is left for what a lost channel was to serve"
            wells = [well for leg in mine for well in self.wells_of(leg)]
            self.lost.append(reason)
            self.run.fates.flag(wells, reason, "abandon", self.operation.id)
        self.waiting = [*helped, *self.waiting]


async def train(run: Run, operation: Transfer, legs: Sequence[Leg]) -> Ended:
    """Carry out the legs of a transfer, cycle after cycle."""
    state = _Train(run, operation, list(legs), Deliveries(run, operation))
    try:
        while state.waiting:
            run.check()
            await _with_tips(state, state.take_cycles())
    except StoppedError:
        pass  # the tips are shed already, and what was delivered is told
    over: Visit[Leg] = Visit(run, operation.id, [], state.wells_of, shared_tips=False)
    over.lost, over.unknown = state.lost, state.unknown
    return over.ended(
        len(state.deliveries.made),
        purpose=operation.purpose,
        stock=operation.stock,
        portion=operation.portion,
        deliveries=state.deliveries.made,
    )


async def _with_tips(state: _Train, cycles: Sequence[Sequence[Leg]]) -> None:
    """Serve cycles with one set of tips; what a lost channel leaves waits for another tip."""
    operation = state.operation
    firsts: dict[int, Leg] = {}
    for legs in cycles:
        for draw in state.draws(legs):
            firsts.setdefault(draw.channel, draw)
    visit: Visit[Leg] = Visit(
        state.run,
        operation.id,
        list(firsts.values()),
        state.wells_of,
        operation.tip_use == "reuse",
    )
    over: set[int] = set()
    try:
        visit.blames = False
        await visit.take_tips()
        visit.blames = True
        alive = {leg.channel for leg in visit.active}
        for legs in cycles:
            mine = [leg for leg in legs if leg.channel in alive]
            if mine:
                alive -= await _cycle(state, visit, mine, over)
                visit.active = [leg for leg in firsts.values() if leg.channel in alive]
    finally:
        await visit.shed_tips()
        state.lost += visit.lost
        state.unknown = state.unknown or visit.unknown
    state.wait_again([leg for legs in cycles for leg in legs if id(leg) not in over])


async def _cycle(state: _Train, visit: Visit[Leg], legs: Sequence[Leg], over: set[int]) -> set[int]:
    """Draw once and serve every well of one cycle; returns the channels that were lost.

    ``over`` hears of every leg that was tried, however it ended.
    """
    operation = state.operation
    draws = state.draws(legs)
    visit.active = list(draws)
    if operation.resuspend:
        await mix(
            visit, "resuspend", lambda leg: leg.source, lambda leg: leg.volume_ul,
            RESUSPEND_REPETITIONS,
        )  # fmt: skip
    await aspirate(visit, touches=operation.touches)
    alive = {leg.channel for leg in visit.active}
    over |= {id(leg) for leg in legs if leg.channel not in alive}
    for together in rounds_of(legs):
        visit.active = [leg for leg in together if leg.channel in alive]
        tried = list(visit.active)
        over |= {id(leg) for leg in tried}
        await _serve(state, visit)
        alive -= {leg.channel for leg in tried} - {leg.channel for leg in visit.active}
    visit.active = [draw for draw in draws if draw.channel in alive]
    if operation.excess_to == "source":
        rest = [
            draw.model_copy(
                update={
                    "destination": draw.source,
                    "volume_ul": draw.excess_ul,
                    "wells": frozenset[str](),
                }
            )
            for draw in draws
            if draw.channel in alive and draw.excess_ul > 0
        ]
        await give_back(visit, rest)
        alive &= {leg.channel for leg in visit.active}
    return {draw.channel for draw in draws} - alive


async def _serve(state: _Train, visit: Visit[Leg]) -> None:
    operation = state.operation
    await dispense(visit, touches=operation.touches, delivered=state.deliveries.note)
    if operation.mix_repetitions:
        await mix(
            visit,
            "mix",
            lambda leg: leg.destination,
            lambda leg: operation.mix_volume_ul or leg.volume_ul,
            operation.mix_repetitions,
        )
