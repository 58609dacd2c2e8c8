"""Plans by hand and at random, without the compiler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import strategies as st

from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import (
    AskPerson,
    Background,
    Lag,
    Leg,
    MovePlate,
    Operation,
    Plan,
    Read,
    SetTemperature,
    Shake,
    StockUse,
    Texts,
    Transfer,
    WellPlan,
)

MIN_S = 60
HOUR_S = 3600


def layout(simultaneous: int = 8) -> DeckLayout:
    """A deck on which a transfer of one channel takes 7 s and 1 s for each 50 µL."""
    return DeckLayout.model_validate(
        {
            "ncrobot": "deck/1",
            "name": "bench",
            "robot": "hamilton.starlet",
            "arm": {
                "driver": "sim.liquid_handler",
                "channels": 8,
                "simultaneous": simultaneous,
                "tips": [{"name": "t300", "definition": "hamilton_96_tiprack_300uL_filter", "min_ul": 5, "max_ul": 300}],
                "gripper": True,
                "times": {
                    "pick_up_tips_s": 2, "drop_tips_s": 1, "travel_s": 0.5, "touch_down_s": 1,
                    "aspirate_ul_per_s": 100, "dispense_ul_per_s": 100, "move_plate_s": 15,
                },
            },
            "devices": {
                "shaker": {"kind": "shaker", "driver": "sim.shaker", "speed_rpm": [20, 2000], "temperature_c": [25, 90], "start_s": 3, "stop_s": 6},
                "cooler": {"kind": "temperature_block", "driver": "sim.temperature_block", "temperature_c": [0, 90], "settle_s": 300},
                "reader": {"kind": "reader", "driver": "sim.reader", "wavelength_nm": [230, 1000], "read_s_per_wavelength": 0.5, "overhead_s": 30},
            },
            "labware": [
                {"name": "plate", "definition": "NEST_96_wellplate_2200uL_Ub", "role": "reaction", "on": "shaker", "material": "polypropylene"},
                {"name": "source", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "material": "polypropylene"},
            ],
            "waste_capacity_ul": 1e6,
        }
    )  # fmt: skip


LAYOUT = layout()


def transfer(
    name: str,
    group: str | None,
    takes_s: int = 20,
    *,
    stock: str = "water",
    step: str = "add",
    portion: int | None = None,
    wells: tuple[str, ...] | None = None,
) -> Transfer:
    """A transfer of one channel into the group's well that takes so many (at least 8) seconds."""
    leg = Leg(
        channel=0, tip="tips/A1", source=f"{stock}_source/A1", destination=f"plate/{group or 'H12'}",
        volume_ul=(takes_s - 7) * 50, umol={},
    )  # fmt: skip
    return Transfer(
        id=name, step=step, line=7, device="arm", wells=((group,) if group else ()) if wells is None else wells, group=group,
        purpose="dose", stock=stock, legs=(leg,), tip_use="reuse", touches=False, portion=portion,
    )  # fmt: skip


def person(name: str, takes_s: float = 120.0) -> AskPerson:
    """A task for a person."""
    return AskPerson(
        id=name, step=name, device="person", task=f"Do {name}.", takes_s=takes_s, default="done"
    )


def read(name: str) -> Read:
    """A measurement of the plate at four wavelengths: 32 s."""
    return Read(
        id=name, step=name, device="reader", labware="plate", wavelengths_nm=(400, 500, 600, 700)
    )


def carry(name: str, to: str) -> MovePlate:
    """The gripper carries the plate."""
    return MovePlate(id=name, step=name, device="arm", labware="plate", to=to)


def shake(name: str, speed_rpm: float) -> Shake:
    """The plan itself sets a speed."""
    return Shake(id=name, step=name, device="shaker", labware="plate", speed_rpm=speed_rpm)


def cool(name: str = "cool") -> SetTemperature:
    """The cooler goes to 4 °C: 300 s."""
    return SetTemperature(id=name, step=name, device="cooler", temperature_c=4.0)


def stock(name: str = "water", **given: object) -> StockUse:
    """A stock with plenty in it."""
    return StockUse.model_validate(
        {
            "stock": name, "positions_ul": {f"{name}_source/A1": 10_000_000.0}, "drawn_ul": 1000.0,
            "dead_volume_ul": 100.0, "umol_per_ul": {}, "solvent_fraction": {"water": 1.0}, **given,
        }
    )  # fmt: skip


def shaking(starts_after: Iterable[str], **given: object) -> Background:
    """The plate is shaken at 600 rpm."""
    return Background.model_validate(
        {
            "device": "shaker", "labware": "plate", "speed_rpm": 600, "step": "stir",
            "starts_after": tuple(starts_after), "ends_before": (), **given,
        }
    )  # fmt: skip


