"""Commands that follow samples back to their stocks, and stocks on to their results."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, JsonOpt
from ncrobot.cli.queueing import queue_app, sampling


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
