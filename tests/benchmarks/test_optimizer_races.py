"""Races that were kept: which count, and what code they were made by."""

from __future__ import annotations

import argparse
import json

import pytest
from benchmarks.optimizers import keeping
from benchmarks.optimizers.__main__ import _usable
from benchmarks.optimizers.keeping import code_of, codes_of, keep, keep_only, kept_in
from benchmarks.optimizers.publishing import PAGE, times_table
from benchmarks.scheduling.publishing import filled


def row(seed: int, code: str, score: float) -> dict:
    return {"response": "ratios", "optimizer": "random", "seed": seed, "wells": 24,
            "scores": [score], "code": code}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.jsonl"
    for each in (row(0, "other", 1.0), row(0, code_of("random"), 2.0), row(1, "other", 3.0)):
        keep(path, each)
    return path


def test_rows_of_other_code_count_only_if_wanted_and_never_before_those_of_this_code(file):
    fresh = _usable(argparse.Namespace(rows=file, old_rows=False))
    assert [(each["seed"], each["scores"]) for each in fresh] == [(0, [2.0])]
    every = _usable(argparse.Namespace(rows=file, old_rows=True))
    assert [(each["seed"], each["scores"]) for each in every] == [(0, [2.0]), (1, [3.0])]
    assert codes_of(kept_in(file)) == {"random": {"other": 2, "this code": 1}}
    keep_only(file, every)
    assert [json.loads(line)["scores"] for line in file.read_text().splitlines()] == [[2.0], [3.0]]


def test_the_code_of_a_race_is_that_of_its_own_optimizer_and_of_what_all_share(
    monkeypatch, tmp_path
):
    room = tmp_path / "src"
    (room / "extras").mkdir(parents=True)
    for name in ("grid.py", "thompson.py", "extras/ax_client.py"):
        (room / name).write_text('"""What it is."""\nx = 1\n')
    monkeypatch.setattr(keeping, "_ROOM", room)
    names = ("random", "thompson", "ax", "baybe")

    def codes() -> list[str]:
        code_of.cache_clear()
        return [code_of(name) for name in names]

    before = codes()
    (room / "thompson.py").write_text('"""Better words."""\nx = 1  # and a comment\n')
    assert codes() == before
    held = "from ncrobot.optimizers.threads import one_thread\nwith one_thread():\n    x = 1\n"
    (room / "thompson.py").write_text(held)
    assert codes() == before
    (room / "thompson.py").write_text(held.replace("one_thread()", "other()"))
    assert codes() != before
    (room / "thompson.py").write_text("x = 2\n")
    assert [old == new for old, new in zip(before, codes(), strict=True)] == [
        True, False, True, True,
    ]  # fmt: skip
    (room / "grid.py").write_text("x = 2\n")
    assert not set(before) & set(codes())
    code_of.cache_clear()


def test_the_page_has_a_part_for_each_table():
    page = PAGE.read_text(encoding="utf-8")
    for name in ("rounds of 96", "rounds of 24", "time and memory"):
        assert "| new |" in filled(page, name, "| new |")
    times = times_table(
        [
            {"optimizer": "sobol", "cpu_s": 0.0, "wall_s": 0.1, "peak_mb": 120},
            {"optimizer": "ax", "error": "not done in 3600 s"},
        ]
    )
    assert "| sobol | 0.0 s | 0.1 s | 120 MB |" in times
    assert "| ax | not done in 3600 s | | |" in times
