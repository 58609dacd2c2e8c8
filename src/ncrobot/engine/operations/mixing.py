"""Mix: repeated aspirate and dispense in the wells, with fresh tips."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.engine.faults import Counsel
from ncrobot.engine.operations.liquid import mix
from ncrobot.engine.operations.tipping import shed_tips, take_tips
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.faults import Act
from ncrobot.plan.operations import MixLeg, MixWells


async def mix_wells(run: Run, operation: MixWells) -> Ended:
    """Mix the wells that are not abandoned."""
    legs = [leg for leg in operation.legs if run.fates.any_alive(run.reach.wells_of(leg.well))]
    if not legs:
        return Ended(Result.SKIPPED, "all its wells are abandoned")
    counsel = Counsel(run, operation)
    over = _visit(counsel, [])
    mixed: list[MixLeg] = []
    for cycle in sorted({leg.cycle for leg in legs}):
        mine = [leg for leg in legs if leg.cycle == cycle]
        while mine and run.ending is None:
            visit = _visit(counsel, mine)
            try:
                await take_tips(visit)
                await mix(visit, Act.MIX, "mix", _well, _volume_ul, operation.repetitions)
                mixed += visit.active
            except StoppedError:
                pass  # the tips are shed below
            finally:
                await shed_tips(visit)
            mine = await visit.to_do_again()
            over.include(visit)
    if run.ending is not None:
        undone = [leg for leg in legs if leg not in mixed]
        run.fates.miss(well for leg in undone for well in over.wells_of(leg))
    return over.ended(len(mixed))


def _visit(counsel: Counsel, legs: Sequence[MixLeg]) -> Visit[MixLeg]:
    def wells_of(leg: MixLeg) -> frozenset[str]:
        return counsel.run.reach.wells_of(leg.well)

    return Visit(counsel.run, counsel, list(legs), wells_of, shared_tips=False)


def _volume_ul(leg: MixLeg) -> float:
    return leg.volume_ul


def _well(leg: MixLeg) -> str:
    return leg.well
