"""The benchmark itself: its quick mode, its peers, and what it refuses to write down."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from benchmarks.scheduling import __main__ as bench
from benchmarks.scheduling.attempt import row
from benchmarks.scheduling.growth import one, peak_mb
from benchmarks.scheduling.peers import cp_sat, cp_sat_hinted, joined, py_job_shop
from benchmarks.scheduling.syntheses import Plate, draw

from ncrobot.timetable import Task

ASKED = {
    "instance", "operations", "makespan_s", "lower_bound_s", "proven", "max_portion_deviation_s",
    "first_s", "solve_s", "gap", "to_5_percent_s", "to_2_percent_s", "to_1_percent_s",
    "p95_portion_deviation_s", "max_sample_deviation_s", "p95_sample_deviation_s", "seed", "method",
}  # fmt: skip
COLUMN = draw(Plate("few", 3, 3, 30, 30, 30, "hom"), 1)


def test_the_quick_mode_writes_rows_with_all_figures(tmp_path, capsys):
    output = tmp_path / "deep" / "scheduling.json"
    bench.main(["--quick", "--instances", "NC1", "--effort", "0.2", "--output", str(output)])
    figures = json.loads(output.read_text(encoding="utf-8"))
    assert {found["method"] for found in figures["rows"]} == {"ncrobot", "ncrobot tolerant"}
    for found in figures["rows"]:
        assert set(found) >= ASKED
        assert found["operations"] == 204
        assert found["lower_bound_s"] <= 32520 <= found["makespan_s"]
        assert found["max_portion_deviation_s"] <= (0 if found["method"] == "ncrobot" else 30)
    assert figures["machine"]["cores"] >= 1
    assert "ortools" in figures["machine"]["versions"]
    assert "NC1" in capsys.readouterr().out


def test_an_instance_that_is_not_there_is_named():
    with pytest.raises(SystemExit):
        bench.main(["--instances", "NC9"])


@pytest.fixture(scope="module")
def solved():
    return cp_sat(COLUMN, 1, 20)


def test_the_peers_agree_on_what_is_shortest(solved):
    assert solved.proven
    others = [py_job_shop(COLUMN, 1, 20), cp_sat_hinted(COLUMN, solved.starts, 2, 20)]
    for other in others:
        assert other.makespan == solved.makespan
        row(COLUMN, other, solved.bound)


def test_a_wrong_timetable_or_claim_is_never_written_down(solved):
    good = row(COLUMN, solved, solved.bound)
    assert good["gap"] == 0
    late = {**solved.starts, "c001.quench": solved.starts["c001.quench"] + 9000}
    for wrong, told in (
        (replace(solved, starts=late), "outside"),
        (replace(solved, makespan=solved.makespan - 1), "but it ends at"),
    ):
        with pytest.raises(AssertionError, match=told):
            row(COLUMN, wrong, solved.bound)
    with pytest.raises(AssertionError, match="below the proven bound"):
        row(COLUMN, solved, solved.bound + 1)


def test_nothing_found_is_a_row_without_a_makespan(solved):
    found = row(COLUMN, replace(solved, starts=None, trace=(), proven=False), solved.bound)
    assert found["makespan_s"] is None
    assert found["first_s"] is None


def test_py_job_shop_refuses_what_it_cannot_model():
    tails = replace(COLUMN.problem, tasks=(Task("a", 5, tails=(2,)),), windows=())
    with pytest.raises(NotImplementedError, match="tails"):
        py_job_shop(replace(COLUMN, problem=tails), 1, 5)


def test_blocks_that_touch_are_joined():
    assert joined([(0, 5), (5, 7), (6, 6), (9, 12), (10, 11)]) == [(0, 7), (9, 12)]


def test_growth_measures_time_and_memory_of_one_plate():
    found = one("light", 4, 0.1)
    assert found["operations"] == 44
    assert found["makespan_s"] >= found["lower_bound_s"] > 0
    assert 10 < found["before_mb"] <= found["peak_mb"] == pytest.approx(peak_mb(), rel=0.2)
