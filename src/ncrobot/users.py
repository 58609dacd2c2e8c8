"""Who is at work, as the record and the audit trail name them."""

from __future__ import annotations

import getpass
import os


def user_name() -> str:
    """Who is at work, as this machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return str(os.getuid())
