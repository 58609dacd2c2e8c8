"""Transfer: tips, perhaps resuspend, aspirate, dispense, perhaps mix, shed the tips."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.engine.faults import Counsel
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.liquid import aspirate, dispense, mix_in, resuspend
from ncrobot.engine.operations.tipping import shed_tips, take_tips
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
    counsel, deliveries = Counsel(run, operation), Deliveries(run, operation)
    over = _visit(counsel, [])
    while legs:
        visit = _visit(counsel, legs)
        try:
            await _acts(visit, operation, deliveries)
        except StoppedError:
            pass  # the tips are shed below, and what was delivered is told
        finally:
            await shed_tips(visit)
        legs = await visit.to_do_again()
        over.include(visit)
    return over.ended(
        len(deliveries.made),
        purpose=operation.purpose,
        stock=operation.stock,
        portion=operation.portion,
        deliveries=deliveries.made,
    )


def _visit(counsel: Counsel, legs: Sequence[Leg]) -> Visit[Leg]:
    operation = counsel.operation
    shared = isinstance(operation, Transfer) and operation.tip_use == "reuse"
    return Visit(counsel.run, counsel, list(legs), counsel.run.reach.wells_of_leg, shared)


async def _acts(visit: Visit[Leg], operation: Transfer, deliveries: Deliveries) -> None:
    sample = operation.purpose == "sample"
    await take_tips(visit)
    if operation.resuspend:
        await resuspend(visit)
    await aspirate(visit, touches=operation.touches, sample=sample)
    await dispense(visit, touches=operation.touches, delivered=deliveries.note, sample=sample)
    await mix_in(visit, operation)


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
