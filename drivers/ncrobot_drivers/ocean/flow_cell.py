"""A flow cell in front of an Ocean Insight spectrometer: samples are drawn in one after the other.

The lab's own commands move liquid and light: ``fill`` brings what stands at ``{position}`` into the
cell, ``rinse`` fills it with solvent, ``lamp`` lets light through or not (``{state}``: on or off).
Raw counts of sample, dark and reference are written, a file for each injection.

A sample that was drawn in is gone, so an injection that was begun and has no file isn't begun again
by itself: a mark tells that it was begun.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ncrobot.errors import Diagnostic, LabError
from ncrobot_drivers.ocean.spectrometer import Light, Spectrometer

_MARK = ".begun"


class Options(BaseModel):
    """Options of a flow cell; times in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    fill: str
    rinse: str
    lamp: str
    serial: str | None = None
    integration_ms: float = Field(10.0, gt=0)
    averages: int = Field(20, ge=1)
    settle_s: float = Field(2.0, ge=0)
    command_s: float = Field(120.0, gt=0, description="how long a command may take")
    reference_every: int = Field(10, ge=1, description="injections between two references")
    least_counts: float = Field(50.0, gt=0, description="over the dark ones, that count as light")


class Line(Protocol):
    """What is looked at of an injection."""

    @property
    def position(self) -> str:
        """Where the sample stands."""

    @property
    def file_name(self) -> str:
        """How its file is to be called."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished file."""

    name: str
    data: bytes
    measured_at: str


class FlowCell:
    """A spectrometer with a flow cell, as an instrument of the queue."""

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        *,
        opened: Callable[[str | None, float, int], Spectrometer] = Spectrometer,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Read the options; the spectrometer is opened when something is measured.

        Raises:
            LabError: an option is wrong or missing.
        """
        try:
            self._options = Options.model_validate(dict(options))
        except ValidationError as error:
            raise LabError([_finding(name, dict(each)) for each in error.errors()]) from error
        self._name = name
        self._opened, self._sleep = opened, sleep
        self._folder = self._options.folder
        self._lists = self._folder / "submitted"

    def submit(self, batch: str, injections: Sequence[Line]) -> None:
        """Take a batch to be measured; the same batch again is the same one."""
        self._lists.mkdir(parents=True, exist_ok=True)
        lines = [[each.position, each.file_name] for each in injections]
        _write(self._lists / f"{batch}.json", json.dumps(lines).encode())

    def delivered(self) -> Iterator[Finished]:
        """All files that were written."""
        for path in sorted(self._folder.glob("*.csv")):
            told = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
            yield Finished(path.name, path.read_bytes(), told)

    def measure(self, say: Callable[[str], None]) -> int:
        """Measure what was submitted and wasn't begun; returns how many were measured.

        Raises:
            LabError: a command fails, or the spectrometer doesn't answer.
        """
        waiting = list(self._waiting(say))
        if not waiting:
            return 0
        spectrometer = self._opened(
            self._options.serial, self._options.integration_ms, self._options.averages
        )
        try:
            for number, (position, file_name) in enumerate(waiting):
                if number % self._options.reference_every == 0:
                    dark, reference = self._references(spectrometer)
                self._inject(spectrometer, (position, file_name), (dark, reference))
                say(f"{self._name}: {number + 1} of {len(waiting)}, {file_name}")
            self._run(self._options.rinse)
        finally:
            spectrometer.close()
        return len(waiting)

    def _waiting(self, say: Callable[[str], None]) -> Iterator[tuple[str, str]]:
        for path in sorted(self._lists.glob("*.json"), key=lambda each: each.stat().st_mtime_ns):
            for position, file_name in json.loads(path.read_text(encoding="utf-8")):
                if (self._folder / f"{file_name}.csv").exists():
                    continue
                if (self._folder / (file_name + _MARK)).exists():
                    say(f"{self._name}: {file_name} was begun and has no spectrum: left out")
                    continue
                yield position, file_name

    def _references(self, spectrometer: Spectrometer) -> tuple[Light, Light]:
        """Dark counts, and those of solvent."""
        self._run(self._options.rinse)
        self._run(self._options.lamp, state="off")
        self._sleep(self._options.settle_s)
        dark = spectrometer.look()
        self._run(self._options.lamp, state="on")
        self._sleep(self._options.settle_s)
        return dark, spectrometer.look()

    def _inject(
        self, spectrometer: Spectrometer, line: tuple[str, str], base: tuple[Light, Light]
    ) -> None:
        position, file_name = line
        _write(self._folder / (file_name + _MARK), position.encode())
        self._run(self._options.fill, position=position)
        self._sleep(self._options.settle_s)
        seen = spectrometer.look()
        _write(self._folder / f"{file_name}.csv", self._table(spectrometer, file_name, seen, base))
        self._run(self._options.rinse)

    def _table(
        self, spectrometer: Spectrometer, name: str, seen: Light, base: tuple[Light, Light]
    ) -> bytes:
        dark, reference = base
        head = {
            "name": name, "spectrometer": spectrometer.serial, "points": seen.counts.size,
            "integration_ms": self._options.integration_ms, "averages": self._options.averages,
            "full_scale": spectrometer.full_scale, "least_counts": self._options.least_counts,
        }  # fmt: skip
        lines = ["# counts/1", *(f"# {key}: {value}" for key, value in head.items())]
        lines.append("wavelength_nm,sample,dark,reference")
        columns = (seen.wavelength_nm, seen.counts, dark.counts, reference.counts)
        lines += [",".join(f"{value:.10g}" for value in row) for row in zip(*columns, strict=True)]
        return ("\n".join(lines) + "\n").encode()

    def _run(self, command: str, **told: str) -> None:
        words = [word.format_map(told) if "{" in word else word for word in shlex.split(command)]
        try:
            done = subprocess.run(  # noqa: S603 - the lab's own command, by its settings
                words, timeout=self._options.command_s, capture_output=True, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._failed(words, str(error)) from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-300:]
            raise self._failed(words, f"it ended with {done.returncode}: {said}")

    def _failed(self, words: Sequence[str], why: str) -> LabError:
        message = f"{self._name}: {' '.join(words)!r} failed: {why}"
        fix = "mend it and measure again; what was begun is left out, and can be tried as a new job"
        return LabError(Diagnostic(code="flow-cell", message=message, fix=fix))


def _write(path: Path, data: bytes) -> None:
    """Write a file whole, or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _finding(name: str, problem: Mapping[str, Any]) -> Diagnostic:
    field = ".".join(str(each) for each in problem["loc"])
    message = f"option {field} of instrument {name!r}: {problem['msg'].lower()}"
    return Diagnostic(code="instrument-option", message=message, found=str(problem["input"])[:60])
