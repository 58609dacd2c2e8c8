"""Stalls of the arm at random points of whole plates, with and without repair of the schedule.

    python -m benchmarks.stalls [--runs 1000]

Each run is the real engine on the simulator in virtual time. An act of the arm takes 30 to 300 s
longer; the same stall is run twice: with the order kept (every operation as soon as it may begin)
and with repair. Counted are lags outside their bounds, portions apart.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context

from benchmarks.measuring import write
from benchmarks.plates import ROOT
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.engine import Engine
from ncrobot.events import Event, EventKind
from ncrobot.lab import compile_files, schedule
from ncrobot.plan import Plan
from ncrobot.protocol.dosing import Batching
from ncrobot.repairs import Progress, Repaired, Repairer
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler import make_repairer
from ncrobot.workcells import simulated_workcell
from ncrobot_sim import Fault, FaultPlan

STALLS_S = (30, 60, 120, 300)
PLATES: Mapping[str, tuple[str, Batching, float]] = {
    "STARlet, columns": ("starlet_96", "auto", 0.0),
    "OT-2, one tip for 8 wells": ("ot2_96", "auto", 0.0),
    "OT-2, one tip for 8 wells, reserve 50 %": ("ot2_96", "auto", 0.5),
    "OT-2, well by well": ("ot2_96", "single", 0.0),
}
"""Deck layout, batching, and the share of each operation for which the arm is left free after."""
SHARES = {
    "STARlet, columns": 13,
    "OT-2, one tip for 8 wells": 4,
    "OT-2, one tip for 8 wells, reserve 50 %": 2,
    "OT-2, well by well": 1,
}
"""Of twenty runs, how many are of each plate: a run of the last takes ten times as long as one of
the first."""
ACTS = ("aspirate", "dispense", "pick_up_tips")
# A stall is in the dense phase if the arm works more than this share of the half hour after it.
DENSE = 0.5


@dataclass(frozen=True, slots=True)
class Stall:
    """One stall: on which plate, at which act of the arm, how long."""

    plate: str
    act: str
    nth: int
    stall_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one run."""

    lags: int
    portions: int
    worst_s: float
    wells: int
    end_s: float
    dense: bool
    repair_s: tuple[float, ...]
    methods: tuple[str, ...]


@cache
def plate(name: str) -> tuple[Plan, Schedule]:
    """The shipped eight-portion plate on a deck, with its schedule."""
    protocol = ROOT / "protocols" / "au25_pmba_portions.yaml"
    deck, batching, reserve = PLATES[name]
    layout = ROOT / "deck_layouts" / f"{deck}.yaml"
    plan = compile_files(protocol, protocol.with_suffix(".csv"), layout, batching=batching)
    found = plan, schedule(plan, options=ScheduleOptions(reserve=reserve))
    gc.collect()
    gc.freeze()  # so that the plates of this process aren't looked through during a repair
    return found


def carry_out(name: str, faults: FaultPlan, repairer: Repairer | None) -> list[Event]:
    """The events of one whole run."""
    plan, times = plate(name)
    events: list[Event] = []

    async def main(clock: VirtualClock) -> None:
        engine = Engine(
            run_id="stall",
            plan=plan,
            schedule=times,
            workcell=simulated_workcell(plan, times, clock, faults),
            clock=clock,
            emit=events.append,
            repairer=repairer,
        )
        await engine.run()

    run_virtual(main)
    return events


def judge(stall: Stall, *, repair: bool) -> Told:
    """One run with its stall."""
    plan, times = plate(stall.plate)
    fault = Fault(plan.deck.arm.name, stall.act, stall.nth, delay_s=stall.stall_s)
    spent: list[float] = []
    events = carry_out(
        stall.plate, FaultPlan([fault]), _timed(make_repairer(plan), spent) if repair else None
    )
    kinds = {(lag.before, lag.after): lag.kind for lag in plan.lags}
    broken = [e.data for e in events if e.kind is EventKind.LAG_BROKEN]
    return Told(
        lags=len(broken),
        portions=sum(kinds[each["before"], each["after"]] == "portion" for each in broken),
        worst_s=max((each["by_s"] for each in broken), default=0.0),
        wells=len({well for e in events if e.kind is EventKind.LAG_BROKEN for well in e.wells}),
        end_s=max(e.time_s for e in events),
        dense=_is_dense(plan, times, _when(events, stall)),
        repair_s=tuple(spent),
        methods=tuple(e.data["method"] for e in events if e.kind is EventKind.SCHEDULE_REPAIRED),
    )


def _timed(repairer: Repairer, spent: list[float]) -> Repairer:
    def repair(times: Schedule, progress: Progress) -> Repaired | None:
        begin = time.perf_counter()
        try:
            return repairer(times, progress)
        finally:
            spent.append(time.perf_counter() - begin)

    return repair


def _when(events: Sequence[Event], stall: Stall) -> float:
    acts = [e.time_s for e in events if e.kind is EventKind.INTENT and e.act == stall.act]
    return acts[min(stall.nth, len(acts)) - 1] if acts else 0.0


def _is_dense(plan: Plan, times: Schedule, at_s: float) -> bool:
    arm = plan.deck.arm.name
    until_s = at_s + 1800.0
    busy_s = sum(
        max(min(e.end_s, until_s) - max(e.start_s, at_s), 0.0)
        for e in times.entries
        if arm in e.resources
    )
    return busy_s > DENSE * 1800.0


def both(stall: Stall) -> tuple[Stall, Told, Told]:
    """The same stall with the order kept and with repair."""
    return stall, judge(stall, repair=False), judge(stall, repair=True)


