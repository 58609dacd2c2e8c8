"""Measurements become figures and objectives; what can't be told stays untold, with its reason."""

from __future__ import annotations

import csv
import io
import sys
from itertools import starmap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from pyarrow import parquet
from pydantic import ValidationError

from assays import assays_kit as kit
from ncrobot.analysis.chromatography import carry_over
from ncrobot.analysis.optical import ReadSpectrum, spectra_csv
from ncrobot.assays import (
    BlankRun,
    Measured,
    ReferenceRun,
    analyse,
    csv_text,
    feature_rows,
    load_analysis,
    objective_rows,
    spectra_rows,
    tidy_rows,
    write_parquet,
)
from ncrobot.assays.elution import carried_over, elution_results
from ncrobot.errors import LabError

BAND = {"from": {"measure": "band", "nm": 680}, "aim": "maximise", "unit": "AU"}
PURITY = {"from": {"measure": "purity", "of": "target"}, "aim": "maximise"}


def value_of(results, objective, well):
    (found,) = [v for v in results.objectives if (v.objective, v.well) == (objective, well)]
    return found


@trials(max_examples=20)
@given(height=st.floats(0.05, 1.5), dilution=st.floats(1.0, 20.0), seed=st.integers(0, 99))
def test_a_band_is_told_for_the_undiluted_sample_in_one_centimetre(height, dilution, seed):
    a1, blank = kit.about("A1", dilution=dilution), kit.about("H12", kind="blank")
    measured = [
        kit.optical(a1, (680.0, 35.0, height * 0.5 / dilution), seed=seed),
        kit.optical(blank, seed=seed + 1),
    ]
    found = analyse(measured, kit.wells(a1, blank), kit.settings({"gold": BAND}))
    told = value_of(found, "gold", "A1")
    assert abs(told.value - height) <= 6.0 * told.error + 0.01 * height
    assert told.merit == told.value
    assert told.unit == "AU"
    assert not told.from_replicates


def test_each_file_has_its_own_blank():
    plates = []
    for n, plate in enumerate((0.05, 0.25)):
        a1, blank = (
            kit.about(f"A{n + 1}", file=f"f{n}"),
            kit.about(f"H{n + 1}", kind="blank", file=f"f{n}"),
        )
        plates += [
            kit.optical(a1, (680.0, 35.0, 0.3), plate=plate),
            kit.optical(blank, plate=plate, seed=3),
        ]
    found = analyse(
        plates, kit.wells(*(each.about for each in plates)), kit.settings({"gold": BAND})
    )
    values = [value_of(found, "gold", well).value for well in ("A1", "A2")]
    assert values == pytest.approx([0.6, 0.6], abs=0.01)
    alone = kit.optical(kit.about("A3", file="f9"), (680.0, 35.0, 0.3))
    found = analyse([alone], kit.wells(alone.about), kit.settings({"gold": BAND}))
    assert "no blank" in value_of(found, "gold", "A3").doubt


def test_saturated_bands_have_no_value():
    a1 = kit.about("A1")
    found = analyse(
        [kit.optical(a1, (680.0, 35.0, 4.0))], kit.wells(a1), kit.settings({"gold": BAND})
    )
    told = value_of(found, "gold", "A1")
    assert (told.value, told.error, told.merit) == (None, None, None)
    assert "saturated" in told.doubt


def test_bands_over_a_line_and_ratios():
    a1 = kit.about("A1")
    bands = ((470.0, 14.0, 0.3), (400.0, 200.0, 0.5))
    line = {"from": {"measure": "band", "nm": 470, "over_nm": [430, 510]}, "aim": "maximise"}
    ratio = {
        "from": {"measure": "band_ratio", "nm": 470, "to_nm": 800},
        "aim": "target",
        "target": 2.0,
    }
    wanted = kit.settings({"line": line, "ratio": ratio}, optical={"path_cm": 1.0})
    found = analyse(
        [kit.optical(a1, *bands), kit.optical(kit.about("H1", kind="blank"))], kit.wells(a1), wanted
    )
    assert value_of(found, "line", "A1").value == pytest.approx(0.3, abs=0.02)
    told = value_of(found, "ratio", "A1")
    assert told.merit == pytest.approx(-abs(told.value - 2.0))
    bare = analyse(
        [kit.optical(a1), kit.optical(kit.about("H1", kind="blank"), seed=4)], kit.wells(a1), wanted
    )
    assert value_of(bare, "ratio", "A1").value is None


