"""Keeps two processes from sending, or taking up, the same samples at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ncrobot.locking import take_lock, this_process
from ncrobot.samples.record import SampleRecord


@contextmanager
def held(record: SampleRecord) -> Iterator[None]:
    """One process at a time sends or takes up; others wait for it a short time.

    Raises:
        LabError: another one holds the record for too long.
    """
    me = this_process("the queue of samples", record.now(), brief=True)
    path = str(record.path.absolute())
    with take_lock([f"samples {path}"], me, whole="the queue", folder=record.path.parent):
        yield
