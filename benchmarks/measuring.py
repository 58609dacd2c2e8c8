"""Repeats, medians, and results that are printed and written as JSON under results/."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.plates import ROOT


def median_s(action: Callable[[], Any], repeats: int = 5) -> float:
    """Median wall time of an action after one warm-up."""
    action()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def write(name: str, figures: dict[str, Any]) -> None:
    """Print figures and write them to results/<name>.json."""
    figures = {"python": platform.python_version(), **figures}
    folder = ROOT / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\n{name} (results/{name}.json)")
    for key, value in figures.items():
        print(f"  {key:44} {value}")
