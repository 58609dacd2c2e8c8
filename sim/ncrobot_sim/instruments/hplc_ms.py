"""A simulated HPLC-MS: takes worklists from a watched folder and injects one after the other."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from ncrobot_sim.instruments.memory import Line, Memory, write_whole
from ncrobot_sim.instruments.mzml import Run, mzml

Respond = Callable[[Line], Run]
"""What an injection shows."""
Break = Callable[[Line, bytes], bytes | None]
"""Spoils a data file: other bytes, or None if none is written."""

# How the software that is played names the columns that it goes by, in lower case.
_COLUMNS: Mapping[str, tuple[str, str]] = {
    "xcalibur": ("file name", "position"),
    "masslynx": ("file_name", "sample_location"),
    "masshunter": ("data file", "sample position"),
    "openlab": ("data file", "vial"),
    "chemstation": ("datafile", "location"),
}


class SimulatedHplcMs:
    """It plays the software of a maker; its memory lies hidden in the folder of its results."""

    def __init__(
        self,
        *,
        watched: Path,
        results: Path,
        software: str,
        run_s: float,
        respond: Respond,
        spoil: Break | None = None,
    ) -> None:
        self._watched = watched
        self._results = results
        self._columns = _COLUMNS[software]
        self._run_s = run_s
        self._respond = respond
        self._spoil = spoil
        results.mkdir(parents=True, exist_ok=True)
        self._memory = Memory(results / ".instrument.json")

    def work(self, now: datetime) -> datetime | None:
        """Take new worklists and write what is over by now; returns when the next run ends."""
        self._take(now)
        for line in self._memory.due(now):
            self._write(line)
        return self._memory.next_end()

    def _take(self, now: datetime) -> None:
        for path in sorted(self._watched.glob("[!.]*")):
            if path.name not in self._memory.taken:
                self._memory.take(path.name, self._rows(path), now, self._run_s)
            path.unlink()

    def _rows(self, path: Path) -> list[tuple[str, str, dict[str, str]]]:
        """The rows under the first line that names both columns."""
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        wanted = set(self._columns)
        for delimiter in ",\t;":
            rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
            for at, row in enumerate(rows):
                names = [cell.strip().casefold() for cell in row]
                if wanted <= set(names):
                    found = [
                        dict(zip(names, each, strict=False)) for each in rows[at + 1 :] if each
                    ]
                    file_name, position = self._columns
                    return [(each[file_name], each[position], each) for each in found]
        raise ValueError(f"{path.name} is no worklist of this software")

    def _write(self, line: Line) -> None:
        path = self._results / f"{line.file_name}.mzML"
        if path.exists():
            return
        sample = line.what.get("sample id") or line.what.get("sample name") or line.file_name
        data: bytes | None = mzml(self._respond(line), line.file_name, sample)
        if self._spoil is not None and data is not None:
            data = self._spoil(line, data)
        if data is not None:
            write_whole(path, data, line.end)
