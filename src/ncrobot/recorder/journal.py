"""The journal of one run: events are buffered until :meth:`Journal.flush` makes them durable."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from ncrobot.events import Event
from ncrobot.recorder.database import Database
from ncrobot.recorder.tables import EventRow


class Journal:
    """Appends one run's events. Not shared between threads; lives as long as the run.

    The engine flushes before each physical act, so that its intent (and with it the outcome of
    the act before) is on the disk first. One transaction a flush; a failure is raised, and the
    engine then stops safely.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.engine.connect()
        self._buffer: list[dict[str, Any]] = []
        self.written = 0

    def append(self, event: Event) -> None:
        """Take an event; it is not durable before the next flush."""
        self._buffer.append(
            {
                "run": event.run,
                "seq": event.seq,
                "time_s": event.time_s,
                "wall": event.wall,
                "kind": event.kind.value,
                "operation": event.operation,
                "act": event.act,
                "wells": list(event.wells),
                "simulated": event.simulated,
                "data": event.data,
            }
        )

    def flush(self) -> None:
        """Commit what was appended, durably."""
        if not self._buffer:
            return
        with self._connection.begin():
            self._connection.execute(insert(EventRow), self._buffer)
        self.written += len(self._buffer)
        self._buffer.clear()

    def close(self) -> None:
        """Commit the rest and let go of the connection."""
        try:
            self.flush()
        finally:
            self._connection.close()
