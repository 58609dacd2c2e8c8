"""Mix: repeated aspirate and dispense in the wells, with fresh tips."""

from __future__ import annotations

from ncrobot.engine.operations.liquid import mix
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.plan.operations import MixLeg, MixWells


async def mix_wells(run: Run, operation: MixWells) -> Ended:
    """Mix the wells that are not abandoned."""
    legs = [leg for leg in operation.legs if run.fates.any_alive(run.reach.wells_of(leg.well))]
    if not legs:
        return Ended(Result.SKIPPED, "all its wells are abandoned")
    over: Visit[MixLeg] = Visit(
        run, operation.id, [], lambda leg: run.reach.wells_of(leg.well), False
    )
    mixed = 0
    for cycle in sorted({leg.cycle for leg in legs}):
        mine = [leg for leg in legs if leg.cycle == cycle]
        visit = Visit(run, operation.id, mine, over.wells_of, False)
        try:
            await visit.take_tips()
            await mix(visit, "mix", _well, lambda leg: leg.volume_ul, operation.repetitions)
            mixed += len(visit.active)
        except StoppedError:
            break  # the tips are shed below
        finally:
            await visit.shed_tips()
            over.lost += visit.lost
            over.unknown = over.unknown or visit.unknown
    return over.ended(mixed)


def _well(leg: MixLeg) -> str:
    return leg.well
