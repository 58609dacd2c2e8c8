"""Files that people asked for, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from ncrobot.errors import Diagnostic, LabError


def write_whole(text: str, path: Path, *, fix: str = "give another file with -o") -> None:
    """Write a text to a file and its folders; what was there before stays until all is written.

    Raises:
        LabError: it can't be written; ``fix`` says what to do.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="output",
                message=f"the output can't be written: {error.strerror}",
                file=str(path),
                fix=fix,
            )
        ) from error
