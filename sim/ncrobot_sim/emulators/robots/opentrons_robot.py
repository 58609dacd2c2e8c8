"""An Opentrons robot as its HTTP API shows it: protocols, analyses, and one current run.

Written from the routes, models and state rules of Opentrons' public robot server. It moves nothing:
a run is a list of steps that take time. The robot knows no clock; it is told what time it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Status = Literal[
    "idle", "running", "paused", "blocked-by-open-door", "stop-requested", "stopped",
    "finishing", "failed", "succeeded",
]  # fmt: skip
OVER: frozenset[Status] = frozenset({"stopped", "failed", "succeeded"})
ROBOT_TYPES = {"OT-2": "OT-2 Standard", "Flex": "OT-3 Standard"}


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a run; a ``waitForResume`` pauses the run, one with ``error`` ends it."""

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    takes_s: float = 0.0
    error: str | None = None


@dataclass
class Denied(Exception):  # noqa: N818 - an answer of the robot, not an error of ours
    """The robot says no."""

    http_status: int
    error_id: str
    title: str
    detail: str


@dataclass
class Protocol:
    """An uploaded protocol; its analysis is over at ``analysed_at_s``."""

    protocol_id: str
    file_name: str
    analysis_id: str
    analysed_at_s: float
    errors: tuple[str, ...]


@dataclass
class Run:
    """A run: how far it is, and since when it is in its present step."""

    run_id: str
    protocol_id: str | None
    steps: Sequence[Step]
    status: Status = "idle"
    current: bool = True
    actions: list[str] = field(default_factory=list)
    begun: int = 0
    left_s: float = 0.0
    at_s: float = 0.0
    failed_step: int | None = None


