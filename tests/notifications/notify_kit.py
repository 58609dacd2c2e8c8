"""Real servers that take notices: by HTTP and by SMTP, well-behaved or not."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ncrobot.events import Event, EventKind
from ncrobot.notices import Draft, NoticeKind, draft
from ncrobot.notifications import Notifications
from ncrobot.settings import read_settings

NOW = datetime(2026, 8, 3, 12, 0, tzinfo=UTC)


class HttpSink:
    """Answers each POST with the next of ``answers`` (the last one for ever); None: never."""

    def __init__(self, answers: list[int | None], headers: dict[str, str] | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.arrived = threading.Condition()
        self.release = threading.Event()
        self._answers = list(answers)
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with sink.arrived:
                    sink.bodies.append(json.loads(body))
                    sink.headers.append(dict(self.headers))
                    code = sink._answers.pop(0) if len(sink._answers) > 1 else sink._answers[0]
                    sink.arrived.notify_all()
                if code is None:
                    sink.release.wait(30)
                    return
                self.send_response(code)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/notices"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def wait_for(self, count: int) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.bodies) >= count, timeout=20)

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def http_sink(*answers: int | None, **headers: str) -> Iterator[HttpSink]:
    sink = HttpSink(list(answers) or [204], {k.replace("_", "-"): v for k, v in headers.items()})
    try:
        yield sink
    finally:
        sink.close()


class SmtpSink:
    """A relay that keeps messages; ``replies`` overrides what it says to a command, by its verb."""

    def __init__(self, replies: dict[str, str]) -> None:
        self.messages: list[bytes] = []
        self.said: list[str] = []
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say(replies.get("CONNECT", "220 sink"))
                while line := self.rfile.readline():
                    words = line.decode().strip()
                    sink.said.append(words)
                    verb = words.split(" ")[0].upper()
                    reply = replies.get(words.upper(), replies.get(verb))
                    if reply == "hang up":
                        return
                    if verb == "DATA" and reply is None:
                        self.say("354 go on")
                        sink.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    self.say(reply or ("221 bye" if verb == "QUIT" else "250 ok"))

            def say(self, text: str) -> None:
                self.wfile.write(text.encode() + b"\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def smtp_sink(**replies: str) -> Iterator[SmtpSink]:
    sink = SmtpSink(replies)
    try:
        yield sink
    finally:
        sink.close()


class Hands:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


def settings_of(text: str) -> Notifications:
    return read_settings(Notifications, "ncrobot: notifications/1\n" + text, "n.yaml").settings


def two_channels(first: str, second: str, more: str = "") -> Notifications:
    return settings_of(f"""
channels:
  screen: {{kind: webhook, url: "{first}", timeout: 5 s, retries: 2, first_wait: 0.05 s}}
  anna: {{kind: webhook, url: "{second}", timeout: 5 s, retries: 2, first_wait: 0.05 s}}
routes:
  - to: screen
    escalation:
      - {{after: 5 min, to: anna}}
{more}
""")


def a_draft(text: str = "the shaker is silent", **more: Any) -> Draft:
    return draft(NoticeKind.DEVICE_UNHEALTHY, text, **{"about": "shaker", **more})


def event(kind: EventKind, seq: int = 1, *, wells: tuple[str, ...] = (), simulated: bool = False,
          operation: str | None = None, run: str = "r1", **data: Any) -> Event:  # fmt: skip
    return Event(run=run, seq=seq, time_s=1.0, wall=NOW.isoformat(), kind=kind, wells=wells,
                 operation=operation, simulated=simulated, data=data)  # fmt: skip
