"""The page about the benchmark: its examples are read, its figures are there, its table is true."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys

import pytest
from benchmarks.scheduling import publishing
from benchmarks.scheduling.catalogue import BENCHMARK, instance
from benchmarks.scheduling.checker import deviations, verdict
from benchmarks.scheduling.files import read_instance, read_starts
from benchmarks.scheduling.publishing import PAGE, ROOT

from docs.docs_kit import blocks

PAGE_TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture
def examples():
    shown_instance, shown_starts = (block.text for block in blocks(PAGE, "json"))
    return read_instance(shown_instance), read_starts(shown_starts), shown_instance, shown_starts


def test_the_shown_timetable_solves_the_shown_instance(examples):
    shown, starts, _, _ = examples
    assert verdict(shown, starts) == []
    assert deviations(shown.problem, starts, "portion").max_s == 5.0
    late = {**starts, "w002.read": 61}
    assert verdict(shown, late) == ["arm: w002.read and w001.base overlap"]


def test_the_shown_files_pass_the_command(examples, tmp_path):
    for name, text in (("i.json", examples[2]), ("t.json", examples[3])):
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.scheduling.check"]
    files = [str(tmp_path / "i.json"), str(tmp_path / "t.json")]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "two wells-s1: valid, 0.547 h" in done.stdout
    (tmp_path / "t.json").write_text(examples[3].replace("1960", "2000"), encoding="utf-8")
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "outside 1770 to 1830" in done.stdout


def test_every_field_of_the_format_is_told():
    told = set(re.findall(r"`(\w+)`", PAGE_TEXT.split("## Try your own solver")[1]))
    fields = {"tick_s", "horizon", "duration", "resources", "tails", "job", "release", "deadline"}
    assert fields | {"low", "high", "target", "kind", "blocks", "after", "before"} <= told | {
        "before"
    }


@pytest.mark.parametrize("name", BENCHMARK)
def test_the_table_of_plates_is_true(name):
    (line,) = re.findall(rf"^\| {name} \| \d+ (?:columns|wells) .*\|$", PAGE_TEXT, re.MULTILINE)
    problem = instance(name).problem
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert int(cells[1].split()[0]) == len({task.job for task in problem.tasks})
    assert cells[4] == f"{len(problem.tasks):,}"
    lengths = {task.name.split(".")[1]: task.duration for task in problem.tasks}
    assert cells[3] == f"{lengths['base']}, {lengths['portion_1']}, {lengths['quench']} s"
    assert cells[2].startswith(str(sum(name.startswith("portion") for name in lengths)))


ROW = {
    "instance": "NC1", "instance_seed": 1, "method": "ncrobot", "makespan_s": 32520.0,
    "lower_bound_s": 32520.0, "gap": 0.0, "proven": True, "first_s": 0.01, "solve_s": 12.34,
    "to_5_percent_s": 0.01, "to_2_percent_s": 0.02, "to_1_percent_s": None, "max_portion_deviation_s": 0.0, "p95_portion_deviation_s": 0.0,
    "max_sample_deviation_s": 60.0, "p95_sample_deviation_s": 12.0,
}  # fmt: skip
NOTHING = {
    "instance": "NC1", "instance_seed": 1, "method": "CP-SAT", "makespan_s": None,
    "lower_bound_s": 0, "proven": False, "first_s": None, "solve_s": 20.0,
}  # fmt: skip


def test_tables_hold_one_line_a_row():
    lines = publishing.seed_table([ROW, NOTHING, {**ROW, "instance_seed": 2}]).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert (
        "9.033 h | 9.033 h | 0.0 % | yes | 0.01 s | 0.01 / 0.02 / – s | 12.3 s | 0 / 0 s"
        in lines[2]
    )
    assert "none | none |  | no |" in lines[3]


def test_counts_are_told_with_their_names():
    told = publishing.overload_table({"verdicts": {"scheduled, possible": 1234}, "wrong": 0})
    assert "| scheduled, possible | 1,234 |" in told
    assert "| wrong verdicts | 0 |" in told
    names = re.findall(r'"(\w+)": "', inspect.getsource(publishing.exact_table))
    runs = [
        {**dict.fromkeys(names, 1000 + i), "portions": portions, "search_alone": alone}
        for i, (portions, alone) in enumerate([("tolerant", False), ("tolerant", True)])
    ]
    told = publishing.exact_table({"runs": runs})
    assert "| What | ncrobot | its search alone |" in told
    assert "| invalid timetables | 1,000 | 1,001 |" in told


def test_a_part_of_the_page_is_filled_again_and_again():
    once = publishing.filled(PAGE_TEXT, "seed", "a table of old")
    twice = publishing.filled(once, "seed", "a table of today")
    assert "a table of today" in twice
    assert "a table of old" not in twice
    assert publishing.filled(twice, "seed", "a table of old") == once
    with pytest.raises(ValueError, match="no part"):
        publishing.filled(PAGE_TEXT, "nothing", "x")


def test_figures_are_drawn_the_same_each_time(tmp_path):
    growth = [
        {"kind": kind, "operations": 11 * wells, "first_s": wells / 1e3, "solve_s": wells / 10,
         "before_mb": 99.0, "peak_mb": 100 + wells}
        for kind in ("dense", "light") for wells in (24, 48)
    ]  # fmt: skip
    for path in (tmp_path / "a", tmp_path / "b"):
        publishing.draw_gaps([ROW, NOTHING], path / "gaps.svg")
        publishing.draw_growth(growth, path / "growth.svg")
    for name in ("gaps.svg", "growth.svg"):
        data = (tmp_path / "a" / name).read_bytes()
        assert data == (tmp_path / "b" / name).read_bytes()
        assert b"http" not in data.split(b"<defs>")[1].replace(b"http://www.w3.org", b"")


def test_summaries_count_every_seed():
    rows = [{**ROW, "instance_seed": s, "makespan_s": 32520.0 + s, "gap": s / 1e3} for s in (1, 2)]
    (summary,) = publishing_summaries(rows)
    assert (summary["seeds"], summary["found"], summary["proven"]) == (2, 2, 2)
    assert summary["best_makespan_s"] == 32521.0
    assert summary["worst_gap"] == 0.002
    lines = publishing.seeds_table([summary]).splitlines()
    assert len(lines) == 3
    assert len({line.count("|") for line in lines}) == 1
    assert "| NC1 | exact | 2 | 2 | 9.034 h |" in lines[2]
    (nothing,) = publishing_summaries([NOTHING])
    assert (nothing["found"], "best_makespan_s" in nothing) == (0, False)
    json.dumps([summary, nothing])


def publishing_summaries(rows):
    from benchmarks.scheduling.table import of_all_seeds, summaries

    assert len(of_all_seeds(rows).splitlines()) == 2
    return summaries(rows)