def test_purity_selectivity_and_area():
    wanted = {
        "purity": PURITY,
        "selectivity": {
            "from": {"measure": "area_ratio", "of": "target", "to": ["other"]},
            "aim": "maximise",
        },
        "area": {"from": {"measure": "area", "of": "target"}, "aim": "maximise", "unit": "mAU min"},
    }
    a1, b1, c1, d1 = (kit.about(w) for w in ("A1", "B1", "C1", "D1"))
    measured = [
        kit.eluted(a1, [(10.0, 50.0), (24.2, 100.0), (27.0, 25.0)]),
        kit.eluted(b1, [(24.2, 100.0)]),
        kit.eluted(c1, [(10.0, 50.0)]),
        kit.eluted(d1, []),
    ]
    found = analyse(measured, kit.wells(a1, b1, c1, d1), kit.settings(wanted))
    assert value_of(found, "purity", "A1").value == pytest.approx(100.0 / 175.0, abs=0.01)
    assert value_of(found, "selectivity", "A1").value == pytest.approx(4.0, abs=0.05)
    area = value_of(found, "area", "A1")
    assert area.value == pytest.approx(100.0 * 0.15 * np.sqrt(2 * np.pi), rel=0.01)
    assert area.error > 0.0
    assert value_of(found, "selectivity", "B1").value is None  # nothing to compare with
    assert value_of(found, "purity", "B1").value == pytest.approx(1.0)
    assert value_of(found, "purity", "C1").value == 0.0
    assert "none was seen" in value_of(found, "purity", "C1").doubt
    assert value_of(found, "purity", "D1").value is None


def test_references_set_the_windows_right():
    wanted = kit.settings({"purity": PURITY}, elution={"windows": kit.WINDOWS, "lock": "target"})
    a1 = kit.about("A1")
    late = kit.eluted(a1, [(10.0, 50.0), (24.2, 100.0)], shift=1.045)  # 24.2 min come at 25.3
    reference = ReferenceRun("batch", kit.chromatogram([(24.2, 80.0)], shift=1.045))
    lost = analyse([late], kit.wells(a1), wanted)
    assert value_of(lost, "purity", "A1").value == 0.0
    found = analyse([late], kit.wells(a1), wanted, [reference])
    assert value_of(found, "purity", "A1").value == pytest.approx(2.0 / 3.0, abs=0.01)
    assert found.elution[0].moved_by == pytest.approx(1.045, abs=0.002)
    strange = ReferenceRun("batch", kit.chromatogram([(12.0, 80.0)]))
    assert analyse([late], kit.wells(a1), wanted, [strange]).elution[0].moved_by == 1.0


def test_what_a_blank_still_shows_is_told():
    a1 = kit.about("A1")
    sample = kit.eluted(a1, [(24.2, 1000.0)])
    wanted = kit.settings({"purity": PURITY})
    clean = BlankRun(a1.sample, kit.chromatogram([]))
    dirty = BlankRun(a1.sample, kit.chromatogram([(24.2, 12.0)]))
    stranger = BlankRun("somebody else's", kit.chromatogram([(24.2, 12.0)]))
    assert analyse([sample], kit.wells(a1), wanted, (), [clean, stranger]).problems == ()
    ((name, told),) = analyse([sample], kit.wells(a1), wanted, (), [dirty]).problems
    assert name == a1.sample
    assert told == "1.20% of target is left in the blank after it"


