"""The port itself, through pyserial: opened for one owner, and every failure told as ours.

Blocking code: it runs in the thread of its link and nowhere else.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import serial

from ncrobot_drivers.link.errors import (
    LinkError,
    LinkLostError,
    PortMissingError,
    PortTakenError,
    SilentError,
)

try:
    import termios

    _FAILURES: tuple[type[Exception], ...] = (OSError, termios.error, TypeError)
except ImportError:  # Windows has no termios
    _FAILURES = (OSError, TypeError)
# pyserial raises TypeError where another thread's close has taken the descriptor away.

_OPENING_FAILURES: tuple[type[Exception], ...] = (*_FAILURES, ValueError)
_SLOW: type[Exception] = serial.SerialTimeoutException

SLICE_S = 0.02
"""Longest single wait of a read, so that deadlines are kept without setting the port up anew."""

WRITE_LIMIT_S = 2.0
"""Longest wait until the line takes the bytes."""

_owners: dict[str, str] = {}
_owners_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Line:
    """How a line is set: baud, data bits, parity (``N``, ``E``, ``O``), stop bits, handshake."""

    baud: int
    data_bits: int = 8
    parity: str = "N"
    stop_bits: float = 1
    rtscts: bool = False
    xonxoff: bool = False


class Port:
    """One port of one device. ``name`` is a path, ``COM3``, ``socket://…`` or ``rfc2217://…``."""

    def __init__(self, device: str, name: str, line: Line) -> None:
        self.device = device
        self.name = name
        self.line = line
        self._serial: Any = None
        self._claimed: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is open as far as we know."""
        return self._serial is not None

    def open(self) -> None:
        """Open it for us alone.

        Raises:
            PortMissingError: it doesn't exist or may not be opened.
            PortTakenError: somebody else has it open.

        """
        if self._serial is not None:
            return
        self._claim()
        try:
            self._serial = serial.serial_for_url(
                self.name,
                baudrate=self.line.baud,
                bytesize=self.line.data_bits,
                parity=self.line.parity,
                stopbits=self.line.stop_bits,
                rtscts=self.line.rtscts,
                xonxoff=self.line.xonxoff,
                timeout=SLICE_S,
                # pyserial's rfc2217 has no limit for a write, and refuses to be given one.
                write_timeout=None if self.name.startswith("rfc2217:") else WRITE_LIMIT_S,
                exclusive=True,
            )
        except _OPENING_FAILURES as error:
            raise self._not_opened(error) from error
        finally:
            if self._serial is None:
                self._release()

    def close(self) -> None:
        """Close it; never raises."""
        port, self._serial = self._serial, None
        if port is not None:
            # pyserial's rfc2217 leaves its socket open where the far end was the first to hang up.
            far = getattr(port, "_socket", None)
            with suppress(*_FAILURES):  # gone already is what was asked for
                port.close()
            if far is not None:
                with suppress(*_FAILURES):
                    far.close()
        self._release()

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            LinkLostError: the line is gone.
            SilentError: the line takes no bytes.

        """
        with self._failing():
            self._open_one().write(data)

    def read(self, until_s: float) -> bytes:
        """Return the next bytes, as many as are there; none if ``time.monotonic()`` gets that far.

        Raises:
            LinkLostError: the line is gone.

        """
        with self._failing():
            port = self._open_one()
            got = b""
            while True:
                if waiting := port.in_waiting:
                    return got + bytes(port.read(waiting))
                if got or time.monotonic() >= until_s:
                    return got
                got = port.read(1)

    def read_input(self, line: str) -> bool:
        """Whether a handshake input (``cts``, ``dsr`` or ``cd``) is up.

        Raises:
            LinkLostError: the line is gone, or the port has no such inputs.

        """
        with self._failing():
            return bool(getattr(self._open_one(), line))

    def _open_one(self) -> Any:
        if self._serial is None:
            raise LinkLostError("isn't open", device=self.device, port=self.name)
        return self._serial

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except LinkError:
            raise
        except _SLOW as error:
            raise SilentError(
                f"the line took no bytes for {WRITE_LIMIT_S:g} s", device=self.device,
                port=self.name, moved=None,
            ) from error  # fmt: skip
        except _FAILURES as error:
            self.close()
            raise LinkLostError(
                f"the device is gone ({error})", device=self.device, port=self.name, moved=None
            ) from error

    def _not_opened(self, error: Exception) -> LinkError:
        number = getattr(error, "errno", None)
        if number in (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK):
            return self._taken("another program")
        why = "no such port" if number == errno.ENOENT else str(error)
        if number == errno.EACCES:
            why = f"{error}; may this user open serial ports?"
        return PortMissingError(f"can't be opened: {why}", device=self.device, port=self.name)

    def _taken(self, owner: str) -> PortTakenError:
        return PortTakenError(f"is in use by {owner}", device=self.device, port=self.name)

    def _claim(self) -> None:
        key = self.name if "://" in self.name else os.path.realpath(self.name)
        with _owners_lock:
            if key in _owners:
                raise self._taken(f"device {_owners[key]!r}")
            _owners[key] = self.device
        self._claimed = key

    def _release(self) -> None:
        with _owners_lock:
            if self._claimed is not None:
                _owners.pop(self._claimed, None)
        self._claimed = None
