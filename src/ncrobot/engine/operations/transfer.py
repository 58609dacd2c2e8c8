"""Transfer: tips, perhaps resuspend, aspirate, dispense, perhaps mix, shed the tips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ncrobot.engine.operations.liquid import aspirate, dispense, mix
from ncrobot.engine.operations.visit import Visit
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.plan.operations import Leg, Transfer

RESUSPEND_REPETITIONS = 3
"""How often a source that settles is mixed before a draw (assumed: usual pipetting practice)."""


async def transfer(run: Run, operation: Transfer) -> Ended:
    """Carry out the legs whose wells are not abandoned."""
    legs = [leg for leg in operation.legs if run.fates.any_alive(run.reach.wells_of_leg(leg))]
    if not legs:
        return Ended(Result.SKIPPED, "all its wells are abandoned")
    visit = Visit(run, operation.id, legs, run.reach.wells_of_leg, operation.tip_use == "reuse")
    deliveries = _Deliveries(run, operation)
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


async def _acts(visit: Visit[Leg], operation: Transfer, deliveries: _Deliveries) -> None:
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


@dataclass
class _Deliveries:
    """What the legs of one transfer really delivered."""

    run: Run
    operation: Transfer
    made: list[dict[str, Any]] = field(default_factory=list)

    def note(self, leg: Leg, umol: dict[str, float]) -> None:
        """Write down a delivery, with lot, age and active fraction of the stock at this moment."""
        run, operation = self.run, self.operation
        now_s = run.now_s()
        fresh = run.lots.freshness(operation.stock, leg.source, now_s)
        if operation.purpose == "dilution":
            run.lots.diluted(leg.source, leg.destination)
        if fresh.over_age_s > 0:
            run.fates.flag(
                run.reach.wells_of_leg(leg),
                f"{operation.id}: {operation.stock} was {fresh.over_age_s / 60:.1f} min "
                "older than its life",
                "continue",
                operation.id,
            )
        self.made.append(
            {
                "source": leg.source,
                "destination": leg.destination,
                "volume_ul": leg.volume_ul,
                "umol": umol,
                "tip": run.tips.mounted.get(leg.channel),
                "delivered_s": now_s,
                "lot": fresh.lot,
                "age_s": fresh.age_s,
                "active_fraction": fresh.active_fraction,
            }
        )


def _source(leg: Leg) -> str:
    return leg.source


def _destination(leg: Leg) -> str:
    return leg.destination
