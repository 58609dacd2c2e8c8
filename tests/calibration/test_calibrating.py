"""The arm's times are found again in its acts, and what the acts don't tell is not told."""

from __future__ import annotations

import json
import random
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.calibration_kit import LAYOUT, TRUE, moves, plate_move, rich_acts, told, visit
from ncrobot.calibration import calibrate, calibration_lines
from ncrobot.calibration.result import Knowledge
from ncrobot.errors import LabError
from ncrobot.events import EventKind

seconds = st.floats(0.2, 40.0)
rates = st.floats(5.0, 800.0)


@given(
    st.fixed_dictionaries({name: rates if name.endswith("per_s") else seconds for name in TRUE}),
    st.integers(0, 1000),
)
@settings(max_examples=40)
def test_any_times_are_found_again_from_acts_without_noise(times, seed):
    found = calibrate(told(rich_acts(30, times, seed=seed)), LAYOUT)
    for name, value in times.items():
        assert found.fitted(name).knowledge is Knowledge.KNOWN
        assert found.fitted(name).value == pytest.approx(value, rel=1e-5)
        assert found.proposed[name] == pytest.approx(value, rel=1e-5)
    assert found.p95_error_s < 1e-5
    assert found.combinations == ()


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_told_as_errors_and_margins_that_hold(seed):
    noise = random.Random(seed)
    events = told(rich_acts(120, seed=seed), delay_s=lambda _: noise.gauss(0.0, 0.05))
    found = calibrate(events, LAYOUT)
    assert 0.02 < found.median_error_s < 0.06
    for name, value in TRUE.items():
        figure = found.fitted(name)
        # Half a 95 % interval, twice over: seven figures of five seeds all fall within.
        assert abs(figure.value - value) <= 2 * figure.margin
        assert figure.margin < 0.1 * value
    assert found.layout_median_error_s > found.median_error_s


def test_stalls_are_set_aside_and_told():
    stalls = {7: 60.0, 40: 25.0, 41: 300.0, 90: 2.5}
    noise = random.Random(3)
    events = told(rich_acts(60), delay_s=lambda n: stalls.get(n, 0.0) + abs(noise.gauss(0.0, 0.02)))
    found = calibrate(events, LAYOUT)
    assert found.outliers >= len(stalls)
    assert found.largest_outlier_s == pytest.approx(300, abs=1)
    assert found.fitted("travel_s").value == pytest.approx(TRUE["travel_s"], abs=0.1)
    assert any("Set aside" in line for line in calibration_lines(found))


def test_without_mixing_only_sums_of_times_are_known():
    drawn = random.Random(2)
    acts = [a for n in range(20) for a in visit(f"t{n}", [drawn.uniform(10, 900)])]
    found = calibrate(told(acts), LAYOUT)
    untold = ("pick_up_tips_s", "drop_tips_s", "travel_s", "touch_down_s")
    assert found.named(Knowledge.NOT_TOLD_APART) == untold
    assert all(found.fitted(name).value is None for name in untold)
    assert found.fitted("aspirate_ul_per_s").value == pytest.approx(83, rel=1e-6)
    assert found.fitted("move_plate_s").knowledge is Knowledge.NOT_OBSERVED
    assert {c.formula: round(c.value_s, 6) for c in found.combinations} == {
        "pick_up_tips_s + travel_s": 10.5,
        "drop_tips_s + travel_s": 6.2,
        "travel_s + touch_down_s": 3.4,
    }
    # What is proposed keeps every known sum.
    for combination in found.combinations:
        assert sum(found.proposed[name] for name, _ in combination.terms) == pytest.approx(
            combination.value_s, abs=1e-6
        )
    assert all(value > 0 for value in found.proposed.values())


def test_one_volume_only_does_not_tell_a_rate():
    acts = [a for n in range(20) for a in visit(f"t{n}", [50.0])]
    found = calibrate(told(acts), LAYOUT)
    assert {"aspirate_ul_per_s", "dispense_ul_per_s"} <= set(found.named(Knowledge.NOT_TOLD_APART))
    sums = {c.formula: c.value_s for c in found.combinations}
    reach = TRUE["travel_s"] + TRUE["touch_down_s"]
    assert sums["travel_s + touch_down_s + 50 µL / aspirate_ul_per_s"] == pytest.approx(
        reach + 50 / TRUE["aspirate_ul_per_s"]
    )
    assert not any(set(formula.split(" + ")) == {"travel_s", "touch_down_s"} for formula in sums)