class OpentronsRobot:
    """One robot. ``steps`` are what each run of a protocol does; ``busy`` has a run going on."""

    def __init__(
        self,
        *,
        model: Literal["OT-2", "Flex"] = "OT-2",
        steps: Sequence[Step] = (Step("home", takes_s=1.0),),
        analysis_s: float = 0.0,
        analysis_errors: Sequence[str] = (),
        finish_s: float = 1.0,
        stop_s: float = 1.0,
    ) -> None:
        self.model = model
        self.steps = tuple(steps)
        self.analysis_s = analysis_s
        self.analysis_errors = tuple(analysis_errors)
        self.finish_s = finish_s
        self.stop_s = stop_s
        self.door_open = False
        self.protocols: dict[str, Protocol] = {}
        self.runs: list[Run] = []

    # Protocols.

    def upload(self, file_name: str, text: str, now_s: float) -> tuple[bool, Protocol]:
        """Take a protocol in; True if it is a new one."""
        key = hashlib.sha256(text.encode()).hexdigest()[:8]
        if key in self.protocols:
            found = self.protocols[key]
            if now_s < found.analysed_at_s:
                raise Denied(503, "LastAnalysisPending", "Last Analysis Still Pending.", "wait")
            return False, found
        if "def run(" not in text or "apiLevel" not in text:
            detail = "the file has no run function or names no API level"
            raise Denied(422, "ProtocolFilesInvalid", "Protocol File(s) Invalid", detail)
        wanted = "Flex" if '"Flex"' in text else "OT-2"
        if wanted != self.model:
            detail = f"this protocol is for {wanted} robots, and this robot is an {self.model}"
            title = "Protocol For Different Robot Type"
            raise Denied(422, "ProtocolRobotTypeMismatch", title, detail)
        made = Protocol(
            key, file_name, f"analysis-{key}", now_s + self.analysis_s, self.analysis_errors
        )
        self.protocols[key] = made
        return True, made

    def protocol(self, protocol_id: str) -> Protocol:
        """Return a protocol."""
        if protocol_id not in self.protocols:
            detail = f"protocol {protocol_id} was not found"
            raise Denied(404, "ProtocolNotFound", "Protocol Not Found", detail)
        return self.protocols[protocol_id]

    # Runs.

    def create_run(self, protocol_id: str | None, now_s: float) -> Run:
        """Make a new current run, unless the one before is under way."""
        if protocol_id is not None:
            self.protocol(protocol_id)
        self._clear_current(now_s, "RunAlreadyActive", "Run Already Active")
        steps = self.steps if protocol_id is not None else ()
        run = Run(f"run-{len(self.runs) + 1}", protocol_id, steps, at_s=now_s)
        self.runs.append(run)
        return run

    def run(self, run_id: str, now_s: float) -> Run:
        """Return a run as it is now."""
        for run in self.runs:
            if run.run_id == run_id:
                self._advance(run, now_s)
                return run
        raise Denied(404, "RunNotFound", "Run Not Found", f"run {run_id} was not found")

    def release(self, run_id: str, now_s: float) -> Run:
        """Make a run no longer the current one."""
        run = self.run(run_id, now_s)
        if not run.current:
            raise Denied(409, "RunStopped", "Run Stopped", f"{run_id} is not the current run")
        self._clear_current(now_s, "RunNotIdle", "Run is not idle.")
        return run

    def act(self, run_id: str, action: str, now_s: float) -> None:
        """Play, pause or stop."""
        run = self.run(run_id, now_s)
        if not run.current:
            raise Denied(409, "RunStopped", "Run Stopped", f"{run_id} is not the current run")
        if run.status in OVER or run.status in {"stop-requested", "finishing"}:
            raise _not_allowed("The run has already stopped.")
        if action == "play":
            self._play(run, now_s)
        elif action == "pause":
            if run.status != "running":
                raise _not_allowed("Cannot pause a run that is not running.")
            run.status = "paused"
        elif action == "stop":
            run.status, run.left_s = "stop-requested", self.stop_s
        else:
            raise Denied(422, "InvalidRequest", "Invalid Request", f"no action {action!r}")
        run.actions.append(action)

    def open_door(self, *, is_open: bool, now_s: float) -> None:
        """Open or close the door; a run that is under way stands still."""
        self.door_open = is_open
        for run in self.runs:
            self._advance(run, now_s)
            if is_open and run.status in {"running", "paused"}:
                run.status = "blocked-by-open-door"
            elif not is_open and run.status == "blocked-by-open-door":
                run.status = "paused"

    def commands(self, run_id: str, now_s: float) -> list[tuple[str, Step]]:
        """Return the commands that the run has reached, each with its status."""
        run = self.run(run_id, now_s)
        found: list[tuple[str, Step]] = []
        for index, step in enumerate(run.steps[: run.begun]):
            last = index == run.begun - 1
            if index == run.failed_step:
                found.append(("failed", step))
            elif last and run.status in {"running", "paused", "blocked-by-open-door"}:
                found.append(("running", replace(step, error=None)))
            else:
                found.append(("succeeded", replace(step, error=None)))
        return found

    # Inside.

    def _play(self, run: Run, now_s: float) -> None:
        if self.door_open:
            raise _not_allowed("Front door or top window is currently open.")
        waiting = run.begun > 0 and run.steps[run.begun - 1].kind == "waitForResume"
        if run.status in {"paused", "blocked-by-open-door"} and waiting:
            run.left_s = 0.0
        run.status, run.at_s = "running", now_s

    def _clear_current(self, now_s: float, error_id: str, title: str) -> None:
        for run in self.runs:
            self._advance(run, now_s)
            if run.current:
                if run.status not in OVER and run.status != "idle":
                    detail = f"{run.run_id} is {run.status}"
                    raise Denied(409, error_id, title, detail)
                run.current = False

    def _advance(self, run: Run, now_s: float) -> None:
        """Let a run go on until now."""
        passed_s = now_s - run.at_s
        run.at_s = now_s
        while run.status in {"running", "stop-requested", "finishing"}:
            if passed_s < run.left_s:
                run.left_s -= passed_s
                return
            passed_s -= run.left_s
            run.left_s = 0.0
            self._next(run)

    def _next(self, run: Run) -> None:
        """What follows when the present step, the finishing or the stopping is over."""
        if run.status == "stop-requested":
            run.status = "stopped"
        elif run.status == "finishing":
            run.status = "failed" if run.failed_step is not None else "succeeded"
        elif run.begun and run.steps[run.begun - 1].error is not None:
            run.failed_step = run.begun - 1
            run.status, run.left_s = "finishing", self.finish_s
        elif run.begun == len(run.steps):
            run.status, run.left_s = "finishing", self.finish_s
        else:
            step = run.steps[run.begun]
            run.begun += 1
            run.left_s = step.takes_s
            if step.kind == "waitForResume":
                run.status = "paused"


def _not_allowed(detail: str) -> Denied:
    return Denied(409, "RunActionNotAllowed", "Run Action Not Allowed", detail)
