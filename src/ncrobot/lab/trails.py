"""What goes to the audit trail: who began which run, and who ordered what while it went on."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ncrobot.control import TrailEntry
from ncrobot.errors import LabError, UserError
from ncrobot.recorder import Audit, Command, CommandOutcome, Database
from ncrobot.state import RunState
from ncrobot.statuses import RunStatus
from ncrobot.users import user_name


def _here() -> str:
    return f"terminal of {platform.node() or 'this machine'}"


@dataclass(frozen=True, slots=True)
class Begun:
    """A command that was taken, with its line in the trail."""

    line: int
    command: Command


class Trails:
    """Writes the audit trail of a lab."""

    def __init__(self, database: Database) -> None:
        self._audit = Audit(database)

    @contextmanager
    def asked(
        self, name: str, run: str, at: datetime, arguments: Mapping[str, Any]
    ) -> Iterator[Begun]:
        """Write down that somebody here asks for a run, and if the block refuses it, why.

        Raises:
            LabError: it can't be written; what nobody can account for isn't begun.
        """
        command = Command(
            at=at, who=user_name(), origin=_here(), name=name, run=run, arguments=arguments
        )
        begun = Begun(self._audit.write(command, CommandOutcome.ASKED), command)
        try:
            yield begun
        except UserError as refusal:
            self._refused(command, refusal, begun.line)
            raise

    def ended(self, begun: Begun, state: RunState) -> None:
        """Write down what came of it. The record tells it too, so that a failure hides nothing."""
        fine = state.status == RunStatus.SUCCEEDED
        outcome = CommandOutcome.DONE if fine else CommandOutcome.FAILED
        with suppress(LabError):
            told = f"{state.status}: {state.reason}"
            self._audit.write(begun.command, outcome, told, of=begun.line)

    @contextmanager
    def noting(self, name: str, arguments: Mapping[str, Any]) -> Iterator[None]:
        """Write down a command that the block carries out here, of no run; or why it refused.

        Raises:
            LabError: it can't be written.
        """
        command = Command(
            at=datetime.now(UTC), who=user_name(), origin=_here(), name=name, arguments=arguments
        )
        try:
            yield
        except UserError as refusal:
            self._refused(command, refusal)
            raise
        self._audit.write(command, CommandOutcome.DONE)

    def _refused(self, command: Command, refusal: UserError, line: int | None = None) -> None:
        told = "; ".join(each.message for each in refusal.diagnostics)
        with suppress(LabError):
            self._audit.write(command, CommandOutcome.REFUSED, told, of=line)

    def take(self, entry: TrailEntry) -> None:
        """Write down an order to a run.

        Raises:
            LabError: it can't be written.
        """
        command = Command(
            at=datetime.fromisoformat(entry.wall),
            who=entry.by,
            origin=entry.via,
            name=entry.command,
            run=entry.run,
        )
        outcome = CommandOutcome.DONE if entry.accepted else CommandOutcome.REFUSED
        self._audit.write(command, outcome, entry.details)

    def newest(self, limit: int) -> list[TrailEntry]:
        """The newest lines of the trail, the newest first.

        Raises:
            LabError: it can't be read.
        """
        return [
            TrailEntry(
                by=line.command.who,
                via=line.command.origin,
                wall=line.command.at.isoformat(),
                command=line.command.name,
                run=line.command.run,
                accepted=line.outcome in (CommandOutcome.DONE, CommandOutcome.ASKED),
                details=line.reason or str(dict(line.command.arguments) or ""),
            )
            for line in self._audit.list(limit=limit)
        ]
