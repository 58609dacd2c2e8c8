"""The command that makes figures, objectives and a page of what was measured of a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, JsonOpt, OutOpt, RunArg, app, write
from ncrobot.cli.queueing import InstrumentsOpt, sampling

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.lab.analysing import Analysed
    from ncrobot.lab.sampling import Sampling
    from ncrobot.reports.outcomes import ResultFacts


@app.command()
def analyse(  # noqa: PLR0913 - the options of the command
    run: RunArg,
    analysis: Annotated[
        Path | None,
        typer.Option(
            "--analysis",
            "-a",
            help="what is made of the measurements (YAML); default: as the protocol tells",
        ),
    ] = None,
    instruments: InstrumentsOpt = None,
    given: Annotated[
        Path | None, typer.Option("--given", help="figures measured elsewhere, by well (CSV)")
    ] = None,
    output: OutOpt = None,
    tables: Annotated[
        Path | None, typer.Option("--tables", help="write tables into this folder (CSV)")
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", help="draw all of the plate into this file (png, pdf, svg)"),
    ] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="write the tables as Parquet, too")
    ] = False,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Make figures, objectives and a page of all that was measured of a run."""
    from ncrobot.assays import load_analysis
    from ncrobot.lab.analysing import analyse_run
    from ncrobot.lab.objectives import settings_for
    from ncrobot.reports.outcomes import results_html, write_figure
    from ncrobot.users import user_name

    own = load_analysis(analysis) if analysis is not None else None
    with sampling(database, instruments) as lab:
        settings = settings_for(lab, run, own)
        done = analyse_run(lab, run, settings, user_name(), given)
        facts = _facts(lab, run, done, analysis.name if analysis else "its protocol alone")
        problems = lab.tell_hooks()
    page = output or database.parent / f"{run}.results.html"
    write(results_html(done.run.plan, settings, done.results, facts), page)
    written = _write_tables(done, run, tables, parquet) if tables is not None else []
    results = done.results
    if figure is not None:
        simulated = done.run.summary.simulated
        title = f"{done.run.plan.title}: {run}"
        write_figure(results, settings.objectives, figure, title=title, simulated=simulated)
        written.append(figure)
    if as_json:
        objectives = [each.model_dump(mode="json") for each in results.objectives]
        groups = [each.model_dump(mode="json") for each in results.groups]
        told = {"objectives": objectives, "groups": groups, "problems": list(results.problems)}
        console.dump({"page": str(page), "tables": [str(path) for path in written], **told})
        return
    count = Counter(each.objective for each in results.objectives if each.value is not None)
    for name in settings.objectives:
        wells = sum(each.objective == name for each in results.objectives)
        console.say(f"{name}: {count[name]} of {wells} wells")
    console.say(f"{len(results.figures)} figures of {len(done.measured)} measurements")
    console.lines([f"written: {path}" for path in (page, *written)])
    console.warnings([f"{sample}: {why}" for sample, why in results.problems])
    console.warnings(problems)


def _facts(lab: Sampling, run: str, done: Analysed, analysis: str) -> ResultFacts:
    from ncrobot.reports.outcomes import ResultFacts

    states = Counter((job.instrument, job.state.value) for job in done.jobs)
    used = {job.file for job in done.jobs if job.file is not None}
    late = sum(job.is_late for job in done.jobs)
    expired = sum(job.state.value == "expired" for job in done.jobs)
    files = lab.files.all()
    questions = [
        f"{each.name} is in quarantine: {each.reason}"
        for each in files
        if each.state == "quarantined"
    ]
    questions += [f"{expired} samples got too old before their turn"] if expired else []
    questions += [f"{late} samples were too old when they were measured"] if late else []
    return ResultFacts(
        run=run,
        simulated=done.run.summary.simulated,
        states=dict(states),
        open_questions=questions,
        files=[(each.name, each.sha256) for each in files if each.sha256 in used],
        analysis_file=analysis,
        made=f"{lab.record.now():%Y-%m-%d %H:%M} UTC",
    )


def _write_tables(done: Analysed, run: str, folder: Path, parquet: bool) -> list[Path]:
    """Write figures, objectives, features and spectra as a matrix; returns what was written."""
    from ncrobot.assays import (
        csv_text,
        feature_rows,
        objective_rows,
        spectra_rows,
        tidy_rows,
        write_parquet,
    )

    rows = {
        "figures": tidy_rows(done.results, run),
        "objectives": objective_rows(done.results, run),
        "features": feature_rows(done.results, run),
        "spectra": spectra_rows(done.results.optical, run),
    }
    written = []
    for name, each in rows.items():
        if not each:
            continue
        path = folder / f"{run}.{name}.csv"
        write(csv_text(each), path)
        written.append(path)
        if parquet:
            write_parquet(each, path.with_suffix(".parquet"))
            written.append(path.with_suffix(".parquet"))
    return written
