"""The document of a planned start: which plate, when, and what became of it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from ncrobot.errors import Diagnostic, LabError
from ncrobot.model import Document


class StartStatus(StrEnum):
    """Where a planned start stands; only ``planned`` and ``starting`` are not over.

    ``unclear``: the service died while it was starting the run; nobody starts it again.
    """

    PLANNED = "planned"
    STARTING = "starting"
    STARTED = "started"
    MISSED = "missed"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCLEAR = "unclear"


class FileMark(Document):
    """A file as it was when somebody relied on it: its path and the SHA-256 of its bytes."""

    path: str
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileMark:
        """The mark of a file as it is now.

        Raises:
            LabError: it can't be read.
        """
        return cls(path=str(path.resolve()), sha256=_digest(path))

    def changed(self) -> str | None:
        """Why the file isn't what it was; None if it is."""
        try:
            digest = _digest(Path(self.path))
        except LabError as error:
            return str(error.diagnostics[0])
        if digest == self.sha256:
            return None
        return f"{self.path} was changed after the start was planned"


class StartRequest(Document):
    """What is asked for: this plan at this time.

    ``at`` is UTC, ISO 8601; ``zone`` is for telling it. ``grace_s``: how late it may still begin.
    ``duration_s`` is the schedule's makespan. ``real``: on devices, not in the simulator.
    """

    plan: FileMark
    schedule: FileMark | None = None
    at: str
    zone: str
    deck: str
    duration_s: float = Field(ge=0)
    grace_s: float = Field(60.0, ge=1)
    real: bool = True
    by: str
    note: str = ""


class PlannedStart(StartRequest):
    """A request with its id and where it stands; ``run`` is set once it has begun."""

    id: str
    status: StartStatus = StartStatus.PLANNED
    run: str | None = None
    reason: str = ""

    @property
    def moment(self) -> datetime:
        """When it is to begin."""
        return datetime.fromisoformat(self.at)

    @property
    def end(self) -> datetime:
        """When its run is expected to end."""
        return self.moment + timedelta(seconds=self.duration_s)

    def told(self) -> str:
        """The plate and its time, as a person says it."""
        local = self.moment.astimezone(ZoneInfo(self.zone))
        return f"{Path(self.plan.path).name} at {local:%H:%M} on {local:%a %d %b %Y} ({self.zone})"

    def changed_files(self) -> list[str]:
        """What is wrong with its files: missing, or changed since it was planned."""
        marks = (self.plan, self.schedule)
        found = [mark.changed() for mark in marks if mark is not None]
        return [why for why in found if why is not None]


class StartFact(Document):
    """One line of the record of a planned start: what it became, when, by whom and why."""

    start: str
    wall: str
    status: StartStatus
    by: str
    reason: str = ""
    run: str | None = None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="unreadable-file",
                message=f"the file can't be read: {error.strerror}",
                file=str(path),
                fix="check the path",
            )
        ) from error