def test_a_rate_that_no_act_shows_is_not_infinite():
    times = {**TRUE, "dispense_ul_per_s": 1e12}
    found = calibrate(told(rich_acts(40, times)), LAYOUT)
    assert found.fitted("dispense_ul_per_s").knowledge is Knowledge.AT_BOUND
    assert found.fitted("dispense_ul_per_s").value is None
    assert found.proposed["dispense_ul_per_s"] == LAYOUT.arm.times.dispense_ul_per_s


def test_two_plate_moves_are_too_few():
    acts = rich_acts(7) + plate_move("m-last")
    found = calibrate(told(acts), LAYOUT)
    assert found.fitted("move_plate_s").knowledge is Knowledge.TOO_FEW
    assert found.proposed["move_plate_s"] == LAYOUT.arm.times.move_plate_s


@pytest.mark.parametrize("events", [[], told(visit("t1", [10.0, 20.0]))], ids=["none", "one visit"])
def test_too_few_acts_are_refused(events):
    with pytest.raises(LabError, match="too few acts") as caught:
        calibrate(events, LAYOUT)
    assert caught.value.diagnostics[0].code == "too-few-acts"
    assert caught.value.exit_code == 1


def test_acts_that_the_layouts_times_do_not_explain_are_left_out_with_a_reason():
    events = told(rich_acts(30))
    spread = [
        ("x1", "aspirate", {"moves": [*moves("a", [10.0]), *moves("b", [10.0])]}, 99.0),
        ("x2", "aspirate", {"moves": moves("plate", [10.0])}, 77.0),
        ("x2", "dispense", {"moves": moves("plate", [10.0], column=2)}, 55.0),
        ("x3", "move_labware", {"labware": "plate", "to": "home"}, 0.0),
        ("x4", "aspirate", {}, 4.0),
    ]
    clean = calibrate(events, LAYOUT)
    found = calibrate(told(rich_acts(30) + spread), LAYOUT)
    assert sum(found.left_out.values()) == 4
    assert found.outliers == 1  # x2's aspirate is of a known kind, but far too long
    assert found.fitted("travel_s").value == pytest.approx(clean.fitted("travel_s").value)


@pytest.mark.parametrize("kind", [EventKind.NOT_DONE, EventKind.UNKNOWN, None, EventKind.DONE])
def test_acts_that_did_not_end_as_done_on_all_channels_do_not_count(kind):
    events = told(rich_acts(30))
    last = events[-1]
    events = events[:-1]
    if kind is not None:
        data = {"channels": [0]} if kind is EventKind.DONE else {}
        events.append(last.model_copy(update={"kind": kind, "data": data, "time_s": 1e6}))
    found = calibrate(events, LAYOUT)
    assert found.outliers == 0
    assert sum(found.left_out.values()) == (kind is not None)


def test_a_simulated_run_is_marked_and_the_figures_can_be_written():
    found = calibrate(told(rich_acts(30), simulated=True), LAYOUT)
    assert found.simulated
    assert calibration_lines(found)[0].startswith("SIMULATED")
    assert json.loads(json.dumps(asdict(found)))["run"] == "r1"
    assert not calibrate(told(rich_acts(30)), LAYOUT).simulated


def test_a_person_is_told_where_the_model_is_poor_and_what_a_rate_also_does():
    odd = random.Random(5)
    wild = told(rich_acts(60), delay_s=lambda _: odd.choice([0.0] * 9 + [20.0]))
    text = "\n".join(calibration_lines(calibrate(wild, LAYOUT)))
    assert "don't describe this arm well" in text
    assert "Mind that aspirate_ul_per_s and dispense_ul_per_s also tell the arm" in text
    same = {name: getattr(LAYOUT.arm.times, name) for name in TRUE}
    text = "\n".join(calibration_lines(calibrate(told(rich_acts(60, same)), LAYOUT)))
    assert "Mind" not in text
    assert "describe" not in text
