"""Puts written results into the documentation: its figures, and the tables of its page."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.plates import ROOT
from benchmarks.scheduling.drawing import draw_gaps, draw_growth

PAGE = ROOT / "docs" / "scheduling-benchmark.md"
IMAGES = ROOT / "docs" / "images"
RESULTS = ROOT / "results"
GAPS = "![How far each solver is above the best proven bound](images/scheduling-gaps.svg)"
GROWTH = "![Time and memory against the number of operations](images/scheduling-growth.svg)"

METHODS = {"ncrobot": "exact", "ncrobot tolerant": "tolerant"}

Row = dict[str, Any]


def seed_table(rows: Sequence[Row]) -> str:
    """Seed 1: one line an instance and solver."""
    lines = [
        _line("Plate", "Solver", "Makespan", "Own bound", "Gap", "Proven", "First",
              "Within 5 / 2 / 1 %", "Done", "Portions off", "Samples off"),
        _line(*["---"] * 2, *["---:"] * 3, "---", *["---:"] * 5),
    ]  # fmt: skip
    for row in rows:
        if row["instance_seed"] != 1:
            continue
        found = row["makespan_s"] is not None
        lines.append(
            _line(
                row["instance"],
                row["method"],
                f"{row['makespan_s'] / 3600:.3f} h" if found else "none",
                f"{row['lower_bound_s'] / 3600:.3f} h" if row["lower_bound_s"] else "none",
                f"{row['gap']:.1%}".replace("%", " %") if found else "",
                "yes" if row["proven"] else "no",
                _seconds(row["first_s"]),
                _within(row),
                _seconds(row["solve_s"]),
                *(_deviations(row, kind) for kind in ("portion", "sample")),
            )
        )
    return "\n".join(lines)


def _within(row: Row) -> str:
    times = [row.get(f"to_{percent}_percent_s") for percent in (5, 2, 1)]
    if times[0] is None:
        return ""
    return " / ".join("–" if at_s is None else f"{at_s:.2f}" for at_s in times) + " s"


def _deviations(row: Row, kind: str) -> str:
    if row["makespan_s"] is None:
        return ""
    return f"{row[f'max_{kind}_deviation_s']:.0f} / {row[f'p95_{kind}_deviation_s']:.0f} s"


def seeds_table(summaries: Sequence[Row]) -> str:
    """All seeds of ours: from the best to the worst."""
    lines = [
        _line("Plate", "Portions", "Seeds", "Proven", "Best", "Median", "Worst", "Median gap",
              "Worst gap", "Slowest first", "Slowest end"),
        _line("---", "---", *["---:"] * 9),
    ]  # fmt: skip
    for each in summaries:
        if each["method"] not in METHODS or not each["found"]:
            continue
        hours = [each[f"{which}_makespan_s"] / 3600 for which in ("best", "median", "worst")]
        gaps = [f"{each[name]:.1%}".replace("%", " %") for name in ("median_gap", "worst_gap")]
        times = [_seconds(each["max_first_s"]), _seconds(each["max_solve_s"])]
        spans = [f"{value:.3f} h" for value in hours]
        named = (each["instance"], METHODS[each["method"]], each["seeds"], each["proven"])
        lines.append(_line(*named, *spans, *gaps, *times))
    return "\n".join(lines)


def exact_table(figures: Row) -> str:
    """Counts over the small problems."""
    told = {
        "instances": "problems",
        "shortest": "shortest makespan found",
        "proven_shortest": "of these, proven by ncrobot itself",
        "longer": "valid, but longer than the shortest",
        "not_found": "possible, but no timetable found",
        "infeasible_proven": "impossible, and proven so",
        "infeasible_not_proven": "impossible, not proven",
        "false_infeasible": "called impossible, but possible",
        "crashed": "crashes",
        "invalid": "invalid timetables",
        "wrong_bound": "wrong bounds",
        "wrong_proof": "wrong proofs",
    }
    titles = {
        ("tolerant", False): "ncrobot",
        ("tolerant", True): "its search alone",
        ("exact", False): "portions exact",
    }
    runs = {titles[run["portions"], run["search_alone"]]: run for run in figures["runs"]}
    lines = [_line("What", *runs), _line("---", *["---:"] * len(runs))]
    lines += [
        _line(text, *(f"{run[name]:,}" for run in runs.values())) for name, text in told.items()
    ]
    return "\n".join(lines)


def overload_table(figures: Row) -> str:
    """Counts over the random plates with an asked end."""
    lines = [_line("What ncrobot said, and what CP-SAT proved", "Plates"), _line("---", "---:")]
    lines += [_line(verdict, f"{count:,}") for verdict, count in figures["verdicts"].items()]
    return "\n".join([*lines, _line("wrong verdicts", figures["wrong"])])


def _line(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def filled(page: str, name: str, text: str) -> str:
    """The page with the part of a name replaced.

    Raises:
        ValueError: the page has no such part.
    """
    begin, end = f"<!-- figures: {name} -->\n", "<!-- /figures -->"
    part = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
    if not part.search(page):
        raise ValueError(f"the page has no part {begin.strip()}")
    return part.sub(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", page, count=1)


def machine_line(figures: Row) -> str:
    """What it was measured on."""
    machine, settings = figures["machine"], figures["settings"]
    versions = machine["versions"]
    return (
        f"Measured on {machine['cores']} cores ({machine['system']}, {machine['architecture']}), "
        f"Python {machine['python']}, OR-Tools {versions['ortools']}, "
        f"PyJobShop {versions['pyjobshop']}; peers with {settings['peer_workers']} workers and "
        f"{settings['peer_limit_s']:g} s each. Deviations are the largest / the one that 95 % "
        "don't exceed."
    )


def main() -> None:
    """Draw, fill in, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling.publishing")
    parser.add_argument("--results", type=Path, default=RESULTS, help="a folder")
    folder = parser.parse_args().results
    figures = json.loads((folder / "scheduling.json").read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    draw_gaps(figures["rows"], IMAGES / "scheduling-gaps.svg")
    seed = (machine_line(figures), seed_table(figures["rows"]), GAPS)
    page = filled(page, "seed", "\n\n".join(seed))
    page = filled(page, "seeds", seeds_table(figures["summary"]))
    for name, table in (("exact", exact_table), ("overload", overload_table)):
        path = folder / f"scheduling_{name}.json"
        if path.exists():
            page = filled(page, name, table(json.loads(path.read_text(encoding="utf-8"))))
    if "growth" in figures:
        draw_growth(figures["growth"], IMAGES / "scheduling-growth.svg")
        page = filled(page, "growth", GROWTH)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
