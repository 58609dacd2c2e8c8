"""Small plans by hand and at random, without the compiler."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from ncrobot.deck import DeckLayout
from ncrobot.plan import Background, Lag, Leg, Plan, StockUse, Texts, Transfer, WellPlan

LAYOUT = DeckLayout.model_validate(
    {
        "ncrobot": "deck/1",
        "name": "bench",
        "robot": "hamilton.starlet",
        "arm": {
            "driver": "sim.liquid_handler",
            "channels": 8,
            "simultaneous": 8,
            "tips": [{"name": "t300", "definition": "hamilton_96_tiprack_300uL_filter", "min_ul": 5, "max_ul": 300}],
            "times": {
                "pick_up_tips_s": 6, "drop_tips_s": 5, "travel_s": 1.5, "touch_down_s": 2,
                "aspirate_ul_per_s": 100, "dispense_ul_per_s": 100,
            },
        },
        "devices": {
            "shaker": {"kind": "shaker", "driver": "sim.shaker", "speed_rpm": [20, 2000], "start_s": 3, "stop_s": 6},
        },
        "labware": [
            {"name": "plate", "definition": "NEST_96_wellplate_2200uL_Ub", "role": "reaction", "on": "shaker", "material": "polypropylene"},
            {"name": "source", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "material": "polypropylene"},
        ],
        "waste_capacity_ul": 1e6,
    }
)  # fmt: skip


def transfer(name: str, group: str, volume_ul: float = 50.0, stock: str = "water") -> Transfer:
    """A transfer of one channel into the group's well; 50 µL take 22 s."""
    leg = Leg(
        channel=0, tip="tips/A1", source="source/A1", destination=f"plate/{group}",
        volume_ul=volume_ul, umol={},
    )  # fmt: skip
    return Transfer(
        id=name, step="add", device="arm", wells=(group,), group=group, purpose="dose",
        stock=stock, legs=(leg,), tip_use="reuse", touches=False,
    )  # fmt: skip


def stock(name: str = "water", **given: object) -> StockUse:
    """A stock with plenty in it."""
    return StockUse.model_validate(
        {
            "stock": name, "positions_ul": {"source/A1": 100_000.0}, "drawn_ul": 1000.0,
            "dead_volume_ul": 100.0, "umol_per_ul": {}, "solvent_fraction": {"water": 1.0}, **given,
        }
    )  # fmt: skip


def plan_of(
    operations: Sequence[Transfer],
    lags: Sequence[Lag],
    *,
    stocks: Sequence[StockUse] = (stock(),),
    backgrounds: Sequence[Background] = (),
) -> Plan:
    """A sealed plan of these operations."""
    wells = dict.fromkeys(op.group for op in operations if op.group)
    return Plan(
        compiler_version="0",
        protocol="by_hand",
        title="by hand",
        texts=Texts(protocol="", conditions=""),
        deck=LAYOUT,
        vessel_labware="plate",
        wells=tuple(
            WellPlan(
                well=w, name=w, kind="synthesis", values={}, asked_umol={}, final_volume_ul=1.0,
                peak_volume_ul=1.0,
            )
            for w in wells
        ),
        stocks=tuple(stocks),
        operations=tuple(operations),
        lags=tuple(lags),
        backgrounds=tuple(backgrounds),
    ).sealed()  # fmt: skip


def comb(
    group: str, portions: int, interval_s: float, tolerance_s: float
) -> tuple[list[Transfer], list[Lag]]:
    """A chain of two additions and a reduction in portions."""
    ops = [transfer(f"add-{group}", group), transfer(f"base-{group}", group)]
    ops += [transfer(f"p{k}-{group}", group) for k in range(1, portions + 1)]
    lags = [Lag(before=a.id, after=b.id) for a, b in pairwise(ops)]
    lags += [
        Lag(
            before=f"p1-{group}", point="start", after=f"p{k}-{group}",
            min_s=(k - 1) * interval_s - tolerance_s, max_s=(k - 1) * interval_s + tolerance_s,
            target_s=(k - 1) * interval_s, kind="portion", step="reduction", line=40,
        )
        for k in range(2, portions + 1)
    ]  # fmt: skip
    return ops, lags


@st.composite
def random_plans(draw: st.DrawFn) -> Plan:
    """A few groups of chained transfers with random lags, some bounded above, and a barrier-free deck."""
    operations: list[Transfer] = []
    lags: list[Lag] = []
    for column in range(1, draw(st.integers(1, 4)) + 1):
        group = f"A{column}"
        count = draw(st.integers(1, 4))
        names = [f"{group}-{i}" for i in range(count)]
        operations += [
            transfer(n, group, draw(st.sampled_from([10.0, 50.0, 250.0]))) for n in names
        ]
        for i in range(1, count):
            low = draw(st.integers(0, 300))
            bounded = draw(st.booleans())
            high = low + draw(st.integers(0, 120)) if bounded else None
            lags.append(
                Lag(before=names[i - 1], after=names[i], min_s=low, max_s=high, kind="hold")
            )
        if count > 2 and draw(st.booleans()):
            low = draw(st.integers(0, 1500))
            lags.append(
                Lag(before=names[0], point="start", after=names[-1], min_s=low,
                    max_s=low + draw(st.integers(0, 600)), kind="timing")
            )  # fmt: skip
    shaken = draw(st.booleans())
    firsts = [op.id for op in operations if op.id.endswith("-0")]
    background = Background(
        device="shaker", labware="plate", speed_rpm=600, starts_after=tuple(firsts),
        ends_before=(), step="stir",
    )  # fmt: skip
    return plan_of(operations, lags, backgrounds=[background] if shaken else [])
