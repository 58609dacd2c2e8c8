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
    visit = Visit(run, operation.id, legs, lambda leg: run.reach.wells_of(leg.well), False)
    mixed = 0
    try:
        await visit.take_tips()
        await mix(visit, "mix", _well, lambda leg: leg.volume_ul, operation.repetitions)
        mixed = len(visit.active)
    except StoppedError:
        pass  # the tips are shed below
    finally:
        await visit.shed_tips()
    return visit.ended(mixed)


def _well(leg: MixLeg) -> str:
    return leg.well