def test_many_blanks_raise_no_more_false_alarms_than_one():
    """What one blank in a thousand shows by its noise is told of one, not of one among a hundred."""
    elution = kit.settings({"purity": PURITY}).elution
    a1 = kit.about("A1")
    small = elution_results([kit.eluted(a1, [(24.2, 4.0)])], elution, ())[0]
    (peak,) = small[0].peaks.peaks
    empty = carry_over(small[0].peaks, peak, kit.chromatogram([], seed=1), 0.001)
    bump = (24.2, 4.0 * (3.9 * empty.share_error + 0.001 - empty.share))
    odd = BlankRun(a1.sample, kit.chromatogram([bump], seed=1))
    assert len(carried_over(small, [odd], 0.001)) == 1
    others = [BlankRun(a1.sample, kit.chromatogram([], seed=2 + n % 5)) for n in range(100)]
    assert carried_over(small, [odd, *others], 0.001) == []
    dirty = BlankRun(a1.sample, kit.chromatogram([(24.2, 2.0)]))
    assert len(carried_over(small, [dirty, *others], 0.001)) == 1


def test_ion_shares_are_told_only_if_the_ions_are():
    names = ["[Ag29(BDT)12]3-", "[Au25(PET)18]-"]
    mass = {"candidates": names, "resolution": {"power": 10_000}}
    wanted = kit.settings(
        {"silver": {"from": {"measure": "ion_share", "of": names[0]}, "aim": "maximise"},
         "gold": {"from": {"measure": "ion_share", "of": names[1]}, "aim": "maximise"}},
        mass=mass,
    )  # fmt: skip
    a1 = kit.about("A1")
    found = analyse([kit.ions(a1, {names[0]: 1.0})], kit.wells(a1), wanted)
    assert value_of(found, "silver", "A1").value == pytest.approx(1.0)
    assert value_of(found, "gold", "A1").value is None
    wrong = kit.settings(
        {"x": {"from": {"measure": "ion_share", "of": "[Ag29(XYZ)12]3-"}, "aim": "maximise"}},
        mass={"candidates": ["[Ag29(XYZ)12]3-"], "resolution": {"power": 10_000}},
    )
    with pytest.raises(LabError, match="XYZ"):
        analyse([kit.ions(a1, {names[0]: 1.0})], kit.wells(a1), wrong)


@trials(max_examples=15)
@given(scatter=st.floats(0.02, 0.2), seed=st.integers(0, 999))
def test_replicates_tell_the_error(scatter, seed):
    chance = np.random.default_rng(seed)
    abouts = [kit.about(f"{row}{n + 1}", group=f"row {row}") for row in "ABCDEF" for n in range(4)]
    measured = [
        kit.optical(
            each, (680.0, 35.0, 0.5 * (1.0 + scatter * chance.standard_normal())), noise=1e-4
        )
        for each in abouts
    ]
    blank = kit.about("H12", kind="blank")
    found = analyse(
        [*measured, kit.optical(blank)], kit.wells(*abouts, blank), kit.settings({"gold": BAND})
    )
    told = value_of(found, "gold", "A1")
    assert told.from_replicates
    assert told.error == pytest.approx(scatter, rel=0.6)  # of a height of 1, 18 degrees of freedom
    group = next(each for each in found.groups if each.group == "row A")
    assert group.wells == ("A1", "A2", "A3", "A4")
    assert group.error == pytest.approx(told.error / 2.0)
    assert not value_of(found, "gold", "H12").from_replicates  # a control is no replicate


