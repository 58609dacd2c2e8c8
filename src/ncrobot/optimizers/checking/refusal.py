"""One refused suggestion: which, for what type of reason, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field

from ncrobot.errors import Diagnostic
from ncrobot.model import Document
from ncrobot.optimizers.interface import Failure, FailureKind, Reason
from ncrobot.searchspace import Value


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """What the deck says to conditions that it can't deliver."""

    message: str
    quantity: str | None = None
    found: str | None = None
    allowed: str | None = None
    fix: str | None = None


class Refusal(Document):
    """A suggestion that was not taken; ``values`` are those that could be read."""

    id: str
    reason: Reason
    message: str
    values: dict[str, Value] = Field(default_factory=dict)
    quantity: str | None = None
    found: str | None = None
    allowed: str | None = None
    fix: str | None = None
    file: str | None = None
    line: int | None = None

    @property
    def diagnostic(self) -> Diagnostic:
        """The refusal as a finding, as all others are told."""
        return Diagnostic(
            code=f"suggestion-{self.reason.value}",
            message=self.message,
            row=self.id,
            quantity=self.quantity,
            found=self.found,
            allowed=self.allowed,
            fix=self.fix,
            file=self.file,
            line=self.line,
        )

    def failure(self, names: Iterable[str]) -> Failure | None:
        """What the optimizer is told: infeasible, with the reason, and no figure.

        ``names`` are those of the space's parameters. None if the values are incomplete, for then
        there are no conditions to speak of.
        """
        if set(self.values) != set(names):
            return None
        return Failure(
            id=self.id,
            values=self.values,
            kind=FailureKind.INFEASIBLE,
            reason=self.reason,
            why=self.message,
        )
