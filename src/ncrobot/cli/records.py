"""Commands that read the record: runs, show, export, report, calibrate."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, JsonOpt, OutOpt, RunArg, app, write
from ncrobot.errors import Diagnostic, LabError


@app.command("runs")
def runs_command(database: DatabaseOpt = DEFAULT_DATABASE, as_json: JsonOpt = False) -> None:
    """List the runs, the newest first."""
    from ncrobot.lab import Lab

    with Lab.open(database) as lab:
        found = lab.listed()
    if as_json:
        console.dump({"runs": [asdict(summary) for summary in found]})
    else:
        console.run_table(found)


@app.command()
def show(
    run_id: RunArg,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Show what became of a run."""
    from ncrobot.lab import Lab

    with Lab.open(database) as lab:
        record = lab.load(run_id)
    if as_json:
        console.dump(console.state_figures(record))
    else:
        console.show(record)


@app.command()
def export(
    run_id: RunArg,
    csv: Annotated[bool, typer.Option("--csv", help="as CSV, the only format so far")] = True,
    output: OutOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Export every addition of a run as planned and as executed (CSV)."""
    from ncrobot.lab import Lab

    del csv  # the word is accepted, so that scripts can say which format they rely on
    with Lab.open(database) as lab:
        write(lab.export_csv(run_id), output)
    if output is not None:
        console.say(f"additions: {output}")


@app.command()
def report(
    run_id: RunArg,
    output: OutOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Write the report of a run anew (HTML)."""
    from ncrobot.lab import Lab, Reported
    from ncrobot.reports import run_report_html

    with Lab.open(database) as lab:
        record = lab.load(run_id)
        if output is None:
            output = lab.write_report(Reported(record.plan, record.schedule, record.state))
        else:
            write(run_report_html(record.plan, record.schedule, record.state), output)
    console.say(f"report: {output}")


@app.command()
def calibrate(
    run_id: RunArg,
    deck: Annotated[
        Path | None,
        typer.Option("--deck", "-d", help="layout to compare with; default: that of the run"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="write --deck with the fitted times here"),
    ] = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Fit the arm's times of a deck layout to the acts of a recorded run."""
    from ncrobot.calibration import calibration_lines
    from ncrobot.lab import Lab, calibrated_layout

    if output is not None and deck is None:
        raise LabError(
            Diagnostic(
                code="no-deck",
                message="-o needs the layout that the fitted times are to be written into",
                fix="give it with --deck",
            )
        )
    with Lab.open(database) as lab:
        found = lab.calibrate(run_id, deck)
    if output is not None and deck is not None:
        write(calibrated_layout(deck, found), output)
    if as_json:
        console.dump(asdict(found))
        return
    for line in calibration_lines(found):
        console.say(line)
    if output is not None:
        console.say(f"layout: {output}")
