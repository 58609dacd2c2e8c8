"""Commands that look after a lab: check, backup, acknowledge, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, JsonOpt, app
from ncrobot.cli.telling import OUTBOX, TOKENS

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.devices import Identity
    from ncrobot.lab.checking import Checked

tokens_app = typer.Typer(help="Who may use the served interface.", no_args_is_help=True)
app.add_typer(tokens_app, name="tokens")


@app.command()
def check(
    deck: Annotated[Path, typer.Argument(metavar="DECK", help="deck layout (YAML)")],
    as_json: JsonOpt = False,
) -> int:
    """Ask the devices of a deck what they are. Nothing moves; the arm isn't asked."""
    from ncrobot.deck import load_deck
    from ncrobot.lab.checking import check_devices

    found = check_devices(load_deck(deck))
    if as_json:
        console.dump({"devices": [asdict(each) for each in found]})
    else:
        console.lines(check_lines(found))
    return 0 if all(each.problem is None for each in found) else 1


def check_lines(found: Sequence[Checked]) -> list[str]:
    """One line for each device."""
    return [
        f"{each.device} ({each.driver}): " + (each.problem or _identity_words(each.identity))
        for each in found
    ]


def _identity_words(identity: Identity | None) -> str:
    if identity is None:
        return "says nothing of itself"
    told = [identity.model]
    told += [f"serial number {identity.serial_number}"] if identity.serial_number else []
    told += [f"firmware {identity.firmware}"] if identity.firmware else []
    return ", ".join(told)


@app.command()
def backup(
    database: DatabaseOpt = DEFAULT_DATABASE,
    folder: Annotated[
        Path | None, typer.Option("--to", help="folder; default: 'backups' beside the database")
    ] = None,
    keep: Annotated[int, typer.Option("--keep", min=1, help="how many copies are kept")] = 7,
) -> None:
    """Copy the run database, while it is in use, and check the copy."""
    from ncrobot.lab import Lab

    to = folder or database.parent / "backups"
    with Lab.open(database) as lab, lab.trails.noting("backup", {"to": str(to)}):
        made = lab.database.backup(to, datetime.now(UTC), keep=keep)
    console.say(f"{made.path}: {made.runs} runs, {made.events} events, checked")


@app.command()
def acknowledge(
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="its id, as the notice tells it")],
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Say that you know of a notice: nobody further up is told."""
    from ncrobot.lab import Lab
    from ncrobot.notifications import Outbox
    from ncrobot.users import user_name

    with (
        Lab.open(database) as lab,
        lab.trails.noting("acknowledge", {"notice": notice}),
        closing(Outbox.open(database.parent / OUTBOX)) as outbox,
    ):
        first = outbox.acknowledge(notice, user_name(), datetime.now(UTC))
    console.say("acknowledged" if first else "somebody has acknowledged it before")


@tokens_app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="who or what gets it")],
    role: Annotated[
        Literal["viewer", "operator", "admin"],
        typer.Option("--role", help="viewer looks, operator orders, admin reads the audit trail"),
    ] = "viewer",
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Make a token. It is shown this once; only its hash is kept."""
    from ncrobot.control import Tokens
    from ncrobot.lab import Lab
    from ncrobot.users import user_name

    asked = {"name": name, "role": role}
    with Lab.open(database) as lab, lab.trails.noting("tokens add", asked):
        made = Tokens(database.parent / TOKENS).add(
            name, role, by=user_name(), now=datetime.now(UTC)
        )
    console.say(f"token of {name} ({role}), shown this once:")
    console.say(made)


@tokens_app.command("list")
def list_command(database: DatabaseOpt = DEFAULT_DATABASE, as_json: JsonOpt = False) -> None:
    """List who has a token, with their roles."""
    from ncrobot.control import Tokens

    found = Tokens(database.parent / TOKENS).all()
    if as_json:
        kept = [token.model_dump(mode="json", exclude={"sha256"}) for token in found]
        console.dump({"tokens": kept})
        return
    for token in found:
        console.say(f"{token.name}  {token.role}  since {token.created} by {token.by}")
    if not found:
        console.say("nobody has a token")


@tokens_app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="whose token")],
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Let a token hold no longer, from this moment on."""
    from ncrobot.control import Tokens
    from ncrobot.lab import Lab

    with Lab.open(database) as lab, lab.trails.noting("tokens revoke", {"name": name}):
        Tokens(database.parent / TOKENS).revoke(name)
    console.say(f"{name} has no token any more")
