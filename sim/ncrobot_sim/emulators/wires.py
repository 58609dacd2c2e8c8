"""The far end of a line: a pseudo-terminal, or a TCP socket as a raw gateway has."""

from __future__ import annotations

import contextlib
import os
import socket
import termios
import tty
from pathlib import Path
from typing import Protocol

_RATES = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdecimal()
}


class Wire(Protocol):
    """Something that bytes go through; it can be pulled and plugged in again."""

    port: str

    def descriptors(self) -> list[int]:
        """What to wait for before reading."""

    def read(self) -> bytes:
        """What has come; empty if nothing has."""

    def write(self, data: bytes) -> int:
        """Send what the line takes; how many bytes it took."""

    def baud(self) -> int | None:
        """Rate that the computer has set, if it can be known."""

    def unplug(self) -> None:
        """Pull it."""

    def plug_in(self) -> None:
        """Put it back."""


class PtyWire:
    """A pseudo-terminal under a stable name: a link, as a serial adapter's name is one."""

    def __init__(self, link: Path) -> None:
        self.port = str(link)
        self._link = link
        self._ends: tuple[int, int] | None = None
        self.plug_in()

    def plug_in(self) -> None:
        """Make a new pair. The near end is kept open, so that the far one may come and go."""
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self._ends = (near, far)
        # In one step, so that nobody ever finds a half-made name.
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(far))
        fresh.replace(self._link)

    def unplug(self) -> None:
        """Close both ends: the computer sees the device go."""
        self._link.unlink(missing_ok=True)
        ends, self._ends = self._ends, None
        for end in ends or ():
            os.close(end)

    def descriptors(self) -> list[int]:
        """The near end."""
        return [self._ends[0]] if self._ends else []

    def read(self) -> bytes:
        """What the computer has sent."""
        if self._ends is None:
            return b""
        try:
            got = os.read(self._ends[0], 65536)
        except OSError:
            return b""
        self._leave_something_to_set(self._ends[1])
        return got

    @staticmethod
    def _leave_something_to_set(far: int) -> None:
        """Make the next opening change something.

        A pseudo-terminal has no parity. Setting one fails if nothing else has to be set, as when
        a port is opened a second time. ECHOK means nothing in raw mode, and pyserial clears it.
        """
        told = termios.tcgetattr(far)
        if not told[3] & termios.ECHOK:
            told[3] |= termios.ECHOK
            termios.tcsetattr(far, termios.TCSANOW, told)

    def write(self, data: bytes) -> int:
        """Send to the computer; what nobody reads stays with us."""
        if self._ends is None:
            return len(data)
        try:
            return os.write(self._ends[0], data)
        except OSError:
            return 0

    def baud(self) -> int | None:
        """Rate of the near end, which is the computer's setting."""
        if self._ends is None:
            return None
        try:
            return _RATES.get(termios.tcgetattr(self._ends[0])[5])
        except termios.error:
            return None


class TcpWire:
    """A raw gateway on this machine: one client at a time."""

    def __init__(self) -> None:
        self._server: socket.socket | None = None
        self._client: socket.socket | None = None
        self._number = 0
        self.plug_in()
        self.port = f"socket://127.0.0.1:{self._number}"

    def plug_in(self) -> None:
        """Listen, on the same port as ever."""
        self._server = socket.create_server(("127.0.0.1", self._number))
        self._server.setblocking(False)
        self._number = self._server.getsockname()[1]

    def unplug(self) -> None:
        """Hang up and listen no more."""
        for end in (self._client, self._server):
            if end is not None:
                end.close()
        self._client = self._server = None

    def descriptors(self) -> list[int]:
        """The client, or whoever comes."""
        end = self._client or self._server
        return [end.fileno()] if end is not None else []

    def read(self) -> bytes:
        """What the client has sent; lets a client in if there is none."""
        if self._client is None:
            if self._server is not None:
                with contextlib.suppress(BlockingIOError):
                    self._client, _ = self._server.accept()
                    self._client.setblocking(False)
            return b""
        try:
            got = self._client.recv(65536)
        except BlockingIOError:
            return b""
        except OSError:
            got = b""
        if not got:
            self._client.close()
            self._client = None
        return got

    def write(self, data: bytes) -> int:
        """Send to the client; without one it is lost."""
        if self._client is None:
            return len(data)
        try:
            return self._client.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)

    def baud(self) -> int | None:
        """A gateway doesn't tell."""
        return None
