"""Opens a campaign for one command: its files, its ledger, its lab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ncrobot import console

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.campaigns import Ledger
    from ncrobot.lab.campaigning import Campaigning


@contextmanager
def opened(
    file: Path,
    ledger: Path | None,
    database: Path,
    *,
    quiet: bool = True,
    chemistry: str | None = None,
    begins: bool = True,
) -> Iterator[tuple[Campaigning, Ledger]]:
    """The campaign at work, held by this process only; without ``begins`` only one that has begun.

    Raises:
        UserError: a file is wrong, another process works on the campaign, or it hasn't begun.
    """
    from ncrobot.campaigns import Ledger, load_campaign
    from ncrobot.lab import Lab
    from ncrobot.lab.campaign_parts import check_chemistry, checked_parts
    from ncrobot.lab.campaign_refusals import not_begun
    from ncrobot.lab.campaigning import Campaigning
    from ncrobot.locking import take_lock, this_process

    loaded = load_campaign(file)
    parts = checked_parts(loaded)
    name = loaded.campaign.name
    folder = database.parent
    path = ledger or folder / f"{name}.ledger"
    if not begins and not path.exists():
        raise not_begun(loaded, path)
    if chemistry is not None and Path(chemistry).is_file():
        chemistry = str(Path(chemistry).resolve())
    if chemistry is not None or not path.exists():
        check_chemistry(chemistry or loaded.chemistry, parts)
    # Whatever is wrong with the files is told by now: nothing is left behind for it.
    folder.mkdir(parents=True, exist_ok=True)
    holder = this_process("campaign", datetime.now(UTC), run=name)
    with (
        take_lock(
            [f"campaign {path.resolve()}"], holder, whole=f"campaign {name!r}", folder=folder
        ),
        Lab.open(database) as lab,
        Ledger(path) as book,
    ):
        say = None if quiet else console.say
        yield Campaigning(loaded, lab, book, chemistry=chemistry, parts=parts, say=say), book
