"""The terminal: thin commands over the lab.

Exit codes: 0 well, 1 wrong input, 2 the run ended otherwise than succeeded, 3 our fault.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

import typer

from ncrobot import console
from ncrobot.cli import (
    analyse,
    campaign,
    campaign_service,
    controlling,
    devices,
    emulate,
    importing,
    keeping,
    planned,
    planning,
    queue,
    queue_by_hand,
    queue_lineage,
    recipes,
    records,
    running,
    service,
    splitting,
)
from ncrobot.cli.app import DEFAULT_DATABASE, app
from ncrobot.cli.logs import kept_logs
from ncrobot.errors import NcrobotError, UserError
from ncrobot.exporters.commands import export_opentrons, send_opentrons

__all__ = [
    "DEFAULT_DATABASE",
    "USAGE_ERROR",
    "analyse",
    "app",
    "campaign",
    "campaign_service",
    "controlling",
    "devices",
    "emulate",
    "importing",
    "keeping",
    "main",
    "planned",
    "planning",
    "queue",
    "queue_by_hand",
    "queue_lineage",
    "recipes",
    "records",
    "run",
    "running",
    "service",
    "splitting",
]

app.command("export-opentrons")(export_opentrons)
app.command("send-opentrons")(send_opentrons)

# The command-line library carries its own copy of click and exports only leaves of its errors.
USAGE_ERROR: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises."""
    wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    with kept_logs():
        return _carried_out(arguments, wants_json=wants_json)


def _carried_out(arguments: list[str] | None, *, wants_json: bool) -> int:
    try:
        code = app(args=arguments, standalone_mode=False)
    except UserError as error:
        console.errors(error.diagnostics, as_json=wants_json)
        return error.exit_code
    except NcrobotError as error:
        console.failure(str(error), as_json=wants_json)
        return error.exit_code
    except typer.Abort:
        console.failure("stopped", as_json=wants_json)
        return 2
    except USAGE_ERROR as error:
        console.usage(error)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        console.failure("stopped by Ctrl-C", as_json=wants_json)
        return 2
    except Exception:  # noqa: BLE001 - no traceback reaches a user
        return _our_fault(wants_json=wants_json)
    return code if isinstance(code, int) else 0


def _our_fault(*, wants_json: bool) -> int:
    if os.environ.get("NCROBOT_DEBUG"):
        traceback.print_exc()
    with tempfile.NamedTemporaryFile(
        "w", prefix="ncrobot-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(traceback.format_exc())
    console.failure(
        f"this is a defect of ncrobot, not your fault; please report it with {file.name}",
        as_json=wants_json,
    )
    return 3
