"""Raw data files, kept as they came, each under the hash of its content; none is ever changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError


class RawStore:
    """A folder of files by SHA-256. Any number of processes may write; none overwrites."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256. What is kept already isn't written again.

        Raises:
            LabError: the folder can't be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        place = self.path(digest)
        if place.exists() and place.stat().st_size == len(data):
            return digest
        part = place.with_name(f"{digest}.{os.getpid()}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
        except OSError as error:
            raise LabError(
                Diagnostic(
                    code="raw-store", message=f"raw data can't be kept: {error.strerror or error}",
                    file=str(place), fix="make room, or give a folder you may write to",
                )
            ) from error  # fmt: skip
        return digest

    def get(self, sha256: str) -> bytes:
        """The bytes that were kept, checked against their hash.

        Raises:
            LabError: they aren't there, or were changed.
        """
        place = self.path(sha256)
        try:
            data = place.read_bytes()
        except OSError as error:
            raise _lost(place, f"raw data are missing: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _lost(place, "raw data were changed since they came")
        return data

    def path(self, sha256: str) -> Path:
        """Where the file with this hash is kept."""
        return self.folder / sha256[:2] / sha256


def _lost(place: Path, message: str) -> LabError:
    return LabError(
        Diagnostic(
            code="raw-data", message=message, file=str(place), fix="restore it from a backup"
        )
    )
