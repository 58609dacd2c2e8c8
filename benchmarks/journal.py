"""How fast the journal takes events that are on the disk before the next act, and reads them back.

The events are those of a simulated plate of 96 wells, repeated to a run of 100,000. They are
flushed where the engine flushes: an intent, with all before it, is durable before its act.
Two peers write the same events in the same batches on the same disk in the same process: a bare
sqlite3 connection (WAL, synchronous=FULL), and lines of JSON appended to a file with fsync. Rounds
alternate between the three, and medians of their ratios are told: a disk has moods.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, cycle, islice
from pathlib import Path

from benchmarks.measuring import median_s, write
from benchmarks.plates import ROOT, dense_plan
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.engine import Engine
from ncrobot.events import Event, EventKind
from ncrobot.lab import schedule
from ncrobot.plan import Plan
from ncrobot.recorder import Database, Journal, Runs
from ncrobot.schedule import Schedule
from ncrobot.state import fold
from ncrobot.workcells import simulated_workcell

LONG_RUN = 100_000
ROUNDS = 7
EVENTS_A_ROUND = 3_000
RUN = "bench"
PAGE = ROOT / "docs" / "reliability.md"

Batch = Sequence[Event]
Documents = tuple[Plan, Schedule]


def plate_events(documents: Documents) -> list[Event]:
    """Everything that a whole simulated plate writes down."""
    plan, times = documents
    events: list[Event] = []

    async def main(clock: VirtualClock) -> None:
        engine = Engine(
            run_id=RUN,
            plan=plan,
            schedule=times,
            workcell=simulated_workcell(plan, times, clock),
            clock=clock,
            emit=events.append,
        )
        await engine.run()

    run_virtual(main)
    return events


def long_run(events: Sequence[Event], length: int) -> list[Event]:
    """The acts of a plate again and again, each time as other operations of one run."""
    first, last = events[0], events[-1]
    body = [e for e in events if e.kind not in (EventKind.RUN_CREATED, EventKind.RUN_ENDED)]
    made = [first]
    for number, event in enumerate(islice(cycle(body), length - 2)):
        turn = number // len(body)
        name = None if event.operation is None else f"{event.operation}#{turn}"
        made.append(event.model_copy(update={"seq": number + 2, "operation": name}))
    made.append(last.model_copy(update={"seq": length}))
    return made


def batches(events: Sequence[Event]) -> Iterator[Batch]:
    """The events as the engine flushes them."""
    batch: list[Event] = []
    for event in events:
        batch.append(event)
        if event.kind is EventKind.INTENT:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def database(folder: Path, documents: Documents) -> Iterator[Database]:
    """A new run database with one run."""
    opened = Database.open(folder / "bench.sqlite")
    try:
        Runs(opened).create(RUN, "2025-01-01T00:00:00+00:00", *documents, simulated=True)
        yield opened
    finally:
        opened.close()


def by_journal(folder: Path, documents: Documents, work: Sequence[Batch]) -> list[float]:
    """Seconds of each batch through the recorder's journal."""
    with database(folder, documents) as opened:
        journal = Journal(opened)

        def put(batch: Batch) -> None:
            for event in batch:
                journal.append(event)
            journal.flush()

        spent = [_timed(put, batch) for batch in work]
        journal.close()
    return spent


def by_sqlite(folder: Path, work: Sequence[Batch]) -> list[float]:
    """Seconds of each batch through a bare connection with a table of the same columns."""
    connection = sqlite3.connect(folder / "bare.sqlite")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "create table event (run text, seq integer, time_s real, wall text, kind text, "
        "operation text, act text, wells text, simulated integer, data text, "
        "primary key (run, seq))"
    )

    def put(batch: Batch) -> None:
        rows = [
            (e.run, e.seq, e.time_s, e.wall, e.kind.value, e.operation, e.act,
             json.dumps(e.wells), e.simulated, json.dumps(e.data))
            for e in batch
        ]  # fmt: skip
        connection.executemany("insert into event values (?,?,?,?,?,?,?,?,?,?)", rows)
        connection.commit()

    spent = [_timed(put, batch) for batch in work]
    connection.close()
    return spent


def by_file(folder: Path, work: Sequence[Batch]) -> list[float]:
    """Seconds of each batch as lines of JSON at the end of a file, with fsync."""
    with (folder / "bare.jsonl").open("ab", buffering=0) as file:

        def put(batch: Batch) -> None:
            file.write(b"".join(e.model_dump_json().encode() + b"\n" for e in batch))
            os.fsync(file.fileno())

        return [_timed(put, batch) for batch in work]


def _timed(action: Callable[[Batch], None], batch: Batch) -> float:
    begin = time.perf_counter()
    action(batch)
    return time.perf_counter() - begin


