"""Compares our solver with an exact one on small random problems, and checks every timetable.

CP-SAT proves the shortest makespan, or that there is no timetable. Ours must never give an invalid
one, never say that there is none where there is one, and never claim a bound or a proof that is
wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from ortools.sat.python import cp_model

from benchmarks.plates import ROOT
from benchmarks.scheduling.checker import faults, makespan
from benchmarks.scheduling.files import instance_text
from benchmarks.scheduling.instance import Instance
from benchmarks.scheduling.ours import Portions
from benchmarks.scheduling.peers import cp_sat_model
from benchmarks.scheduling.small import random_problem, safe_horizon
from ncrobot.timetable import InfeasibleError, NoTimetableError, Problem, Timetable, solve, solving

RESULTS = ROOT / "results" / "scheduling_exact.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``verdict`` in a word; ``wrong`` tells what must never happen, or is None."""

    verdict: str
    wrong: str | None = None
    gap: int = 0
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """``search_alone`` keeps our solver from its own last stage, which hands over to CP-SAT."""

    effort: float = 1.0
    portions: Portions = "tolerant"
    search_alone: bool = False


def shortest(problem: Problem) -> int | None:
    """The proven shortest makespan, or None: proven that there is no timetable.

    Raises:
        RuntimeError: CP-SAT proved neither.
    """
    model, _, _ = cp_sat_model(problem, safe_horizon(problem))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 60
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status != cp_model.OPTIMAL:
        raise RuntimeError(f"{problem.name}: CP-SAT says {solver.status_name(status)}")
    least: int = round(solver.objective_value)
    return least


def compare(
    problem: Problem, *, seed: int = 0, effort: float = 1.0, portions: Portions = "tolerant"
) -> Outcome:
    """What ours made of a problem, judged by the exact answer and by the checker."""
    best = shortest(problem)
    try:
        found = solve(problem, seed=seed, effort=effort, portions=portions)
    except InfeasibleError as error:
        if best is not None:
            return Outcome("false infeasible", f"said {error}, but {best} is possible")
        return Outcome("infeasible, proven")
    except NoTimetableError:
        return Outcome("infeasible, not proven" if best is None else "not found")
    except Exception as error:  # noqa: BLE001 - a crash is a wrong answer like any other
        return Outcome("crashed", f"{type(error).__name__}: {error}")
    return _judge(problem, found, best)


def _judge(problem: Problem, found: Timetable, best: int | None) -> Outcome:
    broken = faults(problem, found.starts)
    if broken:
        return Outcome("invalid", "; ".join(broken))
    end = makespan(problem, found.starts)
    if end != found.makespan:
        return Outcome("invalid", f"says it ends at {found.makespan}, but it ends at {end}")
    if best is None:
        return Outcome("oracles differ", f"CP-SAT says infeasible, but {end} passes the checker")
    if found.lower_bound > best:
        return Outcome("wrong bound", f"bound {found.lower_bound}, but {best} is possible")
    if found.proven and end > best:
        return Outcome("wrong proof", f"{end} is called proven, but {best} is possible")
    return Outcome("shortest" if end == best else "longer", gap=end - best, proven=found.proven)


def run(instances: int, asked: Asked, *, first: int = 1) -> tuple[dict[str, Any], list[str]]:
    """Figures over the problems of so many seeds, and what went wrong where."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    excess: list[int] = []
    proven = 0
    began = time.perf_counter()
    # Problems of this size go to CP-SAT at last, unless none is small enough for it.
    provable = 0 if asked.search_alone else solving.PROVABLE
    with mock.patch.object(solving, "PROVABLE", provable):
        for seed in range(first, first + instances):
            problem = random_problem(seed)
            outcome = compare(problem, seed=seed, effort=asked.effort, portions=asked.portions)
            counts[outcome.verdict] += 1
            proven += outcome.proven
            if outcome.verdict == "longer":
                excess.append(outcome.gap)
            if outcome.wrong is not None:
                wrong.append(f"{problem.name}: {outcome.verdict}: {outcome.wrong}")
            if (seed - first + 1) % 1000 == 0:
                print(f"{seed - first + 1}: {dict(counts)}", file=sys.stderr, flush=True)
    figures = {
        "instances": instances,
        "first_seed": first,
        **asdict(asked),
        **{verdict.replace(", ", " ").replace(" ", "_"): counts[verdict] for verdict in VERDICTS},
        "proven_shortest": proven,
        "longest_excess": max(excess, default=0),
        "seconds": round(time.perf_counter() - began, 1),
    }
    return figures, wrong


VERDICTS = (
    "shortest", "longer", "infeasible, proven", "infeasible, not proven", "not found",
    "false infeasible", "crashed", "invalid", "wrong bound", "wrong proof", "oracles differ",
)  # fmt: skip


def main() -> None:
    """Compare, print, write; exit 1 if anything went wrong, with the first problem as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling.exact")
    parser.add_argument("--instances", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--effort", type=float, default=1.0)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    asked = (
        Asked(options.effort),
        Asked(options.effort, search_alone=True),
        Asked(options.effort, portions="exact"),
    )
    runs = [run(options.instances, each, first=options.first) for each in asked]
    figures = {"runs": [each for each, _ in runs]}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
    wrong = [line for _, lines in runs for line in lines]
    if wrong:
        print("\n".join(wrong[:20]))
        seed = int(wrong[0].split(":")[0].removeprefix("small-"))
        problem = random_problem(seed)
        print(instance_text(Instance(seed, problem, safe_horizon(problem))))
        raise SystemExit(1)


if __name__ == "__main__":
    main()
