"""A small workcell, plans and schedules by hand, and a record in memory, for the engine's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.deck import DeckLayout, build_pylabrobot_deck, find_container
from ncrobot.deck.layout import Gas
from ncrobot.devices import HandlerSetup
from ncrobot.engine import Engine, Recalled, RunOutcome, Workcell
from ncrobot.events import Event, EventKind
from ncrobot.plan.document import Lag, Plan, StockUse, Texts, WellPlan
from ncrobot.plan.operations import Leg, Operation, Transfer
from ncrobot.repairs import Repairer
from ncrobot.schedule import Entry, Lot, Schedule
from ncrobot.scheduler import operation_duration_s
from ncrobot.scheduler.network import resources_of
from ncrobot_sim import FaultPlan, World
from ncrobot_sim.gas import SimulatedGas
from ncrobot_sim.liquid_handler import SimulatedLiquidHandler
from ncrobot_sim.operator import SimulatedOperator
from ncrobot_sim.reader import SimulatedReader, blank_response
from ncrobot_sim.shaker import make_shaker
from ncrobot_sim.temperature_block import SimulatedTemperatureBlock

ROWS = "ABCDEFGH"
TIMES = {
    "pick_up_tips_s": 6.0,
    "drop_tips_s": 5.0,
    "travel_s": 1.5,
    "touch_down_s": 2.0,
    "aspirate_ul_per_s": 100.0,
    "dispense_ul_per_s": 200.0,
    "move_plate_s": 25.0,
}
LAYOUT = DeckLayout.model_validate(
    {
        "ncrobot": "deck/1",
        "name": "bench",
        "robot": "hamilton.starlet",
        "arm": {
            "driver": "sim.liquid_handler",
            "channels": 8,
            "simultaneous": 8,
            "gripper": True,
            "tips": [
                {"name": "t300", "definition": "hamilton_96_tiprack_300uL_filter", "min_ul": 5, "max_ul": 300}
            ],
            "times": TIMES,
        },
        "devices": {
            "shaker": {
                "kind": "shaker", "driver": "sim.shaker", "nest": "hamilton_heater_shaker",
                "speed_rpm": [20, 2000], "temperature_c": [25, 105], "start_s": 3, "stop_s": 6,
            },
            "cooler": {
                "kind": "temperature_block", "driver": "sim.temperature_block",
                "nest": "inheco_cpac_ultraflat", "temperature_c": [4, 70], "settle_s": 900,
            },
            "reader": {
                "kind": "reader", "driver": "sim.reader", "nest": "bmg_clariostar",
                "at_mm": [-260, 150, 100], "wavelength_nm": [220, 1000],
                "read_s_per_wavelength": 2, "overhead_s": 10,
            },
        },
        "carriers": [
            {"name": "tip_carrier", "definition": "TIP_CAR_480_A00", "rails": 1},
            {"name": "plate_carrier", "definition": "PLT_CAR_L5AC_A00", "rails": 13},
            {"name": "module_carrier", "definition": "MFX_CAR_L4_SHAKER", "rails": 19, "modules": {1: "cooler", 3: "shaker"}},
            {"name": "trough_carrier", "definition": "Trough_CAR_4R200_A00", "rails": 26},
        ],
        "labware": [
            {"name": "tips", "definition": "hamilton_96_tiprack_300uL_filter", "role": "tips", "carrier": "tip_carrier", "site": 0, "material": "pp"},
            {"name": "plate", "definition": "NEST_96_wellplate_2200uL_Ub", "role": "reaction", "on": "shaker", "material": "pp"},
            {"name": "samples", "definition": "cor_96_wellplate_360uL_Fb", "role": "samples", "carrier": "plate_carrier", "site": 0, "material": "ps"},
            {"name": "mixes", "definition": "NEST_96_wellplate_2200uL_Ub", "role": "dilution", "carrier": "plate_carrier", "site": 2, "material": "pp"},
            {"name": "water", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "carrier": "trough_carrier", "site": 0, "material": "pp"},
            {"name": "gold", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "carrier": "trough_carrier", "site": 1, "material": "pp"},
            {"name": "hydride", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "carrier": "trough_carrier", "site": 2, "material": "pp"},
        ],
        "waste_capacity_ul": 1e6,
    }
)  # fmt: skip
STOCKS = {
    "water": ("water/A1", {}),
    "gold": ("gold/A1", {"gold": 0.02}),
    "hydride": ("hydride/A1", {"hydride": 0.1, "base": 0.01}),
}


def column(number: int, rows: int = 8) -> tuple[str, ...]:
    """The wells of a column."""
    return tuple(f"{row}{number}" for row in ROWS[:rows])


def dose(
    name: str,
    stock: str,
    wells: Sequence[str],
    volume_ul: float | Sequence[float] = 50.0,
    *,
    tips: int = 1,
    reuse: bool = True,
    **fields: object,
) -> Transfer:
    """A transfer of a stock into wells of the plate, each by the channel of its row."""
    volumes = [volume_ul] * len(wells) if isinstance(volume_ul, float | int) else volume_ul
    place, per_ul = STOCKS[stock]
    legs = tuple(
        Leg(
            channel=ROWS.index(well[0]),
            tip=f"tips/{well[0]}{tips}",
            source=place,
            destination=f"plate/{well}",
            volume_ul=volume,
            umol={material: each * volume for material, each in per_ul.items()},
        )
        for well, volume in zip(wells, volumes, strict=True)
    )
    return Transfer.model_validate(
        {
            "id": name, "step": name, "device": "arm", "wells": tuple(wells), "purpose": "dose",
            "stock": stock, "legs": legs, "tip_use": "reuse" if reuse else "fresh",
            "touches": not reuse, **fields,
        }
    )  # fmt: skip


def make_plan(
    operations: Iterable[Operation],
    lags: Iterable[Lag] = (),
    *,
    wells: Sequence[str] = column(1),
    stocks: Iterable[StockUse] | None = None,
    **fields: object,
) -> Plan:
    """A sealed plan of these operations; every stock stands there with 50 mL."""
    uses = stocks if stocks is not None else [stock_use(name) for name in STOCKS]
    return Plan.model_validate(
        {
            "compiler_version": "0", "protocol": "by_hand", "title": "By hand",
            "texts": Texts(protocol="", conditions=""), "deck": LAYOUT, "vessel_labware": "plate",
            "wells": tuple(
                WellPlan(
                    well=well, name=well, kind="synthesis", values={}, asked_umol={},
                    final_volume_ul=0, peak_volume_ul=0,
                )
                for well in wells
            ),
            "stocks": tuple(uses), "operations": tuple(operations), "lags": tuple(lags), **fields,
        }
    ).sealed()  # fmt: skip


def chain(operations: Sequence[Operation]) -> list[Lag]:
    """Lags that keep the operations in this order."""
    return [Lag(before=a.id, after=b.id) for a, b in pairwise(operations)]


def stock_use(stock: str, volume_ul: float = 50_000.0, **fields: object) -> StockUse:
    """A stock in its trough."""
    place, per_ul = STOCKS[stock]
    return StockUse.model_validate(
        {
            "stock": stock, "positions_ul": {place: volume_ul}, "drawn_ul": 0, "dead_volume_ul": 0,
            "umol_per_ul": per_ul, "solvent_fraction": {"water": 1.0}, **fields,
        }
    )  # fmt: skip


def in_a_row(
    plan: Plan,
    auxiliary: Sequence[Operation] = (),
    starts_s: dict[str, float] | None = None,
    lots: Sequence[Lot] = (),
    order: Sequence[str] | None = None,
) -> Schedule:
    """All operations one after the other, or at the given starts; auxiliary ones behind the rest."""
    by_id = {op.id: op for op in (*plan.operations, *auxiliary)}
    entries, now_s = [], 0.0
    for name in order or list(by_id):
        start_s = (starts_s or {}).get(name, now_s)
        took_s = operation_duration_s(by_id[name], plan.deck)
        entries.append(
            Entry(
                operation=name, start_s=start_s, duration_s=took_s, device=by_id[name].device,
                resources=resources_of(by_id[name], "arm"), slack_s=1e12,
            )
        )  # fmt: skip
        now_s = start_s + took_s
    entries.sort(key=lambda entry: entry.start_s)
    return Schedule(
        plan_sha256=plan.sha256, entries=tuple(entries), auxiliary=tuple(auxiliary),
        makespan_s=max(entry.end_s for entry in entries), lower_bound_s=0, method="by hand",
        lots=tuple(lots),
    )  # fmt: skip


@dataclass
class Record:
    """Events in memory; remembers which are flushed. Breaks at an event number if told so."""

    events: list[Event] = field(default_factory=list)
    flushed: int = 0
    break_at: int | None = None
    flushes: int = 0
    broken: bool = False

    def emit(self, event: Event) -> None:
        if self.break_at is not None and event.seq >= self.break_at:
            self.broken = True
            raise OSError(28, "No space left on device")
        self.events.append(event)

    def flush(self) -> None:
        self.flushes += 1
        self.flushed = len(self.events)

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]

    def ended(self, operation: str) -> Event:
        return next(e for e in self.of(EventKind.OPERATION_ENDED) if e.operation == operation)

    def results(self) -> dict[str, str]:
        return {e.operation or "": e.data["result"] for e in self.of(EventKind.OPERATION_ENDED)}

    def flagged(self) -> dict[str, list[str]]:
        """Well -> reasons."""
        found: dict[str, list[str]] = {}
        for event in self.of(EventKind.WELL_FLAGGED):
            for well in event.wells:
                found.setdefault(well, []).append(event.data["reason"])
        return found

    def acts(self) -> list[tuple[str | None, str | None]]:
        return [(event.operation, event.act) for event in self.of(EventKind.INTENT)]


@dataclass
class Bench:
    """One simulated run: world, workcell, record, engine."""

    plan: Plan
    schedule: Schedule
    clock: VirtualClock
    world: World
    record: Record
    workcell: Workcell
    engine: Engine


def make_bench(
    plan: Plan,
    schedule: Schedule,
    clock: VirtualClock,
    *,
    faults: FaultPlan | None = None,
    record: Record | None = None,
    person: SimulatedOperator | None = None,
    adapt: Callable[[Workcell, World, Record], None] | None = None,
    world_log: Path | None = None,
    recalled: Recalled | None = None,
    repairer: Repairer | None = None,
) -> Bench:
    """Put a simulated workcell together around a plan."""
    world = World(faults, world_log)
    if world.is_empty:
        for use in plan.stocks:
            world.define_stock(use.stock, use.umol_per_ul)
            for address, volume_ul in use.positions_ul.items():
                world.fill(address, use.stock, volume_ul)
        for placed in plan.deck.labware:
            world.put(placed.name, placed.on)
    deck = build_pylabrobot_deck(plan.deck)

    arm = plan.deck.arm
    settings = {name: device.model_dump() for name, device in plan.deck.devices.items()}
    common = {"clock": clock, "world": world}
    workcell = Workcell(
        SimulatedLiquidHandler(
            name="arm",
            setup=HandlerSetup(deck, partial(find_container, deck), arm.times, arm.channels),
            **common,
        ),
        {
            "shaker": make_shaker(name="shaker", settings=settings["shaker"], **common),
            "cooler": SimulatedTemperatureBlock(
                name="cooler", settings=settings["cooler"], **common
            ),
            "reader": SimulatedReader(
                name="reader", settings=settings["reader"], response=blank_response, **common
            ),
            **{
                name: SimulatedGas(name=name, settings=settings[name], **common)
                for name, device in plan.deck.devices.items()
                if isinstance(device, Gas)
            },
        },
        operator=person or SimulatedOperator(name="person", **common),
    )
    record = record or Record()
    if adapt is not None:
        adapt(workcell, world, record)
    engine = Engine(
        run_id="r1", plan=plan, schedule=schedule, workcell=workcell, clock=clock,
        emit=record.emit, flush=record.flush, recalled=recalled, repairer=repairer,
    )  # fmt: skip
    return Bench(plan, schedule, clock, world, record, workcell, engine)


def simulate(
    plan: Plan,
    schedule: Schedule,
    *,
    faults: FaultPlan | None = None,
    record: Record | None = None,
    adapt: Callable[[Workcell, World, Record], None] | None = None,
    meanwhile: Callable[[Bench], object] | None = None,
) -> tuple[RunOutcome, Bench]:
    """Run in virtual time; ``meanwhile`` is a coroutine function that runs beside it."""

    async def main(clock: VirtualClock) -> tuple[RunOutcome, Bench]:
        import asyncio

        bench = make_bench(plan, schedule, clock, faults=faults, record=record, adapt=adapt)
        beside = asyncio.ensure_future(meanwhile(bench)) if meanwhile is not None else None
        try:
            return await bench.engine.run(), bench
        finally:
            if beside is not None:
                beside.cancel()

    return run_virtual(main)
