"""Begins planned starts: each run in a process of its own, which outlives the service."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.running import Lab, new_run_id
from ncrobot.starts import PlannedStart, Starter

_LOOK_S = 0.1
_PATIENCE_S = 300.0


def subprocess_starter(lab: Lab, database: Path, notify: Path | None) -> Starter:
    """Begins runs by ``ncrobot run-plan``; what each prints is kept in the lab folder's ``logs``.

    The service may end, or die, without touching the runs.
    """

    def start(planned: PlannedStart) -> str:
        run = new_run_id(datetime.now(UTC))
        logs = lab.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        path = logs / f"{run}.log"
        with path.open("wb") as log:
            child = _begun(_arguments(planned, run, database, notify), log)
        _wait_for(lab, run, child, path)
        # Whoever starts a process has to take note of its end.
        threading.Thread(target=child.wait, name=f"run {run}", daemon=True).start()
        return run

    return start


def _begun(arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program, and no shell
        [sys.executable, "-m", "ncrobot", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _arguments(planned: PlannedStart, run: str, database: Path, notify: Path | None) -> list[str]:
    arguments = ["run-plan", planned.plan.path, "--json", "--run", run]
    arguments += ["--database", str(database)]
    if planned.schedule is not None:
        arguments += ["--schedule", planned.schedule.path]
    if planned.real:
        arguments.append("--real")
    if notify is not None:
        arguments += ["--notify", str(notify)]
    return arguments


def _wait_for(lab: Lab, run: str, child: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the run is in the record.

    Raises:
        LabError: it was refused; nothing has moved.
    """
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        over = child.poll() is not None  # before the look, so that a short run isn't missed
        if any(each.run == run for each in lab.runs.list()):
            return
        if over:
            raise _refused(_why(log))
        if time.monotonic() > deadline_s:
            child.terminate()
            raise _refused(f"it didn't begin within {_PATIENCE_S:.0f} s")
        time.sleep(_LOOK_S)


def _why(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip()
    for line in reversed(text.splitlines()):
        try:
            return "; ".join(str(each["message"]) for each in json.loads(line)["errors"])
        except (ValueError, KeyError, TypeError):
            continue
    return text[-500:] or "it ended without a word"


def _refused(why: str) -> LabError:
    return LabError(Diagnostic(code="start-refused", message=f"the run didn't begin: {why}"))