def test_the_last_sample_counts_unless_one_is_asked_for():
    abouts = [kit.about("A1", number=n, since_s=300.0 * 4**n) for n in (1, 2, 3, 4)]
    measured = [kit.optical(each, (680.0, 35.0, 0.1 * each.number)) for each in abouts]
    measured.append(kit.optical(kit.about("H1", kind="blank")))
    wanted = kit.settings({
        "last": {**BAND, "course": True}, "second": {**BAND, "number": 2}, "other": {**BAND, "step": "elsewhere"},
    })  # fmt: skip
    found = analyse(measured, kit.wells(abouts[0]), wanted)
    assert value_of(found, "last", "A1").value == pytest.approx(0.8, abs=0.01)
    assert value_of(found, "second", "A1").value == pytest.approx(0.4, abs=0.01)
    assert value_of(found, "other", "A1").doubt == "not measured"
    assert [each.objective for each in found.courses] == ["last"]


def test_courses_are_fitted():
    half_s = 1500.0
    abouts = [
        kit.about("A1", number=n, since_s=60.0 * t) for n, t in enumerate((5, 20, 90, 300), 1)
    ]
    heights = [0.5 * (1.0 - 0.5 ** (each.since_s / half_s)) for each in abouts]
    measured = [kit.optical(a, (680.0, 35.0, h)) for a, h in zip(abouts, heights, strict=True)]
    measured.append(kit.optical(kit.about("H1", kind="blank")))
    found = analyse(
        measured, kit.wells(abouts[0]), kit.settings({"gold": {**BAND, "course": True}})
    )
    (course,) = found.courses
    assert course.verdict == "fitted"
    assert course.half_life_s == pytest.approx(half_s, rel=0.1)


def test_late_measurements_carry_it():
    a1 = kit.about("A1", is_late=True)
    found = analyse(
        [kit.optical(a1, (680.0, 35.0, 0.3))], kit.wells(a1), kit.settings({"gold": BAND})
    )
    assert "measured too late" in value_of(found, "gold", "A1").doubt


def test_given_figures_and_references_come_from_files(tmp_path):
    (tmp_path / "qy.csv").write_text("well,qy\nA1,5.8\nB1,\n")
    reference = kit.spectrum((680.0, 35.0, 0.5), plate=0.0)
    (tmp_path / "gold.csv").write_text(spectra_csv([ReadSpectrum(reference, None, "gold")]))
    (tmp_path / "analysis.yaml").write_text(
        "ncrobot: analysis/1\n"
        "optical: {path_cm: 0.5, references: {gold: gold.csv}}\n"
        "objectives:\n"
        "  qy: {from: {measure: given, file: qy.csv, column: qy}, aim: maximise, unit: '%'}\n"
        "  share: {from: {measure: unmixed, of: gold}, aim: maximise}\n"
    )
    settings = load_analysis(tmp_path / "analysis.yaml")
    a1, b1, blank = kit.about("A1"), kit.about("B1"), kit.about("H1", kind="blank")
    measured = [kit.optical(a1, (680.0, 35.0, 0.5)), kit.optical(blank, seed=2)]
    found = analyse(measured, kit.wells(a1, b1, blank), settings)
    assert value_of(found, "qy", "A1").value == 5.8
    assert value_of(found, "qy", "B1").value is None
    assert value_of(found, "share", "A1").value == pytest.approx(2.0, abs=0.05)
    with pytest.raises(LabError, match="no objective takes figures"):
        analyse(measured, kit.wells(a1), settings, given=tmp_path / "qy.csv")
    (tmp_path / "gold.csv").write_text("nothing\n")
    with pytest.raises(LabError, match="no table"):
        analyse(measured, kit.wells(a1), settings)
    (tmp_path / "gold.csv").unlink()
    with pytest.raises(LabError, match="can't be read"):
        analyse(measured, kit.wells(a1), settings)


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ({"measure": "purity", "of": "targt"}, "isn't among the windows"),
        ({"measure": "unmixed", "of": "gold"}, "isn't among the references"),
        ({"measure": "ion_share", "of": "[Au25(PET)18]-"}, "isn't among the candidates"),
        ({"measure": "area_ratio", "of": "target", "to": ["nobody"]}, "isn't among the windows"),
        ({"measure": "smell", "of": "target"}, "smell"),
    ],
)
def test_objectives_that_cannot_be_measured_are_refused(objective, words):
    with pytest.raises(ValidationError, match=words):
        kit.settings({"x": {"from": objective, "aim": "maximise"}})


