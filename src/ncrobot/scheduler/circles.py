"""Circles of lags that ask an operation to come later than itself: the proof of a contradiction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key", str, int)
Tag = TypeVar("Tag")


def contradicting(
    keys: Iterable[Key], arrows: Sequence[tuple[Key, Key, int, Tag]]
) -> tuple[list[Tag], int] | None:
    """The tags along a circle of arrows with a positive sum and that sum, or None (Bellman-Ford).

    An arrow (a, b, gap, tag) says that b is at least gap after a.
    """
    value = dict.fromkeys(keys, 0)
    last: dict[Key, int] = {}
    look = 1
    for round_ in range(1, len(value) + 2):
        changed = False
        for number, (a, b, gap, _) in enumerate(arrows):
            if value[a] + gap > value[b]:
                value[b] = value[a] + gap
                last[b] = number
                changed = True
        if not changed:
            return None
        if round_ == look or round_ > len(value):
            look *= 2
            circle = _circle(last, arrows)
            if circle is not None:
                return [arrows[n][3] for n in circle], sum(arrows[n][2] for n in circle)
    return None


def _circle(last: dict[Key, int], arrows: Sequence[tuple[Key, Key, int, Tag]]) -> list[int] | None:
    """Arrow numbers along a circle of those that raised each key last."""
    clean: set[Key] = set()
    for first in last:
        path: list[Key] = []
        on_path: set[Key] = set()
        key = first
        while key in last and key not in clean and key not in on_path:
            path.append(key)
            on_path.add(key)
            key = arrows[last[key]][0]
        if key in on_path:
            circle = path[path.index(key) :]
            return [last[k] for k in reversed(circle)]
        clean |= on_path
    return None
