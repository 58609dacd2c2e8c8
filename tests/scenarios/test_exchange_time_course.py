"""The ligand exchange followed over five hours: 96 wells, four times, spectra of all, HPLC of some.

From the plan to the page without a hand: forecast, worklists, simulated acquisition, collection,
analysis. What the samples show is a test object's; nothing here says anything about chemistry.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ncrobot.assays import load_analysis
from ncrobot.cli import run
from ncrobot.cli.foretelling import warn_of_samples
from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.lab.acquiring import acquire, load_response
from ncrobot.lab.analysing import analyse_run
from ncrobot.lab.objectives import objectives_by_well, settings_for
from ncrobot.lab.sampling import Sampling
from ncrobot.reports.outcomes import ResultFacts, results_html
from ncrobot.samples import JobState, load_template, read_worklist

ROOT = Path(__file__).resolve().parents[2]
EXCHANGE = ROOT / "protocols" / "exchange"
TIMES_S = (300.0, 1200.0, 5400.0, 18000.0)
DAY_S = 86400.0


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder of the lab, the id of its run, and its plan and schedule."""
    folder = tmp_path_factory.mktemp("lab")
    plan = compile_files(
        EXCHANGE / "au24pt_one_step.yaml", EXCHANGE / "au24pt_one_step.csv",
        ROOT / "deck_layouts" / "star_96_glass_series.yaml",
    )  # fmt: skip
    times = schedule(plan)
    with Lab.open(folder / "runs.sqlite") as lab:
        run = lab.run(plan, times).run
    return folder, run, plan, times


@pytest.fixture(scope="module")
def measured(course):
    """Everything queued, forecast, measured and analysed; what each step told."""
    folder, run, plan, times = course
    analysis = load_analysis(ROOT / "analyses" / "au24pt_one_step.yaml")
    with Sampling.open(folder / "runs.sqlite", ROOT / "instruments" / "example.yaml") as lab:
        told = {"before": lab.forecast_plan(plan, times)}
        told["taken"] = lab.take(run, "a test", {"hplc": 6})
        told["queued"] = lab.forecast_queue(simulated=True)
        told["acquired"] = acquire(lab, run, load_response("sim.exchange"), "a test")
        told["settings"] = settings_for(lab, run, analysis)
        told["analysed"] = analyse_run(lab, run, told["settings"], "a test")
        told["by_protocol"] = settings_for(lab, run, None)
        told["jobs"] = lab.record.jobs()
        told["batches"] = [(each, lab.batches.content(each.id)) for each in lab.batches.all()]
        told["files"] = lab.files.all()
        some = next(each for each in told["analysed"].samples if each.kind == "synthesis")
        told["lineage"] = lab.lineage(some.id)
        told["with_lot"] = lab.samples_with(run, "pdt")
        told["traced"] = lab.traced("pdt", 1)
        told["instruments"] = lab.instruments
    return told


def test_samples_are_taken_at_their_times(measured):
    samples = measured["taken"].samples
    assert len(samples) == 4 * 96
    for each in samples:
        assert each.fate.value == "taken"
        assert each.wished_since_s == TIMES_S[each.number - 1]
        assert abs(each.since_s - each.wished_since_s) < 240.0
        assert each.dilution == pytest.approx(10.0)
    assert len({each.place for each in samples}) == 4 * 96


def test_the_forecast_warns_before_the_run_and_its_rule_helps(measured):
    before = {each.instrument: each for each in measured["before"]}
    assert before["reader"].too_late == ()
    assert before["hplc"].needed_s > 10 * DAY_S
    assert len(before["hplc"].too_late) > 300
    assert before["hplc"].take_every == 6
    after = {each.instrument: each for each in measured["queued"]}
    assert after["hplc"].samples == 64
    assert after["hplc"].too_late == ()


