"""Commands before a run: plan, audit, schedule, prep, gantt, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import (
    DEFAULT_DATABASE,
    BatchingOpt,
    ConditionsOpt,
    DatabaseOpt,
    DeckOpt,
    JsonOpt,
    OutOpt,
    ProtocolArg,
    ScheduleOpt,
    SeedOpt,
    app,
    schedule_of,
    write,
)
from ncrobot.cli.foretelling import warn_of_samples
from ncrobot.cli.queueing import InstrumentsOpt
from ncrobot.errors import ScheduleError


@app.command()
def plan(
    protocol: ProtocolArg,
    conditions: ConditionsOpt,
    deck: DeckOpt,
    output: OutOpt = None,
    batching: BatchingOpt = "auto",
) -> None:
    """Compile a protocol and its conditions for a deck into a plan (JSON)."""
    from ncrobot.lab import compile_files
    from ncrobot.plan import modes_told

    made = compile_files(protocol, conditions, deck, batching=batching)
    console.warnings([warning.message for warning in made.warnings])
    write(made.model_dump_json(indent=1), output)
    if output is not None:
        for line in modes_told(made):
            console.say(line)
        console.say(
            f"{output}: {len(made.wells)} wells, {len(made.operations)} operations, "
            f"{sum(made.tips_used.values())} tips, sha256 {made.sha256[:12]}"
        )


@app.command()
def audit(
    plan_file: Annotated[Path, typer.Argument(help="plan made by 'ncrobot plan'")],
    as_json: JsonOpt = False,
) -> int:
    """Derive volumes and moles again from a plan and compare with what was asked."""
    from ncrobot.auditor import audit_plan
    from ncrobot.lab import load_plan

    report = audit_plan(load_plan(plan_file))
    if as_json:
        told = [difference.model_dump(mode="json") for difference in report.differences]
        console.dump({"operations": report.operations, "differences": told})
    else:
        for difference in report.differences:
            console.say(difference.message)
        console.say(
            f"{report.operations} operations audited, {len(report.differences)} difference(s)"
        )
    return 1 if report.differences else 0


@app.command("schedule")
def schedule_command(  # noqa: PLR0913 - the options of the command
    plan_file: Annotated[Path, typer.Argument(help="plan made by 'ncrobot plan'")],
    output: OutOpt = None,
    seed: SeedOpt = 0,
    objective: Annotated[
        str, typer.Option("--objective", help="makespan, deviation or person-time")
    ] = "makespan",
    finish_within: Annotated[
        str | None, typer.Option("--finish-within", help="refuse what takes longer, as '12 h'")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="time of day at which the run starts, as 18:00")
    ] = None,
    person_away: Annotated[
        list[str] | None,
        typer.Option("--person-away", help="hours when nobody is there, as 22:00-07:00"),
    ] = None,
    equal_treatment: Annotated[
        str | None, typer.Option("--equal-treatment", help="delay or spread")
    ] = None,
    reserve: Annotated[
        str | None, typer.Option("--reserve", help="leave the arm free for this share, as '10 %'")
    ] = None,
    effort: Annotated[
        float,
        typer.Option("--effort", min=0.0, max=20.0, help="how long to search for a shorter one"),
    ] = 1.0,
    explain: Annotated[
        bool, typer.Option("--explain", help="tell what binds and what changes would cost")
    ] = False,
    instruments: InstrumentsOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Give every operation of a plan a time (JSON)."""
    from ncrobot import lab
    from ncrobot.scheduler import read_options

    options = read_options(
        objective=objective,
        finish_within=finish_within,
        start=start,
        person_away=person_away or (),
        equal_treatment=equal_treatment,
        reserve=reserve,
    ).model_copy(update={"effort": effort})
    made = lab.load_plan(plan_file)
    try:
        found = lab.schedule(made, seed=seed, options=options)
    except ScheduleError as error:
        if explain:
            console.errors(error.diagnostics, as_json=False)
            console.lines(lab.explain(made, None, options, seed=seed))
            raise typer.Exit(1) from error
        raise
    if output is not None or not explain:
        write(found.model_dump_json(indent=1), output)
    if output is not None or explain:
        console.say(found.summary)
    if explain:
        console.lines(lab.explain(made, found, options, seed=seed))
    warn_of_samples(made, found, instruments, database)


@app.command()
def prep(  # noqa: PLR0913 - the options of the command
    protocol: ProtocolArg,
    conditions: ConditionsOpt,
    deck: DeckOpt,
    html: Annotated[Path | None, typer.Option("--html", help="write a printable page")] = None,
    schedule_file: ScheduleOpt = None,
    seed: SeedOpt = 0,
    batching: BatchingOpt = "auto",
) -> None:
    """Print what to prepare: stocks, weights, deck loading, tips, times, hazards."""
    from ncrobot.lab import compile_files
    from ncrobot.reports import prep_sheet_html, prep_sheet_text

    made = compile_files(protocol, conditions, deck, batching=batching)
    times = schedule_of(made, schedule_file, seed)
    if html is None:
        write(prep_sheet_text(made, times), None)
    else:
        write(prep_sheet_html(made, times), html)
        console.say(f"prep sheet: {html}")


@app.command()
def gantt(
    plan_file: Annotated[Path, typer.Argument(help="plan made by 'ncrobot plan'")],
    schedule_file: ScheduleOpt = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="page to write")] = Path(
        "gantt.html"
    ),
    seed: SeedOpt = 0,
) -> None:
    """Draw a schedule: every operation by device and by wells, over time (HTML)."""
    from ncrobot.lab import load_plan
    from ncrobot.reports import gantt_html

    made = load_plan(plan_file)
    times = schedule_of(made, schedule_file, seed)
    write(gantt_html(made, times), output)
    console.say(f"{times.summary}\ngantt: {output}")


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="protocol, deck, plan, schedule or notifications")],
) -> None:
    """Print a JSON Schema, so that editors complete and check."""
    from ncrobot.schemas import schema_of

    write(json.dumps(schema_of(kind), indent=2, ensure_ascii=False), None)
