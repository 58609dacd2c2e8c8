"""Serves the control interface: on a socket of this user for one run, or over the network."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import uvicorn
from fastapi import FastAPI

from ncrobot.control.access import same_user
from ncrobot.control.addresses import Address, forget, publish, run_folder
from ncrobot.control.desk import Desk
from ncrobot.control.documents import Trail
from ncrobot.control.router import AnyDesk, make_app
from ncrobot.errors import Diagnostic, InternalError, LabError

# What sockaddr_un holds on the systems that we know, with its closing zero byte.
_LONGEST_PATH = 100
_START_S = 10.0
_END_S = 5.0


class _OneDesk:
    """The only run of a process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def runs(self) -> list[str]:
        return [self._desk.run]

    def desk(self, run: str) -> AnyDesk:
        if run != self._desk.run:
            raise LabError(Diagnostic(code="no-run", message=f"run {run!r} isn't carried out here"))
        return self._desk


@contextmanager
def serving_run(desk: Desk, user: str, trail: Trail) -> Iterator[Path]:
    """Serve a run's desk on a socket that only this user can open, while the block lasts.

    Raises:
        LabError: the socket can't be made.

    """
    app = make_app(_OneDesk(desk), same_user(user), trail=trail)
    with _unix_socket(desk.run) as (listening, path), _thread(app, listening):
        publish(Address(run=desk.run, socket=str(path), pid=os.getpid(), user=user))
        try:
            yield path
        finally:
            desk.close()
            forget(desk.run)


def serve_tcp(app: FastAPI, host: str, port: int) -> _Serving:
    """Listen on this address, at once; use it as a context manager.

    Raises:
        LabError: the address can't be had.

    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="address",
                message=f"{host} port {port} can't be served: {error.strerror or error}",
                fix="give another address with --host and --port, or end who has it",
            )
        ) from error
    return _Serving(app, listening)


class _Serving:
    """A server on a thread of its own; ``port`` is the one that it got."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        self._listening = listening
        self.port = int(listening.getsockname()[1])
        self._thread = _thread(app, listening)

    def __enter__(self) -> Self:
        self._thread.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.__exit__(None, None, None)


@contextmanager
def _thread(app: FastAPI, listening: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="control", daemon=True
    )
    thread.start()
    deadline_s = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline_s:
            raise InternalError("the control interface didn't start")
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_END_S)
        listening.close()


@contextmanager
def _unix_socket(run: str) -> Iterator[tuple[socket.socket, Path]]:
    spare: Path | None = None
    try:
        path = run_folder() / f"{run}.sock"
        if len(os.fsencode(path)) > _LONGEST_PATH:
            spare = Path(tempfile.mkdtemp(prefix="ncrobot-"))
            path = spare / "run.sock"
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(path))  # nobody else can enter its folder
        path.chmod(0o600)
        listening.listen(64)
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="control-socket",
                message=f"the run can't take orders here: {error.strerror or error}",
                file=str(run_folder()),
                fix="give a folder that you may write to with NCROBOT_STATE",
            )
        ) from error
    try:
        yield listening, path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if spare is not None:
            shutil.rmtree(spare, ignore_errors=True)
