"""Checks a timetable file against an instance file, and prints its figures."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.scheduling.checker import deviations, makespan, verdict
from benchmarks.scheduling.files import read_instance, read_starts


def main() -> None:
    """Print every fault and exit with 1, or print the figures of a valid timetable."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling.check")
    parser.add_argument("instance", type=Path)
    parser.add_argument("timetable", type=Path)
    options = parser.parse_args()
    instance = read_instance(options.instance.read_text(encoding="utf-8"))
    starts = read_starts(options.timetable.read_text(encoding="utf-8"))
    found = verdict(instance, starts)
    if found:
        print("\n".join(found))
        raise SystemExit(1)
    problem = instance.problem
    print(f"{instance.name}: valid, {makespan(problem, starts) * problem.tick_s / 3600:.3f} h")
    for kind in ("portion", "sample"):
        off = deviations(problem, starts, kind)
        print(f"{kind}s off their targets: at most {off.max_s:g} s, 95 % within {off.p95_s:g} s")


if __name__ == "__main__":
    main()
