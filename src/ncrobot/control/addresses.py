"""Where runs take orders: a file for each in a folder that only their user can enter."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from ncrobot.errors import Diagnostic, LabError
from ncrobot.locking import state_folder
from ncrobot.model import Document


class Address(Document):
    """Where a run takes orders, and whose it is."""

    run: str
    socket: str
    pid: int
    user: str


def run_folder() -> Path:
    """The folder of this user's runs, made if need be.

    Raises:
        LabError: it can't be made, or others can enter it.

    """
    folder = state_folder() / f"control-{os.getuid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        facts = folder.lstat()
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error
    if facts.st_uid != os.getuid() or facts.st_mode & 0o077 or folder.is_symlink():
        raise _unusable(folder, "others can enter it")
    return folder


def publish(address: Address) -> None:
    """Tell where a run takes orders."""
    path = run_folder() / f"{address.run}.json"
    part = path.with_suffix(".part")
    part.write_text(address.model_dump_json(), encoding="utf-8")
    part.replace(path)


def forget(run: str) -> None:
    """The run takes no more orders."""
    (run_folder() / f"{run}.json").unlink(missing_ok=True)


def published() -> dict[str, Address]:
    """The addresses of all runs that have told one; some may have died since."""
    found = {}
    for path in sorted(run_folder().glob("*.json")):
        try:
            address = Address.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
        found[address.run] = address
    return found


def _unusable(folder: Path, why: str) -> LabError:
    return LabError(
        Diagnostic(
            code="control-folder",
            message=f"runs can't take orders here: {why}",
            file=str(folder),
            fix="remove it, or give a folder that you may write to with NCROBOT_STATE",
        )
    )
