"""What a simulated instrument has in hand, kept in a file, so that it survives being killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement: the name of its data file, where the sample stands, when it ends.

    ``ends`` is a date (ISO 8601). ``what`` holds the other cells of the worklist's row by column.
    """

    file_name: str
    position: str
    ends: str
    what: dict[str, str] = field(default_factory=dict)

    @property
    def end(self) -> datetime:
        """When its data file is written."""
        return datetime.fromisoformat(self.ends)


class Memory:
    """Lines that are to be measured, in order, and the lists that they came from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.taken: set[str] = set()
        self.lines: list[Line] = []
        self.done = 0
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.taken = set(kept["taken"])
            self.lines = [Line(**line) for line in kept["lines"]]
            self.done = int(kept["done"])

    @property
    def free_at(self) -> datetime | None:
        """When the last line ends; None: nothing was ever measured."""
        return self.lines[-1].end if self.lines else None

    def take(
        self, name: str, rows: list[tuple[str, str, dict[str, str]]], begins: datetime, run_s: float
    ) -> None:
        """Take a list: each row lasts ``run_s`` seconds after the one before."""
        start = begins if self.free_at is None else max(begins, self.free_at)
        for number, (file_name, position, what) in enumerate(rows, 1):
            end = start + timedelta(seconds=run_s * number)
            self.lines.append(Line(file_name, position, end.isoformat(), what))
        self.taken.add(name)
        self.save()

    def due(self, now: datetime) -> Iterator[Line]:
        """Lines that are over by now and weren't done; each counts as done when the next is asked.

        Whoever dies between gets the same line again.
        """
        while self.done < len(self.lines) and self.lines[self.done].end <= now:
            yield self.lines[self.done]
            self.done += 1
            self.save()

    def next_end(self) -> datetime | None:
        """When the next line ends; None: nothing is in hand."""
        return self.lines[self.done].end if self.done < len(self.lines) else None

    def save(self) -> None:
        """Write it down, whole or not at all."""
        told = {
            "taken": sorted(self.taken),
            "lines": [asdict(line) for line in self.lines],
            "done": self.done,
        }
        write_whole(self._path, json.dumps(told).encode())


def write_whole(path: Path, data: bytes, at: datetime | None = None) -> None:
    """Write a file in one move, under a hidden name first; dated ``at`` if that is given."""
    part = path.with_name(f".{path.name}.writing")
    part.write_bytes(data)
    if at is not None:
        os.utime(part, (at.timestamp(), at.timestamp()))
    part.replace(path)
