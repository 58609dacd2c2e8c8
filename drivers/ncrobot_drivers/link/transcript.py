"""The transcript of a line: every byte that went over it, with its time.

One line of text per entry, its fields apart by tabs: time (ISO 8601, UTC), device, port, mark
(``>`` sent, ``<`` received, ``~`` received and dropped, ``!`` a remark), the bytes in hex, and the
bytes as far as they can be printed. It can be read back by :func:`Entry.parse`, so that a
conversation with a real device serves as a test.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ncrobot.errors import InternalError

logger = logging.getLogger("ncrobot.wire")


class Mark(StrEnum):
    """What an entry tells."""

    SENT = ">"
    RECEIVED = "<"
    DROPPED = "~"
    REMARK = "!"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript. A remark has text and no data; all others have data."""

    time: datetime
    device: str
    port: str
    mark: Mark
    data: bytes = b""
    text: str = ""

    def line(self) -> str:
        """Return the entry as a line of text, without its end."""
        text = self.text if self.mark is Mark.REMARK else printable(self.data)
        fields = (self.time.isoformat(), self.device, self.port, self.mark, self.data.hex(" "))
        return "\t".join((*fields, " ".join(text.split("\t"))))

    @classmethod
    def parse(cls, line: str) -> Entry:
        """Read a line back.

        Raises:
            InternalError: it is no line of a transcript.

        """
        fields = line.rstrip("\n").split("\t")
        try:
            time, device, port, mark, data, text = fields
            entry = cls(datetime.fromisoformat(time), device, port, Mark(mark), bytes.fromhex(data))
        except ValueError as error:
            raise InternalError(f"no line of a transcript: {line!r}") from error
        return entry if entry.mark is not Mark.REMARK else cls(*_head(entry), text=text)


def _head(entry: Entry) -> tuple[datetime, str, str, Mark]:
    return entry.time, entry.device, entry.port, entry.mark


def printable(data: bytes) -> str:
    """Return bytes as ASCII with a dot for everything that can't be printed."""
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in data)


Sink = Callable[[str], None]


class Transcript:
    """Writes entries to a sink, by default a logger's debug level. Called from any thread.

    ``redact`` may replace bytes before they are written, such as a password of a gateway.
    """

    def __init__(
        self,
        sink: Sink | None = None,
        *,
        redact: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._sink = sink if sink is not None else logger.debug
        self._redact = redact

    @classmethod
    def to_file(cls, path: Path, *, redact: Callable[[bytes], bytes] = bytes) -> Transcript:
        """Return a transcript that is appended to a file; each entry is on disk at once."""

        def append(line: str) -> None:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")

        return cls(append, redact=redact)

    def write(self, entry: Entry) -> None:
        """Write one entry."""
        data = self._redact(entry.data)
        told = entry if data == entry.data else Entry(*_head(entry), data=data, text=entry.text)
        self._sink(told.line())
