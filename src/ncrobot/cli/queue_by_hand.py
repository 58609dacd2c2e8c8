"""Commands by which a person sets the queue right: files, assign, retry, fail, withdraw."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, JsonOpt
from ncrobot.cli.queueing import job_line, queue_app, sampling, user


@queue_app.command()
def files(
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="only those that belong to no measurement")
    ] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """List the data files that came, and what became of them."""
    with sampling(database, None) as lab:
        found = lab.files.all("quarantined" if quarantined else None)
    if as_json:
        console.dump({"files": [asdict(each) for each in found]})
        return
    for each in found:
        reason = f": {each.reason}" if each.reason else ""
        console.say(f"{each.sha256[:12]}  {each.state}  {each.name}{reason}")
    if not found:
        console.say("no data files")


@queue_app.command()
def assign(
    file: Annotated[str, typer.Argument(help="the hash of a quarantined file, or its beginning")],
    job: Annotated[str, typer.Argument(help="the measurement that it belongs to")],
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Say which measurement a quarantined file belongs to."""
    with sampling(database, None) as lab:
        found = lab.files.find(file)
        done = lab.files.assign_by_hand(found.sha256, job, found.came, user())
    console.say(f"{found.name} belongs to {done.id} ({done.label})")


@queue_app.command()
def retry(
    job: Annotated[str, typer.Argument(help="a measurement that failed")],
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Queue a measurement that failed once more."""
    with sampling(database, None) as lab:
        again = lab.record.retry(job, user())
    console.say(f"queued: {job_line(again)}")


@queue_app.command()
def fail(
    job: Annotated[str, typer.Argument(help="a measurement that was sent")],
    reason: Annotated[str, typer.Option("--reason", help="what went wrong")],
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Give up a measurement that was sent, so that it isn't waited for."""
    from ncrobot.errors import Diagnostic, LabError
    from ncrobot.samples import JobState

    with sampling(database, None) as lab:
        moved = lab.record.move(job, JobState.FAILED, by=user(), reason=reason)
        state = lab.record.job(job).state.value
    if moved is None:
        raise LabError(
            Diagnostic(
                code="job-not-sent",
                message=f"job {job} isn't under way",
                found=state,
                allowed="submitted, acquiring or measured",
            )
        )
    console.say(f"given up: {job_line(moved)}")


@queue_app.command()
def withdraw(
    batch: Annotated[str, typer.Argument(help="as 'ncrobot queue submit' told it")],
    reason: Annotated[str, typer.Option("--reason", help="goes into the record")] = "",
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Take back a batch that the instrument hasn't taken; its samples are queued again."""
    with sampling(database, None) as lab:
        done = lab.withdraw(batch.upper(), user(), reason)
    console.say(f"batch {done.id} withdrawn")
