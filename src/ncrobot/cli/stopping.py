"""How commands that go on until somebody ends them are ended: by Ctrl-C, or by SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and a terminal that goes away set, not so under ``nohup``."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
        if (number := getattr(signal, name, None)) is not None
        and (name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
