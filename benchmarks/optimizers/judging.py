"""What the races come to: medians and ranges, and how many wells reach random's best."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.optimizers.racing import WELLS

Row = dict[str, Any]
HALF = 240
"""Half of the wells of five plates."""


def summaries(rows: Sequence[Row]) -> list[Row]:
    """One row for each response and optimizer."""
    keys = dict.fromkeys((row["response"], row["optimizer"]) for row in rows)
    return [_summary(rows, response, optimizer) for response, optimizer in keys]


def _summary(rows: Sequence[Row], response: str, optimizer: str) -> Row:
    mine = [row for row in rows if (row["response"], row["optimizer"]) == (response, optimizer)]
    plates = range(len(mine[0]["scores"]))
    by_plate = [[row["scores"][plate] for row in mine] for plate in plates]
    wells = [_wells_to(row["scores"], goal) for row in mine if (goal := _goal(rows, row))]
    reached = [count for count in wells if count is not None]
    return {
        "response": response,
        "optimizer": optimizer,
        "seeds": len(mine),
        "median": [round(statistics.median(scores), 1) for scores in by_plate],
        "lowest": [min(scores) for scores in by_plate],
        "highest": [max(scores) for scores in by_plate],
        "failed_wells": [
            round(statistics.mean(row["failed_wells"][plate] for row in mine), 1)
            for plate in plates
        ],
        "wells_to_random_best": statistics.median_high(reached) if reached else None,
        "reached_in_half": sum(count < HALF for count in reached),
        "compared": len(wells),
        "suggest_s": round(statistics.mean(max(row["suggest_s"]) for row in mine), 2),
    }


def _goal(rows: Sequence[Row], row: Row) -> float | None:
    """What random has after its last plate, with the same response and seed."""
    for other in rows:
        same = (other["response"], other["seed"]) == (row["response"], row["seed"])
        if same and other["optimizer"] == "random":
            return float(other["scores"][-1])
    return None


def _wells_to(scores: Sequence[float], goal: float) -> int | None:
    """Wells used until a score is at least the goal: whole plates, since a plate is one run."""
    for plate, score in enumerate(scores, start=1):
        if score >= goal:
            return plate * WELLS
    return None


def table(found: Sequence[Row]) -> str:
    """The summaries as a table of Markdown: median best after each plate, and so on.

    *Wells* reach random's last best; *in half* counts seeds that do so in under 240; *failed* are
    the wells of the last plate without a figure.
    """
    lines = [
        "| Response | Optimizer | Seeds | Plate 1 | 2 | 3 | 4 | 5 | Wells | In half | Failed |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        medians = " | ".join(f"{score:.1f}" for score in row["median"])
        wells = row["wells_to_random_best"] or "-"
        half = f"{row['reached_in_half']} of {row['compared']}"
        lines.append(
            f"| {row['response']} | {row['optimizer']} | {row['seeds']} | {medians} | {wells} |"
            f" {half} |"
            f" {row['failed_wells'][-1]:.0f} |"
        )
    return "\n".join(lines)
