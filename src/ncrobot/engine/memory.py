"""Memory: what the books of a run were told, so that a run that died can be told it again.

Books, tips and lots note every change; the journal writes the notes as one event with the next
facts that it makes durable. Replaying the notes brings the books to where they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Note = Sequence[Any]
"""The name of a change and its arguments, JSON-able: ``["draw", 0, "plate/A1", 50.0]``."""


class Memory:
    """The notes that are not written yet. One per run."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._muted = False

    def note(self, name: str, *arguments: Any) -> None:
        """Remember one change; nothing while a replay is told."""
        if not self._muted:
            self._notes.append([name, *arguments])

    def take(self) -> list[Note]:
        """Hand over what is not written yet."""
        notes, self._notes = self._notes, []
        return notes

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Tell books something without noting it: it was noted before, or is only a trial."""
        before, self._muted = self._muted, True
        try:
            yield
        finally:
            self._muted = before

    def replay(self, notes: Iterable[Note], tell: Mapping[str, Callable[..., object]]) -> None:
        """Tell every noted change again.

        Raises:
            KeyError: nobody knows a change of this name; the record is of another version.

        """
        with self.muted():
            for name, *arguments in notes:
                tell[name](*arguments)
