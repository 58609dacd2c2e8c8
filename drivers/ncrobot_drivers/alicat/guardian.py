"""A process that stands between a driver and a valve, and shuts the valve when nobody is heard.

For devices without a watchdog of their own. It owns the serial port and passes bytes on to one
client on this machine. On its standard input it is told ``arm SECONDS`` and ``feed``, each of which
it acknowledges. When it hears neither in time, or when its input ends because the driver's process
died, it says the ``--last`` words to the device, again and again until the device has answered.

It outlives the driver, however that dies. It doesn't outlive the computer, and it can't shut a
valve whose cable was pulled: gases that harm need a shut-off that depends on no software. When its
port is lost, it ends, and leaves behind a process that says the last words as soon as the port is
there again, within ``BACK_S``.

What the device answers to the last words is nobody's: the driver would take it for the answer to a
question of its own. What the driver says meanwhile is heard when they are through.
"""

from __future__ import annotations

import argparse
import errno
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import serial

LOOK_S = 0.05
LAST_ROUNDS = 20
QUIET_S = 0.15
QUIET_LIMIT_S = 2.0
CLIENT_S = 30.0
BACK_S = 600.0
AGAIN_S = 0.2
TAKEN = (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK)


class Guardian:
    """Passes bytes on and watches the time. All its figures are real seconds."""

    def __init__(self, port: Any, client: socket.socket, last: Sequence[bytes], arm: bytes) -> None:
        self._port = port
        self._client = client
        self._last = last
        self._answer_mark = arm
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._heard_s = time.monotonic()
        self._within_s: float | None = None
        self._answered = threading.Event()
        self._shutting = threading.Event()
        self._read_s = 0.0
        self._port_lost = False

    def serve(self) -> bool:
        """Work until the input or the client ends; the last words are said before.

        Returns False if the port was lost, so that nobody knows whether the device heard them.
        """
        for work in (self._listen_to_driver, self._pass_answers):
            threading.Thread(target=work, daemon=True).start()
        self._client.settimeout(LOOK_S)
        while not self._ended.is_set():
            try:
                data = self._client.recv(4096)
                if not data:
                    break
                self._pass_on(data)
            except TimeoutError:
                pass
            except OSError:
                break
            self._shut_if_silent()
        self._shut()
        return not self._port_lost

    def _pass_on(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError:
            self._lose_port()

    def _lose_port(self) -> None:
        self._port_lost = True
        self._ended.set()

    def _shut_if_silent(self) -> None:
        """Shut after a silence, and then wait to be armed anew; who speaks meanwhile waits."""
        with self._lock:
            if self._within_s is None or time.monotonic() <= self._heard_s + self._within_s:
                return
            self._within_s = None
            self._shut()

    def _listen_to_driver(self) -> None:
        for line in sys.stdin:
            word, _, figure = line.strip().partition(" ")
            with self._lock:
                self._heard_s = time.monotonic()
                if word == "arm":
                    self._within_s = float(figure) or None
            _say(f"{word} {figure}".strip())
        self._ended.set()

    def _pass_answers(self) -> None:
        before = b""
        while True:
            try:
                data = self._port.read(self._port.in_waiting or 1)
            except (OSError, TypeError):
                self._lose_port()
                return
            if not data:
                continue
            self._read_s = time.monotonic()
            if self._answer_mark in before + data:
                self._answered.set()
            before = data[-(len(self._answer_mark) - 1) :]  # a mark may come in two pieces
            if not self._shutting.is_set():
                with suppress(OSError):  # nobody listens any more
                    self._client.sendall(data)

    def _shut(self) -> None:
        """Say the last words until the device answers, and keep its answers to oneself."""
        self._shutting.set()
        self._answered.clear()
        for _ in range(LAST_ROUNDS):
            try:
                _say_last(self._port, self._last)
            except OSError:
                self._lose_port()
                return
            if self._answered.wait(LOOK_S):
                break
        end_s = time.monotonic() + QUIET_LIMIT_S
        while time.monotonic() < min(self._read_s + QUIET_S, end_s):
            time.sleep(LOOK_S)
        self._shutting.clear()


def shut_when_back(told: argparse.Namespace) -> None:
    """Wait until a lost port is there again, and shut; not if somebody else has it by then."""
    end_s = time.monotonic() + BACK_S
    last, mark = _words_of(told)
    while time.monotonic() < end_s:
        try:
            with _opened(told) as port:
                heard = b""
                for _ in range(LAST_ROUNDS):
                    _say_last(port, last)
                    heard += port.read(port.in_waiting or 1)
                    if mark in heard:
                        return
        except (OSError, TypeError, ValueError) as error:
            if getattr(error, "errno", None) in TAKEN:
                return
            time.sleep(AGAIN_S)


def _leave_behind() -> None:
    """A process of its own, as this one's end is waited for."""
    subprocess.Popen(  # noqa: S603 - this very module
        [sys.executable, "-m", "ncrobot_drivers.alicat.guardian", *sys.argv[1:], "--back"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def _say_last(port: Any, last: Sequence[bytes]) -> None:
    for words in last:
        port.write(words)
        port.flush()
        time.sleep(LOOK_S)


def _words_of(told: argparse.Namespace) -> tuple[list[bytes], bytes]:
    return [bytes.fromhex(words) for words in told.last], bytes.fromhex(told.mark)


def _opened(told: argparse.Namespace) -> Any:
    return serial.serial_for_url(
        told.port, baudrate=told.baud, timeout=LOOK_S, write_timeout=2.0, exclusive=True
    )


def _say(text: str) -> None:
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def main() -> None:
    """Open the port, tell where the client may come to, and serve it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True)
    parser.add_argument("--baud", type=int, required=True)
    parser.add_argument("--last", action="append", required=True, help="bytes in hex")
    parser.add_argument("--mark", required=True, help="bytes of every answer, in hex")
    parser.add_argument("--back", action="store_true", help="only shut, when the port is back")
    told = parser.parse_args()
    if told.back:
        shut_when_back(told)
        return
    try:
        port = _opened(told)
    except (OSError, ValueError) as error:
        _say(f"error {getattr(error, 'errno', None) or 0} {error}")
        return
    client = _client()
    if client is not None and not Guardian(port, client, *_words_of(told)).serve():
        _leave_behind()


def _client() -> socket.socket | None:
    """Who comes to the port that is told; None if nobody does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(CLIENT_S)
        _say(f"port {server.getsockname()[1]}")
        try:
            return server.accept()[0]
        except TimeoutError:
            return None


if __name__ == "__main__":
    main()
