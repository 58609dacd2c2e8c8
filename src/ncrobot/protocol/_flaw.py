"""What a model's validator found wrong, with the place inside the model and what would mend it."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.units import QuantityError


class FlawError(ValueError):
    """One thing wrong inside a model; the reader turns it into a diagnostic with line and column.

    ``at`` is the path from the model that was validated to the field that is wrong. It is a
    :class:`ValueError`, so that pydantic collects it together with all other errors of a file.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        at: tuple[str | int, ...] = (),
        found: str | None = None,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.message = message
        self.code = code
        self.at = at
        self.found = found
        self.allowed = allowed
        self.fix = fix
        super().__init__(message)

    @classmethod
    def of_quantity(cls, error: QuantityError, *at: str | int) -> FlawError:
        """Return what the reader of quantities refused, at a place inside the model."""
        return cls(
            error.message,
            code=error.code,
            at=at,
            found=error.found,
            allowed=error.allowed,
            fix=error.fix,
        )


class FlawsError(ValueError):
    """Several flaws of one model, raised together."""

    def __init__(self, flaws: Sequence[FlawError]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(flaw.message for flaw in flaws))


def raise_all(flaws: Sequence[FlawError]) -> None:
    """Raise the flaws, if there are any.

    Raises:
        FlawsError: there is at least one.

    """
    if flaws:
        raise FlawsError(flaws)


def described(raw: object) -> str:
    """Return what a parsed value is, in words: a text, a number, a list, or fields."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return repr(raw if len(raw) <= _LONGEST_SHOWN else raw[:_LONGEST_SHOWN] + "...")
    if isinstance(raw, int | float):
        return f"{raw:g}" if isinstance(raw, float) else str(raw)
    kinds: dict[type, str] = {type(None): "nothing", dict: "fields", list: "a list"}
    return kinds.get(type(raw), "something else")


def either(words: Sequence[str]) -> str:
    """Return "a, b or c"."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last


_LONGEST_SHOWN = 60
