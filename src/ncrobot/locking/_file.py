"""One lock file: held by the kernel for as long as its descriptor is open."""

from __future__ import annotations

import hashlib
import os
import re
import weakref
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError

try:
    import fcntl
except ImportError:  # pragma: no cover - told when a lock is asked for
    fcntl = None  # type: ignore[assignment]

_MOST_BYTES = 65_536


class LockFile:
    """A held lock file. Not shared between threads.

    The kernel lets go of it when the last copy of its descriptor is closed, at the latest when the
    process ends. Children made by fork close their copy, so that one that outlives its parent
    doesn't keep the lock.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor
        _OPEN.add(self)

    @classmethod
    def take(cls, path: Path, *, to_look: bool = False) -> LockFile | None:
        """Lock the file, made if need be; None if somebody holds it.

        Those who only look for a holder don't stand in each other's way.

        Raises:
            LabError: the file can't be opened, or this system has no such locks.
        """
        if fcntl is None:  # pragma: no cover - only on systems without fcntl
            raise LabError("two controllers can't be kept apart here: this system has no flock")
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if to_look else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise _unusable(path, error) from error
        return cls(path, descriptor)

    def read(self) -> str:
        """What stands in the file."""
        return read_text(self.path)

    def write(self, text: str) -> None:
        """Replace what stands in the file."""
        if self._descriptor is None:
            return
        data = text.encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, data, 0)

    def release(self) -> None:
        """Empty the file, leave it for others, and let go; may be called twice."""
        if self._descriptor is not None:
            self.write("")
            self.forget()

    def forget(self) -> None:
        """Close the descriptor and leave the file as it is."""
        descriptor, self._descriptor = self._descriptor, None
        _OPEN.discard(self)
        if descriptor is not None:
            os.close(descriptor)


def file_of(folder: Path, resource: str) -> Path:
    """The lock file of a resource: a name that a person recognises and no two resources share."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", resource).strip("-.")[:60]
    return folder / f"{readable}-{hashlib.sha256(resource.encode()).hexdigest()[:10]}.lock"


def read_text(path: Path) -> str:
    """What stands in a lock file, held or not; empty if there is none."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # First without O_CREAT: in a sticky folder the kernel refuses it for others' files.
            return os.open(path, flags)
        except FileNotFoundError:
            shared = path.parent.stat().st_mode & 0o066
            descriptor = os.open(path, flags | os.O_CREAT, 0o600)
            if shared and os.fstat(descriptor).st_uid == os.geteuid():
                os.fchmod(descriptor, 0o600 | shared)
            return descriptor
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> LabError:
    return LabError(
        Diagnostic(
            code="lock-file",
            message=f"the lock of the workcell can't be kept here: {error.strerror}",
            file=str(path),
            fix="give a folder that all users of the workcell may write to with NCROBOT_STATE",
        )
    )


_OPEN: weakref.WeakSet[LockFile] = weakref.WeakSet()


def _close_in_child() -> None:
    for file in tuple(_OPEN):
        file.forget()


os.register_at_fork(after_in_child=_close_in_child)