def test_all_is_measured_in_time_and_nothing_is_lost(measured):
    states = Counter(
        (job.instrument, job.state) for job in measured["jobs"] if job.kind == "sample"
    )
    assert states == {
        ("reader", JobState.ANALYSED): 384,
        ("hplc", JobState.ANALYSED): 64,
        ("hplc", JobState.WITHDRAWN): 320,
    }
    assert not any(job.is_late for job in measured["jobs"])
    assert {each.state for each in measured["files"]} == {"assigned"}
    acquired = measured["acquired"]
    assert acquired.expired == []
    assert 40 * 3600.0 < (acquired.ends - acquired.begins).total_seconds() < 54 * 3600.0


def test_worklists_are_read_back_with_their_places(measured):
    settings = measured["instruments"].named("hplc")
    template = load_template(settings.worklist.template, "xcalibur", {})
    jobs = {job.id: job for job in measured["jobs"]}
    seen = []
    for batch, content in measured["batches"]:
        if batch.instrument != "hplc":
            continue
        lines = read_worklist(template, content)
        assert [line.job for line in lines] == list(batch.jobs)
        kinds = [jobs[line.job].kind for line in lines]
        assert kinds[0] == kinds[-1] == "reference"
        for line in lines:
            job = jobs[line.job]
            if job.kind == "sample":
                assert settings.positions.read(line.position) == job.place
                seen.append(line.job)
    assert len(seen) == len(set(seen)) == 64


def test_the_course_shows(measured):
    figures = defaultdict(list)
    for each in measured["analysed"].results.figures:
        if each.quantity == "split_band" and each.value is not None:
            figures[each.well].append((each.since_s, each.value))
    kinds = {each.well: each.kind for each in measured["analysed"].samples}
    rising = [sorted(figures[well]) for well, kind in kinds.items() if kind == "synthesis"]
    assert rising
    for points in rising:
        assert len(points) == 4
        assert points[0][1] < 0.15 < points[3][1]
    blanks = [sorted(figures[well]) for well, kind in kinds.items() if kind == "blank"]
    assert all(abs(value) < 0.15 for points in blanks for _, value in points)


def test_the_target_overtakes_the_parent(measured):
    parent, target = "Au24Pt(PET)18", "Au24Pt(TBBT)12(PDT)3"
    areas = defaultdict(dict)
    for each in measured["analysed"].results.elution:
        if each.about.kind == "synthesis":
            found = dict(zip(each.names, (peak.area for peak in each.peaks.peaks), strict=True))
            areas[each.about.number][each.about.well] = found
    assert set(areas) == {1, 2, 3, 4}
    assert all(found[parent] > found.get(target, 0.0) for found in areas[1].values())
    assert all(found[target] > found.get(parent, 0.0) for found in areas[4].values())


def test_objectives_have_errors_and_reasons(measured):
    results = measured["analysed"].results
    assert results.problems == ()
    by_name = defaultdict(list)
    for each in results.objectives:
        by_name[each.objective].append(each)
        assert (each.value is None) <= bool(each.doubt)
    assert {name: len(values) for name, values in by_name.items()} == dict.fromkeys(
        ("yield_proxy", "purity", "selectivity", "split_band"), 96
    )
    bands = [each for each in by_name["split_band"] if each.from_replicates]
    assert len(bands) > 60
    assert all(each.error > 0.0 for each in bands)
    purities = [each.value for each in by_name["purity"] if each.value]
    assert all(0.0 < value <= 1.0 for value in purities)


def test_the_protocol_alone_tells_what_to_look_for(measured):
    settings = measured["by_protocol"]
    windows = {each.name: each for each in settings.elution.windows}
    assert windows["Au24Pt(TBBT)12(PDT)3"].start_min < 24.2
    assert windows["Au24Pt(TBBT)12(PDT)3"].end_min < windows["Au24Pt(TBBT)18"].start_min
    assert set(settings.objectives) == {"yield_proxy", "purity", "selectivity", "split_band"}
    assert set(settings.optical.metals) == {"Au", "Pt"}