def test_windows_that_overlap_are_refused_with_their_line(tmp_path):
    path = tmp_path / "analysis.yaml"
    path.write_text(
        "ncrobot: analysis/1\nelution:\n  windows:\n"
        "    - {name: a, start_min: 1, end_min: 3}\n    - {name: b, start_min: 2, end_min: 4}\n"
    )
    with pytest.raises(LabError, match="overlap") as caught:
        load_analysis(path)
    assert caught.value.diagnostics[0].line == 3


def test_tables_hold_everything(tmp_path, monkeypatch):
    a1, b1 = kit.about("A1", since_s=300.0), kit.about("B1")
    measured = list(starmap(kit.optical, ((a1, (680.0, 35.0, 0.3)), (b1, (680.0, 35.0, 9.0)))))
    found = analyse(measured, kit.wells(a1, b1), kit.settings({"gold": BAND}))
    rows = list(csv.DictReader(io.StringIO(csv_text(tidy_rows(found, "r1")))))
    assert [row["well"] for row in rows] == ["A1", "B1"]
    assert float(rows[0]["value"]) == pytest.approx(
        0.7, abs=0.02
    )  # with the plate, as no blank was read
    assert rows[1]["value"] == ""
    objectives = csv_text(objective_rows(found, "r1"))
    assert objectives.startswith("run,objective,well")
    matrix = list(csv.reader(io.StringIO(csv_text(spectra_rows(found.optical, "r1")))))
    assert matrix[0][6:9] == ["300", "302", "304"]
    assert len(matrix) == 3
    assert "" in matrix[2]  # saturated
    assert csv_text([]) == ""
    assert spectra_rows([], "r1") == []
    features = feature_rows(found, "r1")
    assert [(row["well"], row["kind"]) for row in features] == [("A1", "peak")]
    assert features[0]["energy_ev"] == pytest.approx(1239.84 / 680.0, abs=0.01)
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where the extra isn't installed
    with pytest.raises(LabError, match="pyarrow"):
        write_parquet(tidy_rows(found, "r1"), tmp_path / "x.parquet")


def test_parquet_holds_what_csv_holds(tmp_path):
    abouts = [kit.about("A1", since_s=300.0), kit.about("B1", since_s=1200.0), kit.about("C1")]
    heights = (0.3, 9.0, 0.0)
    measured = [
        kit.optical(each, (680.0, 35.0, height))
        for each, height in zip(abouts, heights, strict=True)
    ]
    found = analyse(measured, kit.wells(*abouts), kit.settings({"gold": BAND}))
    tables = {
        "figures": tidy_rows(found, "r1"), "objectives": objective_rows(found, "r1"),
        "features": feature_rows(found, "r1"), "spectra": spectra_rows(found.optical, "r1"),
    }  # fmt: skip
    for name, rows in tables.items():
        write_parquet(rows, tmp_path / f"{name}.parquet")
        back = parquet.read_table(tmp_path / f"{name}.parquet")
        assert back.to_pylist() == rows
        assert back.column_names == next(csv.reader(io.StringIO(csv_text(rows))))
    assert tables["spectra"][1]["680"] is None  # saturated, not a number
    with pytest.raises(LabError, match="can't be written"):
        write_parquet(tables["figures"], tmp_path / "no folder" / "x.parquet")


def test_spectra_that_share_no_range_are_problems_not_failures():
    a1, blank = kit.about("A1"), kit.about("H1", kind="blank")
    short = Measured(blank, spectrum=kit.spectrum().between(400.0, 500.0))
    found = analyse([kit.optical(a1), short], kit.wells(a1), kit.settings({"gold": BAND}))
    assert found.problems[0][0] == "S-A1-1"
    assert "covers 400 to 500 nm only" in found.problems[0][1]
