"""Whole simulated runs: the fit finds the times that the simulated arm was given."""

from __future__ import annotations

import random

import pytest

from engine.engine_kit import LAYOUT, TIMES, chain, column, dose, in_a_row, make_plan, simulate
from ncrobot.calibration import calibrate
from ncrobot.calibration.result import Knowledge
from ncrobot.plan import MovePlate


def operations(*, mixes: bool) -> list:
    """Doses of many volumes with their tips returned or shed, and trips to the reader."""
    drawn = random.Random(4)
    made = []
    for n in range(12):
        wells = column(1 + n)[: drawn.randint(1, 8)]
        volumes = [round(drawn.uniform(10, 250), 1) for _ in wells]
        fields = {}
        if mixes and n % 2:
            fields = {"reuse": False, "mix_repetitions": 3, "mix_volume_ul": 20.0 + 3 * n}
        if mixes and n % 3 == 0:
            fields["resuspend"] = True
        made.append(dose(f"d{n}", "water", wells, volumes, tips=1 + n, **fields))
        if n in (3, 7):
            made += [
                MovePlate(id=f"{to}{n}", step="m", device="arm", labware="samples", to=to)
                for to in ("reader", "home")
            ]
    return made


def run(*, mixes: bool):
    made = operations(mixes=mixes)
    wells = [well for n in range(1, 13) for well in column(n)]
    plan = make_plan(made, chain(made), wells=wells)
    outcome, bench = simulate(plan, in_a_row(plan))
    assert outcome.status == "succeeded"
    return calibrate(bench.record.events, LAYOUT)


def test_with_mixing_every_time_of_the_simulated_arm_is_found():
    found = run(mixes=True)
    assert found.simulated
    assert found.named(Knowledge.KNOWN) == tuple(f.name for f in found.figures)
    for name, value in TIMES.items():
        assert found.fitted(name).value == pytest.approx(value, rel=1e-5)
    assert (found.outliers, found.left_out, found.combinations) == (0, {}, ())
    assert found.p95_error_s == pytest.approx(0, abs=1e-6)


def test_without_mixing_travel_is_only_known_in_sums():
    found = run(mixes=False)
    assert "travel_s" in found.named(Knowledge.NOT_TOLD_APART)
    assert found.fitted("move_plate_s").value == pytest.approx(TIMES["move_plate_s"])
    assert found.p95_error_s == pytest.approx(0, abs=1e-6)
    for combination in found.combinations:
        assert combination.value_s == pytest.approx(combination.layout_s)
    for name, value in found.proposed.items():
        assert value == pytest.approx(TIMES[name], rel=1e-5)
