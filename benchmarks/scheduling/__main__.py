"""Runs the scheduling benchmark: prints tables, writes results/scheduling.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.plates import ROOT
from benchmarks.scheduling.bench import Settings, measure
from benchmarks.scheduling.catalogue import BENCHMARK, PLATES, TELLS
from benchmarks.scheduling.growth import measure_growth
from benchmarks.scheduling.peers import LIMIT_S, WORKERS
from benchmarks.scheduling.table import of_all_seeds, of_one_seed, summaries

RESULTS = ROOT / "results" / "scheduling.json"


def main(given: Sequence[str] | None = None) -> None:
    """Read the command line, measure, print, write."""
    options = _options(given)
    settings = Settings(
        names=options.instances,
        seeds=1 if options.quick else options.seeds,
        peer_seeds=0 if options.quick else options.peer_seeds,
        effort=options.effort,
        limit_s=options.limit_s,
    )
    rows = measure(settings, lambda line: print(line, file=sys.stderr, flush=True))
    figures: dict[str, Any] = {
        "machine": machine(),
        "settings": {
            "seeds": settings.seeds,
            "peer_seeds": settings.peer_seeds,
            "effort": settings.effort,
            "peer_limit_s": settings.limit_s,
            "peer_workers": WORKERS,
            "gap": "makespan over the best bound that any solver proved, less one",
            "times": "wall time from the moment the solver gets the problem",
        },
        "instances": {name: TELLS[name] for name in settings.names},
        "rows": rows,
        "summary": summaries(rows),
    }
    print("Seed 1 (deviations as max / p95)\n")
    print(of_one_seed(row for row in rows if row["instance_seed"] == 1))
    if settings.seeds > 1:
        print("\nAll seeds\n")
        print(of_all_seeds(rows))
    _write(options.output, figures)
    if not (options.quick or options.no_growth):
        figures["growth"] = measure_growth(settings.effort)
        _write(options.output, figures)
    print(f"\nFigures: {options.output}")


def _write(path: Path, figures: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What the times were measured on."""
    packages = ("ncrobot", "ortools", "pyjobshop", "numpy", "scipy")
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "versions": {name: version(name) for name in packages},
    }


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seed 1 only, no peers, no growth")
    parser.add_argument(
        "--instances", type=_names, default=BENCHMARK, metavar="NC1,NC2", help="default: NC1 to NC5"
    )
    parser.add_argument("--seeds", type=int, default=10, help="ours runs on seeds 1 to this")
    parser.add_argument("--peer-seeds", type=int, default=1, help="peers run on seeds 1 to this")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="seconds for each peer")
    parser.add_argument("--effort", type=float, default=1.0, help="scales the steps of our search")
    parser.add_argument("--no-growth", action="store_true", help="leave the growing plates out")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go")
    return parser.parse_args(given)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in PLATES:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PLATES)}")
    return names


if __name__ == "__main__":
    main()
