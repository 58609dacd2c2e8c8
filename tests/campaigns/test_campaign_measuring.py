"""From an analysis to what is told of wells, and what is asked of analysis files."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.campaign_kit import beside
from ncrobot.assays import ObjectiveValue, Results
from ncrobot.campaigns import Campaign, Ledger, Loaded, WellRecord, told
from ncrobot.errors import LabError
from ncrobot.lab import Lab
from ncrobot.lab.campaign_measuring import judged_of
from ncrobot.lab.campaigning import Campaigning

CAMPAIGN = Campaign.model_validate(beside())


def value(objective: str, figure: float | None, **more: object) -> ObjectiveValue:
    about = {"well": "A1", "name": "one", "group": "one", "sample": "S"}
    return ObjectiveValue(objective=objective, value=figure, **{**about, **more})


def judged(*values: ObjectiveValue):
    return judged_of(CAMPAIGN, Results(objectives=values))["A1"]


def test_figures_come_with_their_errors():
    found = judged(value("band680", 0.05, error=0.002), value("purity", 0.8, error=None))
    assert found.figures == {"band680": 0.05, "purity": 0.8}
    assert found.errors == {"band680": 0.002}
    assert not found.failed
    assert not found.missing


def test_a_broken_limit_is_a_failure_with_its_reason():
    found = judged(value("haze", 0.9), value("band680", 0.05))
    assert "turbid" in found.failed


def test_what_was_measured_and_cannot_be_told_is_a_failure_and_what_was_not_measured_is_none():
    dark = judged(
        value("band680", None, doubt="saturated at 680 nm"),
        value("purity", None, doubt="not measured", sample=None),
    )
    assert dark.failed == "band680: saturated at 680 nm"
    lost = judged(*(value(name, None, sample=None) for name in ("band680", "purity")))
    assert (lost.failed, bool(lost.missing)) == ("", True)


def test_a_well_with_one_objective_is_told_with_that_one():
    wells = [
        WellRecord(
            well="A1", suggestion="a", status="measured", figures={"band680": 0.05},
            errors={"band680": 0.002}, values={"portions": 1},
        )
    ]  # fmt: skip
    (result,), failures = told(CAMPAIGN, 1, wells)
    assert result.measured == {"band680": 0.05}
    assert result.sem == {"band680": 0.002}
    assert failures == []


def opened(folder: Path, **changes: object) -> None:
    loaded = Loaded(
        campaign=Campaign.model_validate(beside(**changes)), file=folder / "c.yaml", text=""
    )
    with Lab.open(folder / "runs.sqlite") as lab, Ledger(folder / "c.ledger") as ledger:
        Campaigning(loaded, lab, ledger)


def objectives(**changes: object) -> dict[str, object]:
    search = beside()["search"]
    return {"search": {**search, "objectives": {**search["objectives"], **changes}}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (objectives(yeild={"aim": "maximise"}), "is no figure"),
        (objectives(purity={"aim": "minimise"}), "another aim"),
        (objectives(band680={"aim": "maximise", "unit": "mAU"}), "another unit"),
        ({"failed_if": {"hase": {"above": 1}}}, "nothing here is called"),
        ({"products": {"big": {"figure": "band82", "full": 1}}}, "is no figure"),
        ({"measuring": {"instruments": "i.yaml", "analysis": "nowhere.yaml"}}, "nowhere.yaml"),
    ],
)
def test_what_the_analysis_does_not_find_is_refused_before_anything_is_made(
    tmp_path, change, words
):
    with pytest.raises(LabError) as refused:
        opened(tmp_path, **change)
    told_of = " ".join(f"{item.message} {item.file}" for item in refused.value.diagnostics)
    assert words in told_of


def test_a_campaign_has_figures_or_measuring():
    for change in ({"measuring": None}, {"figures": {"x": {"kind": "absorbance", "nm": 700}}}):
        with pytest.raises(ValueError, match="one of the two"):
            Campaign.model_validate(beside(**change))
