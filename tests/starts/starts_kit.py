"""Records of planned starts with a clock set by hand, and services as real processes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ncrobot.notices import Draft, Story
from ncrobot.starts import PlannedStart, Service, Starts, add_start

NOW = datetime(2026, 8, 3, 18, 0, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")


class Hands:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


class Told:
    """Keeps what is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.all: list[Draft | Story] = []
        self._changed = threading.Condition()

    def __call__(self, told: Draft | Story) -> None:
        with self._changed:
            self.all.append(told)
            self._changed.notify_all()

    def wait_for(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.all) >= count, timeout=20)

    @property
    def drafts(self) -> list[Draft]:
        return [told for told in self.all if isinstance(told, Draft)]


class Begun:
    """A starter that begins nothing, but counts and lets a test wait."""

    def __init__(self, error: Exception | None = None) -> None:
        self.starts: list[PlannedStart] = []
        self._error = error
        self._changed = threading.Condition()

    def __call__(self, start: PlannedStart) -> str:
        with self._changed:
            self.starts.append(start)
            self._changed.notify_all()
        if self._error is not None:
            raise self._error
        return f"run-of-{start.id}"

    def wait_for(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.starts) >= count, timeout=20)


def planned(
    starts: Starts, folder: Path, at: datetime, *, duration_s: float = 60.0, **more: Any
) -> PlannedStart:
    """Plan a start of two files, made if need be."""
    plan, schedule = folder / "plate.plan.json", folder / "plate.schedule.json"
    for file in (plan, schedule):
        if not file.exists():
            file.write_text(f"{file.name} as planned")
    return add_start(
        starts, plan, at, schedule=schedule, duration_s=duration_s,
        **{"by": "anna", "deck": "starlet_96", "zone": ZURICH, **more},
    )  # fmt: skip


@contextmanager
def serving(service: Service):
    """The service in a thread, ready, until the end of the block; its error is raised."""
    stop, ready, errors = threading.Event(), threading.Event(), []

    def run() -> None:
        try:
            service.run(stop, ready=ready.set)
        except Exception as error:  # noqa: BLE001 - handed on to the test
            errors.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(30)
        if not errors:
            yield
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]


_PROCESS = """
    import sys, threading, time
    from contextlib import nullcontext
    from pathlib import Path
    from ncrobot.errors import LabError
    from ncrobot.starts import Service, Starts

    folder, name, locked = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "locked"

    def starter(start):
        with (folder / "begun").open("a") as file:
            file.write(f"{name} {start.id}\\n")
        if name == "hanging":
            time.sleep(60)
        return f"run by {name}"

    def tell(told):
        with (folder / "told").open("a") as file:
            file.write(f"{told.kind} {told.about}\\n")

    service = Service(Starts.open(folder / "starts.sqlite"), starter, tell, look_s=0.1)
    if not locked:
        service._lock = nullcontext
    try:
        service.run(threading.Event(), ready=lambda: print("ready", flush=True))
    except LabError as error:
        print(error, flush=True)
        sys.exit(1)
"""


class Processes:
    """Services as processes of their own; all are killed at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[subprocess.Popen[str]] = []

    def start(self, name: str, *, locked: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_PROCESS), str(self._folder), name,
             "locked" if locked else "alone"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._all.append(process)
        return process

    def close(self) -> None:
        for process in self._all:
            process.kill()
            process.wait()
            process.stdout.close()
