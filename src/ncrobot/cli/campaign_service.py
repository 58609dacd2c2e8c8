"""The command that serves campaigns over REST."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt
from ncrobot.cli.campaign import campaign_app
from ncrobot.cli.campaign_opening import opened
from ncrobot.cli.stopping import until_stopped
from ncrobot.cli.telling import TOKENS
from ncrobot.errors import Diagnostic, LabError

if TYPE_CHECKING:  # what serves takes long to import; --help shouldn't wait for it
    from fastapi import FastAPI

    from ncrobot.campaigns import Ledger
    from ncrobot.control.access import Who
    from ncrobot.lab.campaigning import Campaigning

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@campaign_app.command("serve")
def serve_campaigns(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="campaigns (YAML)")],
    host: Annotated[str, typer.Option("--host", help="address to serve at")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8765,
    loopback_only: Annotated[
        bool, typer.Option("--loopback-only", help="no tokens: for this machine alone")
    ] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Take suggestions and results over REST, until Ctrl-C or SIGTERM."""
    from ncrobot.control import Tokens, serve_tcp, with_tokens
    from ncrobot.control import loopback_only as everybody_here
    from ncrobot.users import user_name

    tokens = Tokens(database.parent / TOKENS)
    if loopback_only and host not in _LOOPBACK:
        raise _refused("--loopback-only serves this machine alone", host, "leave out --host")
    if not loopback_only and not tokens.all():
        fix = "make one with 'ncrobot tokens add', or give --loopback-only"
        raise _refused("nobody has a token, so nobody could use the interface", host, fix)
    who = everybody_here(user_name()) if loopback_only else with_tokens(tokens)
    app = campaign_service(files, database, who)
    with serve_tcp(app, host, port) as server, until_stopped() as stop:
        console.say(f"campaigns at http://{host}:{server.port}/api/campaigns")
        stop.wait()


def campaign_service(files: list[Path], database: Path, who: Who) -> FastAPI:
    """The application: campaigns by their names, each opened for one request at a time.

    Raises:
        LabError: a file is wrong, or two campaigns have one name.
    """
    from fastapi import FastAPI

    from ncrobot.campaigns import load_campaign
    from ncrobot.lab.campaign_router import campaign_router

    by_name: dict[str, Path] = {}
    for file in files:
        name = load_campaign(file).campaign.name
        if name in by_name:
            raise _refused(f"two campaigns are called {name!r}", str(file), "rename one")
        by_name[name] = file

    @contextmanager
    def by_its_name(name: str) -> Iterator[tuple[Campaigning, Ledger]]:
        if name not in by_name:
            raise LabError(
                Diagnostic(
                    code="unknown-campaign",
                    message=f"no campaign {name!r} is served here",
                    allowed=", ".join(by_name),
                )
            )
        with opened(by_name[name], None, database) as pair:
            yield pair

    app = FastAPI(title="ncrobot campaigns", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(campaign_router(lambda: sorted(by_name), by_its_name, who))
    return app


def _refused(message: str, found: str, fix: str) -> LabError:
    return LabError(Diagnostic(code="address", message=message, found=found, fix=fix))
