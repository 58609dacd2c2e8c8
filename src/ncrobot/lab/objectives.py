"""What a run is analysed by, and its objectives well by well, for optimizers and other programs."""

from __future__ import annotations

from pathlib import Path

from ncrobot.analysis.mass import Resolution
from ncrobot.assays import (
    AnalysisSettings,
    ObjectiveValue,
    Results,
    is_anything_told,
    load_analysis,
    told_by_protocol,
)
from ncrobot.errors import Diagnostic, LabError, ProtocolError
from ncrobot.lab.analysing import analyse_run
from ncrobot.lab.sampling import Sampling
from ncrobot.protocol import read_protocol
from ncrobot.users import user_name


def settings_for(sampling: Sampling, run: str, own: AnalysisSettings | None) -> AnalysisSettings:
    """How a run is analysed: by what its protocol expects and wants, and by the lab's own file.

    Raises:
        LabError: there is no such run, or neither its protocol nor a file tells what to look for.
    """
    text = sampling.records.load(run).plan.texts.protocol
    try:
        protocol = read_protocol(text).protocol if text.strip() else None
    except ProtocolError:  # made by a version that read protocols otherwise
        protocol = None
    if protocol is None:
        if own is not None:
            return own
        raise _nothing_told(run)
    settings = told_by_protocol(protocol, own, _resolution(sampling))
    if own is None and not is_anything_told(settings):
        raise _nothing_told(run)
    return settings


def objectives_by_well(results: Results) -> dict[str, dict[str, ObjectiveValue]]:
    """The objectives of each well by name, with value, standard error, merit, and any doubt.

    What can't be told has the value None; wells that were not measured have all of them so.
    """
    found: dict[str, dict[str, ObjectiveValue]] = {}
    for each in results.objectives:
        found.setdefault(each.well, {})[each.objective] = each
    return found


def objectives_of_run(
    database: Path, instruments: Path, run: str, analysis: Path | None = None
) -> dict[str, dict[str, ObjectiveValue]]:
    """Analyse a run of the lab with this database, and return its objectives by well and name.

    Raises:
        LabError: there is no such run, a file is wrong, or raw data are missing.
    """
    own = load_analysis(analysis) if analysis is not None else None
    with Sampling.open(database, instruments) as sampling:
        settings = settings_for(sampling, run, own)
        done = analyse_run(sampling, run, settings, user_name())
    return objectives_by_well(done.results)


def _resolution(sampling: Sampling) -> Resolution | None:
    """That of the first instrument that tells one."""
    if not sampling.has_instruments:
        return None
    told = sampling.instruments.instruments.values()
    return next((each.resolution for each in told if each.resolution is not None), None)


def _nothing_told(run: str) -> LabError:
    return LabError(
        Diagnostic(
            code="nothing-to-look-for",
            message=f"the protocol of run {run} tells neither what is expected nor what is wanted",
            fix="give an analysis file with --analysis, or write expected and objectives into the "
            "protocol",
        )
    )
