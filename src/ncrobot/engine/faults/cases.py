"""A failed act as it concerns one leg or one device: whom it hits, and what could be done."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from ncrobot.engine.fates import Policy
from ncrobot.errors import DeviceError
from ncrobot.faults import FINAL, Response


@dataclass(frozen=True, slots=True)
class Dose:
    """What was to be moved; ``source`` is where it would be drawn from next."""

    stock: str
    volume_ul: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One leg, or the whole act of a device, that failed.

    ``key`` names it in this operation, so that its failures are counted. ``can`` are the responses
    that are possible beside those that end the matter. ``legs`` are told in the record: channel,
    cycle and destination.
    """

    key: Hashable
    wells: tuple[str, ...]
    can: frozenset[Response] = frozenset()
    dose: Dose | None = None
    legs: tuple[tuple[int, int, str], ...] = ()

    def offers(self, response: Response) -> bool:
        """Whether a response is possible at all."""
        return response in FINAL or response in self.can


class GivenUpError(Exception):
    """An act won't be tried again; ``response`` says what becomes of its wells."""

    def __init__(self, error: DeviceError, response: Response) -> None:
        self.error = error
        self.response = response
        super().__init__(str(error))

    @property
    def policy(self) -> Policy:
        """What becomes of the wells."""
        return "continue" if self.response is Response.CONTINUE else "abandon"
