"""Commands for tables: split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import app, write


@app.command("split")
def split(
    protocol: Annotated[Path, typer.Argument(help="protocol file (YAML)", metavar="{protocol}")],
    table: Annotated[Path, typer.Argument(help="table of conditions (CSV)", metavar="{table}")],
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="folder; default: that of the table")
    ] = None,
) -> int:
    """Split a table over plates: one for each value with the scope block, of 96 rows at most."""
    from ncrobot.errors import ConditionsError, Diagnostic
    from ncrobot.protocol import load_protocol, split_conditions

    source = load_protocol(protocol)
    try:
        text = table.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"this table can't be read: {error}"
        raise ConditionsError(
            Diagnostic(code="unreadable", message=message, file=str(table))
        ) from None
    for plate in split_conditions(text, source, file=str(table)):
        name = f"{table.stem}_{plate.name}" if plate.name else table.stem
        target = (folder or table.parent) / f"{name}.csv"
        if target.resolve() == table.resolve():
            console.say(f"{table} fits on one plate: {plate.rows} rows")
            continue
        write(plate.text, target)
        console.say(f"{target}: {plate.rows} rows")
    return 0
