"""The terminal: thin commands over the lab.

Exit codes: 0 well, 1 wrong input, 2 the run ended otherwise than succeeded, 3 our fault.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ncrobot import console
from ncrobot.errors import Diagnostic, LabError, NcrobotError, ScheduleError, UserError

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.plan import Plan
    from ncrobot.schedule import Schedule

app = typer.Typer(
    name="ncrobot",
    help="Plan, schedule, run and record plates of metal nanocluster syntheses.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# The command-line library carries its own copy of click and exports only leaves of its errors.
USAGE_ERROR: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)
DEFAULT_DATABASE = Path("runs/ncrobot.sqlite")

ProtocolArg = Annotated[Path, typer.Argument(help="protocol file (YAML)")]
ConditionsOpt = Annotated[
    Path, typer.Option("--conditions", "-c", help="table of conditions (CSV or YAML)")
]
DeckOpt = Annotated[Path, typer.Option("--deck", "-d", help="deck layout (YAML)")]
BatchingOpt = Annotated[
    Literal["auto", "single", "repeat", "column", "multi_dispense", "pump"],
    typer.Option(
        "--batching",
        help="how doses reach their wells where the step doesn't say: auto is the quickest",
    ),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="print one JSON object for machines")]
DatabaseOpt = Annotated[
    Path,
    typer.Option("--database", envvar="NCROBOT_DATABASE", help="run database (SQLite file)"),
]
ScheduleOpt = Annotated[
    Path | None,
    typer.Option("--schedule", "-s", help="made by 'ncrobot schedule'; default: made now"),
]
SeedOpt = Annotated[int, typer.Option("--seed", help="breaks ties in the schedule; 0: plan order")]
OutOpt = Annotated[Path | None, typer.Option("--output", "-o", help="write to this file")]


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises."""
    wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=arguments, standalone_mode=False)
    except UserError as error:
        console.errors(error.diagnostics, as_json=wants_json)
        return error.exit_code
    except NcrobotError as error:
        console.failure(str(error), as_json=wants_json)
        return error.exit_code
    except typer.Abort:
        console.failure("stopped", as_json=wants_json)
        return 2
    except USAGE_ERROR as error:
        console.usage(error)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        console.failure("stopped by Ctrl-C; nothing was moved", as_json=wants_json)
        return 2
    except Exception:  # noqa: BLE001 - no traceback reaches a user
        return _our_fault(wants_json=wants_json)
    return code if isinstance(code, int) else 0


def _our_fault(*, wants_json: bool) -> int:
    if os.environ.get("NCROBOT_DEBUG"):
        traceback.print_exc()
    with tempfile.NamedTemporaryFile(
        "w", prefix="ncrobot-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(traceback.format_exc())
    console.failure(
        f"this is a defect of ncrobot, not your fault; please report it with {file.name}",
        as_json=wants_json,
    )
    return 3


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_name(output.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(output)
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="output",
                message=f"the output can't be written: {error.strerror}",
                file=str(output),
                fix="give another file with -o",
            )
        ) from error


def _times(made: Plan, schedule_file: Path | None, seed: int) -> Schedule:
    """The schedule in a file, if one is given, or the one of the plan alone."""
    from ncrobot.lab import load_schedule, schedule

    if schedule_file is not None:
        return load_schedule(schedule_file, made)
    return schedule(made, seed=seed)


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
    _write(made.model_dump_json(indent=1), output)
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
        _write(found.model_dump_json(indent=1), output)
    if output is not None or explain:
        console.say(found.summary)
    if explain:
        console.lines(lab.explain(made, found, options, seed=seed))


@app.command("run")
def run_command(  # noqa: PLR0913 - the options of the command
    protocol: ProtocolArg,
    conditions: ConditionsOpt,
    deck: DeckOpt,
    real: Annotated[bool, typer.Option("--real", help="on the devices, not simulated")] = False,
    as_json: JsonOpt = False,
    schedule_file: ScheduleOpt = None,
    seed: SeedOpt = 0,
    database: DatabaseOpt = DEFAULT_DATABASE,
    batching: BatchingOpt = "auto",
) -> int:
    """Run a plate: in the simulator, unless --real."""
    from ncrobot.lab import Lab, compile_files

    made = compile_files(protocol, conditions, deck, batching=batching)
    times = _times(made, schedule_file, seed)
    if not as_json:
        console.warnings([warning.message for warning in made.warnings])
        console.say(times.summary)
    with Lab.open(database) as lab, console.progress(made, times, quiet=as_json) as listener:
        result = lab.run(made, times, real=real, listener=listener)
    if as_json:
        console.dump(asdict(result))
    else:
        console.outcome(result)
    return 0 if result.status == "succeeded" else 2


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
    times = _times(made, schedule_file, seed)
    if html is None:
        _write(prep_sheet_text(made, times), None)
    else:
        _write(prep_sheet_html(made, times), html)
        console.say(f"prep sheet: {html}")


@app.command("runs")
def runs_command(database: DatabaseOpt = DEFAULT_DATABASE, as_json: JsonOpt = False) -> None:
    """List the runs, the newest first."""
    from ncrobot.lab import Lab

    with Lab.open(database) as lab:
        found = lab.runs.list()
    if as_json:
        console.dump({"runs": [asdict(summary) for summary in found]})
    else:
        console.run_table(found)


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="as 'ncrobot runs' tells it")],
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
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="as 'ncrobot runs' tells it")],
    csv: Annotated[bool, typer.Option("--csv", help="as CSV, the only format so far")] = True,
    output: OutOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
) -> None:
    """Export every addition of a run as planned and as executed (CSV)."""
    from ncrobot.lab import Lab

    del csv  # the word is accepted, so that scripts can say which format they rely on
    with Lab.open(database) as lab:
        _write(lab.export_csv(run_id), output)
    if output is not None:
        console.say(f"additions: {output}")


@app.command()
def report(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="as 'ncrobot runs' tells it")],
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
            _write(run_report_html(record.plan, record.schedule, record.state), output)
    console.say(f"report: {output}")


@app.command()
def calibrate(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="as 'ncrobot runs' tells it")],
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
        _write(calibrated_layout(deck, found), output)
    if as_json:
        console.dump(asdict(found))
        return
    for line in calibration_lines(found):
        console.say(line)
    if output is not None:
        console.say(f"layout: {output}")


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
    times = _times(made, schedule_file, seed)
    _write(gantt_html(made, times), output)
    console.say(f"{times.summary}\ngantt: {output}")


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="protocol, deck, plan or schedule")],
) -> None:
    """Print a JSON Schema, so that editors complete and check."""
    from ncrobot.schemas import schema_of

    _write(json.dumps(schema_of(kind), indent=2, ensure_ascii=False), None)


def _version(value: bool) -> None:
    if value:
        from ncrobot import __version__

        sys.stdout.write(f"ncrobot {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Plan, schedule, run and record plates of metal nanocluster syntheses."""
    del version
