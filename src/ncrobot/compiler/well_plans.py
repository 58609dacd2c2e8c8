"""Well plans: what every synthesis is asked to contain, for the plan's readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.delivery import Delivery
from ncrobot.compiler.doses import WellDoses
from ncrobot.compiler.strengths import Strength
from ncrobot.plan import WellPlan


def well_plans(
    wells: Sequence[WellDoses],
    strengths: Mapping[str, Strength],
    delivery: Delivery,
    peak_ul: Mapping[str, float],
    hydrogen_ul: Mapping[str, float],
) -> tuple[WellPlan, ...]:
    """One entry per row of the table, in its order."""
    return tuple(
        WellPlan(
            well=well.condition.well,
            name=well.condition.name,
            kind=well.condition.kind,
            replicate_of=well.condition.replicate_of,
            values=well.condition.values,
            choices=well.condition.choices,
            asked_umol=_asked(well, strengths),
            final_volume_ul=round(
                sum(
                    draw.volume_ul * draw.portions
                    for draw in delivery.draws[well.condition.well].values()
                ),
                6,
            ),
            peak_volume_ul=round(peak_ul.get(well.condition.well, 0.0), 6),
            hydrogen_ul=hydrogen_ul.get(well.condition.well, 0.0),
        )
        for well in wells
    )


def _asked(well: WellDoses, strengths: Mapping[str, Strength]) -> dict[str, float]:
    asked: dict[str, float] = {}
    for dose in well.doses.values():
        for material, umol_per_ul in strengths[dose.stock].umol_per_ul.items():
            asked[material] = asked.get(material, 0.0) + umol_per_ul * dose.total_ul
    return asked
