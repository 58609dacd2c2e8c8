"""Taking several resources at once: all of them, or none and who stands in the way."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ncrobot.errors import Diagnostic, LabError
from ncrobot.locking._file import LockFile, file_of, read_text
from ncrobot.locking.folder import state_folder
from ncrobot.locking.holder import Holder, read_holder

# Somebody who only looks holds a file for microseconds, and a new holder needs as long to write
# its name: a few short tries tell them from a controller at work.
_TRIES = 10
_BETWEEN_TRIES_S = 0.02
# A check of the devices is over in seconds, and no reason to refuse a run.
_BRIEF_S = 30.0


class Lock:
    """Resources that are held until :meth:`release`, the end of the block, or any death.

    Belongs to the process that took it; may be released from any of its threads, once.
    ``left_behind`` tells who died with some of these resources in hand.
    """

    def __init__(
        self, files: Sequence[LockFile], holder: Holder, left_behind: Sequence[Holder]
    ) -> None:
        self._files = tuple(files)
        self.holder = holder
        self.left_behind = tuple(left_behind)

    def announce(self, control: str | None) -> None:
        """Tell others at which address this holder takes orders."""
        self.holder = self.holder.model_copy(update={"control": control})
        self._sign()

    def release(self) -> None:
        """Let others have the resources."""
        for file in reversed(self._files):
            file.release()

    def _sign(self) -> None:
        for file in self._files:
            file.write(self.holder.model_dump_json())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def take_lock(
    resources: Iterable[str], holder: Holder, *, whole: str, folder: Path | None = None
) -> Lock:
    """Take all resources, or none. ``whole`` names them together; ``folder`` is for tests.

    Waits for a brief holder; for others only until they have had time to leave their name.

    Raises:
        LabError: somebody holds one of them (the message says who, since when, and what to do), or
            the lock files can't be written.
    """
    home = _home(folder)
    taken: list[LockFile] = []
    left_behind: list[Holder] = []
    try:
        # Always in the same order, so that of two takers of all the same things one gets them.
        for resource in sorted(set(resources)):
            file = _taken(file_of(home, resource), resource, whole)
            taken.append(file)
            stale = read_holder(file.read())
            if stale is not None and stale not in left_behind:
                left_behind.append(stale)
        lock = Lock(taken, holder, left_behind)
        lock._sign()  # noqa: SLF001 - the one place that makes locks
    except BaseException:
        for file in taken:
            file.forget()
        raise
    return lock


def holders_of(resources: Iterable[str], *, folder: Path | None = None) -> tuple[Holder, ...]:
    """Who holds any of these resources at this moment; empty if they are free."""
    home = _home(folder)
    found: list[Holder] = []
    for path in (file_of(home, resource) for resource in sorted(set(resources))):
        if not path.exists():
            continue
        file = LockFile.take(path, to_look=True)
        if file is not None:
            file.forget()
            continue
        holder = read_holder(read_text(path))
        if holder is not None and holder not in found:
            found.append(holder)
    return tuple(found)


def _home(folder: Path | None) -> Path:
    return (state_folder() if folder is None else folder) / "locks"


def _taken(path: Path, resource: str, whole: str) -> LockFile:
    holder = None
    for attempt in range(int(_BRIEF_S / _BETWEEN_TRIES_S)):
        file = LockFile.take(path)
        if file is not None:
            return file
        holder = read_holder(read_text(path))
        is_known = holder is not None and not holder.brief and attempt > 2
        if is_known or (holder is None and attempt >= _TRIES):
            break
        time.sleep(_BETWEEN_TRIES_S)
    raise _held(whole, resource, holder, path)


def _held(whole: str, resource: str, holder: Holder | None, path: Path) -> LabError:
    who = str(holder) if holder else "somebody who left no name"
    if holder is None:
        fix = f"find who has {path} open, and wait for it to end"
    else:
        order = f", or stop it at {holder.control}" if holder.control else ", or stop it there"
        fix = (
            f"wait for it to end{order}; if it hangs, end process {holder.pid} on {holder.host}: "
            "its lock goes with it"
        )
    return LabError(
        Diagnostic(
            code="workcell-busy",
            message=f"{whole} is in use: {who} holds it",
            quantity=resource,
            allowed="one controller at a time",
            fix=fix,
        )
    )