def durable(documents: Documents, events: Sequence[Event]) -> dict[str, object]:
    """Events a second with every intent on the disk, and what each costs beside the peers."""
    work = list(batches(events[:EVENTS_A_ROUND]))
    ways: dict[str, Callable[[Path], list[float]]] = {
        "journal": lambda folder: by_journal(folder, documents, work),
        "sqlite": lambda folder: by_sqlite(folder, work),
        "file": lambda folder: by_file(folder, work),
    }
    spent: dict[str, list[list[float]]] = {name: [] for name in ways}
    # On the disk of the project, where runs are kept too: a temporary folder may be in memory.
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-journal-") as scratch:
        for number in range(ROUNDS):
            for name, way in ways.items():
                folder = Path(scratch) / f"{name}{number}"
                folder.mkdir()
                spent[name].append(way(folder))
    totals = {name: [sum(round_) for round_ in rounds] for name, rounds in spent.items()}
    flush_us = {
        n: 1e6 * statistics.median(chain.from_iterable(rounds)) for n, rounds in spent.items()
    }
    ratios = {
        peer: statistics.median(
            ours / theirs for ours, theirs in zip(totals["journal"], totals[peer], strict=True)
        )
        for peer in ("sqlite", "file")
    }
    return {
        "events_a_round": sum(map(len, work)),
        "flushes_a_round": len(work),
        **{
            f"{name}_events_per_s": round(sum(map(len, work)) / statistics.median(times))
            for name, times in totals.items()
        },
        **{f"{name}_flush_us": round(value) for name, value in flush_us.items()},
        "journal_over_sqlite": round(ratios["sqlite"], 2),
        "journal_over_file": round(ratios["file"], 2),
    }


def per_operation(documents: Documents, events: Sequence[Event]) -> dict[str, object]:
    """What the record costs an operation of a plate, without and with the disk's own time."""
    work = list(batches(events))
    operations = sum(e.kind is EventKind.OPERATION_ENDED for e in events)
    acts = sum(e.kind is EventKind.INTENT for e in events)
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-journal-") as scratch:
        spent = by_journal(Path(scratch), documents, work)
    with tempfile.TemporaryDirectory(dir=_memory(), prefix="bench-journal-") as scratch:
        in_memory = by_journal(Path(scratch), documents, work)
    return {
        "plate_events": len(events),
        "plate_operations": operations,
        "plate_acts": acts,
        "plate_journal_s": round(sum(spent), 3),
        "per_operation_ms": round(1e3 * sum(spent) / operations, 3),
        "per_act_ms": round(1e3 * sum(spent) / acts, 3),
        "per_act_without_disk_ms": round(1e3 * sum(in_memory) / acts, 3),
    }


def _memory() -> Path | None:
    """A folder in memory, where a commit costs computing only; None: the system's temporary one."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and os.access(shared, os.W_OK) else None


def folding(documents: Documents, events: Sequence[Event]) -> dict[str, object]:
    """Reading and folding a run of 100,000 events."""
    with (
        tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-journal-") as scratch,
        database(Path(scratch), documents) as opened,
    ):
        journal = Journal(opened)
        for event in events:
            journal.append(event)
        journal.close()
        runs = Runs(opened)
        record = runs.load(RUN)
        assert list(record.events) == list(events), "what is read back isn't what was written"
        read_s = median_s(lambda: runs.load(RUN), repeats=3)
    fold_s = median_s(lambda: fold(events), repeats=5)
    return {
        "long_run_events": len(events),
        "long_run_read_s": round(read_s, 3),
        "long_run_fold_s": round(fold_s, 3),
        "long_run_read_events_per_s": round(len(events) / read_s),
        "long_run_fold_events_per_s": round(len(events) / fold_s),
    }


def publish(figures: dict[str, float]) -> None:
    """Write the table into the documentation."""
    rows = {
        "events a second, each act durable first": f"{figures['journal_events_per_s']:.0f}",
        "time beside bare SQLite, durable as well": f"{figures['journal_over_sqlite']:.2f} to 1",
        "time beside a text file with fsync": f"{figures['journal_over_file']:.2f} to 1",
        "for an operation of a plate": f"{figures['per_operation_ms']:.1f} ms",
        "for an act of it": f"{figures['per_act_ms']:.1f} ms",
        "of that, apart from waiting for the disk": f"{figures['per_act_without_disk_ms']:.2f} ms",
        "reading a run of 100,000 events": f"{figures['long_run_read_s']:.1f} s",
        "folding it to the state of the run": f"{figures['long_run_fold_s']:.2f} s",
    }
    table = "\n".join(["", "| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items()), ""])
    before, rest = PAGE.read_text(encoding="utf-8").split("<!-- journal -->")
    after = rest.split("<!-- /journal -->")[1]
    middle = f"<!-- journal -->\n{table}\n<!-- /journal -->"
    PAGE.write_text(before + middle + after, encoding="utf-8")


def main() -> None:
    """Measure, print, write results/journal.json."""
    plan = dense_plan("starlet_96")
    documents = (plan, schedule(plan))
    plate = plate_events(documents)
    events = long_run(plate, LONG_RUN)
    figures = {
        "sqlite": sqlite3.sqlite_version,
        "processor": platform.machine(),
        **durable(documents, events),
        **per_operation(documents, plate),
        **folding(documents, events),
    }
    write("journal", figures)
    if "--publish" in sys.argv[1:]:
        publish(figures)


if __name__ == "__main__":
    main()
