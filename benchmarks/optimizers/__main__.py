"""Races optimizers, prints a table, writes results/optimizers.json and, if asked, the figure."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.optimizers.drawing import draw
from benchmarks.optimizers.judging import summaries, table
from benchmarks.optimizers.racing import PLATES, WELLS, Race, race
from benchmarks.optimizers.responses import RESPONSES
from benchmarks.optimizers.suggesting import suggesting
from benchmarks.plates import ROOT
from ncrobot.optimizers import known_optimizers

LIGHT = ("random", "one-factor", "thompson")
EXTRAS = ("baybe", "ax")
QUARTER = 24
"""Wells of a round in which the extras are raced."""
_PACKAGES = ("ncrobot", "numpy", "scipy", "torch", "botorch", "baybe", "ax-platform")
# One thread for each process: the linear algebra is small, and its threads disturb each other.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(given: Sequence[str] | None = None) -> None:
    """Read the command line, race, print, write."""
    options = _options(given)
    for name in _THREADS:
        os.environ[name] = "1"
    extras = [name for name in options.extras if name in known_optimizers()]
    tasks = _tasks(options, extras)
    rows = sorted(_all_rows(tasks, options), key=lambda row: _order(row, tasks))
    found = summaries(rows)
    times = [suggesting(name) for name in (*LIGHT, "latin-hypercube", "sobol", *extras)]
    for size in sorted({row["wells_of_a_round"] for row in found}, reverse=True):
        print(f"\nRounds of {size} wells\n\n{table(found, size)}\n")
    for row in times:
        print(json.dumps(row))
    figures = {
        "machine": _machine(),
        "settings": {
            "rounds": PLATES,
            "seeds": options.seeds,
            "extra_seeds": {
                name: min(item["seeds"] for item in found if item["optimizer"] == name)
                for name in extras
                if any(item["optimizer"] == name for item in found)
            },
            "score": "best true figure so far, or share of the square that is beaten; per cent",
            "wells_to_random_best": "median of the seeds, in whole rounds; null: not reached",
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


Task = tuple[str, str, int, int]
"""Response, optimizer, seed, wells of a round."""


def _tasks(options: argparse.Namespace, extras: Sequence[str]) -> list[Task]:
    """All races; seeds outermost, so that races that are cut short are even.

    Whole plates for all, and, since extras need minutes for those, quarters of plates.
    """
    light = [
        (response, name, seed, wells)
        for seed in range(options.seeds)
        for response in options.responses
        for wells in (WELLS, *([QUARTER] if extras else []))
        for name in LIGHT
    ]
    sizes = (QUARTER, WELLS) if options.whole_plates else (QUARTER,)
    return light + [
        (response, name, seed, wells)
        for wells in sizes
        for seed in range(options.extra_seeds)
        for response in options.responses
        for name in extras
    ]


def _all_rows(tasks: list[Task], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Rows that were kept, and those of races that are still to be run, which are then kept."""
    kept = _kept(options.rows)
    known = {_task(row) for row in kept}
    yield from (row for row in kept if _task(row) in tasks)
    for row in _raced([task for task in tasks if task not in known], options):
        if options.rows is not None:
            with options.rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        yield row


def _kept(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _task(row: dict[str, Any]) -> Task:
    return row["response"], row["optimizer"], row["seed"], row["wells"]


def _raced(tasks: list[Task], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Races in several processes; none is begun after ``--limit-min``."""
    end = time.monotonic() + 60 * options.limit_min
    left, waiting = list(tasks), set[Future[Race]]()
    with ProcessPoolExecutor(max_workers=options.processes) as pool:
        while left or waiting:
            while left and len(waiting) < options.processes and time.monotonic() < end:
                waiting.add(pool.submit(race, *left.pop(0)))
            if not waiting:
                print(f"time is over: {len(left)} races are left out", file=sys.stderr)
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                row = each.result().row()
                told = f"{' '.join(map(str, _task(row)))}: {row['scores']}"
                print(f"{told} ({len(left) + len(waiting)} left)", file=sys.stderr, flush=True)
                yield row


def _order(row: dict[str, Any], tasks: list[Task]) -> tuple[int, int, int, int]:
    """By response, size of a round, optimizer, seed."""
    names = list(dict.fromkeys(task[1] for task in tasks))
    responses = list(dict.fromkeys(task[0] for task in tasks))
    response, name, seed, wells = _task(row)
    return responses.index(response), -wells, names.index(name), seed


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "versions": {name: told for name in _PACKAGES if (told := _version(name))},
    }


def _version(name: str) -> str:
    """The version of a package, empty if it isn't there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.optimizers", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--extras", nargs="*", default=[], choices=EXTRAS, help="if installed")
    parser.add_argument("--extra-seeds", type=int, default=10, help="extras take hours")
    parser.add_argument(
        "--whole-plates", action="store_true", help="extras also in rounds of 96; many hours"
    )
    parser.add_argument("--limit-min", type=float, default=1e6, help="begin no race after it")
    parser.add_argument("--rows", type=Path, help="keep every race here, and run none twice")
    names = [response.name for response in RESPONSES]
    parser.add_argument("--responses", nargs="*", default=names, choices=names)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--publish", action="store_true", help="draw the documentation's figure")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