def test_an_optimizer_gets_objectives_with_errors_by_well(measured):
    by_well = objectives_by_well(measured["analysed"].results)
    assert len(by_well) == 96
    kinds = {each.well: each.kind for each in measured["analysed"].samples}
    for well, objectives in by_well.items():
        band = objectives["split_band"]
        if kinds[well] == "synthesis":
            assert band.merit == band.value
            assert band.error > 0.0


def test_every_sample_knows_its_lots(measured):
    lineage = measured["lineage"]
    stocks = {name for name, _ in lineage.lots()}
    assert {"pdt", "toluene"} <= stocks
    assert lineage.thinned_with[0].stock == "toluene"
    assert 0.0 < lineage.share < 0.05
    kinds = {each.id: each.kind for each in measured["analysed"].samples}
    assert {kinds[each.id] for each in measured["with_lot"]} == {"synthesis", "blank", "no_thiol"}


def test_a_lot_is_followed_to_its_results(measured):
    traced = measured["traced"]
    assert {each.sample.id for each in traced} <= {each.id for each in measured["with_lot"]}
    assert len(traced) > 96
    for each in traced:
        (reader,) = [job for job in each.jobs if job.instrument == "reader"]
        assert reader.file in {file.sha256 for file in measured["files"]}
        assert "split_band" in {figure["quantity"] for figure in each.found}
    assert any(figure["quantity"] == "purity" for each in traced for figure in each.found)


def test_a_run_warns_before_it_begins(course, capsys, tmp_path):
    folder, _, plan, times = course
    warn_of_samples(plan, times, ROOT / "instruments" / "example.yaml", folder / "runs.sqlite")
    told = capsys.readouterr()
    assert "hplc: 384 samples need" in " ".join((told.err + told.out).split())
    assert "--every hplc=6" in " ".join((told.err + told.out).split())
    (tmp_path / "wrong.yaml").write_text("ncrobot: instruments/1\n")
    warn_of_samples(plan, times, tmp_path / "wrong.yaml", folder / "runs.sqlite")
    assert "no forecast of the samples" in capsys.readouterr().err
    warn_of_samples(plan, times, None, folder / "runs.sqlite")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "command", [("schedule", "--effort", "0"), ("starts", "add", "--at", "23:59")]
)
def test_who_plans_a_plate_is_warned_too(course, capsys, tmp_path, command):
    _, _, plan, times = course
    files = {"plan": plan, "times": times}
    for name, document in files.items():
        (tmp_path / f"{name}.json").write_text(document.model_dump_json(), encoding="utf-8")
    given = ["-o" if command[0] == "schedule" else "-s", str(tmp_path / "times.json")]
    instruments = ["--instruments", str(ROOT / "instruments" / "example.yaml")]
    database = ["--database", str(tmp_path / "runs.sqlite")]
    assert run([*command, str(tmp_path / "plan.json"), *given, *instruments, *database]) == 0
    assert "hplc: 384 samples need" in " ".join(capsys.readouterr().err.split())


def test_each_plate_is_read_once(measured):
    plates = [batch for batch, _ in measured["batches"] if batch.instrument == "reader"]
    assert len(plates) == 4
    assert {len(batch.jobs) for batch in plates} == {96}


def test_the_page_tells_it_all_and_loads_nothing(measured):
    analysed = measured["analysed"]
    states = Counter((job.instrument, job.state.value) for job in analysed.jobs)
    facts = ResultFacts(run=analysed.run.summary.run, simulated=True, states=dict(states))
    html = results_html(analysed.run.plan, measured["settings"], analysed.results, facts)
    for heading in ("yield proxy", "purity", "selectivity", "split band", "Chromatograms"):
        assert heading in html
    assert "SIMULATED" in html
    assert html.count("<title>") > 96  # each well and each trace tells what it is
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
