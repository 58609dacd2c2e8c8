"""What the races come to: medians and ranges, and how many wells reach random's best."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.optimizers.racing import WELLS

Row = dict[str, Any]
HALF = 240
"""Half of the wells of five plates."""


def summaries(rows: Sequence[Row]) -> list[Row]:
    """One row for each response, optimizer and size of a round."""
    keys = dict.fromkeys((row["response"], row["wells"], row["optimizer"]) for row in rows)
    return [_summary(rows, *key) for key in keys]


def _summary(rows: Sequence[Row], response: str, size: int, optimizer: str) -> Row:
    wanted = (response, size, optimizer)
    mine = [r for r in rows if (r["response"], r["wells"], r["optimizer"]) == wanted]
    count = min(len(row["scores"]) for row in mine)
    by_round = [[row["scores"][place] for row in mine] for place in range(count)]
    wells = [_wells_to(row, goal) for row in mine if (goal := _goal(rows, row)) is not None]
    reached = [number for number in wells if number is not None]
    middle = statistics.median_high([math.inf if each is None else each for each in wells] or [0])
    return {
        "response": response,
        "optimizer": optimizer,
        "wells_of_a_round": size,
        "seeds": len(mine),
        "median": [round(statistics.median(scores), 1) for scores in by_round],
        "lowest": [min(scores) for scores in by_round],
        "highest": [max(scores) for scores in by_round],
        "failed_wells": [
            round(statistics.mean(row["failed_wells"][place] for row in mine), 1)
            for place in range(count)
        ],
        "wells_to_random_best": int(middle) if math.isfinite(middle) and wells else None,
        "reached": len(reached),
        "reached_in_half": sum(number < HALF for number in reached),
        "compared": len(wells),
        "suggest_s": round(statistics.mean(max(row["suggest_s"]) for row in mine), 2),
    }


def _goal(rows: Sequence[Row], row: Row) -> float | None:
    """What random has after five plates, with the same response and seed."""
    for other in rows:
        same = (other["response"], other["seed"]) == (row["response"], row["seed"])
        if same and other["optimizer"] == "random" and other["wells"] == WELLS:
            return float(other["scores"][-1])
    return None


def _wells_to(row: Row, goal: float) -> int | None:
    """Wells used until a score is at least the goal: whole rounds."""
    for number, score in enumerate(row["scores"], start=1):
        if score >= goal:
            return int(number * row["wells"])
    return None


def table(found: Sequence[Row], size: int) -> str:
    """The summaries of rounds of one size as a table of Markdown: median best after each round.

    *Wells* reach random's last best in the median of all seeds, - if that isn't reached; *in half*
    counts seeds that do so in under 240; *failed* are wells of the last round without a figure.
    """
    mine = [row for row in found if row["wells_of_a_round"] == size]
    count = max((len(row["median"]) for row in mine), default=0)
    names = " | ".join(str(number) for number in range(1, count + 1))
    lines = [
        f"| Response | Optimizer | Seeds | Round {names} | Wells | In half | Failed |",
        "|---|---|---|" + "---|" * count + "---|---|---|",
    ]
    for row in mine:
        medians = " | ".join(f"{score:.1f}" for score in row["median"])
        wells = row["wells_to_random_best"] or "-"
        half = f"{row['reached_in_half']} of {row['compared']}"
        lines.append(
            f"| {row['response']} | {row['optimizer']} | {row['seeds']} | {medians} | {wells} |"
            f" {half} | {row['failed_wells'][-1]:.0f} |"
        )
    return "\n".join(lines)
