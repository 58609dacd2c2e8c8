"""The pages of the ledger: what is in every container, with changes that can be taken back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ncrobot.errors import InternalError
from ncrobot.liquids.contents import EMPTY, Contents

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Before:
    """What containers held and channels carried before an attempt touched them; None: nothing."""

    contents: dict[str, Contents | None] = field(default_factory=dict)
    tips_ul: dict[int, float | None] = field(default_factory=dict)


class Book:
    """Contents by container and tip volumes by channel; changed only inside an attempt."""

    def __init__(self) -> None:
        self._contents: dict[str, Contents] = {}
        self._tips_ul: dict[int, float] = {}
        self._attempts: list[_Before] = []

    def contents(self, address: str) -> Contents:
        """What a container holds."""
        return self._contents.get(address, EMPTY)

    def addresses(self) -> tuple[str, ...]:
        """Every container that isn't empty, sorted."""
        return tuple(sorted(a for a, held in self._contents.items() if held != EMPTY))

    def tip_ul(self, channel: int) -> float | None:
        """What the tip of a channel can hold (infinite: unknown), or None without a tip."""
        return self._tips_ul.get(channel)

    def channels_with_tips(self) -> tuple[int, ...]:
        """Channels that carry a tip, sorted."""
        return tuple(sorted(self._tips_ul))

    def imbalance(self) -> Contents:
        """Sum over all containers."""
        materials = sorted({m for held in self._contents.values() for m in held.umol})
        return Contents(
            math.fsum(held.volume_ul for held in self._contents.values()),
            {m: math.fsum(h.umol.get(m, 0.0) for h in self._contents.values()) for m in materials},
        )

    def put(self, address: str, held: Contents) -> None:
        """Set what a container holds."""
        self._attempts[-1].contents.setdefault(address, self._contents.get(address))
        self._contents[address] = held

    def mount(self, channel: int, capacity_ul: float | None) -> None:
        """Set the tip of a channel, or take it off (None)."""
        self._attempts[-1].tips_ul.setdefault(channel, self._tips_ul.get(channel))
        _set(self._tips_ul, channel, capacity_ul)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo every change made inside if anything is raised; attempts may be nested."""
        before = _Before()
        self._attempts.append(before)
        try:
            yield
        except BaseException:
            for address, held in before.contents.items():
                _set(self._contents, address, held)
            for channel, capacity_ul in before.tips_ul.items():
                _set(self._tips_ul, channel, capacity_ul)
            raise
        else:
            self._hand_on(before)
        finally:
            self._attempts.pop()

    def _hand_on(self, before: _Before) -> None:
        """Tell the attempt around this one what was before, so that it can undo both."""
        if len(self._attempts) < 2:
            return
        around = self._attempts[-2]
        for address, held in before.contents.items():
            around.contents.setdefault(address, held)
        for channel, capacity_ul in before.tips_ul.items():
            around.tips_ul.setdefault(channel, capacity_ul)

    def as_json(self) -> dict[str, Any]:
        """The state as plain data that JSON keeps exactly.

        Raises:
            InternalError: an attempt is open, so the state isn't settled.
        """
        if self._attempts:
            raise InternalError("the ledger is in the middle of an attempt")
        return {
            "contents": {
                address: {"volume_ul": held.volume_ul, "umol": dict(held.umol)}
                for address, held in sorted(self._contents.items())
                if held != EMPTY
            },
            "tips_ul": {
                str(channel): None if math.isinf(capacity_ul) else capacity_ul
                for channel, capacity_ul in sorted(self._tips_ul.items())
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Book:
        """A book in the state that :meth:`as_json` told."""
        book = cls()
        for address, held in data["contents"].items():
            book._contents[address] = Contents(held["volume_ul"], dict(held["umol"]))
        for channel, capacity_ul in data["tips_ul"].items():
            book._tips_ul[int(channel)] = math.inf if capacity_ul is None else capacity_ul
        return book


def _set(pages: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        pages.pop(key, None)
    else:
        pages[key] = value
