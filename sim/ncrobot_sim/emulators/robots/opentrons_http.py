"""The HTTP side of an emulated Opentrons robot: a server, and a network that may fail."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from ncrobot_sim.emulators.robots.opentrons_robot import Denied, OpentronsRobot
from ncrobot_sim.emulators.robots.opentrons_routes import MIN_VERSION, VERSION, Answer, Routes


class ServerFault(StrEnum):
    """What goes wrong with one exchange."""

    DEAF = "deaf"
    """The request isn't heard; the connection stays silent."""
    SILENT = "silent"
    """The request is carried out, and no answer comes."""
    DROPPED = "dropped"
    """The request is carried out, and the connection breaks before the answer."""
    GARBAGE = "garbage"
    """Something that is no JSON comes back."""
    BROKEN = "broken"
    """The server fails with 500 before it does anything."""
    EMPTY = "empty"
    """A JSON answer comes back that lacks everything."""


class OpentronsServer:
    """Serves a robot on this computer; ``speed`` is how much quicker than real its time runs.

    ``address`` is what a client is given. ``unplug`` takes the network away while the robot's own
    time goes on, ``plug_in`` brings it back at the same address.
    """

    def __init__(self, robot: OpentronsRobot, *, speed: float = 1.0) -> None:
        self.robot = robot
        self.lock = threading.Lock()
        self.requests: list[tuple[str, str]] = []
        self._speed = speed
        self._began_s = time.monotonic()
        self._faults: list[tuple[ServerFault, str]] = []
        self._gone = threading.Event()
        self._port = 0
        self._server: _Server | None = None
        self.plug_in()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._port}"

    def now_s(self) -> float:
        """The robot's own time."""
        return (time.monotonic() - self._began_s) * self._speed

    def fault(self, fault: ServerFault, path: str = "", times: int = 1) -> None:
        """Let the next exchanges whose method and path contain ``path`` go wrong."""
        with self.lock:
            self._faults += [(fault, path)] * times

    def unplug(self) -> None:
        """Take the network away."""
        server, self._server = self._server, None
        if server is not None:
            self._gone.set()
            server.shutdown()
            server.server_close()
            server.hang_up()

    def plug_in(self) -> None:
        """Bring the network back."""
        if self._server is not None:
            return
        self._gone.clear()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", self._port), handler)
        self._port = int(self._server.server_address[1])
        serving = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        serving.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    def take_fault(self, request: str) -> ServerFault | None:
        """The fault that this request meets, if any; it is used up."""
        with self.lock:
            for place, (fault, path) in enumerate(self._faults):
                if path in request:
                    del self._faults[place]
                    return fault
        return None

    def wait_in_silence(self) -> None:
        """Keep a connection open without a word, until the client or the network is gone."""
        self._gone.wait(10.0)


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a connection, and remember it."""
        connection, address = super().get_request()
        self._open.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """Break every connection that is still open."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    owner: OpentronsServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
        """Print nothing."""

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve("POST")

    def do_PATCH(self) -> None:
        """Answer a PATCH."""
        self._serve("PATCH")

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.take_fault(f"{method} {self.path}")
        if fault is ServerFault.DEAF:
            self.owner.wait_in_silence()
            self.close_connection = True
            return
        if fault is ServerFault.BROKEN:
            self._send(500, {"errors": [{"id": "UnexpectedError", "title": "?", "detail": "bug"}]})
            return
        with self.owner.lock:
            self.owner.requests.append((method, self.path))
            status, answer = self._answered(method, body)
        if fault is ServerFault.SILENT:
            self.owner.wait_in_silence()
        if fault in {ServerFault.SILENT, ServerFault.DROPPED}:
            self.close_connection = True
        elif fault is ServerFault.GARBAGE:
            self._write(status, b"<html>not what you think</html>")
        else:
            self._send(status, {} if fault is ServerFault.EMPTY else answer)

    def _answered(self, method: str, body: bytes) -> Answer:
        routes = Routes(self.owner.robot, self.owner.now_s())
        try:
            return routes.answer(method, self.path, self.headers, body)
        except Denied as no:
            error = {"id": no.error_id, "title": no.title, "detail": no.detail, "errorCode": "4000"}
            return no.http_status, {"errors": [error]}

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        self._write(status, json.dumps(answer).encode())

    def _write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Opentrons-Version", str(VERSION))
        self.send_header("Opentrons-Min-Version", str(MIN_VERSION))
        self.end_headers()
        self.wfile.write(body)
