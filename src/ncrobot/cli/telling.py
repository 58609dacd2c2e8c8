"""Notifications for commands: the notifier of a run or of the service, if there are settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.notifications import Notifier

OUTBOX = "notifications.sqlite"
STARTS = "starts.sqlite"
TOKENS = "tokens.json"

NotifyOpt = Annotated[
    Path | None,
    typer.Option("--notify", envvar="NCROBOT_NOTIFICATIONS", help="notifications file (YAML)"),
]


@contextmanager
def notifying(settings_file: Path | None, database: Path) -> Iterator[Notifier | None]:
    """A notifier with its outbox beside the database; None without settings.

    Raises:
        LabError: the settings are wrong, or the outbox can't be kept.
    """
    if settings_file is None:
        yield None
        return
    from ncrobot.notifications import Notifier, load_notifications

    settings = load_notifications(settings_file, os.environ)
    with Notifier.open(settings, database.parent / OUTBOX) as notifier:
        yield notifier
    notifier.outbox.close()
