"""Tables of figures for people: one of a seed with all solvers, one of all seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

COLUMNS = (
    ("instance", "<8"), ("solver", "<16"), ("makespan h", ">11"), ("bound h", ">8"), ("gap", ">7"),
    ("proven", ">7"), ("first s", ">8"), ("5 % s", ">7"), ("2 % s", ">7"), ("1 % s", ">7"),
    ("solve s", ">8"), ("portions s", ">11"), ("samples s", ">12"),
)  # fmt: skip


def of_one_seed(rows: Iterable[Row]) -> str:
    """One line a row; deviations as max and p95."""
    lines = [" ".join(f"{title:{width}}" for title, width in COLUMNS)]
    last = None
    for row in rows:
        if last not in {None, row["instance"]}:
            lines.append("")
        last = row["instance"]
        lines.append(
            " ".join(f"{text:{w}}" for text, (_, w) in zip(_cells(row), COLUMNS, strict=True))
        )
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    found = row["makespan_s"] is not None
    return (
        row["instance"],
        row["method"],
        f"{row['makespan_s'] / 3600:.3f}" if found else "none",
        f"{row['lower_bound_s'] / 3600:.3f}",
        f"{row['gap']:.1%}" if found else "-",
        "yes" if row["proven"] else "no",
        _seconds(row["first_s"]),
        *(_seconds(row.get(f"to_{percent}_percent_s")) for percent in (5, 2, 1)),
        _seconds(row["solve_s"]),
        *(_deviation(row, kind) for kind in ("portion", "sample")),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _deviation(row: Row, kind: str) -> str:
    if row["makespan_s"] is None:
        return "-"
    return f"{row[f'max_{kind}_deviation_s']:.0f} / {row[f'p95_{kind}_deviation_s']:.0f}"


def summaries(rows: Sequence[Row]) -> list[Row]:
    """For each instance and solver what its seeds gave: median and worst."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["instance"], row["method"]), []).append(row)
    return [_summary(instance, method, group) for (instance, method), group in groups.items()]


def _summary(instance: str, method: str, group: Sequence[Row]) -> Row:
    found = [row for row in group if row["makespan_s"] is not None]
    summary: Row = {
        "instance": instance,
        "method": method,
        "seeds": len(group),
        "found": len(found),
        "proven": sum(row["proven"] for row in group),
        "median_solve_s": round(statistics.median(row["solve_s"] for row in group), 3),
        "max_solve_s": max(row["solve_s"] for row in group),
    }
    if found:
        spans = [row["makespan_s"] for row in found]
        summary |= {
            "best_makespan_s": min(spans),
            "median_makespan_s": statistics.median(spans),
            "worst_makespan_s": max(spans),
            "median_gap": round(statistics.median(row["gap"] for row in found), 5),
            "worst_gap": max(row["gap"] for row in found),
            "median_first_s": statistics.median(row["first_s"] for row in found),
            "max_first_s": max(row["first_s"] for row in found),
            "max_portion_deviation_s": max(row["max_portion_deviation_s"] for row in found),
        }
    return summary


def of_all_seeds(rows: Sequence[Row]) -> str:
    """One line an instance and solver: makespans from best to worst, gaps, times."""
    head = f"{'instance':<8} {'solver':<16} {'found':>6} {'proven':>6} {'best h':>8} {'median':>8} "
    lines = [head + f"{'worst':>8} {'median gap':>11} {'first s':>8} {'solve s':>8}"]
    for each in summaries(rows):
        line = f"{each['instance']:<8} {each['method']:<16} {each['found']:>3}/{each['seeds']:<2} "
        line += f"{each['proven']:>6} "
        if each["found"]:
            hours = [each[f"{which}_makespan_s"] / 3600 for which in ("best", "median", "worst")]
            line += " ".join(f"{value:8.3f}" for value in hours)
            line += f" {each['median_gap']:11.2%} {each['median_first_s']:8.3f}"
        else:
            line += f"{'none':>8}" + " " * 39
        lines.append(f"{line} {each['median_solve_s']:8.2f}")
    return "\n".join(lines)
