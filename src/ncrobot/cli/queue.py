"""Commands for samples and the queues of instruments: queue list, submit, collect, forecast, ..."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import (
    DEFAULT_DATABASE,
    DatabaseOpt,
    JsonOpt,
    RunArg,
    ScheduleOpt,
    app,
    schedule_of,
)

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.lab.sampling import Sampling
    from ncrobot.samples import Collected, Job

queue_app = typer.Typer(
    help="Samples on their way to the instruments, and their results.", no_args_is_help=True
)
app.add_typer(queue_app, name="queue")

InstrumentsOpt = Annotated[
    Path | None,
    typer.Option("--instruments", envvar="NCROBOT_INSTRUMENTS", help="instruments file (YAML)"),
]
OneOpt = Annotated[str | None, typer.Option("--instrument", help="only this one; default: all")]


@contextmanager
def sampling(database: Path, instruments: Path | None) -> Iterator[Sampling]:
    """The samples of a lab, opened.

    Raises:
        LabError: the record can't be opened, or the settings are wrong.
    """
    from ncrobot.lab.sampling import Sampling

    with Sampling.open(database, instruments) as opened:
        yield opened


def _user() -> str:
    from ncrobot.lab import user_name

    return user_name()


@queue_app.command("list")
def list_command(
    run: Annotated[str | None, typer.Option("--run", help="only the samples of this run")] = None,
    instrument: OneOpt = None,
    everything: Annotated[bool, typer.Option("--all", help="also what is over")] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """List measurements that wait, are under way, or have come back."""
    from ncrobot.samples import OPEN

    states = None if everything else OPEN
    with sampling(database, None) as lab:
        found = lab.record.jobs(run=run, instrument=instrument, states=states)
    if as_json:
        console.dump({"jobs": [job.model_dump(mode="json") for job in found]})
        return
    counts = Counter((job.instrument, job.state.value) for job in found if job.kind == "sample")
    console.lines([f"{name}: {number} {state}" for (name, state), number in sorted(counts.items())])
    console.lines([_told(job) for job in found])
    if not found:
        console.say("no measurements" if everything else "no open measurements")


@queue_app.command()
def submit(  # noqa: PLR0913 - the options of the command
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="queue the samples of this run first")
    ] = None,
    instruments: InstrumentsOpt = None,
    instrument: OneOpt = None,
    every: Annotated[
        list[str] | None,
        typer.Option("--every", help="hplc=6: measure every 6th sample of each step of RUN there"),
    ] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, help="samples in a batch")] = None,
    only_queue: Annotated[
        bool, typer.Option("--queue-only", help="queue the samples, send nothing")
    ] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Queue the samples of a run, and send what waits to the instruments."""
    told: list[str] = []
    with sampling(database, instruments) as lab:
        if run is not None:
            taken = lab.take(run, _user(), _shares(every or [], lab.instruments.instruments))
            told.append(f"{len(taken.samples)} samples, {len(taken.jobs)} measurements queued")
            told += [f"no instrument serves {kind}" for kind in taken.unserved]
        sent = {} if only_queue else lab.submit(_user(), instrument, most)
        problems = lab.tell_hooks()
    if as_json:
        batches = [each.model_dump(mode="json") for one in sent.values() for each in one.batches]
        expired = [job.id for one in sent.values() for job in one.expired]
        console.dump({"batches": batches, "expired": expired})
    else:
        for name, one in sent.items():
            told += [
                f"{name}: batch {b.id} of {len(b.jobs)}: {_where(b.path)}" for b in one.batches
            ]
            told += [f"{name}: {len(one.expired)} samples are too old"] if one.expired else []
            told += (
                [f"{name}: {len(one.too_late)} would be too old at their turn"]
                if one.too_late
                else []
            )
        console.lines(told or ["nothing waits"])
    console.warnings(problems)


@queue_app.command()
def collect(
    instruments: InstrumentsOpt = None,
    instrument: OneOpt = None,
    again: Annotated[
        bool, typer.Option("--again", help="look once more at what is in quarantine, instead")
    ] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Take up the data files that the instruments wrote."""
    with sampling(database, instruments) as lab:
        found = lab.collect(_user(), instrument, again=again)
        problems = lab.tell_hooks()
    if as_json:
        console.dump({name: asdict(each) for name, each in found.items()})
    else:
        for name, each in found.items():
            console.lines(_collected(name, each))
    console.warnings(problems)


@queue_app.command()
def measure(
    instrument: Annotated[str, typer.Argument(help="one that measures in this process")],
    instruments: InstrumentsOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Measure what was sent to an instrument without software of its own, such as a flow cell."""
    with sampling(database, instruments) as lab:
        done = lab.measure(instrument, console.say)
    console.say(f"{instrument}: {done} measured; 'ncrobot queue collect' takes them up")


@queue_app.command()
def forecast(
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLAN]", help="also this plan's samples, if its run began now"),
    ] = None,
    schedule_file: ScheduleOpt = None,
    instruments: InstrumentsOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Tell how long the instruments need, and which samples would be too old."""
    from ncrobot.lab import load_plan

    with sampling(database, instruments) as lab:
        if plan_file is None:
            found = (*lab.forecast_queue(), *lab.forecast_queue(simulated=True))
        else:
            plan = load_plan(plan_file)
            found = lab.forecast_plan(plan, schedule_of(plan, schedule_file, 0))
    if as_json:
        console.dump({"forecasts": [each.model_dump(mode="json") for each in found]})
        return
    console.lines([each.told() for each in found] or ["nothing waits"])


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
        done = lab.files.assign_by_hand(found.sha256, job, found.came, _user())
    console.say(f"{found.name} belongs to {done.id} ({done.label})")


@queue_app.command()
def retry(
    job: Annotated[str, typer.Argument(help="a measurement that failed")],
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Queue a measurement that failed once more."""
    with sampling(database, None) as lab:
        again = lab.record.retry(job, _user())
    console.say(f"queued: {_told(again)}")


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
        moved = lab.record.move(job, JobState.FAILED, by=_user(), reason=reason)
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
    console.say(f"given up: {_told(moved)}")


