"""The one error that reading a quantity can raise."""

from __future__ import annotations

from ncrobot.errors import Diagnostic


class QuantityError(ValueError):
    """A text is not a quantity of the wanted dimension.

    ``code`` is one of ``not-a-quantity``, ``unit-missing``, ``unit-unknown``, ``wrong-dimension``
    and ``out-of-range``. It is a :class:`ValueError`, so that a pydantic validator may raise it.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        found: str,
        allowed: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.message = message
        self.code = code
        self.found = found
        self.allowed = allowed
        self.fix = fix
        super().__init__(message)

    def diagnostic(self, quantity: str | None = None) -> Diagnostic:
        """Return the finding without a place; ``quantity`` names the field that was read."""
        return Diagnostic(
            code=self.code,
            message=self.message,
            quantity=quantity,
            found=self.found,
            allowed=self.allowed,
            fix=self.fix,
        )
