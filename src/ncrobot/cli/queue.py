"""Commands for samples and the queues of instruments: queue list, submit, collect, forecast, ..."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
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
    schedule_of,
)
from ncrobot.cli.queueing import InstrumentsOpt, job_line, queue_app, sampling, user

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.samples import Collected

OneOpt = Annotated[str | None, typer.Option("--instrument", help="only this one; default: all")]


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
        if run is not None and not found:
            lab.records.load(run)  # is there such a run?
    if as_json:
        console.dump({"jobs": [job.model_dump(mode="json") for job in found]})
        return
    counts = Counter((job.instrument, job.state.value) for job in found if job.kind == "sample")
    console.lines([f"{name}: {number} {state}" for (name, state), number in sorted(counts.items())])
    console.lines([job_line(job) for job in found])
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
            taken = lab.take(run, user(), _shares(every or [], lab.instruments.instruments))
            told.append(f"{len(taken.samples)} samples, {len(taken.jobs)} measurements queued")
            told += [f"no instrument serves {kind}" for kind in taken.unserved]
        sent = {} if only_queue else lab.submit(user(), instrument, most)
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
        found = lab.collect(user(), instrument, again=again)
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
        done = acquire(lab, run, load_response(response, database.parent / f"{run}.world"), user())
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


def _where(path: str) -> str:
    return path or "to be measured by hand; give the data file the name of the batch"


def _collected(name: str, found: Collected) -> Sequence[str]:
    told = [f"{name}: {len(found.assigned)} files taken up"]
    told += [f"{name}: {file} quarantined: {reason}" for file, reason in found.quarantined]
    told += [f"{name}: {file} came before" for file in found.duplicates]
    told += [f"{name}: {len(found.not_yet)} files are still being written"] if found.not_yet else []
    return told
