"""The service of a lab: planned starts, routines, and the interface over the network."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, app
from ncrobot.cli.stopping import until_stopped
from ncrobot.cli.telling import STARTS, TOKENS, NotifyOpt, notifying
from ncrobot.errors import Diagnostic, LabError

if TYPE_CHECKING:  # what serves takes long to import; --help shouldn't wait for it
    from ncrobot.lab import Lab

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@app.command()
def serve(  # noqa: PLR0913 - the options of the command
    database: DatabaseOpt = DEFAULT_DATABASE,
    notify: NotifyOpt = None,
    host: Annotated[
        str, typer.Option("--host", help="address to serve the interface at")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="serve the interface here; default: not"),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", help="deck layout (YAML) whose devices are asked every minute"),
    ] = None,
    instruments: Annotated[
        Path | None,
        typer.Option(
            "--instruments",
            envvar="NCROBOT_INSTRUMENTS",
            help="instruments file (YAML) whose results are collected every minute",
        ),
    ] = None,
    loopback_only: Annotated[
        bool, typer.Option("--loopback-only", help="no tokens: for this machine alone")
    ] = False,
) -> None:
    """Begin planned starts and look after the lab until Ctrl-C or SIGTERM."""
    from ncrobot.lab import Lab
    from ncrobot.lab.looking_after import routines_of
    from ncrobot.lab.starting import subprocess_starter
    from ncrobot.starts import Service, Starts

    with ExitStack() as opened:
        lab = opened.enter_context(Lab.open(database))
        notifier = opened.enter_context(notifying(notify, database))
        if port is not None:
            _serve_interface(opened, lab, host, port, loopback_only=loopback_only)
        starts = Starts.open(database.parent / STARTS)
        opened.callback(starts.close)
        tell = notifier.tell if notifier is not None else _told_to_nobody
        starter = subprocess_starter(lab, database, notify)
        routines = routines_of(lab, database, tell, check=check, instruments=instruments)
        service = Service(starts, starter, tell, routines=routines)
        with until_stopped() as stop:
            service.run(stop, ready=lambda: console.say("serving; Ctrl-C or SIGTERM ends it"))
    console.say("the service has ended; runs that it began go on")


def _told_to_nobody(told: object) -> None:
    """Without settings nobody is told; what failed is in the log of the lab folder."""
    del told


def _serve_interface(
    opened: ExitStack, lab: Lab, host: str, port: int, *, loopback_only: bool
) -> None:
    from ncrobot.control import (
        RemoteDesks,
        Tokens,
        make_app,
        serve_tcp,
        with_tokens,
    )
    from ncrobot.control import (
        loopback_only as everybody_here,
    )
    from ncrobot.users import user_name

    tokens = Tokens(lab.folder / TOKENS)
    if loopback_only and host not in _LOOPBACK:
        raise _refused("--loopback-only serves this machine alone", host, "leave out --host")
    if not loopback_only and not tokens.all():
        fix = "make one with 'ncrobot tokens add', or give --loopback-only"
        raise _refused("nobody has a token, so nobody could use the interface", host, fix)
    who = everybody_here(user_name()) if loopback_only else with_tokens(tokens)
    # Orders are written down by the runs that take them; those to no run, here.
    made = make_app(
        RemoteDesks("loopback" if loopback_only else "network"),
        who,
        trail=lab.trails.take,
        folder=lab.folder,
        audit=lab.trails.newest,
        runs_keep=True,
    )
    server = opened.enter_context(serve_tcp(made, host, port))
    how = "for this machine alone, without tokens" if loopback_only else "with tokens"
    console.say(f"interface at http://{host}:{server.port}, {how}")
    if host not in _LOOPBACK:
        console.warnings(["tokens travel as they are: put a proxy with TLS in front of it"])


def _refused(message: str, host: str, fix: str) -> LabError:
    return LabError(Diagnostic(code="interface", message=message, found=host, fix=fix))
