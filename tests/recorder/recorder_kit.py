"""Databases, documents and events for the tests of the recorder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ncrobot.events import Event, EventKind
from ncrobot.recorder import Database, Journal, Runs
from ncrobot.scheduler import schedule_plan
from scheduler.scheduler_kit import comb, plan_of

RUN = "r1"


@cache
def documents():
    ops, lags = comb("A1", 2, interval_s=600, tolerance_s=10)
    plan = plan_of(ops, lags)
    return plan, schedule_plan(plan)


def event(seq, kind=EventKind.INTENT, **given):
    fields = {
        "run": RUN,
        "seq": seq,
        "time_s": float(seq),
        "wall": f"2026-01-01T00:00:{seq % 60:02}+00:00",
        "simulated": True,
    }
    return Event(kind=kind, **{**fields, **given})


def created(database, run=RUN, *, simulated=True):
    runs = Runs(database)
    runs.create(run, "2026-01-01T00:00:00+00:00", *documents(), simulated=simulated)
    return runs


def written(database, events):
    journal = Journal(database)
    for each in events:
        journal.append(each)
    journal.close()


@cache
def _template():
    """An empty database of today, as bytes: quicker than to make each anew."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lab.sqlite"
        Database.open(path).close()
        return path.read_bytes()


def fresh(folder):
    path = folder / "lab.sqlite"
    path.write_bytes(_template())
    return Database.open(path)


def rows(path, statement):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def change(path, statement):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def is_sound(path):
    """Whether SQLite finds no fault and no run misses a number; returns the events by run."""
    assert rows(path, "pragma integrity_check") == [("ok",)]
    counts = rows(path, "select run, count(*), max(seq), min(seq) from event group by run")
    assert all(count == last and first == 1 for _, count, last, first in counts)
    return {run: count for run, count, _, _ in counts}
