"""Search spaces: what is read, and every mistake at its line with what would mend it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import UserError
from ncrobot.protocol import Parameter
from ncrobot.searchspace import (
    Aim,
    Objective,
    SearchSpace,
    SearchSpaceError,
    Trade,
    load_search_space,
    mismatches,
    read_search_space,
)

SOUND = """\
ncrobot: search/1
name: silver
parameters:
  ligand_volume: {kind: continuous, quantity: volume, range: [50 µL, 0.6 mL], step: 5 µL}
  metal_volume: {kind: continuous, quantity: volume, range: [50 µL, 300 µL]}
  hydride: {kind: continuous, quantity: ratio, range: [0.5, 10], log: true}
  temperature: {kind: continuous, quantity: temperature, range: [0 °C, 333.15 K], step: 5 K, scope: plate}
  portions: {kind: integer, range: [1, 8]}
  ligand: {kind: choice, of: [BDT, GSH]}
constraints:
  - {kind: sum, of: {ligand_volume: 1, metal_volume: 1}, at_most: 700 µL}
  - {kind: product, of: {hydride: 1, portions: 1}, at_most: 40}
  - {kind: never, when: {ligand: GSH, temperature: {above: 40 °C}}, because: it falls apart}
objectives:
  yield: {aim: maximise, unit: "%", range: [0, 100]}
  band: {aim: target, target: 680, tolerance: 5, unit: nm}
