"""What a protocol expects becomes windows, candidates and rows of the table of clusters."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from assays import assays_kit as kit
from ncrobot.analysis.mass import Resolution
from ncrobot.analysis.optical import OpticalVerdict
from ncrobot.assays import analyse, load_analysis, metals_of, told_by_protocol
from ncrobot.errors import LabError
from ncrobot.protocol import load_protocol

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
TARGET = "Au24Pt(TBBT)12(PDT)3"
POWER = Resolution(power=20_000.0)


def protocol(name, **changes):
    return load_protocol(PROTOCOLS / f"{name}.yaml").protocol.model_copy(update=changes)


def test_retention_times_become_windows_that_do_not_overlap():
    settings = told_by_protocol(protocol("exchange/au24pt_one_step"))
    windows = sorted(settings.elution.windows, key=lambda each: each.start_min)
    assert [each.name for each in windows][1] == TARGET
    for one, next_one in pairwise(windows):
        assert one.end_min < next_one.start_min
    assert "on another column" in settings.elution.assumed
    peaks = [(10.0, 5.0), (24.2, 60.0), (27.0, 20.0)]
    a1 = kit.about("A1", step="followed")
    found = analyse([kit.eluted(a1, peaks)], kit.wells(a1), settings)
    values = {each.objective: each.value for each in found.objectives}
    assert values["purity"] == pytest.approx(60.0 / 85.0, abs=0.02)
    assert values["selectivity"] == pytest.approx(3.0, abs=0.1)


def test_ions_are_sought_where_the_resolving_power_is_known():
    silver = protocol("silver/mag24_dmbt")
    assert told_by_protocol(silver).mass is None
    settings = told_by_protocol(silver, resolution=POWER)
    names = settings.mass.candidates
    assert names == ("[PtAg24(DMBT)18]2-", "[PdAg24(DMBT)18]2-", "[Ag25(DMBT)18]-")
    a1 = kit.about("A1")
    found = analyse([kit.ions(a1, {names[0]: 1.0}, power=20_000.0)], kit.wells(a1), settings)
    verdicts = {each.ion: each.verdict.value for each in found.mass[0].matches}
    assert verdicts[names[0]] == "matched"
    assert "matched" not in {verdicts[name] for name in names[1:]}


@pytest.mark.parametrize("name", ["silver/ag32_acid_decay", "silver/bdta_acid"])
def test_expected_clusters_that_absorb_alike_are_never_named(name):
    settings = told_by_protocol(protocol(name))
    assert settings.optical.clusters
    a1 = kit.about("A1")
    bands = [(440.0, 22.0, 0.5), (320.0, 15.0, 0.3), (364.0, 15.0, 0.2), (515.0, 18.0, 0.12)]
    found = analyse([kit.optical(a1, *bands)], kit.wells(a1), settings)
    for match in found.optical[0].match.clusters:
        if "Ag" in match.cluster:
            assert match.verdict is OpticalVerdict.CANNOT_TELL
            assert {"emission", "ESI-MS"} & set(match.ask)


def test_au28_and_au36_can_not_be_told_apart_and_emission_is_no_rule():
    a1 = kit.about("A1")
    found = analyse(
        [kit.optical(a1, (703.0, 25.0, 0.5))], kit.wells(a1), kit.settings({}, optical={"metals": ["Au"]})
    )  # fmt: skip
    by_name = {each.cluster: each for each in found.optical[0].match.clusters}
    for name, rival in (("Au28(TBBT)20", "Au36(TBBT)24"), ("Au36(TBBT)24", "Au28(TBBT)20")):
        assert by_name[name].verdict is OpticalVerdict.CANNOT_TELL
        assert rival in by_name[name].rivals


def test_an_expected_cluster_takes_the_place_of_the_printed_one():
    settings = told_by_protocol(protocol("gold/au25_thiols"))
    (row,) = settings.optical.clusters
    assert row.core == "Au25"
    a1 = kit.about("A1")
    place = row.peaks[0].nm
    bands = [(each.nm, 20.0, 0.4) for each in row.peaks]
    found = analyse([kit.optical(a1, *bands)], kit.wells(a1), settings)
    names = [each.cluster for each in found.optical[0].match.clusters]
    assert row.name in names
    assert "Au25(SR)18" not in names
    assert place in {each.nm for each in row.features}


def test_a_labs_own_file_goes_before():
    own = load_analysis(PROTOCOLS.parent / "analyses" / "au24pt_one_step.yaml")
    settings = told_by_protocol(protocol("exchange/au24pt_one_step"), own)
    assert settings.elution == own.elution
    assert settings.optical.well_area_mm2 == 34.0
    assert set(settings.objectives) == {"yield_proxy", "purity", "selectivity", "split_band"}
    mine = kit.settings({"split_band": {"from": {"measure": "gap"}, "aim": "minimise"}})
    with pytest.raises(LabError, match="isn't among the windows"):
        told_by_protocol(protocol("exchange/au24pt_one_step"), mine)


def test_metals_are_those_of_species_and_materials():
    assert set(metals_of(protocol("exchange/au24pt_one_step"))) == {"Au", "Pt"}
    assert {"Ag", "Pt", "Pd"} <= set(metals_of(protocol("silver/mag24_dmbt")))


def test_the_optical_gap_is_that_of_the_reddest_peak():
    wanted = {"gap": {"from": {"measure": "gap"}, "aim": "maximise", "unit": "eV"}}
    a1, b1 = kit.about("A1"), kit.about("B1")
    measured = [kit.optical(a1, (450.0, 25.0, 0.6), (702.0, 30.0, 0.4)), kit.optical(b1)]
    found = analyse(measured, kit.wells(a1, b1), kit.settings(wanted))
    told = {each.well: each for each in found.objectives}
    assert told["A1"].value == pytest.approx(1.766, abs=0.005)
    assert told["A1"].error < 0.01
    assert told["B1"].value is None
    assert "no peak" in told["B1"].doubt


def test_a_declared_error_counts_as_long_as_no_replicates_tell_it():
    wanted = {"band": {"from": {"measure": "band", "nm": 680}, "aim": "maximise", "error": 0.2}}
    abouts = [kit.about(w, group="g" if w != "C1" else "h") for w in ("A1", "B1", "C1")]
    one = [kit.optical(abouts[2], (680.0, 35.0, 0.4))]
    found = analyse(one, kit.wells(*abouts), kit.settings(wanted))
    assert {e.well: e.error for e in found.objectives}["C1"] == 0.2
    several = [kit.optical(each, (680.0, 35.0, 0.4), seed=n) for n, each in enumerate(abouts)]
    found = analyse(several, kit.wells(*abouts), kit.settings(wanted))
    assert all(each.error < 0.05 and each.from_replicates for each in found.objectives)


def test_given_figures_come_by_well(tmp_path):
    wanted = {
        "qy": {"from": {"measure": "given", "column": "qy_percent"}, "aim": "maximise", "unit": "%"}
    }
    (tmp_path / "qy.csv").write_text("well,qy_percent\nA1,5.8\nB1,\n")
    abouts = [kit.about(well) for well in ("A1", "B1")]
    found = analyse([], kit.wells(*abouts), kit.settings(wanted), given=tmp_path / "qy.csv")
    told = {each.well: each for each in found.objectives}
    assert told["A1"].value == 5.8
    assert "not given" in told["B1"].doubt
    bare = analyse([], kit.wells(*abouts), kit.settings(wanted))
    assert {each.doubt for each in bare.objectives} == {"no file was given"}
    assert np.isfinite(told["A1"].merit)