def draw(runs: int, seed: int) -> list[Stall]:
    """Stalls at random acts of all plates."""
    chance = random.Random(seed)
    counts: dict[str, Counter[str]] = {}
    for name in PLATES:
        events = carry_out(name, FaultPlan(), None)
        counts[name] = Counter(e.act for e in events if e.kind is EventKind.INTENT)
    found = []
    turns = [name for name, share in SHARES.items() for _ in range(share)]
    for number in range(runs):
        name = turns[number % len(turns)]
        act = chance.choice(ACTS)
        nth = chance.randint(1, counts[name][act])
        found.append(Stall(name, act, nth, STALLS_S[number // len(turns) % len(STALLS_S)]))
    return found


def row(
    name: str, phase: str, stall_s: float, told: Sequence[tuple[Told, Told]]
) -> dict[str, object]:
    """One line of the table."""
    before, after = [b for b, _ in told], [a for _, a in told]
    return {
        "plate": name,
        "phase": phase,
        "stall_s": stall_s,
        "runs": len(told),
        "broken_before": sum(t.lags for t in before),
        "broken_after": sum(t.lags for t in after),
        "portions_before": sum(t.portions for t in before),
        "portions_after": sum(t.portions for t in after),
        "runs_broken_before": sum(t.lags > 0 for t in before),
        "runs_broken_after": sum(t.lags > 0 for t in after),
        "worst_before_s": round(max(t.worst_s for t in before), 1),
        "worst_after_s": round(max(t.worst_s for t in after), 1),
        "later_s": round(statistics.mean(a.end_s - b.end_s for b, a in told), 1),
    }


def tabulate(results: Sequence[tuple[Stall, Told, Told]]) -> list[dict[str, object]]:
    """The table by plate, phase and length of the stall."""
    cells: dict[tuple[str, str, float], list[tuple[Told, Told]]] = {}
    for stall, before, after in results:
        phase = "dense" if before.dense else "quiet"
        cells.setdefault((stall.plate, phase, stall.stall_s), []).append((before, after))
    return [row(*key, told) for key, told in sorted(cells.items())]


def summary(results: Sequence[tuple[Stall, Told, Told]]) -> Mapping[str, object]:
    """How long repairs took and which ways were taken."""
    spent = sorted(s for _, _, after in results for s in after.repair_s)
    return {
        "repairs_asked": len(spent),
        "repair_max_s": round(spent[-1], 3) if spent else 0.0,
        "repair_p95_s": round(spent[int(0.95 * (len(spent) - 1))], 3) if spent else 0.0,
        "methods": dict(Counter(m for _, _, after in results for m in after.methods)),
        "worse_than_order_kept": [
            {**asdict(stall), "broken_before": b.lags, "broken_after": a.lags}
            for stall, b, a in results
            if a.lags > b.lags
        ],
        "worst_grew": sum(a.worst_s > b.worst_s + 1.0 for _, b, a in results),
    }


def publish(figures: Mapping[str, object], rows: Sequence[Mapping[str, object]]) -> None:
    """Put the table between its marks in the docs."""
    page = ROOT / "docs" / "late-runs.md"
    begin, end = "<!-- stalls -->\n", "<!-- /stalls -->"
    head, rest = page.read_text(encoding="utf-8").split(begin)
    tail = rest.split(end)[1]
    lines = [
        "| Plate | Phase | Stall | Runs | Lags broken | of them portions | Runs with any | Worst |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {r['plate']} | {r['phase']} | {r['stall_s']} s | {r['runs']} "
            f"| {r['broken_before']} → {r['broken_after']} "
            f"| {r['portions_before']} → {r['portions_after']} "
            f"| {r['runs_broken_before']} → {r['runs_broken_after']} "
            f"| {r['worst_before_s']} → {r['worst_after_s']} s |"
            for r in rows
        ),
        "",
        (
            f"{figures['runs']} runs, each with the order kept → with repair. A repair took at "
            f"most {figures['repair_max_s']} s, 95 % of the looks at the rest of a schedule at "
            f"most {figures['repair_p95_s']} s."
        ),
        "",
    ]
    page.write_text(head + begin + "\n" + "\n".join(lines) + end + tail, encoding="utf-8")


def main() -> None:
    """Run the stall set, print the table, write results/stalls.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--publish", action="store_true", help="write the table into the docs")
    asked = parser.parse_args()
    begin = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = list(pool.map(both, draw(asked.runs, asked.seed), chunksize=8))
    rows = tabulate(results)
    print(
        f"{'plate':40} {'phase':6} {'stall':>6} {'runs':>5}  lags broken    portions      worst s"
    )
    for each in rows:
        print(
            f"{each['plate']:40} {each['phase']:6} {each['stall_s']:>5}s {each['runs']:>5}"
            f"  {each['broken_before']:>5} ->{each['broken_after']:>4}"
            f"  {each['portions_before']:>4} ->{each['portions_after']:>4}"
            f"  {each['worst_before_s']:>6} -> {each['worst_after_s']}"
        )
    told = summary(results)
    print(told)
    wall_s = round(time.perf_counter() - begin, 1)
    makespans = {name: round(plate(name)[1].makespan_s / 3600, 3) for name in PLATES}
    figures = {"runs": asked.runs, "wall_s": wall_s, "makespan_h": makespans, **told, "rows": rows}
    write("stalls", figures)
    if asked.publish:
        publish(figures, rows)


if __name__ == "__main__":
    main()
