"""What the commands of the queue have in common: their group, the opened samples, their words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot.cli.app import app

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.lab.sampling import Sampling
    from ncrobot.samples import Job

queue_app = typer.Typer(
    help="Samples on their way to the instruments, and their results.", no_args_is_help=True
)
app.add_typer(queue_app, name="queue")

InstrumentsOpt = Annotated[
    Path | None,
    typer.Option("--instruments", envvar="NCROBOT_INSTRUMENTS", help="instruments file (YAML)"),
]


@contextmanager
def sampling(database: Path, instruments: Path | None) -> Iterator[Sampling]:
    """The samples of a lab, opened.

    Raises:
        LabError: the record can't be opened, or the settings are wrong.
    """
    from ncrobot.lab.sampling import Sampling

    with Sampling.open(database, instruments) as opened:
        yield opened


def user() -> str:
    """Who is at the terminal."""
    from ncrobot.users import user_name

    return user_name()


def job_line(job: Job) -> str:
    """One line about a measurement."""
    batch = f", batch {job.batch} line {job.line}" if job.batch else ""
    due = f", until {job.due_at[:16]}" if job.due_at and job.state.value == "queued" else ""
    late = ", measured late" if job.is_late else ""
    note = f" ({job.note})" if job.note else ""
    return f"{job.id}  {job.state.value}  {job.instrument}  {job.label}{batch}{due}{late}{note}"