def plan_of(
    operations: Sequence[Operation],
    lags: Sequence[Lag],
    *,
    stocks: Sequence[StockUse] = (),
    backgrounds: Sequence[Background] = (),
    deck: DeckLayout = LAYOUT,
) -> Plan:
    """A sealed plan of these operations; stocks that aren't given are plentiful."""
    wells = dict.fromkeys(well for op in operations for well in op.wells)
    given = {use.stock: use for use in stocks}
    drawn = dict.fromkeys(op.stock for op in operations if isinstance(op, Transfer) and op.stock)
    return Plan(
        compiler_version="0",
        protocol="by_hand",
        title="by hand",
        texts=Texts(protocol="", conditions="", protocol_file="by_hand.yaml"),
        deck=deck,
        vessel_labware="plate",
        wells=tuple(
            WellPlan(
                well=w, name=w, kind="synthesis", values={}, asked_umol={}, final_volume_ul=1.0,
                peak_volume_ul=1.0,
            )
            for w in wells
        ),
        stocks=(*given.values(), *(stock(name) for name in drawn if name not in given)),
        operations=tuple(operations),
        lags=tuple(lags),
        backgrounds=tuple(backgrounds),
    ).sealed()  # fmt: skip


def portions(group: str, names: Sequence[str], interval_s: float, tolerance_s: float) -> list[Lag]:
    """The lags of portions at one interval, from the first."""
    return [
        Lag(
            before=names[0], point="start", after=name, min_s=k * interval_s - tolerance_s,
            max_s=k * interval_s + tolerance_s, target_s=k * interval_s, kind="portion",
            step="reduction", line=40,
        )
        for k, name in enumerate(names[1:], start=1)
    ]  # fmt: skip


def comb(
    group: str, count: int, interval_s: float = 1800, tolerance_s: float = 30, takes_s: int = 20
) -> tuple[list[Operation], list[Lag]]:
    """Two additions and a reduction in portions, in one chain."""
    teeth = [f"p{k}-{group}" for k in range(1, count + 1)]
    ops: list[Operation] = [
        transfer(f"add-{group}", group, takes_s),
        transfer(f"base-{group}", group, takes_s, step="base"),
        *(
            transfer(name, group, takes_s, stock="hydride", step="reduction", portion=k)
            for k, name in enumerate(teeth, start=1)
        ),
    ]
    lags = [Lag(before=a.id, after=b.id) for a, b in pairwise(ops)]
    return ops, [*lags, *portions(group, teeth, interval_s, tolerance_s)]


