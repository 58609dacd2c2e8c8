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

from benchmarks.optimizers.judging import summaries, table
from benchmarks.optimizers.keeping import (
    Row,
    code_of,
    codes_of,
    is_of_this_code,
    keep,
    keep_only,
    kept_in,
)
from benchmarks.optimizers.publishing import publish, times_table
from benchmarks.optimizers.racing import PLATES, WELLS, Race, race
from benchmarks.optimizers.responses import RESPONSES
from benchmarks.optimizers.suggesting import suggesting
from benchmarks.plates import ROOT
from ncrobot.optimizers import known_optimizers

LIGHT = ("random", "one-factor", "thompson")
DESIGNS = ("latin-hypercube", "sobol")
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
    kept = _usable(options)
    rows = sorted(_all_rows(tasks, kept, options), key=lambda row: _order(row, tasks))
    if options.only:
        return
    found = summaries(rows)
    times = _times((*LIGHT, *DESIGNS, *extras), kept, options)
    for size in sorted({row["wells_of_a_round"] for row in found}, reverse=True):
        print(f"\nRounds of {size} wells\n\n{table(found, size)}\n")
    print(times_table(times))
    figures = {
        "machine": _machine(),
        "settings": _settings(options, found, rows, extras),
        "summary": found,
        "suggesting": times,
        "rows": rows,
    }
    path = ROOT / "results" / "optimizers.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"\nFigures: {path.relative_to(ROOT)}")
    if options.publish:
        keep_only(options.rows, [*rows, *times])
        publish(found, times)


def _settings(
    options: argparse.Namespace, found: list[Row], rows: list[Row], extras: list[str]
) -> Row:
    return {
        "rounds": PLATES,
        "seeds": options.seeds,
        "extra_seeds": {
            name: min(item["seeds"] for item in found if item["optimizer"] == name)
            for name in extras
            if any(item["optimizer"] == name for item in found)
        },
        "score": "best true figure so far, or share of the square that is beaten; per cent",
        "wells_to_random_best": "median of the seeds, in whole rounds; null: not reached",
        "rows_by_code": codes_of(rows),
    }


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
    tasks = light + [
        (response, name, seed, wells)
        for wells in sizes
        for seed in range(options.extra_seeds)
        for response in options.responses
        for name in extras
    ]
    return [task for task in tasks if not options.only or task[1] in options.only]


def _usable(options: argparse.Namespace) -> list[Row]:
    """Rows that were kept; those of other code only if wanted, and where there are no others."""
    rows = kept_in(options.rows)
    for name, counts in codes_of(rows).items():
        told = ", ".join(f"{count} by {code}" for code, count in counts.items())
        print(f"kept rows of {name}: {told}", file=sys.stderr)
    found = {_task(row): row for row in rows if options.old_rows}
    return list((found | {_task(row): row for row in rows if is_of_this_code(row)}).values())


def _all_rows(tasks: list[Task], kept: list[Row], options: argparse.Namespace) -> Iterator[Row]:
    """Rows that were kept, and those of races that are still to be run, which are then kept."""
    known = {_task(row): row for row in kept}
    yield from (known[task] for task in tasks if task in known)
    for row in _raced([task for task in tasks if task not in known], options):
        keep(options.rows, row)
        yield row


def _times(names: Sequence[str], kept: list[Row], options: argparse.Namespace) -> list[Row]:
    """Times of all, measured in one run: that of kept rows, if no one is missing there."""
    known = {row["optimizer"]: row for row in kept if "response" not in row}
    if set(names) <= known.keys():
        return [known[name] for name in names]
    times = []
    for name in names:
        times.append({**suggesting(name), "code": code_of(name)})
        keep(options.rows, times[-1])
    return times


def _task(row: Row) -> Task:
    return row.get("response", ""), row["optimizer"], row.get("seed", 0), row.get("wells", 0)


def _raced(tasks: list[Task], options: argparse.Namespace) -> Iterator[Row]:
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
                row["code"] = code_of(row["optimizer"])
                told = f"{' '.join(map(str, _task(row)))}: {row['scores']}"
                print(f"{told} ({len(left) + len(waiting)} left)", file=sys.stderr, flush=True)
                yield row


def _order(row: Row, tasks: list[Task]) -> tuple[int, int, int, int]:
    """By response, size of a round, optimizer, seed."""
    names = list(dict.fromkeys(task[1] for task in tasks))
    responses = list(dict.fromkeys(task[0] for task in tasks))
    response, name, seed, wells = _task(row)
    return responses.index(response), -wells, names.index(name), seed


def _machine() -> Row:
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
    parser.add_argument("--old-rows", action="store_true", help="also those of other code")
    only = "race these only, keep their rows, write nothing else"
    parser.add_argument("--only", nargs="*", default=[], choices=(*LIGHT, *EXTRAS), help=only)
    names = [response.name for response in RESPONSES]
    parser.add_argument("--responses", nargs="*", default=names, choices=names)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--publish", action="store_true", help="also the page of the documentation")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
