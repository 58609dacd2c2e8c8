"""Converts raw data by a program of the lab, out of process: vendors' folders, other formats.

The program gets a copy of the raw data and an empty folder, and has to write one file there that
ncrobot can read. It can't change what is kept, runs no longer than it may, and what it writes is
limited. What came of it is kept by the hash of the raw data, so that nothing is converted twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, insert, select

from ncrobot.errors import LabError
from ncrobot.samples._tables import CONVERSIONS, note
from ncrobot.samples.instruments import Converter
from ncrobot.samples.packing import unpack
from ncrobot.samples.raw_store import RawStore
from ncrobot.samples.record import SampleRecord

_MOST_TOLD = 300
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Conversion:
    """What came of raw data: the hash and name of what was made of them, or why nothing was."""

    raw: str
    made: str | None
    name: str
    reason: str = ""


class Conversions:
    """The conversions of a record."""

    def __init__(self, record: SampleRecord, store: RawStore) -> None:
        self._record = record
        self._store = store

    def of(self, raw: str) -> Conversion | None:
        """What came of raw data with this hash; None: they weren't converted."""
        query = select(CONVERSIONS).where(CONVERSIONS.c.raw == raw)
        with self._record.engine.begin() as connection:
            row = connection.execute(query).first()
        return None if row is None else Conversion(row.raw, row.made, row.name, row.reason)

    def make(self, raw: str, name: str, converter: Converter, by: str) -> Conversion:
        """Convert raw data that are kept; what came of it before is replaced.

        Raises:
            LabError: the raw data are missing, or the store can't be written.
        """
        try:
            made_name, data = convert(self._store.get(raw), name, converter)
        except _RefusedError as refused:
            found = Conversion(raw, None, "", str(refused))
        else:
            found = Conversion(raw, self._store.put(data), made_name)
        with self._record.engine.begin() as connection:
            connection.execute(delete(CONVERSIONS).where(CONVERSIONS.c.raw == raw))
            connection.execute(
                insert(CONVERSIONS).values(
                    raw=raw, made=found.made, name=found.name, reason=found.reason
                )
            )
            state = "converted" if found.made else "not converted"
            told = found.reason or f"to {found.name}, {(found.made or '')[:12]}"
            note(connection, raw, state, self._record.now(), by, told)
        return found


class _RefusedError(Exception):
    """A conversion gave nothing; the text says why."""


def convert(data: bytes, name: str, converter: Converter) -> tuple[str, bytes]:
    """Name and bytes of what the lab's program makes of raw data.

    Raises:
        _RefusedError: it failed, took too long, or wrote nothing, too much or several files.
    """
    with tempfile.TemporaryDirectory(prefix="ncrobot-") as folder:
        into = Path(folder) / "out"
        (Path(folder) / "in").mkdir()
        into.mkdir()
        try:
            source = unpack(data, name, Path(folder) / "in")
        except LabError as error:
            raise _RefusedError(error.diagnostics[0].message) from error
        _run(converter, source, into)
        return _written(into, converter)


def _run(converter: Converter, source: Path, into: Path) -> None:
    command = [
        word.replace("{input}", str(source)).replace("{output}", str(into))
        for word in converter.command
    ]
    log = into.with_name("log")
    with log.open("wb") as told:
        try:
            process = subprocess.Popen(  # noqa: S603 - the lab's own command, by its settings
                command, cwd=into, stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise _RefusedError(
                f"the converter can't be started: {error.strerror}: {command[0]}"
            ) from error
        try:
            status = _waited(process, converter, into)
        finally:
            _end(process)
    if status != 0:
        raise _RefusedError(f"the converter ended with {status}: {_last_words(log)}")


def _waited(process: subprocess.Popen[bytes], converter: Converter, into: Path) -> int:
    """Its status, once it ends within its time; what it writes is weighed while it runs."""
    step_s = min(0.2, converter.timeout_s / 4)
    left_s = converter.timeout_s
    while left_s > 0.0:
        try:
            return process.wait(timeout=step_s)
        except subprocess.TimeoutExpired:
            left_s -= step_s
            if _weight(into) > converter.most_mb * 1e6:
                raise _RefusedError(
                    f"the converter wrote more than {converter.most_mb:g} MB"
                ) from None
    raise _RefusedError(f"the converter took longer than {converter.timeout_s:g} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_PATIENCE_S)


def _written(into: Path, converter: Converter) -> tuple[str, bytes]:
    found = [each for each in into.rglob("*") if each.is_file() and not each.is_symlink()]
    if len(found) != 1:
        names = ", ".join(sorted(each.name for each in found)[:5])
        told = f"{len(found)} files ({names})" if found else "no file"
        raise _RefusedError(f"the converter wrote {told}; it has to be one")
    if _weight(into) > converter.most_mb * 1e6:
        raise _RefusedError(f"the converter wrote more than {converter.most_mb:g} MB")
    return found[0].name, found[0].read_bytes()


def _weight(folder: Path) -> int:
    total = 0
    for each in folder.rglob("*"):
        with suppress(OSError):
            total += each.lstat().st_size
    return total


def _last_words(log: Path) -> str:
    text = log.read_bytes()[-4 * _MOST_TOLD :].decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:_MOST_TOLD] if lines else "it said nothing"
