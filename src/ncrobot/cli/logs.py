"""What libraries log goes to a file in the lab folder, and never over what a command prints."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "ncrobot.log"
_MOST_BYTES = 2_000_000
_OLDER_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _LabLog(RotatingFileHandler):
    """A file that is made when something is logged; if it can't be written, nobody is disturbed."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Give up: a full disk must not end a run because of its log."""


_handlers: list[logging.Handler] = []


@contextmanager
def kept_logs() -> Iterator[None]:
    """Keep messages off the terminal while a command is carried out."""
    _add(logging.NullHandler())
    try:
        yield
    finally:
        root = logging.getLogger()
        while _handlers:
            handler = _handlers.pop()
            root.removeHandler(handler)
            handler.close()


def log_beside(database: Path) -> Path:
    """Keep messages in a file beside the run database, from now to the end of the command."""
    path = database.parent / NAME
    if _handlers:
        handler = _LabLog(
            path, maxBytes=_MOST_BYTES, backupCount=_OLDER_FILES, delay=True, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter(_FORMAT))
        _add(handler)
    return database


def _add(handler: logging.Handler) -> None:
    _handlers.append(handler)
    logging.getLogger().addHandler(handler)
