"""Doing: one act of the arm, as it can be told it for all legs of a visit or for some of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ncrobot.devices import ChannelMove
from ncrobot.faults import Act
from ncrobot.plan.operations import Leg, MixLeg

AnyLeg = TypeVar("AnyLeg", Leg, MixLeg)


def _nothing(_leg: Any) -> None:
    """For acts that change no books."""


@dataclass(frozen=True)
class Doing(Generic[AnyLeg]):
    """What is done, by which call, with which moves and further data of the intent.

    ``post`` hears once of every leg whose liquid has moved, or may have; ``done`` of those that
    went well.
    """

    act: Act
    name: str
    call: Callable[[Sequence[ChannelMove], Sequence[AnyLeg]], Awaitable[None]]
    moves: Callable[[Sequence[AnyLeg]], list[ChannelMove]]
    post: Callable[[AnyLeg], None] = _nothing
    done: Callable[[AnyLeg], None] = _nothing
    data: Callable[[Sequence[AnyLeg]], Mapping[str, Any]] = lambda _legs: {}
