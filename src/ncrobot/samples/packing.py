"""Raw data as bytes: a file as it is, a folder as an archive that is always the same.

Vendors keep a measurement in a folder. It is packed with its names in order and without dates and
owners, so that the same content has the same hash wherever it was copied.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError

MOST_BYTES = 2_000_000_000
_MOST_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What lies at a path: its bytes in all, and when it was last changed (ns of the epoch)."""

    size: int
    changed_ns: int


def standing(path: Path) -> Standing | None:
    """How a file or a folder stands; None if it is gone, or changes while one looks."""
    try:
        states = [each.stat() for each in (path, *(_inside(path) if path.is_dir() else ()))]
    except OSError:
        return None
    files = [state for state in states if not _is_folder(state.st_mode)]
    return Standing(
        sum(state.st_size for state in files), max(state.st_mtime_ns for state in states)
    )


def packed(path: Path) -> bytes:
    """The bytes of a file, or of a folder's archive.

    Raises:
        LabError: it holds a link or too many files.
        OSError: it can't be read.
    """
    if not path.is_dir():
        return path.read_bytes()
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number, each in enumerate(_inside(path)):
            if each.is_symlink() or number >= _MOST_FILES:
                what = "a link" if each.is_symlink() else f"more than {_MOST_FILES} files"
                raise LabError(
                    Diagnostic(code="raw-folder", message=f"it holds {what}", file=str(path))
                )
            told = tarfile.TarInfo(f"{path.name}/{each.relative_to(path).as_posix()}")
            if each.is_dir():
                told.type = tarfile.DIRTYPE
                told.mode = 0o755
                archive.addfile(told)
                continue
            data = each.read_bytes()
            told.size = len(data)
            archive.addfile(told, io.BytesIO(data))
    return whole.getvalue()


def unpack(data: bytes, name: str, folder: Path) -> Path:
    """Lay raw data down in a folder again; returns the file or the folder of this name.

    Raises:
        LabError: the archive is damaged, or would write elsewhere.
    """
    place = folder / name
    if not is_packed(data, name):
        place.write_bytes(data)
        return place
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        message = f"the archive of a raw folder is damaged: {error}"
        raise LabError(Diagnostic(code="raw-folder", message=message, file=name)) from error
    return place


def is_packed(data: bytes, name: str) -> bool:
    """Whether these bytes are the archive of a folder of this name."""
    begins = f"{name}/".encode()[:100]
    is_archive = data[257:262] == b"ustar"
    return is_archive and (data.startswith(begins) or b"path=" + begins in data[:2048])


def _inside(folder: Path) -> Iterator[Path]:
    """All that is in a folder, in the order of names."""
    return iter(sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()))


def _is_folder(mode: int) -> bool:
    return mode & 0o170000 == 0o040000