@queue_app.command()
def withdraw(
    batch: Annotated[str, typer.Argument(help="as 'ncrobot queue submit' told it")],
    reason: Annotated[str, typer.Option("--reason", help="goes into the record")] = "",
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Take back a batch that the instrument hasn't taken; its samples are queued again."""
    with sampling(database, None) as lab:
        done = lab.withdraw(batch.upper(), _user(), reason)
    console.say(f"batch {done.id} withdrawn")


@queue_app.command("show")
def show_command(
    sample: Annotated[str, typer.Argument(help="a sample, or a measurement of it")],
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Tell all of a sample: what went into it, from which lots, and what was measured of it."""
    from ncrobot.errors import LabError

    with sampling(database, None) as lab:
        try:
            name = lab.record.job(sample).sample or sample
        except LabError:
            name = sample
        lineage = lab.lineage(name)
        jobs = lab.record.jobs(sample=lineage.sample.id)
        facts = [fact for job in jobs for fact in lab.record.facts(job.id)]
        found = lab.record.found(lineage.sample.id)
    if as_json:
        told = lineage.model_dump(mode="json")
        told["jobs"] = [job.model_dump(mode="json") for job in jobs]
        told |= {"facts": [asdict(fact) for fact in facts], "found": list(found)}
        console.dump(told)
        return
    from ncrobot.cli.lineages import lineage_lines

    console.lines(lineage_lines(lineage, jobs, facts, found))


@queue_app.command()
def trace(
    stock: Annotated[str, typer.Argument(help="a stock, by its name in the protocol")],
    lot: Annotated[
        int | None, typer.Option("--lot", min=1, help="only this lot of it; default: all")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help="only in this run")] = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Tell what became of a stock: the samples that hold it, their data files and figures."""
    from ncrobot.cli.lineages import traced_lines

    with sampling(database, None) as lab:
        found = lab.traced(stock, lot, run)
    if as_json:
        told = [
            {
                "sample": each.sample.model_dump(mode="json"),
                "jobs": [job.model_dump(mode="json") for job in each.jobs],
                "found": list(each.found),
            }
            for each in found
        ]
        console.dump({"samples": told})
        return
    console.lines(traced_lines(found) or [f"no sample holds {stock}"])


@queue_app.command()
def simulate(
    run: RunArg,
    instruments: InstrumentsOpt = None,
    response: Annotated[
        str, typer.Option("--response", help="what answers for the samples; sim.blank: solvent")
    ] = "sim.blank",
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Measure the queued samples of a simulated run on simulated instruments."""
    from ncrobot.lab.acquiring import acquire, load_response

    with sampling(database, instruments) as lab:
        done = acquire(lab, run, load_response(response, database.parent / f"{run}.world"), _user())
    if as_json:
        files = {name: asdict(each) for name, each in done.collected.items()}
        console.dump({"measured": done.measured, "expired": done.expired, "files": files})
        return
    for name, each in done.collected.items():
        console.lines(_collected(name, each))
    hours = (done.ends - done.begins).total_seconds() / 3600 if done.ends and done.begins else 0.0
    console.say(f"{done.measured} samples measured in {hours:.1f} h, {len(done.expired)} expired")


def _shares(told: Sequence[str], known: Iterable[str]) -> dict[str, int]:
    """What ``--every`` says: a number for each instrument.

    Raises:
        LabError: it isn't an instrument, an equals sign and a number.
    """
    from ncrobot.errors import Diagnostic, LabError

    names = set(known)
    found = {}
    for each in told:
        name, _, number = each.partition("=")
        if name not in names or not number.isdigit() or int(number) < 1:
            raise LabError(
                Diagnostic(
                    code="bad-share",
                    message="--every takes an instrument and a number",
                    found=each,
                    allowed=", ".join(f"{known}=6" for known in sorted(names)),
                )
            )
        found[name] = int(number)
    return found


def _told(job: Job) -> str:
    batch = f", batch {job.batch} line {job.line}" if job.batch else ""
    due = f", until {job.due_at[:16]}" if job.due_at and job.state.value == "queued" else ""
    late = ", measured late" if job.is_late else ""
    note = f" ({job.note})" if job.note else ""
    return f"{job.id}  {job.state.value}  {job.instrument}  {job.label}{batch}{due}{late}{note}"


def _where(path: str) -> str:
    return path or "to be measured by hand; give the data file the name of the batch"


def _collected(name: str, found: Collected) -> Sequence[str]:
    told = [f"{name}: {len(found.assigned)} files taken up"]
    told += [f"{name}: {file} quarantined: {reason}" for file, reason in found.quarantined]
    told += [f"{name}: {file} came before" for file in found.duplicates]
    told += [f"{name}: {len(found.not_yet)} files are still being written"] if found.not_yet else []
    return told
