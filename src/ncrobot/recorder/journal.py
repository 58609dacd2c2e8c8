"""The journal of one run: events are buffered until :meth:`Journal.flush` makes them durable."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from ncrobot.errors import LabError
from ncrobot.events import Event, EventKind
from ncrobot.recorder.database import Database
from ncrobot.recorder.failures import clearly, gone
from ncrobot.recorder.rows import RUNS, Row, insertion, row_of
from ncrobot.statuses import ENDED, RunStatus


class Journal:
    """Appends one run's events. Not shared between threads; lives as long as the run.

    The engine flushes before each physical act, so that its intent (and with it the outcome of
    the act before) is on the disk first. One transaction a flush; with it the list of runs tells
    what the events do. After the first failure nothing more is written: what is there is a whole
    record up to the event :attr:`last_seq`, and :attr:`lost` says why it ends there.
    """

    def __init__(self, database: Database) -> None:
        """Take a connection.

        Raises:
            LabError: the database can't be opened.
        """
        self._database = database
        self._connection = database.writer()
        self._insertion = insertion(self._connection)
        self._buffer: list[Row] = []
        self._changes: list[tuple[str, dict[str, Any]]] = []
        self._files: dict[str, tuple[int, int]] | None = None
        self.written = 0
        self.last_seq = 0
        self.lost: LabError | None = None

    def append(self, event: Event) -> None:
        """Take an event; it is not durable before the next flush."""
        if self.last_seq == 0:
            self.last_seq = event.seq - 1
        self._buffer.append(row_of(event))
        if event.kind in _TELLING:
            self._changes.append((event.run, _listed(event)))

    def flush(self) -> None:
        """Commit what was appended, durably.

        Raises:
            LabError: it can't be written, now or at an earlier flush; the engine then stops safely.
        """
        if self.lost is not None:
            raise self.lost
        if not self._buffer:
            return
        try:
            with clearly(self._database.name, self._database.path), self._connection.begin():
                self._connection.exec_driver_sql(self._insertion, self._buffer)
                for run, change in self._changes:
                    _tell(self._connection, run, change)
            self._look_for_the_files()
        except LabError as error:
            self.lost = error
            raise
        self.written += len(self._buffer)
        self.last_seq = self._buffer[-1][1]
        self._buffer.clear()
        self._changes.clear()

    def _look_for_the_files(self) -> None:
        """See that what was committed is where others find it: SQLite writes to deleted files too.

        Raises:
            LabError: the file was taken away or replaced.
        """
        files = self._database.files()
        if self._files is None:
            self._files = files
        if files is None or files != self._files:
            raise gone(self._database.name)

    def close(self) -> None:
        """Commit the rest, if nothing was lost before, and let go of the connection.

        Raises:
            LabError: the rest can't be written.
        """
        try:
            if self.lost is None:
                self.flush()
        finally:
            self._connection.close()


_TELLING = frozenset({EventKind.RUN_STARTED, EventKind.STATUS_CHANGED, EventKind.RUN_ENDED})


def _listed(event: Event) -> dict[str, Any]:
    """What the list of runs has to tell after an event, as the events fold to it."""
    if event.kind is EventKind.RUN_STARTED:
        return {"status": RunStatus.RUNNING.value}
    told = {"status": str(event.data["status"]), "reason": str(event.data.get("reason", ""))}
    if event.kind is EventKind.RUN_ENDED:
        counts = {name: int(event.data.get(name, 0)) for name in ("wells_ok", "wells_flagged")}
        return {**told, **counts, "duration_s": event.time_s}
    if told["status"] in ENDED:
        return dict(told)
    return {**told, "wells_ok": None, "wells_flagged": None, "duration_s": None}


def _tell(connection: Connection, run: str, change: dict[str, Any]) -> None:
    connection.execute(update(RUNS).where(RUNS.c.id == run).values(change))
