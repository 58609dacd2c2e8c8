"""The plate is read on the deck at its time after the last portion, and the analysis knows that time."""

from __future__ import annotations

import pytest

from compiler.compiler_kit import changed, deck, plan_for
from ncrobot.assays import AnalysisSettings
from ncrobot.lab import Lab, schedule
from ncrobot.lab.analysing import analyse_run
from ncrobot.lab.objectives import settings_for
from ncrobot.lab.sampling import Sampling
from ncrobot.plan import MovePlate, Read

SCAN = {
    "do": "measure", "id": "scan", "start": "300 nm", "stop": "900 nm", "step": "50 nm",
    "timing": [{"after": "reduction", "of": "last", "target": "10 min", "tolerance": "1 min"}],
}  # fmt: skip
PROTOCOL = changed(
    steps=[
        {"do": "add", "id": "fill", "stock": "water", "make_up": True},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "$electrons", "portions": "2 x 20 min", "tolerance": "1 min"},
        SCAN,
    ],
    objectives={"gold": {"from": {"measure": "band", "nm": 700}, "step": "scan", "aim": "maximise", "unit": "AU"}},
)  # fmt: skip
TABLE = "name,well\n" + "".join(f"x{n},{'ABCDEFGH'[n]}1\n" for n in range(8))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    plan = plan_for(PROTOCOL, TABLE, deck("starlet_96"))
    times = schedule(plan)
    with Lab.open(folder / "runs.sqlite") as lab:
        run = lab.run(plan, times).run
    with Sampling.open(folder / "runs.sqlite") as lab:
        settings = settings_for(lab, run, None)
        return plan, times, analyse_run(lab, run, settings, "a test"), settings


def test_the_lag_is_to_the_reading_not_to_the_way_there(read):
    plan, times, *_ = read
    kinds = {each.id: type(each) for each in plan.operations}
    lags = [lag for lag in plan.lags if lag.kind == "timing"]
    assert lags
    assert {kinds[lag.after] for lag in lags} == {Read}
    starts = {each.operation: each.start_s for each in times.entries}
    (scan,) = [each.id for each in plan.operations if isinstance(each, Read)]
    moves = [starts[each.id] for each in plan.operations if isinstance(each, MovePlate)]
    assert min(moves) < starts[scan] < max(moves)
    for lag in lags:
        assert 540.0 <= starts[scan] - starts[lag.before] <= 660.0


def test_times_of_reaction_are_since_the_last_portion(read):
    _, _, analysed, settings = read
    assert isinstance(settings, AnalysisSettings)
    figures = [each for each in analysed.results.figures if each.quantity == "gold"]
    assert len(figures) == 8
    for each in figures:
        assert 480.0 < each.since_s < 660.0
        assert each.value is not None
    assert {each.objective for each in analysed.results.objectives} == {"gold"}
