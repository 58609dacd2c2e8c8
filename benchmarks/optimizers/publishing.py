"""Puts the races into the documentation: the figure, and the tables of its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.optimizers.drawing import draw
from benchmarks.optimizers.judging import table
from benchmarks.plates import ROOT
from benchmarks.scheduling.publishing import filled

PAGE = ROOT / "docs" / "optimizers-benchmark.md"
FIGURE = ROOT / "docs" / "images" / "optimizers.svg"


def publish(found: Sequence[dict[str, Any]], times: Sequence[dict[str, Any]]) -> None:
    """Draw the figure and fill the tables of the page."""
    draw(found, FIGURE)
    page = PAGE.read_text(encoding="utf-8")
    for size in dict.fromkeys(row["wells_of_a_round"] for row in found):
        page = filled(page, f"rounds of {size}", table(found, size))
    page = filled(page, "time and memory", times_table(times))
    PAGE.write_text(page, encoding="utf-8")


def times_table(times: Sequence[dict[str, Any]]) -> str:
    """A line for each optimizer: time of the processor, time on the wall, memory at its peak."""
    lines = ["| Optimizer | Processor | Wall | Memory |", "|---|---|---|---|"]
    for row in times:
        if "error" in row:
            lines.append(f"| {row['optimizer']} | {row['error']} | | |")
            continue
        lines.append(
            f"| {row['optimizer']} | {row['cpu_s']:.1f} s | {row['wall_s']:.1f} s |"
            f" {row['peak_mb']} MB |"
        )
    return "\n".join(lines)
