"""What an Opentrons robot tells over HTTP, as far as a run needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ENDED = frozenset({"succeeded", "failed", "stopped"})
WAITS_FOR_PEOPLE = frozenset(
    {
        "paused",
        "blocked-by-open-door",
        "awaiting-recovery",
        "awaiting-recovery-paused",
        "awaiting-recovery-blocked-by-open-door",
    }
)


@dataclass(frozen=True, slots=True)
class Health:
    """What the robot says of itself."""

    name: str
    robot_model: str
    software: str
    serial_number: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A protocol on the robot and its newest analysis."""

    protocol_id: str
    robot_type: str
    analysis_id: str
    analysis_status: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis by the robot; ``result`` is None as long as it is pending."""

    analysis_id: str
    status: str
    result: str | None
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RobotRun:
    """A run on the robot: ``status`` in the robot's words, ``actions`` by type, oldest first."""

    run_id: str
    status: str
    current: bool
    protocol_id: str | None
    errors: tuple[str, ...]
    actions: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing will move in this run any more."""
        return self.status in ENDED

    @property
    def waits_for_people(self) -> bool:
        """Whether it goes on only if somebody does something."""
        return self.status in WAITS_FOR_PEOPLE


@dataclass(frozen=True, slots=True)
class RobotCommand:
    """One command of a run: queued, running, succeeded or failed.

    ``message`` is the text of a comment or a pause.
    """

    index: int
    kind: str
    status: str
    message: str
    error: str | None


Json = Mapping[str, Any]


def health_of(body: Json) -> Health:
    """Read ``GET /health``."""
    return Health(
        name=str(body["name"]),
        robot_model=str(body.get("robot_model", "")),
        software=str(body["api_version"]),
        serial_number=str(body.get("robot_serial") or ""),
    )


def uploaded_of(body: Json) -> Uploaded:
    """Read a protocol resource."""
    data = body["data"]
    newest = data["analysisSummaries"][-1]
    return Uploaded(
        protocol_id=str(data["id"]),
        robot_type=str(data.get("robotType", "")),
        analysis_id=str(newest["id"]),
        analysis_status=str(newest["status"]),
    )


def analysis_of(body: Json) -> Analysis:
    """Read an analysis; its commands are left out."""
    data = body["data"]
    return Analysis(
        analysis_id=str(data["id"]),
        status=str(data["status"]),
        result=data.get("result"),
        errors=_errors(data.get("errors") or ()),
    )


def run_of(data: Json) -> RobotRun:
    """Read a run resource, whole or as a summary."""
    return RobotRun(
        run_id=str(data["id"]),
        status=str(data["status"]),
        current=bool(data["current"]),
        protocol_id=data.get("protocolId"),
        errors=_errors(data.get("errors") or ()),
        actions=tuple(str(action["actionType"]) for action in data.get("actions") or ()),
    )


def commands_of(body: Json) -> tuple[RobotCommand, ...]:
    """Read a page of commands; they are counted from the page's cursor."""
    first = int(body["meta"]["cursor"])
    return tuple(_command(first + place, data) for place, data in enumerate(body["data"]))


def _command(index: int, data: Json) -> RobotCommand:
    error = data.get("error")
    return RobotCommand(
        index=index,
        kind=str(data["commandType"]),
        status=str(data["status"]),
        message=str((data.get("params") or {}).get("message") or ""),
        error=None if not error else str(error.get("detail", error)),
    )


def _errors(errors: Sequence[Json]) -> tuple[str, ...]:
    return tuple(str(error.get("detail") or error.get("errorType") or error) for error in errors)
