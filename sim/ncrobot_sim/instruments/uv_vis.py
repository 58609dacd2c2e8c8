"""A simulated stand-alone plate reader: scans a plate that somebody put in, and writes a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from ncrobot_sim.instruments.memory import Line, Memory, write_whole

Respond = Callable[[str, Sequence[float]], Sequence[float]]
"""Absorbance (AU) of what stands at a place (labware and well), at wavelengths in nm."""
Break = Callable[[Line, bytes], bytes | None]
"""Spoils a data file: other bytes, or None if none is written."""


@dataclass(frozen=True, slots=True)
class Scan:
    """From where to where it scans, in which steps, and beyond what it can't see."""

    wavelength_nm: tuple[float, float] = (300.0, 900.0)
    step_nm: float = 2.0
    most_au: float = 3.5


class SimulatedUvVis:
    """A whole plate takes ``run_s``. The table has wavelengths down and wells across."""

    def __init__(
        self,
        *,
        results: Path,
        run_s: float,
        respond: Respond,
        scan: Scan | None = None,
        spoil: Break | None = None,
    ) -> None:
        self._results = results
        self._run_s = run_s
        self._respond = respond
        scan = scan or Scan()
        low, high = scan.wavelength_nm
        self._waves = np.arange(low, high + scan.step_nm / 2, scan.step_nm)
        self._most_au = scan.most_au
        self._spoil = spoil
        results.mkdir(parents=True, exist_ok=True)
        self._memory = Memory(results / ".instrument.json")

    def load(self, name: str, places: Sequence[str], now: datetime) -> None:
        """Scan these wells of a plate; ``name`` is what the person gives to the file.

        The same name again is the same plate: it is scanned once.
        """
        if name not in self._memory.taken:
            row = (name, places[0].partition("/")[0], {"places": " ".join(places)})
            self._memory.take(name, [row], now, self._run_s)

    def work(self, now: datetime) -> datetime | None:
        """Write the tables of the plates that are over by now; returns when the next one is."""
        for line in self._memory.due(now):
            path = self._results / f"{line.file_name}.csv"
            if path.exists():
                continue
            data: bytes | None = self._table(line)
            if self._spoil is not None and data is not None:
                data = self._spoil(line, data)
            if data is not None:
                write_whole(path, data, line.end)
        return self._memory.next_end()

    def _table(self, line: Line) -> bytes:
        places = line.what["places"].split()
        wells = [place.partition("/")[2] for place in places]
        columns = [self._respond(place, self._waves.tolist()) for place in places]
        rows = [
            "Plate reader;simulated",
            "Mode;Absorbance scan",
            f"Plate;{line.file_name}",
            f"Measured;{line.ends}",
            "",
            ";".join(["Wavelength [nm]", *wells]),
        ]
        for number, nm in enumerate(self._waves):
            cells = [self._cell(float(column[number])) for column in columns]
            rows.append(";".join([f"{nm:g}", *cells]))
        return ("\r\n".join(rows) + "\r\n").encode()

    def _cell(self, au: float) -> str:
        return "OVRFLW" if au > self._most_au else f"{au:.4f}"
