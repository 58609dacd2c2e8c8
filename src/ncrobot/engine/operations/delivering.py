"""Delivering: what the legs of a transfer really brought, for the closing event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ncrobot.engine.run import Run
from ncrobot.plan.operations import Leg, Transfer


@dataclass
class Deliveries:
    """What the legs of one transfer really delivered."""

    run: Run
    operation: Transfer
    made: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.made = self.run.delivered_before(self.operation.id)

    def note(self, leg: Leg, umol: dict[str, float], *, delivered_s: float | None = None) -> None:
        """Write down a delivery, with lot, age and active fraction of the stock at its moment.

        That is now, unless ``delivered_s`` tells another time.
        """
        run, operation = self.run, self.operation
        now_s = run.now_s() if delivered_s is None else delivered_s
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
        delivery = {
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
        self.made.append(delivery)
        run.memory.note("delivered", operation.id, leg.channel, leg.cycle, delivery)
