"""Figures out of spectra, and when there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign_kit import campaign
from ncrobot.campaigns import Spectrum, WellRun, judge, plated, records, spread_of_reference, told
from ncrobot.optimizers import FailureKind, make_optimizer

CAMPAIGN = campaign()
NM = tuple(range(400, 901, 20))


def spectrum(height: float = 0.2, slope: float = 0.0, base: float = 0.05) -> Spectrum:
    nm = np.array(NM, dtype=float)
    band = height * np.exp(-(((nm - 680) / 25) ** 2))
    return Spectrum(nm=NM, au=tuple(band + base + slope * (900 - nm) / 500))


@given(height=st.floats(0, 1), slope=st.floats(0, 1), base=st.floats(0, 0.3))
def test_a_band_is_measured_above_its_surroundings_whatever_they_are(height, slope, base):
    found = judge(CAMPAIGN, {"A1": spectrum(height, slope, base)}, [])["A1"]
    assert found.failed == ""
    assert found.figures["band680"] == pytest.approx(height, rel=0.01, abs=1e-5)


def test_the_median_of_the_blanks_is_taken_off():
    spectra = {"A1": spectrum(), "H1": spectrum(0.0), "H2": spectrum(0.0), "G1": spectrum(2.0)}
    found = judge(CAMPAIGN, spectra, ["H1", "H2", "G1"])
    assert found["A1"].figures["haze"] == pytest.approx(0.0, abs=1e-6)
    assert found["A1"].figures["band680"] == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (spectrum(base=0.9), "turbid"),
        (spectrum(height=3.5), "saturated"),
        (Spectrum(nm=NM, au=(float("nan"),) * len(NM)), "no number"),
        (Spectrum(nm=NM[:16], au=spectrum().au[:16]), "looks beyond"),
    ],
)
def test_a_spectrum_that_cannot_be_read_says_why(given, why):
    assert why in judge(CAMPAIGN, {"A1": given}, [])["A1"].failed


def test_a_quotient_of_nearly_nothing_is_nothing():
    figures = {"q": {"kind": "quotient", "nm": 680, "over_nm": 880}} | CAMPAIGN.model_dump()[
        "figures"
    ]
    found = judge(campaign(figures=figures), {"A1": spectrum(base=0.01), "B1": spectrum()}, [])
    assert found["A1"].figures["q"] == 0.0
    assert found["B1"].figures["q"] == pytest.approx(5.0, rel=0.01)


# What is told.


def a_round(**changed: WellRun):
    suggestions = make_optimizer("sobol", CAMPAIGN.search, layout=CAMPAIGN.layout).suggest(4)
    plate = plated(CAMPAIGN, suggestions, 1)
    wells = [seat.well for seat in plate.seats]
    spectra = {well: spectrum(0.1 + 0.01 * place) for place, well in enumerate(wells)}
    changes = dict(zip(changed, [plate.wells_of(item.id)[0] for item in suggestions], strict=False))
    spectra.pop(changes.get("unmeasured", ""), None)
    if "turbid" in changes:
        spectra[changes["turbid"]] = spectrum(base=0.9)
    runs = {changes[name]: run for name, run in changed.items()}
    judged = judge(CAMPAIGN, spectra, plate.of_kind("blank"))
    found = records(CAMPAIGN, plate, suggestions, runs, judged)
    return found, changes, suggestions


def test_each_well_of_a_suggestion_is_told_once_with_its_error():
    wells, _, suggestions = a_round()
    results, failures = told(CAMPAIGN, 3, wells)
    assert not failures
    assert len({item.id for item in results}) == len(results) == 8
    assert all(item.id.startswith("r03-") for item in results)
    assert {item.suggestion for item in results} == {item.id for item in suggestions}
    spread = spread_of_reference(wells)
    assert all(item.sem["band680"] == spread["band680"] > 0 for item in results)


def test_late_wells_are_told_and_failed_and_lost_ones_are_no_bad_results():
    wells, names, _ = a_round(
        late=WellRun(flags=("portion 2 was 90 s late",)),
        turbid=WellRun(),
        unmeasured=WellRun(),
        abandoned=WellRun(flags=("the tip was lost",), abandoned=True),
    )
    by_well = {item.well: item for item in wells}
    assert by_well[names["late"]].status == "late"
    assert by_well[names["turbid"]].status == "failed"
    assert by_well[names["unmeasured"]].status == "lost"
    assert by_well[names["abandoned"]].why == "the tip was lost"
    results, failures = told(CAMPAIGN, 1, wells)
    assert len(results) == 5
    kinds = {item.id.removeprefix("r01-"): item.kind for item in failures}
    assert kinds == {
        names["turbid"]: FailureKind.FAILED,
        names["unmeasured"]: FailureKind.FAULT,
        names["abandoned"]: FailureKind.FAULT,
    }
