"""Races optimizers, prints a table, writes results/optimizers.json and, if asked, the figure."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from typing import Any

from benchmarks.optimizers.drawing import draw
from benchmarks.optimizers.judging import summaries, table
from benchmarks.optimizers.racing import race
from benchmarks.optimizers.responses import RESPONSES
from benchmarks.optimizers.suggesting import suggesting
from benchmarks.plates import ROOT
from ncrobot.optimizers import known_optimizers

LIGHT = ("random", "one-factor", "thompson")
EXTRAS = ("baybe", "ax")
# One thread for each process: the linear algebra is small, and its threads disturb each other.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(given: Sequence[str] | None = None) -> None:
    """Read the command line, race, print, write."""
    options = _options(given)
    for name in _THREADS:
        os.environ[name] = "1"
    extras = [name for name in options.extras if name in known_optimizers()]
    tasks = [
        (response, name, seed)
        for response in options.responses
        for name in (*LIGHT, *extras)
        for seed in range(options.extra_seeds if name in extras else options.seeds)
    ]
    rows = sorted(_raced(tasks, options.processes), key=lambda row: _order(row, tasks))
    found = summaries(rows)
    times = [suggesting(name) for name in (*LIGHT, "latin-hypercube", "sobol", *extras)]
    print(table(found), "\n")
    for row in times:
        print(json.dumps(row))
    figures = {
        "machine": _machine(),
        "settings": {
            "plates": 5,
            "wells": 96,
            "seeds": options.seeds,
            "extra_seeds": options.extra_seeds if extras else 0,
            "score": "best true figure so far, or share of the square that is beaten; per cent",
            "wells_to_random_best": "median of the seeds that reached it, in whole plates",
        },
        "summary": found,
        "suggesting": times,
        "rows": rows,
    }
    path = ROOT / "results" / "optimizers.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"\nFigures: {path.relative_to(ROOT)}")
    if options.publish:
        draw(found, ROOT / "docs" / "images" / "optimizers.svg")


def _raced(tasks: list[tuple[str, str, int]], processes: int) -> Iterator[dict[str, Any]]:
    with ProcessPoolExecutor(max_workers=processes) as pool:
        waiting = [pool.submit(race, *task) for task in tasks]
        for number, done in enumerate(as_completed(waiting), start=1):
            row = done.result().row()
            told = f"{number}/{len(tasks)} {row['response']} {row['optimizer']} {row['seed']}"
            print(f"{told}: {row['scores']}", file=sys.stderr, flush=True)
            yield row


def _order(row: dict[str, Any], tasks: list[tuple[str, str, int]]) -> int:
    return tasks.index((row["response"], row["optimizer"], row["seed"]))


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "versions": {name: version(name) for name in ("ncrobot", "numpy", "scipy")},
    }


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.optimizers", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--extras", nargs="*", default=[], choices=EXTRAS, help="if installed")
    parser.add_argument("--extra-seeds", type=int, default=3, help="extras take hours")
    names = [response.name for response in RESPONSES]
    parser.add_argument("--responses", nargs="*", default=names, choices=names)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--publish", action="store_true", help="draw the documentation's figure")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
