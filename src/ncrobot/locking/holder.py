"""Who holds a lock, as written into its file."""

from __future__ import annotations

import getpass
import os
import platform
from datetime import datetime

from pydantic import ValidationError

from ncrobot.model import Document


class Holder(Document):
    """Who holds a lock, since when (UTC ISO 8601), what for, and where it takes orders.

    ``what`` is a run or a service; ``run`` is its id, if it is a run. ``control`` is the address
    of its control API, if it serves one. A ``brief`` holder is gone within seconds.
    """

    what: str
    run: str | None = None
    user: str
    pid: int
    host: str
    since: str
    control: str | None = None
    brief: bool = False

    def __str__(self) -> str:
        name = f"{self.what} {self.run}" if self.run else self.what
        return f"{name} of {self.user} (process {self.pid} on {self.host}) since {self.since}"


def this_process(
    what: str,
    since: datetime,
    *,
    run: str | None = None,
    control: str | None = None,
    brief: bool = False,
) -> Holder:
    """This process as a holder; ``since`` is now, with a time zone."""
    return Holder(
        what=what,
        run=run,
        user=_user(),
        pid=os.getpid(),
        host=platform.node() or "this machine",
        since=since.isoformat(timespec="seconds"),
        control=control,
        brief=brief,
    )


def read_holder(text: str) -> Holder | None:
    """The holder that a lock file names; None if it names none, or can't be read."""
    try:
        return Holder.model_validate_json(text)
    except ValidationError:
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return str(os.getuid())
