"""The page of a run's results, all within itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot import __version__
from ncrobot.assays import AnalysisSettings, Results
from ncrobot.plan import Plan
from ncrobot.reports._pages import page
from ncrobot.reports._text import span, wells_in_short
from ncrobot.reports.outcomes.curves import spectra_plate, waterfall
from ncrobot.reports.outcomes.objectives import compared, objective_maps


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """What the page tells beside the results.

    ``states`` counts measurements by instrument and state. ``open_questions`` are findings that
    somebody has to look at: files in quarantine, samples that got too old.
    """

    run: str
    simulated: bool
    states: Mapping[tuple[str, str], int]
    open_questions: Sequence[str] = ()
    files: Sequence[tuple[str, str]] = ()
    analysis_file: str = ""
    made: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One verdict on one species, and where."""

    species: str
    verdict: str
    wells: str
    reason: str


def results_html(
    plan: Plan, settings: AnalysisSettings, results: Results, facts: ResultFacts
) -> str:
    """The page as HTML, without anything from elsewhere."""
    return page(
        "results.html.j2",
        plan=plan,
        facts=facts,
        settings=settings,
        version=__version__,
        states=[(*key, number) for key, number in sorted(facts.states.items())],
        maps=objective_maps(results.objectives, settings.objectives),
        compared=compared(results.groups, settings.objectives),
        spectra=spectra_plate(results.optical),
        traces=waterfall(results.elution),
        clusters=_clusters(results),
        ions=_ions(results),
        courses=_courses(results),
        steps=_steps(results),
        doubts=_doubts(results),
        problems=results.problems,
        figures=len(results.figures),
    )


def _clusters(results: Results) -> list[_Seen]:
    """Verdicts on printed clusters in the last spectrum of each well, but for those not seen."""
    last = {}
    for each in sorted(results.optical, key=lambda result: result.about.number):
        last[each.about.well] = each
    found: dict[tuple[str, str], list[str]] = {}
    reasons: dict[tuple[str, str], str] = {}
    for well, result in last.items():
        for match in result.match.clusters:
            if match.verdict.value != "not_seen":
                key = (match.cluster, match.verdict.value)
                found.setdefault(key, []).append(well)
                reasons[key] = match.reason
    return [
        _Seen(name, verdict.replace("_", " "), wells_in_short(wells), reasons[name, verdict])
        for (name, verdict), wells in found.items()
    ]


def _ions(results: Results) -> list[_Seen]:
    found: dict[tuple[str, str], list[str]] = {}
    reasons: dict[tuple[str, str], str] = {}
    for result in results.mass:
        for match in result.matches:
            key = (match.ion, match.verdict.value)
            found.setdefault(key, []).append(result.about.well)
            reasons[key] = match.reason
    return [
        _Seen(ion, verdict.replace("_", " "), wells_in_short(wells), reasons[ion, verdict])
        for (ion, verdict), wells in found.items()
    ]


def _courses(results: Results) -> list[tuple[str, str, str, str]]:
    """Objective, verdict, wells, and the range of half-lives where they are told."""
    groups: dict[tuple[str, str], list[str]] = {}
    halves: dict[tuple[str, str], list[float]] = {}
    for each in results.courses:
        key = (each.objective, each.verdict)
        groups.setdefault(key, []).append(each.well)
        if each.half_life_s is not None:
            halves.setdefault(key, []).append(each.half_life_s)
    return [
        (name.replace("_", " "), verdict.replace("_", " "), wells_in_short(wells),
         _range(halves.get((name, verdict), [])))
        for (name, verdict), wells in groups.items()
    ]  # fmt: skip


def _range(halves_s: Sequence[float]) -> str:
    if not halves_s:
        return ""
    return f"half-life {span(min(halves_s))} to {span(max(halves_s))}"


def _steps(results: Results) -> list[str]:
    """How spectra were corrected: each step once, with its figures where they are the same."""
    told: Counter[str] = Counter()
    for each in results.optical:
        for step in each.corrected.steps:
            told[step.name if step.name in {"offset", "saturation"} else step.told] += 1
    return [f"{words} ({number})" for words, number in told.items()]


def _doubts(results: Results) -> list[tuple[str, str, str]]:
    """Quantity, doubt, and wells, each doubt once."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in results.figures:
        if each.doubt:
            found.setdefault((each.quantity, each.doubt), []).append(each.well)
    return [
        (quantity.replace("_", " "), doubt, wells_in_short(wells))
        for (quantity, doubt), wells in found.items()
    ]
