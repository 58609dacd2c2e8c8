"""Are verdicts of overload right? Random small plates with an asked end, against CP-SAT.

What the scheduler refuses as overloaded must be impossible, and what it schedules must pass the
checker. CP-SAT reads operations and lags of the compiled plan itself, in whole seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ortools.sat.python import cp_model

from benchmarks.plates import ROOT
from benchmarks.scheduling.checker import faults
from benchmarks.scheduling.peers import cp_sat_model
from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout, load_deck
from ncrobot.errors import ScheduleError
from ncrobot.plan import Plan
from ncrobot.protocol import read_conditions, read_protocol
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler import operation_duration_s, schedule_plan
from ncrobot.timetable import Problem, Task, Window

RESULTS = ROOT / "results" / "scheduling_overload.json"
ONE_CHANNEL = ROOT / "deck_layouts" / "ot2_96.yaml"
LIMIT_S = 5.0

PROTOCOL = """
ncrobot: protocol/1
name: dense
title: portions at a short interval
materials:
  gold: {{name: tetrachloroauric(III) acid trihydrate, role: metal, formula: HAuCl4·3H2O}}
  hydride: {{name: sodium borohydride, role: reductant, formula: NaBH4, electrons: 8}}
  water: {{name: water, role: solvent, formula: H2O}}
stocks:
  water: {{of: water, neat: true}}
  gold: {{of: gold, concentration: 5 mM, solvent: water}}
  hydride: {{of: hydride, concentration: 2 mM, solvent: water}}
vessel: {{labware: reaction, final_volume: 250 µL}}
parameters:
  portions: {{quantity: count, range: [1, 8], default: 3}}
steps:
  - {{do: add, id: fill, stock: water, make_up: true}}
  - {{do: add, id: gold, stock: gold, amount: 0.2 µmol}}
  - do: reduce
    id: reduction
    stock: hydride
    electrons_per_metal: 4
    portions: $portions
    interval: {interval_s} s
    tolerance: {tolerance_s} s
"""


def random_plate(seed: int, deck: DeckLayout) -> Plan:
    """Two to six wells in portions, near what one arm can do."""
    rng = random.Random(seed)
    text = PROTOCOL.format(interval_s=rng.randint(50, 180), tolerance_s=rng.choice((0, 2, 5, 10)))
    most = rng.randint(2, 5)
    alike = rng.random() < 0.6
    counts = [most if alike else rng.randint(1, most) for _ in range(rng.randint(2, 6))]
    rows = ["name,portions", *(f"well_{i},{count}" for i, count in enumerate(counts))]
    source = read_protocol(text)
    table = "\n".join(rows) + "\n"
    return compile_plan(source, read_conditions(table, source, format="csv", file="drawn"), deck)


def problem_of(plan: Plan) -> Problem:
    """The plan as tasks and windows in whole seconds; stocks that age aren't told."""
    if plan.backgrounds or any(use.life_s is not None for use in plan.stocks):
        raise NotImplementedError("only plans without shaking and without stocks that age")
    lengths = {
        op.id: math.ceil(round(operation_duration_s(op, plan.deck), 6)) for op in plan.operations
    }
    tasks = tuple(Task(op.id, lengths[op.id], (op.device,), job=op.group) for op in plan.operations)
    windows = []
    for lag in plan.lags:
        offset = lengths[lag.before] if lag.point == "end" else 0
        high = None if lag.max_s is None else math.floor(lag.max_s) + offset
        windows.append(Window(lag.before, lag.after, math.ceil(lag.min_s) + offset, high))
    return Problem(plan.protocol, tasks, tuple(windows))


def possible_within(problem: Problem, end_s: int) -> bool | None:
    """Whether a timetable ends by then, proven; None if CP-SAT proved neither in its time."""
    model, _, _ = cp_sat_model(problem, end_s)
    model.clear_objective()
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = LIMIT_S
    status = solver.solve(model)
    if status == cp_model.UNKNOWN:
        return None
    return bool(status in {cp_model.OPTIMAL, cp_model.FEASIBLE})


def compare(seed: int, deck: DeckLayout) -> tuple[str, str | None]:
    """A verdict in words, and what must never happen, if it did."""
    plan = random_plate(seed, deck)
    problem = problem_of(plan)
    share = random.Random(seed).uniform(0.8, 1.25)
    end_s = max(int(schedule_plan(plan).lower_bound_s * share), 1)
    answer = possible_within(problem, end_s)
    known = {True: "possible", False: "impossible", None: "undecided"}[answer]
    try:
        schedule = schedule_plan(plan, options=ScheduleOptions(finish_within_s=end_s))
    except ScheduleError as error:
        codes = {diagnostic.code for diagnostic in error.diagnostics}
        if "overloaded" not in codes:
            return f"not found, {known}", None
        wrong = f"refused, but possible: {error}" if answer else None
        return f"refused as overloaded, {known}", wrong
    broken = _faults(problem, schedule, end_s)
    if broken:
        return "invalid", "; ".join(broken)
    return f"scheduled, {known}", "CP-SAT says impossible" if answer is False else None


def _faults(problem: Problem, schedule: Schedule, end_s: int) -> list[str]:
    starts = {entry.operation: entry.start_s for entry in schedule.entries}
    odd = [name for name, start_s in starts.items() if start_s != int(start_s)]
    if odd:
        return [f"{name} starts within a second" for name in odd]
    return faults(problem, {name: int(start_s) for name, start_s in starts.items()}, end_s)


def run(plates: int, first: int = 1) -> tuple[dict[str, Any], list[str]]:
    """Counts over the plates of so many seeds, and what went wrong where."""
    deck = load_deck(ONE_CHANNEL)
    counts: Counter[str] = Counter()
    wrong = []
    for seed in range(first, first + plates):
        verdict, broken = compare(seed, deck)
        counts[verdict] += 1
        if broken is not None:
            wrong.append(f"seed {seed}: {broken}")
        if (seed - first + 1) % 100 == 0:
            print(f"{seed - first + 1}: {dict(counts)}", file=sys.stderr, flush=True)
    figures = {"plates": plates, "first_seed": first, "wrong": len(wrong)}
    return {**figures, "verdicts": dict(sorted(counts.items()))}, wrong


def main() -> None:
    """Compare, print, write; exit 1 if a verdict was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling.overloads")
    parser.add_argument("--plates", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    figures, wrong = run(options.plates, options.first)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
    if wrong:
        print("\n".join(wrong[:20]))
        raise SystemExit(1)


if __name__ == "__main__":
    main()