def wells(count: int) -> list[str]:
    """Names of the first wells of a plate, column by column."""
    return [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"][:count]


def synthesis(
    group: str, times_s: Sequence[int], takes_s: tuple[int, int, int], tolerance_s: int = 30
) -> tuple[list[Operation], list[Lag]]:
    """One synthesis of the scheduling benchmark: a tree of lags around the first portion.

    Solvent, metal, ligand, 20 to 120 min of complexation, base, portions at ``times_s``, samples 5,
    20, 90 and 300 min after the last, quench. ``takes_s``: additions, portions, samples.
    """
    add_s, portion_s, sample_s = takes_s
    early = ("solvent", "metal", "ligand", "base")
    ops: list[Operation] = [transfer(f"{n}-{group}", group, add_s, step=n) for n in early]
    teeth = [f"p{k}-{group}" for k in range(1, len(times_s) + 1)]
    ops += [
        transfer(n, group, portion_s, stock="hydride", step="reduction", portion=k)
        for k, n in enumerate(teeth, start=1)
    ]
    bounds = [
        ("solvent", "metal", add_s, 4 * HOUR_S),
        ("metal", "ligand", MIN_S, 30 * MIN_S),
        ("ligand", "base", 20 * MIN_S, 120 * MIN_S),
    ]
    lags = [
        Lag(
            before=f"{a}-{group}",
            point="start",
            after=f"{b}-{group}",
            min_s=low,
            max_s=high,
            kind="hold",
        )
        for a, b, low, high in bounds
    ]
    lags.append(
        Lag(
            before=f"base-{group}",
            point="start",
            after=teeth[0],
            min_s=max(MIN_S, add_s),
            max_s=15 * MIN_S,
        )
    )
    for name, time_s in zip(teeth[1:], times_s[1:], strict=True):
        lags.append(
            Lag(
                before=teeth[0], point="start", after=name, min_s=time_s - tolerance_s,
                max_s=time_s + tolerance_s, target_s=time_s, kind="portion", step="reduction", line=40,
            )
        )  # fmt: skip
    for at_min, within_min in ((5, 1), (20, 2), (90, 5), (300, 10)):
        name = f"s{at_min}-{group}"
        ops.append(transfer(name, group, sample_s, step="sample"))
        lags.append(
            Lag(
                before=teeth[-1], point="start", after=name, min_s=(at_min - within_min) * MIN_S,
                max_s=(at_min + within_min) * MIN_S, target_s=at_min * MIN_S, kind="sample", step="sample",
            )
        )  # fmt: skip
    ops.append(transfer(f"quench-{group}", group, sample_s, step="quench"))
    lags.append(
        Lag(
            before=f"s300-{group}",
            point="start",
            after=f"quench-{group}",
            min_s=sample_s,
            max_s=10 * MIN_S,
        )
    )
    return ops, lags


def plate(
    groups: Sequence[str], times_s: Sequence[int], takes_s: tuple[int, int, int], **given: object
) -> Plan:
    """A plate of equal syntheses; hydride is re-made for a minute every quarter of an hour."""
    operations: list[Operation] = []
    lags: list[Lag] = []
    for group in groups:
        more, bounds = synthesis(group, times_s, takes_s)
        operations += more
        lags += bounds
    fresh = stock("hydride", life_s=900.0, remake="person", remake_takes_s=60.0)
    return plan_of(operations, lags, stocks=[fresh], **given)  # type: ignore[arg-type]


@st.composite
def random_lags(draw: st.DrawFn, names: Sequence[str], tightest_s: int = 120) -> list[Lag]:
    """Lags along a chain, and perhaps one more across it, so that not only trees come up."""
    lags = []
    for before, after in pairwise(names):
        low = draw(st.integers(0, 300))
        high = low + draw(st.integers(0, tightest_s)) if draw(st.booleans()) else None
        lags.append(Lag(before=before, after=after, min_s=low, max_s=high, kind="hold", step=after))
    if len(names) > 2 and draw(st.booleans()):
        low = draw(st.integers(0, 1500))
        lags.append(
            Lag(
                before=names[0], point="start", after=names[-1], min_s=low,
                max_s=low + draw(st.integers(0, 600)), kind="timing", step=names[-1],
            )
        )  # fmt: skip
    return lags


@st.composite
def random_plans(draw: st.DrawFn) -> Plan:
    """Groups of chained transfers, plate-wide operations between them, stocks that age, shaking."""
    operations: list[Operation] = []
    lags: list[Lag] = []
    short = draw(st.booleans())
    for group in wells(draw(st.integers(1, 4))):
        names = [f"{group}-{i}" for i in range(draw(st.integers(1, 4)))]
        operations += [
            transfer(
                name, group, draw(st.sampled_from([8, 20, 45])),
                stock=draw(st.sampled_from(["water", "hydride"])),
            )
            for name in names
        ]  # fmt: skip
        lags += draw(random_lags(names))
        if draw(st.booleans()):
            teeth = [f"{group}-p{k}" for k in range(1, draw(st.integers(2, 4)) + 1)]
            operations += [
                transfer(name, group, stock="hydride", step="reduction") for name in teeth
            ]
            lags.append(Lag(before=names[-1], after=teeth[0]))
            lags += portions(group, teeth, draw(st.integers(30, 900)), draw(st.integers(0, 30)))
            names = teeth
        if draw(st.booleans()):
            target = draw(st.integers(60, 1500))
            width = draw(st.integers(0, 60))
            used = draw(st.sampled_from(["water", "hydride"]))
            operations.append(transfer(f"{group}-sample", group, stock=used, step="sample"))
            lags.append(
                Lag(
                    before=names[-1],
                    after=f"{group}-sample",
                    min_s=target - width,
                    max_s=target + width,
                    target_s=target,
                    kind="sample",
                    step="sample",
                )
            )
    firsts = [op.id for op in operations if op.id.endswith("-0")]
    lasts = [op.id for op in operations if not any(lag.before == op.id for lag in lags)]
    if draw(st.booleans()):
        operations.append(cool())
        lags += [Lag(before="cool", after=name) for name in firsts]
    if draw(st.booleans()):
        between: list[Operation] = [
            draw(st.sampled_from([person("centrifuge"), shake("faster", 900), read("measure")]))
        ]
        operations += between
        high = draw(st.sampled_from([None, 1200, 3600]))
        lags += [Lag(before=name, after=between[0].id, max_s=high) for name in lasts]
        for group in dict.fromkeys(name.split("-")[0] for name in lasts):
            operations.append(transfer(f"{group}-end", group, 8))
            lags.append(Lag(before=between[0].id, after=f"{group}-end"))
    backgrounds = []
    if draw(st.booleans()):
        faster = [op.id for op in operations if isinstance(op, Shake)]
        backgrounds.append(shaking(firsts, ends_before=tuple(faster)))
        if faster:
            backgrounds.append(shaking(faster, speed_rpm=900))
    elif any(isinstance(op, Shake) for op in operations):
        backgrounds.append(shaking(["faster"], speed_rpm=900))
    life = {
        "life_s": draw(st.sampled_from([600.0, 1800.0, 3600.0])),
        "remake": draw(st.sampled_from(["person", "person", "never"])),
        "remake_takes_s": 60.0,
    }
    return plan_of(
        operations,
        lags,
        stocks=[stock("hydride", **life)] if short else [],
        backgrounds=backgrounds,
    )
