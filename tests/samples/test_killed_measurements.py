"""Killed at any step between queue, drop, acquisition and collection, nothing is lost or doubled.

A child process does it all with an instrument beside it, and dies by SIGKILL at one of its writes;
another one goes on from what is on the disk.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ncrobot.samples import (
    Batches,
    BatchState,
    Collector,
    DataFiles,
    JobState,
    Submitter,
)
from ncrobot_sim.instruments import Run, SimulatedHplcMs
from samples import samples_kit as kit

WELLS = kit.WELLS[:5]
EVERY = 12
"""Of the steps at which it may be killed, every so many are tried, from another one each time."""


def respond(line):
    minutes = np.linspace(0.0, 30.0, 61)
    return Run(minutes, np.full(61, float(len(line.position))))


def settings_of(folder):
    batch = {"blank_every": 3, "controls": {"blank": {"position": "BA1", "name": "solvent"}}}
    results = {"kind": "mzml", "pattern": "*.mzML"}
    return kit.settings(folder, batch=batch, results=results)


def instrument(folder):
    return SimulatedHplcMs(
        watched=folder / "drop", results=folder / "results", software="xcalibur", run_s=2400.0,
        respond=respond,
    )  # fmt: skip


def measure_all(folder):
    """Queue, submit, acquire and collect until nothing is open, from wherever it stands."""
    clock = kit.Clock()
    told, record = settings_of(folder), kit.record(folder, clock)
    samples = [kit.sample(well) for well in WELLS]
    record.keep(samples)
    record.queue([kit.job(each) for each in samples], "a test")
    for _ in range(12):
        Submitter(record, "hplc", told).submit("a test", most=3)
        instrument(folder).work(clock.now)
        clock.passes(hours=1, minutes=30)
        instrument(folder).work(clock.now)
        Collector(record, kit.store(folder), "hplc", told).collect("a test")
    record.close()


def in_child(folder, die_at=None):
    """Run it in a child; returns how it ended, and how many steps it took if it wasn't killed."""
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        steps = count_steps(die_at)
        status = 1
        try:
            measure_all(folder)
            os.write(telling, str(steps[0]).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(telling)
    with os.fdopen(told) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return status, int(text or 0)


def count_steps(die_at):
    """Count commits and changes of files; die before the one with this number, or just after it."""
    steps = [0]

    def step(*_):
        steps[0] += 1
        if die_at is not None and steps[0] == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(name):
        real = getattr(Path, name)

        def changed(self, *args, **kwargs):
            step()
            outcome = real(self, *args, **kwargs)
            step()
            return outcome

        setattr(Path, name, changed)

    for name in ("rename", "replace", "unlink", "write_bytes"):
        around(name)
    event.listen(Engine, "commit", step)
    real_sync = os.fsync
    os.fsync = lambda handle: (step(), real_sync(handle))[1]
    return steps


def check(folder):
    """Every sample was measured once, by the one file that carries its name."""
    record = kit.record(folder)
    jobs = record.jobs()
    assert Counter(job.kind for job in jobs)["sample"] == len(WELLS)
    assert {job.state for job in jobs} == {JobState.MEASURED}
    batches = Batches(record).all()
    assert {batch.state for batch in batches} <= {BatchState.TAKEN, BatchState.DROPPED}
    named = [job for batch in batches for job in batch.jobs]
    assert sorted(named) == sorted(job.id for job in jobs)  # each in one batch, once
    files = DataFiles(record).all()
    assert {each.state for each in files} == {"assigned"}
    assert len(files) == len(jobs) == len({job.file for job in jobs})
    for each in files:
        assert kit.store(folder).get(each.sha256)
    written = [path.name for path in (folder / "results").glob("*.mzML")]
    assert len(written) == len(jobs)
    assert not list((folder / "drop").glob("*"))
    for job in jobs:
        moves = [fact.state for fact in record.facts(job.id)]
        assert moves.count("measured") == 1
        assert moves.count("submitted") == 1
    record.close()


def test_undisturbed(tmp_path):
    status, steps = in_child(tmp_path)
    assert (status, steps > 60) == (0, True)
    check(tmp_path)


@pytest.mark.parametrize("first", range(2))
def test_killed_at_any_step(tmp_path_factory, first):
    _, steps = in_child(tmp_path_factory.mktemp("whole"))
    for die_at in range(1 + EVERY // 2 * first, steps, EVERY):
        folder = tmp_path_factory.mktemp("killed")
        status, _ = in_child(folder, die_at)
        assert os.WIFSIGNALED(status)
        assert in_child(folder)[0] == 0, die_at
        check(folder)


def test_killed_again_and_again(tmp_path):
    for die_at in range(9, 400, 13):
        status, _ = in_child(tmp_path, die_at)
        if status == 0:
            break
    assert in_child(tmp_path)[0] == 0
    check(tmp_path)
    assert timedelta(0) == timedelta()
