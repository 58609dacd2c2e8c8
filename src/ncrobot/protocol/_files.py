"""Text from disk, with one clear finding when there is none to be had."""

from __future__ import annotations

from pathlib import Path

from ncrobot.errors import Diagnostic, nearest_word

# A full table or a long protocol is some ten kilobytes.
MOST_BYTES = 500_000


class UnreadableError(Exception):
    """A file holds no text that could be read; ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises:
        UnreadableError: the file is missing, too large, or not UTF-8 text.

    """
    file = str(path)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES and path.is_file() else b""
    except FileNotFoundError:
        raise UnreadableError(_not_found(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unreadable(file, "file-unreadable", f"the file cannot be read: {reason}") from None
    if path.is_dir():
        raise _unreadable(file, "file-unreadable", "this is a folder, not a file")
    if size > MOST_BYTES:
        raise UnreadableError(_too_large(file, size))
    return _decoded(content, file)


def check_text(text: str, file: str | None) -> None:
    """Make sure that a text can be kept as UTF-8 and is of sensible size.

    Raises:
        UnreadableError: it is too long, or holds half a surrogate pair.

    """
    if len(text) > MOST_BYTES:
        raise UnreadableError(_too_large(file, len(text)))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(_not_text(file, text[: error.start].count("\n") + 1)) from None


def _decoded(content: bytes, file: str) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        message = "the file is encoded as UTF-16"
        raise _unreadable(file, "not-text", message, fix="save the file as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(_not_text(file, line)) from None


def _not_text(file: str | None, line: int) -> Diagnostic:
    return Diagnostic(
        code="not-text",
        message="the file is not UTF-8 text",
        file=file,
        line=line,
        fix="save the file as UTF-8; in older tables µ and ° are what usually breaks",
    )


def _too_large(file: str | None, size: int) -> Diagnostic:
    return Diagnostic(
        code="file-too-large",
        message="the file is too large for a protocol or a table of 96 rows",
        file=file,
        found=f"{size} bytes",
        allowed=f"at most {MOST_BYTES} bytes",
        fix="check that this is the file you meant",
    )


def _not_found(path: Path) -> Diagnostic:
    try:
        near = nearest_word(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        near = None
    return Diagnostic(
        code="file-not-found",
        message="there is no such file",
        file=str(path),
        fix=f"did you mean '{path.parent / near}'?" if near else "check the path",
    )


def _unreadable(file: str, code: str, message: str, *, fix: str | None = None) -> UnreadableError:
    return UnreadableError(Diagnostic(code=code, message=message, file=file, fix=fix))
