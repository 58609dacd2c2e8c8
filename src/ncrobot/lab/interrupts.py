"""Ctrl-C and the signals that end services: they stop a run in safety, however often they come."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDING = {
    signal.SIGINT: "stopped by Ctrl-C",
    signal.SIGTERM: "ended by SIGTERM",
    signal.SIGHUP: "ended by SIGHUP",
}


BY_SIGNAL = frozenset(_ENDING.values())
"""Reasons of runs that nobody gave up: their process was told to end."""


class Interrupts:
    """Heard from before a run until its report is written.

    Neither Python's own handling of Ctrl-C nor asyncio's would do: the first raises anywhere, and a
    second one would leave devices on while the first is bringing them to their safe state.
    """

    def __init__(self) -> None:
        self._stop: Callable[[str], None] | None = None
        self._reason: str | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Take the signals; in a thread other than the main one nobody can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[int, Any] = {}
        for each in _ENDING:
            before[each] = signal.signal(each, self._on_signal)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def stopping(self, stop: Callable[[str], None]) -> Iterator[None]:
        """Hand the reason to ``stop``, which must be safe to call at any time."""
        self._stop = stop
        if self._reason is not None:
            stop(self._reason)
        try:
            yield
        finally:
            self._stop = None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._reason = self._reason or _ENDING[signal.Signals(number)]
        if self._stop is not None:
            self._stop(self._reason)
