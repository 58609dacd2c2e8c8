"""The instances: what every plate holds to, the same draw anywhere, and files that lose nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from benchmarks.scheduling.catalogue import BENCHMARK, GROWTH, PLATES, grown, instance
from benchmarks.scheduling.files import (
    FOLDER,
    instance_text,
    path_of,
    read_instance,
    read_starts,
    starts_text,
)
from benchmarks.scheduling.instance import Instance
from benchmarks.scheduling.small import random_problem, safe_horizon
from benchmarks.scheduling.syntheses import Plate, draw
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.timetable import Problem


@st.composite
def plates(draw_):
    return Plate(
        name="drawn",
        jobs=draw_(st.integers(1, 30)),
        portions=draw_(st.integers(1, 8)),
        addition_s=draw_(st.integers(1, 90)),
        portion_s=draw_(st.integers(1, 90)),
        sample_s=draw_(st.integers(1, 90)),
        gaps=draw_(st.sampled_from(["hom", "hetk", "het"])),
        interval_s=draw_(st.integers(300, 3600)),
        tolerance_s=draw_(st.integers(0, 60)),
        remade=draw_(st.booleans()),
    )


@given(plates(), st.integers(0, 10**6))
def test_each_job_is_one_tree_with_all_its_steps(plate, seed):
    problem = draw(plate, seed).problem
    jobs = {}
    for task in problem.tasks:
        jobs.setdefault(task.job, []).append(task.name)
    assert len(jobs) == plate.jobs
    names = [task.name for task in problem.tasks]
    assert len(set(names)) == len(names)
    for job, members in jobs.items():
        inside = [w for w in problem.windows if w.before in members or w.after in members]
        assert len(inside) == len(members) - 1
        reached, edge = {members[0]}, True
        while edge:
            edge = next((w for w in inside if (w.before in reached) != (w.after in reached)), None)
            if edge is not None:
                reached |= {edge.before, edge.after}
        assert reached == set(members)
        portions = sum(f"{job}.portion_" in name for name in members)
        assert len(members) == portions + 9
        assert portions == plate.portions or (plate.gaps == "het" and portions <= plate.portions)


@given(plates(), st.integers(0, 10**6))
def test_windows_are_open_wide_enough_and_hold_their_targets(plate, seed):
    for window in draw(plate, seed).problem.windows:
        assert window.low <= window.high
        if window.kind in {"portion", "sample"}:
            assert window.low <= window.target <= window.high
            assert window.target - window.low == window.high - window.target
        if window.kind == "portion":
            assert window.high - window.low == 2 * plate.tolerance_s
        else:
            assert window.low > 0


@given(plates(), st.integers(0, 10**6))
def test_the_hydride_is_fresh_at_every_moment_up_to_the_horizon(plate, seed):
    drawn = draw(plate, seed)
    begins = [block.start for block in drawn.problem.blocks]
    assert begins == (list(range(0, drawn.horizon, 900)) if plate.remade else [])
    assert all(block.length == 60 for block in drawn.problem.blocks)


@given(plates(), st.integers(0, 10**6))
def test_the_same_seed_draws_the_same_plate_and_fewer_jobs_draw_its_beginning(plate, seed):
    drawn = draw(plate, seed)
    assert draw(plate, seed) == drawn
    fewer = draw(replace(plate, jobs=max(plate.jobs // 2, 1)), seed)
    if plate.jobs > 12 and fewer.problem.tasks[0].job.startswith("w"):
        count = len(fewer.problem.tasks)
        assert drawn.problem.tasks[:count] == fewer.problem.tasks


def test_plates_without_a_draw_are_the_same_for_every_seed():
    for name in ("NC1", "NC4", "NC5"):
        assert instance(name, 1).problem == instance(name, 7).problem
    for name in ("NC2", "NC3", "mixed"):
        assert instance(name, 1).problem != instance(name, 7).problem


@pytest.mark.parametrize(
    ("name", "operations"),
    [("NC1", 204), ("NC2", 204), ("NC3", 1248), ("NC4", 1632), ("NC5", 1632), ("smoke", 1632)],
)
def test_the_named_plates_have_their_sizes(name, operations):
    assert len(instance(name).problem.tasks) == operations


def test_growing_plates_grow_by_their_wells_alone():
    for kind in GROWTH:
        small, large = grown(kind, 24).problem, grown(kind, 96).problem
        assert large.tasks[: len(small.tasks)] == small.tasks
        assert len(large.tasks) == 4 * len(small.tasks)
    assert grown("dense", 96).problem.tasks == instance("NC4").problem.tasks


@pytest.mark.parametrize("name", BENCHMARK)
def test_the_shipped_files_are_what_the_generator_draws(name):
    drawn = instance(name)
    assert path_of(drawn).read_text(encoding="utf-8") == instance_text(drawn), (
        "run: python -m benchmarks.scheduling.writing"
    )


def test_ten_seeds_of_every_plate_have_their_known_digests():
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    known = dict(reversed(line.split("  ")) for line in lines)
    assert set(known) == {f"{n}-s{s}.json" for n in BENCHMARK for s in range(1, 11)}
    for name in ("NC1", "NC2", "NC3"):
        for seed in (1, 4, 10):
            text = instance_text(instance(name, seed))
            assert known[f"{name}-s{seed}.json"] == hashlib.sha256(text.encode()).hexdigest()


@given(st.integers(0, 10**6), st.integers(0, 10))
def test_a_written_problem_is_read_back_the_same(seed, instance_seed):
    problem = random_problem(seed)
    given_ = Instance(instance_seed, problem, safe_horizon(problem))
    assert read_instance(instance_text(given_)) == given_


@settings(max_examples=20)
@given(plates(), st.integers(0, 10**6))
def test_a_written_plate_is_read_back_the_same(plate, seed):
    drawn = draw(plate, seed)
    assert read_instance(instance_text(drawn)) == drawn


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 10**7)))
def test_written_starts_are_read_back_the_same(starts):
    problem = Problem("any", (), ())
    assert read_starts(starts_text(Instance(1, problem, 1), starts)) == starts


def mangled(old, new):
    text = instance_text(instance("NC1"))
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"format": "ncrobot-instance/1"', '"format": "ncrobot-instance/2"', "format"),
        ('"duration":30', '"duration":-30', "duration"),
        ('"duration":30', '"duration":30.5', "duration"),
        ('"duration":30', '"length":30', "length"),
        ('"before":"c001.base"', '"before":"c001.acid"', "c001.acid"),
        ('"name":"c001.base"', '"name":"c001.metal"', "same name"),
        ('"kind":"hold"', '"kind":"wait"', "kind"),
        ('"start":900', '"start":-900', "start"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(old, new, told):
    with pytest.raises(ValueError, match=told):
        read_instance(mangled(old, new))


def test_all_names_are_told_apart():
    assert set(BENCHMARK) <= set(PLATES)
    assert all(name == plate.name for name, plate in PLATES.items())