trade: pareto
"""


def test_a_sound_space_is_read_in_canonical_units():
    space = read_search_space(SOUND)
    assert (space.parameters["ligand_volume"].low, space.parameters["ligand_volume"].high) == (
        50,
        600,
    )
    assert space.parameters["temperature"].high == pytest.approx(60)
    assert space.parameters["temperature"].step_size == 5
    assert space.limit_of(space.constraints[0], space.constraints[0].at_most) == 700
    assert space.trade is Trade.PARETO
    assert SearchSpace.model_validate_json(space.model_dump_json()) == space


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "word"),
    [
        ("[50 µL, 0.6 mL]", "[50 rpm, 0.6 mL]", 4, "wrong-dimension", "50 rpm is a speed"),
        ("[50 µL, 0.6 mL]", "[0.6 mL, 50 µL]", 4, "range-order", "nothing to vary"),
        ("[50 µL, 0.6 mL]", "50 µL", 4, "wrong-kind", "write range"),
        ("step: 5 µL", "step: 5 mL", 4, "bad-step", "within the range"),
        ("step: 5 µL", "step: 0.001 µL", 4, "step-too-fine", "levels"),
        ("range: [0.5, 10]", "range: [0, 10]", 6, "log-of-zero", "begin above zero"),
        ("[1, 8]", "[8, 8]", 8, "range-order", "nothing to vary"),
        ("[BDT, GSH]", "[BDT, BDT]", 9, "duplicate-choice", "stands twice"),
        ("kind: choice", "kind: choise", 9, "unknown-word", "did you mean 'choice'"),
        (
            "ligand_volume: 1",
            "ligand_volum: 1",
            11,
            "unknown-parameter",
            "did you mean 'ligand_volume'",
        ),
        ("at_most: 700 µL", "at_most: 700 s", 11, "wrong-dimension", "700 s is a duration"),
        (", at_most: 700 µL", "", 11, "missing-field", "write at_most"),
        ("metal_volume: 1}", "hydride: 1}", 11, "bad-unit", "one quantity in common"),
        ("{hydride: 1, portions: 1}", "{ligand: 1}", 12, "wrong-kind", "is a choice"),
        (
            "hydride: 1, portions",
            "temperature: -1, portions",
            12,
            "bad-value",
            "begin its range above",
        ),
        ("ligand: GSH", "ligand: GHS", 13, "unknown-word", "did you mean 'GSH'"),
        ("above: 40 °C", "above: 40 rpm", 13, "wrong-dimension", "40 rpm is a speed"),
        (
            "temperature: {above: 40 °C}",
            "temperature: 40 °C",
            13,
            "wrong-kind",
            "part of its scale",
        ),
        ("temperature: {above: 40 °C}", "temperature: {}", 13, "missing-field", "above: 40"),
        ("aim: maximise", "aim: maximize", 15, "unknown-word", "did you mean 'maximise'"),
        ("[0, 100]", "[100, 0]", 15, "range-order", "lower figure first"),
        ("target: 680, ", "", 16, "target-missing", "write target"),
        ("  yield:", "  ligand:", 15, "duplicate-name", "both varied and measured"),
        ("  yield:", "  well:", 15, "reserved-name", "column of its own"),
        ("trade: pareto", "trade: parato", 17, "unknown-word", "did you mean 'pareto'"),
        (
            "portions: {kind",
            "portions: {scop: plate, kind",
            8,
            "unknown-field",
            "did you mean 'scope'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(old, new, line, code, word):
    assert SOUND.count(old) == 1
    with pytest.raises(SearchSpaceError) as caught:
        read_search_space(SOUND.replace(old, new), "silver.yaml")
    findings = caught.value.diagnostics
    assert [(item.line, item.code) for item in findings] == [(line, code)]
    assert word in str(findings[0])
    assert findings[0].file == "silver.yaml"


def test_all_mistakes_are_told_at_once():
    text = SOUND.replace("ligand_volume: 1", "ligandvolume: 1").replace("GSH, temp", "GHS, temp")
    with pytest.raises(SearchSpaceError) as caught:
        read_search_space(text)
    assert [item.line for item in caught.value.diagnostics] == [11, 13]


def test_a_missing_file_is_a_plain_refusal(tmp_path):
    with pytest.raises(SearchSpaceError, match="no such file"):
        load_search_space(tmp_path / "none.yaml")


@given(text=st.text(max_size=200))
def test_no_text_makes_another_error_than_a_refusal(text):
    try:
        read_search_space(text)
    except UserError:
        return


def test_a_space_is_held_against_the_protocol():
    space = read_search_space(SOUND)
    given_ones = {
        "ligand_volume": Parameter(quantity="volume", range=("50 µL", "500 µL"), default="60 µL"),
        "metal_volume": Parameter(quantity="volume", range=("0 µL", "900 µL"), default="60 µL"),
        "hydrid": Parameter(quantity="ratio", range=(0.1, 20), default=1),
        "temperature": Parameter(quantity="temperature", range=("0 °C", "80 °C"), default="20 °C"),
        "portions": Parameter(quantity="ratio", range=(1, 8), default=1),
    }
    found = {(item.quantity, item.code) for item in mismatches(space, given_ones)}
    assert found == {
        ("ligand_volume", "out-of-range"),
        ("hydride", "unknown-parameter"),
        ("portions", "wrong-quantity"),
    }


@pytest.mark.parametrize(
    ("objective", "figure", "merit"),
    [
        (Objective(aim=Aim.MAXIMISE), 3.0, 3.0),
        (Objective(aim=Aim.MINIMISE), 3.0, -3.0),
        (Objective(aim=Aim.TARGET, target=680), 690.0, -10.0),
        (Objective(aim=Aim.TARGET, target=680), 670.0, -10.0),
    ],
)
def test_merit_is_what_is_to_be_maximised(objective, figure, merit):
    assert objective.merit(figure) == merit


def test_a_search_may_hold_equal_what_the_protocol_lets_differ_but_not_the_other_way():
    def found(asked: str, given: str) -> list[str]:
        item = {"kind": "continuous", "quantity": "ratio", "range": [1, 2], "scope": asked}
        space = SearchSpace.model_validate(
            {
                "ncrobot": "search/1",
                "name": "s",
                "parameters": {"x": item},
                "objectives": {"y": {"aim": "maximise"}},
            }
        )
        ratio = Parameter(quantity="ratio", range=(1, 2), default=1, scope=given)
        return [finding.code for finding in mismatches(space, {"x": ratio})]

    assert found("plate", "well") == found("block", "well") == found("well", "well") == []
    assert (
        found("well", "plate")
        == found("well", "block")
        == found("block", "plate")
        == ["wrong-scope"]
    )
