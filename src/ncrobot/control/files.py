"""Files of the lab folder for those who ask over the interface: only reports and tables."""

from __future__ import annotations

from pathlib import Path

from ncrobot.errors import Diagnostic, LabError

SHOWN = frozenset({".html", ".csv"})
"""Kinds of files that are handed out: never databases, tokens or logs."""


def inside(folder: Path, asked: str) -> Path:
    """The file that a relative path means, if it is in the folder: links are followed first.

    Raises:
        LabError: it isn't there, is elsewhere, or is no file that is handed out.

    """
    home = folder.resolve()
    try:
        path = (home / asked).resolve(strict=True)
        is_shown = path.is_relative_to(home) and path.is_file() and path.suffix in SHOWN
    except (OSError, ValueError, RuntimeError):  # not there, a NUL byte, a circle of links
        is_shown = False
    if not is_shown:
        # The same answer for all: nobody learns what else is on this machine.
        raise LabError(
            Diagnostic(
                code="no-file",
                message="there is no such file in the lab folder",
                found=asked[:200],
                allowed="reports (.html) and tables (.csv)",
            )
        )
    return path
