"""The same link over a network: raw gateways (socket://) and those that set the line (rfc2217://)."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from serial import rfc2217

from ncrobot.clock import WallClock
from ncrobot_drivers.link import (
    Line,
    LinkLostError,
    PortTakenError,
    Reconnect,
    SerialLink,
    Terminated,
)
from ncrobot_drivers.link.ports import Port

LINES = Terminated(sent=b"\r", received=b"\r\n")


own_warnings = pytest.mark.filterwarnings(
    "ignore:set(Daemon|Name):DeprecationWarning"
)  # pyserial's
both_schemes = pytest.mark.parametrize("scheme", ["socket", "rfc2217"])


class FarPort:
    """What the gateway's own port looks like to pyserial's server side; it has no modem lines."""

    def __init__(self) -> None:
        self.baudrate = 9600
        self.bytesize, self.parity, self.stopbits = 8, "N", 1
        self.rtscts = self.xonxoff = self.rts = self.dtr = self.break_condition = False
        self.cts = self.dsr = self.ri = self.cd = True

    def reset_input_buffer(self) -> None: ...

    def reset_output_buffer(self) -> None: ...


class Gateway:
    """Answers ``x CR`` with ``got x CR LF``, one client at a time."""

    def __init__(self, *, sets_line: bool) -> None:
        self.far = FarPort()
        self._sets_line = sets_line
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._server.getsockname())
        self._stop = threading.Event()
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def hang_up(self) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._stop.set()
        self.hang_up()
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            if select.select([self._server], [], [], 0.02)[0]:
                self._client, _ = self._server.accept()
                with self._client:
                    self._talk(self._client)

    def _talk(self, client: socket.socket) -> None:
        manager = rfc2217.PortManager(self.far, self) if self._sets_line else None
        pending = b""
        while not self._stop.is_set():
            if not select.select([client], [], [], 0.02)[0]:
                continue
            got = client.recv(4096)
            if not got:
                return
            pending += b"".join(manager.filter(got)) if manager else got
            *commands, pending = pending.split(b"\r")
            for command in commands:
                reply = b"got " + command + b"\r\n"
                client.sendall(b"".join(manager.escape(reply)) if manager else reply)

    def write(self, data: bytes) -> None:
        """Where the negotiation's answers go."""
        assert self._client is not None
        self._client.sendall(data)


@contextmanager
def gateway(*, sets_line: bool) -> Iterator[Gateway]:
    made = Gateway(sets_line=sets_line)
    try:
        yield made
    finally:
        made.close()


def link(port: str, **options) -> SerialLink:
    return SerialLink(device="pump", port=port, line=Line(19200, 7, "E"), framing=LINES, clock=WallClock(), **options)  # fmt: skip


async def move_twice(line: SerialLink) -> None:
    """The first may still be taken by the dying connection."""
    for _ in range(2):
        await line.exchange(b"A1R", within_s=2.0, may_move=True)


def read_for_ever(port: Port) -> None:
    while True:
        port.read(time.monotonic() + 0.05)


@own_warnings
@both_schemes
def test_a_connection_that_the_far_end_ended_leaves_no_open_socket(scheme):
    with gateway(sets_line=scheme == "rfc2217") as far:
        port = Port("pump", f"{scheme}://{far.address}", Line(19200, 7, "E"))
        port.open()
        ours = port._serial._socket
        ours.shutdown(socket.SHUT_RDWR)  # as a reset leaves it: it can't be shut down once more
        far.hang_up()
        with pytest.raises(LinkLostError):  # rfc2217 reads in a thread of its own: it notices first
            read_for_ever(port)
        assert ours.fileno() == -1


@own_warnings
@both_schemes
def test_exchanges_a_second_opener_and_a_lost_gateway(scheme):
    async def main(far):
        url = f"{scheme}://{far.address}"
        async with link(url, reconnect=Reconnect(attempts=1, pause_s=0.0)) as line:
            assert await line.exchange(b"\xff1Q", within_s=2.0) == b"got \xff1Q"
            with pytest.raises(PortTakenError):
                await link(url).open()
            await asyncio.to_thread(far.hang_up)
            with pytest.raises(LinkLostError) as error:
                await move_twice(line)
            assert far.address in str(error.value)
            assert await line.exchange(b"Q", within_s=2.0, tries=2) == b"got Q"
            assert line.sessions == 2

    with gateway(sets_line=scheme == "rfc2217") as far:
        asyncio.run(main(far))
        if scheme == "rfc2217":
            assert (far.far.baudrate, far.far.bytesize, far.far.parity) == (19200, 7, "E")
