"""Trains: transfers in which a channel serves several wells, round after round.

Each act is written down for the wells that it concerns, so a failure costs the wells of that act
and nothing more: what else the channel was to serve is done with another tip. A dispense that may
have moved is never repeated unasked, and a tip with liquid in it is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ncrobot.engine.faults import Counsel
from ncrobot.engine.operations.chances import rigid_mates
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.liquid import aspirate, dispense, give_back, mix_in, resuspend
from ncrobot.engine.operations.tipping import shed_tips, take_tips
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.outcome import Ended, StoppedError
from ncrobot.engine.run import Run
from ncrobot.plan.operations import Leg, Transfer, rounds_of

Key = tuple[int, int, str]
"""Channel, cycle and destination of a leg."""


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
    counsel: Counsel
    deliveries: Deliveries
    over: set[Key] = field(default_factory=set)
    sources: dict[tuple[int, int], str] = field(default_factory=dict)
    ended: Visit[Leg] = field(init=False)

    def __post_init__(self) -> None:
        self.ended = self.visit([])

    def visit(self, legs: Sequence[Leg]) -> Visit[Leg]:
        """A visit of the arm for these draws."""
        shared = self.operation.tip_use == "reuse"
        return Visit(self.run, self.counsel, list(legs), self.wells_of, shared)

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
                source=self.sources.get((channel, mine[0].cycle), mine[0].source),
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

    def wait_again(self, legs: Sequence[Leg], used: Visit[Leg]) -> None:
        """Let what wasn't served wait for another tip; give it up if there is none."""
        for lost in used.given_up:
            draws = isinstance(lost, _Draw)
            mine = [leg for leg in legs if (leg.channel, leg.cycle) == (lost.channel, lost.cycle)]
            self.over |= {_key(leg) for leg in mine} if draws else {_key(lost)}
        alive = [
            leg
            for leg in legs
            if _key(leg) not in self.over and self.run.fates.any_alive(self.wells_of(leg))
        ]
        tips, helped = self.run.tips, list[Leg]()
        for tip in dict.fromkeys(leg.tip for leg in alive):
            mine = [leg for leg in alive if leg.tip == tip]
            is_gone = tips.standing_in(tip) in used.thrown_away
            if is_gone and not tips.spares_for(tip):
                self._give_up(mine, "no tip is left for what a lost channel was to serve")
                continue
            if is_gone:
                tips.lose(tip)
            helped += mine
        self.waiting = [*self._together(helped), *self.waiting]

    def _together(self, legs: Sequence[Leg]) -> list[Leg]:
        """Those of these legs that can be served: a rigid head can't act without its mates."""
        rigid = rigid_mates(self.run.plan.deck.arm)
        able = []
        for leg in legs:
            planned = {each.channel for each in self.operation.legs if each.cycle == leg.cycle}
            left = {each.channel for each in legs if each.cycle == leg.cycle}
            if leg.channel in rigid and planned & rigid[leg.channel] - left:
                self._give_up([leg], "a rigid head can't serve it with one channel alone")
            else:
                able.append(leg)
        return able

    def _give_up(self, legs: Sequence[Leg], why: str) -> None:
        reason = f"{self.operation.id}: {why}"
        wells = [well for leg in legs for well in self.wells_of(leg)]
        self.ended.lost.append(reason)
        self.run.fates.flag(wells, reason, "abandon", self.operation.id)


async def train(run: Run, operation: Transfer, legs: Sequence[Leg]) -> Ended:
    """Carry out the legs of a transfer, cycle after cycle."""
    counsel = Counsel(run, operation)
    state = _Train(run, operation, list(legs), counsel, Deliveries(run, operation))
    try:
        while state.waiting:
            run.check()
            await _with_tips(state, state.take_cycles())
    except StoppedError:
        pass  # the tips are shed already, and what was delivered is told
    return state.ended.ended(
        len(state.deliveries.made),
        purpose=operation.purpose,
        stock=operation.stock,
        portion=operation.portion,
        deliveries=state.deliveries.made,
    )


async def _with_tips(state: _Train, cycles: Sequence[Sequence[Leg]]) -> None:
    """Serve cycles with one set of tips; what a lost channel leaves waits for another tip."""
    firsts: dict[int, Leg] = {}
    for legs in cycles:
        for draw in state.draws(legs):
            firsts.setdefault(draw.channel, draw)
    visit = state.visit(list(firsts.values()))
    try:
        await take_tips(visit)
        alive = {leg.channel for leg in visit.active}
        for legs in cycles:
            mine = [leg for leg in legs if leg.channel in alive]
            if mine:
                alive -= await _cycle(state, visit, mine)
                visit.active = [leg for leg in firsts.values() if leg.channel in alive]
    finally:
        await shed_tips(visit)
    for leg in await visit.to_do_again():
        state.sources[leg.channel, leg.cycle] = leg.source
    state.ended.include(visit)
    state.run.check()
    state.wait_again([leg for legs in cycles for leg in legs], visit)


async def _cycle(state: _Train, visit: Visit[Leg], legs: Sequence[Leg]) -> set[int]:
    """Draw once and serve every well of one cycle; returns the channels that were lost."""
    operation = state.operation
    draws = state.draws(legs)
    visit.active = list(draws)
    if operation.resuspend:
        await resuspend(visit)
    await aspirate(visit, touches=operation.touches, sample=operation.purpose == "sample")
    drawn = {draw.channel: draw for draw in visit.active}
    alive = set(drawn)
    for together in rounds_of(legs):
        mine = [leg for leg in together if leg.channel in alive]
        visit.active = [_from(leg, drawn[leg.channel].source) for leg in mine]
        await _serve(state, visit)
        alive -= {leg.channel for leg in mine} - {leg.channel for leg in visit.active}
    visit.active = [draw for draw in drawn.values() if draw.channel in alive]
    if operation.excess_to == "source":
        rest = [
            draw.model_copy(
                update={
                    "destination": draw.source,
                    "volume_ul": draw.excess_ul,
                    "wells": frozenset[str](),
                }
            )
            for draw in visit.active
            if isinstance(draw, _Draw) and draw.excess_ul > 0
        ]
        await give_back(visit, rest)
        alive &= {leg.channel for leg in visit.active}
    return {draw.channel for draw in draws} - alive


async def _serve(state: _Train, visit: Visit[Leg]) -> None:
    def delivered(leg: Leg, umol: dict[str, float]) -> None:
        state.over.add(_key(leg))
        state.deliveries.note(leg, umol)

    operation = state.operation
    sample = operation.purpose == "sample"
    await dispense(visit, touches=operation.touches, delivered=delivered, sample=sample)
    await mix_in(visit, operation)


def _from(leg: Leg, source: str) -> Leg:
    return leg if leg.source == source else leg.model_copy(update={"source": source})


def _key(leg: Leg) -> Key:
    return leg.channel, leg.cycle, leg.destination
