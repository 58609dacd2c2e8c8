"""Collects the findings of a compilation so that all of them are told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from ncrobot.errors import Diagnostic, PlanError, Severity
from ncrobot.protocol import ProtocolSource


@dataclass
class Findings:
    """The diagnostics of one compilation; lives as long as :func:`compile_plan` runs."""

    source: ProtocolSource
    items: list[Diagnostic] = field(default_factory=list)

    def error(  # noqa: PLR0913 - mirrors Diagnostic, every part is optional and named
        self,
        code: str,
        message: str,
        *path: str | int,
        row: str | None = None,
        well: str | None = None,
        quantity: str | None = None,
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note a finding at the place of ``path`` in the protocol file."""
        line, column = self.source.place_of(*path) if path else (None, None)
        self.items.append(
            Diagnostic(
                code=code,
                message=message,
                severity=severity,
                file=self.source.file,
                line=line,
                column=column,
                row=row,
                well=well,
                quantity=quantity,
                found=found,
                allowed=allowed,
                fix=fix,
            )
        )

    def warn(self, code: str, message: str, *path: str | int, well: str | None = None) -> None:
        """Note something that must be read but doesn't stop the plan."""
        self.error(code, message, *path, well=well, severity=Severity.WARNING)

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that stop the plan."""
        return [item for item in self.items if item.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Diagnostic]:
        """The findings that don't."""
        return [item for item in self.items if item.severity is Severity.WARNING]

    def stop_if_any(self) -> None:
        """Raise all errors noted so far, if there are any.

        Raises:
            PlanError: with every error.
        """
        if self.errors:
            self.stop()

    def stop(self) -> NoReturn:
        """Raise all errors noted so far.

        Raises:
            PlanError: always.
        """
        raise PlanError(self.errors)
