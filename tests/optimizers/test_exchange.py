"""Files of suggestions and results: they read back as they were, and damage stays in its row."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import ConditionsError
from ncrobot.optimizers import Failure, FailureKind, OptimizerState
from ncrobot.optimizers.checking import check
from ncrobot.optimizers.exchange import (
    Ask,
    load_suggestions,
    read_results,
    read_suggestions,
    refusals_csv,
    results_csv,
    suggestions_csv,
)
from ncrobot.optimizers.interface import Reason
from ncrobot.optimizers.registry import load_kind
from optimizers.optimizer_kit import answer, spaces, state, synthesis

HEADER = "id,v_metal [µL],v_ligand [µL],hydride,temperature [°C],portions,ligand\n"


@settings(max_examples=25)
@given(space=spaces(shared=False), seed=st.integers(0, 9))
def test_suggestions_read_back_as_the_same_conditions(space, seed):
    suggestions = load_kind("random")(state(space, seed=seed)).suggest(8)
    received = read_suggestions(suggestions_csv(suggestions, space), "csv")
    assert received.refused == ()
    checked = check(received.rows, space)
    assert [(i.id, i.values) for i in checked.accepted] == [(i.id, i.values) for i in suggestions]


@settings(max_examples=25)
@given(space=spaces(shared=False), seed=st.integers(0, 9))
def test_results_read_back_as_they_were(space, seed):
    optimizer = load_kind("random")(state(space, seed=seed))
    suggestions = optimizer.suggest(9)
    results = answer(suggestions[:4], *space.objectives, seed=seed)
    results = [
        item.model_copy(update={"sem": {next(iter(item.measured)): 0.25}} if k % 2 else {})
        for k, item in enumerate(results)
    ]
    failed = [
        Failure(id=item.id, values=item.values, kind=kind, why="it did, badly")
        for item, kind in zip(suggestions[4:7], FailureKind, strict=False)
    ]
    pending = [item.model_copy(update={"by": ""}) for item in suggestions[7:]]
    told = read_results(results_csv(space, results, pending, failed), space)
    assert list(told.results) == results
    assert list(told.pending) == pending
    assert list(told.failed) == failed


def test_a_damaged_row_is_refused_and_the_others_go_on(tmp_path):
    text = HEADER + (
        "a,100,200,3,25,2,BDT\n"
        "b,100,200,3,25,2\n"
        'c,"100,200,3,25,2,BDT\n'
        "d,105,200,3,25,2,BTD\n"
        "e,110,200,3,25,2,BDT\n"
    )
    path = tmp_path / "s.csv"
    path.write_text(text, encoding="utf-8")
    received = load_suggestions(path)
    assert [row.id for row in received.rows] == ["a", "d", "e"]
    assert [(item.line, item.reason) for item in received.refused] == [
        (3, Reason.UNREADABLE),
        (4, Reason.UNREADABLE),
    ]
    checked = check(received.rows, synthesis())
    assert [item.id for item in checked.accepted] == ["a", "e"]
    table = refusals_csv([*received.refused, *checked.refused]).splitlines()
    assert len(table) == 4
    assert table[3].startswith("d,infeasible,unknown-word")
    assert "did you mean 'BDT'?" in table[3]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_json_and_yaml_hold_units_beside_or_within_the_values(form):
    document = {
        "ncrobot": "suggestions/1",
        "round": 3,
        "units": {"v_metal": "mL", "temperature": "K"},
        "suggestions": [
            {
                "id": "a",
                "values": {
                    "v_metal": 0.1, "v_ligand": "200 µL", "hydride": 3, "temperature": 298.15,
                    "portions": 2, "ligand": "BDT",
                },
            },
            {"id": "b"},
            17,
        ],
    }  # fmt: skip
    text = json.dumps(document, indent=1)
    received = read_suggestions(text, form, file="s.json")
    assert received.rows[0].round == 3
    values = check(received.rows, synthesis()).accepted[0].values
    assert (values["v_metal"], values["v_ligand"], values["temperature"]) == (100, 200, 25)
    assert [item.id for item in received.refused] == ["b", "row-3"]
    lines = text.splitlines()
    assert [lines[item.line - 1].strip() for item in received.refused] == ["{", "17"]


def test_json_may_hold_nan_and_it_is_refused_as_such():
    values = {"v_metal": float("nan"), "v_ligand": "200 µL", "hydride": 3, "temperature": "25 °C"}
    document = {
        "ncrobot": "suggestions/1",
        "suggestions": [{"id": "a", "values": {**values, "portions": 2, "ligand": "BDT"}}],
    }
    received = read_suggestions(json.dumps(document), "json")
    (refusal,) = check(received.rows, synthesis()).refused
    assert refusal.reason is Reason.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("text", "form", "word"),
    [
        ("", "csv", "empty"),
        ("id,id\n1,2\n", "csv", "given twice"),
        ("{", "json", "s.x:1"),
        ("[]", "json", "suggestions/1"),
        ('{"ncrobot": "suggestions/2", "suggestions": []}', "json", "suggestions/1"),
        ('{"ncrobot": "suggestions/1"}', "json", "a list is needed"),
        ('{"ncrobot": "suggestions/1", "suggestions": [], "rond": 3}', "json", "no field"),
        ('{"ncrobot": "suggestions/1", "suggestions": [], "round": 1.5}', "json", "whole number"),
        ('{"ncrobot": "suggestions/1", "suggestions": [], "units": {"a": 3}}', "json", "words"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(text, form, word):
    with pytest.raises(ConditionsError, match=word):
        read_suggestions(text, form, file="s.x")


def test_an_unknown_ending_is_told(tmp_path):
    with pytest.raises(ConditionsError, match="tells no format"):
        load_suggestions(tmp_path / "s.xlsx")


RESULT = "id,suggestion,status,v_metal [µL],v_ligand [µL],hydride,temperature [°C],portions,ligand,yield [%]\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (
            RESULT.replace("yield", "yeild") + "1,a,done,100,200,3,25,2,BDT,7\n",
            "did you mean 'yield'",
        ),
        (
            RESULT.replace("[%]", "[nm]") + "1,a,done,100,200,3,25,2,BDT,7\n",
            "unit of its objective",
        ),
        (RESULT.replace("id,", "well,", 1) + "1,a,done,100,200,3,25,2,BDT,7\n", '"id" is missing'),
        (RESULT + "1,a,doen,100,200,3,25,2,BDT,7\n", "did you mean 'done'"),
        (RESULT + "1,a,done,100,200,3,25,2,BDT,nan\n", "finite number"),
        (RESULT + "1,a,done,100,200,3,25,2,BDT,seven\n", "finite number"),
        (RESULT + ",a,done,100,200,3,25,2,BDT,7\n", "no id"),
        (RESULT + "1,a,done,100,,3,25,2,BDT,7\n", "v_ligand has no value"),
        (RESULT + "1,a,done,100,200,3,25,2,BTD,7\n", "did you mean 'BDT'"),
    ],
)
def test_a_wrong_table_of_results_is_refused_with_its_place(text, word):
    with pytest.raises(ConditionsError, match=word):
        read_results(text, synthesis(), file="r.csv")


def test_doses_as_executed_may_lie_outside_of_what_may_be_asked():
    told = read_results(
        RESULT + "1,a,done,303.2,200,3,25,2,BDT,7\n2,b,done,100,200,3,25,2,BDT,\n", synthesis()
    )
    assert told.results[0].values["v_metal"] == 303.2
    assert told.results[1].measured == {}


def test_a_question_goes_as_json_and_comes_back_whole():
    optimizer = load_kind("sobol")(state(synthesis()))
    optimizer.observe(answer(optimizer.suggest(5), "yield"))
    question = Ask(round=2, n=96, known=optimizer.state)
    assert Ask.model_validate_json(question.model_dump_json()) == question
    assert isinstance(question.known, OptimizerState)


@settings(max_examples=80)
@given(text=st.text(max_size=150), form=st.sampled_from(["csv", "json", "yaml"]))
def test_no_text_makes_another_error_than_a_refusal(text, form):
    try:
        received = read_suggestions(text, form)
    except ConditionsError:
        return
    check(received.rows, synthesis())


@pytest.mark.parametrize(
    ("text", "form"),
    [("id,v_metal [µL]\n", "csv"), ('{"ncrobot": "suggestions/1", "suggestions": []}', "json")],
)
def test_a_file_without_suggestions_says_so(text, form, tmp_path):
    file = tmp_path / f"mine.{form}"
    file.write_text(text)
    with pytest.raises(ConditionsError, match="no suggestions in it"):
        load_suggestions(file)
