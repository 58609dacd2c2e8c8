"""Transfer: tips, perhaps resuspend, aspirate, dispense, perhaps mix, shed the tips."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.liquid import RESUSPEND_REPETITIONS, aspirate, dispense, mix
from ncrobot.engine.operations.train import train
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.plan.operations import Leg, Transfer


async def transfer(run: Run, operation: Transfer) -> Ended:
    """Carry out the legs whose wells are not abandoned."""
    left = [leg for leg in operation.legs if not run.is_settled(operation.id, leg)]
    legs = [leg for leg in left if run.fates.any_alive(run.reach.wells_of_leg(leg))]
    if not legs:
        return nothing_left(run, operation, left)
    if len({(leg.cycle, leg.channel) for leg in operation.legs}) < len(operation.legs) or any(
        leg.cycle > 0 for leg in operation.legs
    ):
        return await train(run, operation, legs)
    visit = Visit(run, operation.id, legs, run.reach.wells_of_leg, operation.tip_use == "reuse")
    deliveries = Deliveries(run, operation)
    try:
        await _acts(visit, operation, deliveries)
    except StoppedError:
        pass  # the tips are shed below, and what was delivered is told
    finally:
        await visit.shed_tips()
    return visit.ended(
        len(deliveries.made),
        purpose=operation.purpose,
        stock=operation.stock,
        portion=operation.portion,
        deliveries=deliveries.made,
    )


async def _acts(visit: Visit[Leg], operation: Transfer, deliveries: Deliveries) -> None:
    await visit.take_tips()
    if operation.resuspend:
        await mix(visit, "resuspend", _source, lambda leg: leg.volume_ul, RESUSPEND_REPETITIONS)
    await aspirate(visit, touches=operation.touches)
    await dispense(visit, touches=operation.touches, delivered=deliveries.note)
    if operation.mix_repetitions:
        await mix(
            visit,
            "mix",
            _destination,
            lambda leg: operation.mix_volume_ul or leg.volume_ul,
            operation.mix_repetitions,
        )


def nothing_left(run: Run, operation: Transfer, left: Sequence[Leg]) -> Ended:
    """How a transfer ends of which nothing is left to do: skipped, or done before the run died."""
    made = run.delivered_before(operation.id)
    if not made:
        return Ended(Result.SKIPPED, "all its wells are abandoned")
    return Ended(
        Result.DONE,
        "the rest of its wells are abandoned" if left else "it was done before the run broke off",
        {
            "purpose": operation.purpose,
            "stock": operation.stock,
            "portion": operation.portion,
            "deliveries": made,
        },
    )


def _source(leg: Leg) -> str:
    return leg.source


def _destination(leg: Leg) -> str:
    return leg.destination
