"""Protobuf's text form: what it says is what the JSON form says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.importing_kit import imported_record
from importers.test_records import RECORD, changed
from ncrobot.errors import ProtocolError
from ncrobot.importers.ord import read_reaction
from ncrobot.importers.ord.text_form import TextFormError, read_pairs

TEXT = """\
# a record as protobuf writes it
identifiers { type: NAME value: "Gold " 'clusters' }
inputs {
  key: "solvent"
  value {
    components { identifiers: < type: NAME, value: "water" >; amount { volume { value: 8 units: MILLILITER } }
                 reaction_role: SOLVENT }
    addition_order: 1
  }
}
inputs {
  key: "gold"
  value {
    components: [
      { identifiers { type: NAME value: "water" } amount { volume { value: 1.0 units: MILLILITER } } reaction_role: SOLVENT },
      { identifiers { type: NAME value: "tetrachloroauric(III) acid trihydrate" }
        amount { moles { value: 1e1 units: MICROMOLE precision: 0.5f } } reaction_role: REACTANT }
    ]
    addition_order: 2
  }
}
inputs {
  key: "hydride"
  value {
    components { identifiers { type: NAME value: "sodium borohydride" } amount { mass { value: 3.783 units: MILLIGRAM } }
                 reaction_role: REAGENT }
    components { identifiers { type: NAME value: "water" } amount { volume { value: 1 units: MILLILITER } }
                 reaction_role: SOLVENT }
    addition_order: 3
    addition_time { value: 10 units: MINUTE }
    addition_temperature { value: 277.15 units: KELVIN }
  }
}
conditions { stirring { method { type: STIR_BAR } rate { rpm: 500 } } conditions_are_dynamic: false }
outcomes { reaction_time { value: 2 units: HOUR } }
provenance { doi: "10.1000/none" }
reaction_id: "ord-0001"
"""


def test_a_record_in_text_says_what_the_same_record_in_json_says():
    reaction = read_reaction(TEXT.encode(), "record.pbtxt")
    like = read_reaction(json.dumps(RECORD).encode(), "record.json")
    same = {"conditions": None}
    assert reaction.model_copy(update=same) == like.model_copy(update=same)
    assert reaction.conditions.stirring.kind == "STIR_BAR"
    assert reaction.conditions.stirring.rate.rpm == 500
    assert reaction.conditions.conditions_are_dynamic is False


def test_it_becomes_a_protocol_that_plans(tmp_path):
    made, protocol = imported_record(tmp_path, TEXT)
    assert made.name == "ord_0001"
    assert len(protocol.steps) > 3


def test_one_of_a_data_set_is_named():
    text = f"name: 'two'\nreactions {{ {TEXT} }}\nreactions {{ {TEXT.replace('0001', '0002')} }}"
    assert read_reaction(text.encode(), "set.pbtxt", "ord-0002").reaction_id == "ord-0002"
    assert read_reaction(text.encode(), "set.pbtxt", "1").reaction_id == "ord-0001"
    with pytest.raises(ProtocolError) as caught:
        read_reaction(text.encode(), "set.pbtxt")
    assert "--reaction" in caught.value.diagnostics[0].fix


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "a: 1 b: -2.5 c: .5 d: 3f e: inf f: -inf",
            [1, -2.5, 0.5, 3.0, float("inf"), float("-inf")],
        ),
        ("a: true b: false c: KELVIN d: [1, 2] e: []", [True, False, "KELVIN", (1, 2), ()]),
        ("a: 'it\\'s' b: \"\\303\\251\\x41\\n\" c: 'a' 'b'", ["it's", "éA\n", "ab"]),
        ("a { b: 1 } c < d {} > # end", [[("b", 1)], [("d", [])]]),
    ],
)
def test_values_of_all_kinds(text, found):
    assert [value for _, value in read_pairs(text)] == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a {\n b: 1", "line 2"),
        ("a: }", "where a value should be (line 1)"),
        ("a: 1\n{", "the name of a field should be (line 2)"),
        ("a: 'open", "begins nothing"),
        ("a: @", "begins nothing"),
        ("a {" * 100 + "}" * 100, "too deep"),
        ("a: [1", "the end"),
    ],
)
def test_other_texts_are_refused_with_their_line(text, told):
    with pytest.raises(TextFormError, match=told.replace("(", r"\(").replace(")", r"\)")):
        read_pairs(text)


def test_a_binary_record_is_refused_with_what_to_do():
    with pytest.raises(ProtocolError) as caught:
        read_reaction(b"\x0a\xff\x00\x91", "record.pb")
    assert "message_helpers" in caught.value.diagnostics[0].fix


def written(value: Any) -> str:
    """A JSON object in text form."""
    parts = []
    for name, each in value.items():
        for one in each if isinstance(each, list) else [each]:
            shown = f"{{ {written(one)} }}" if isinstance(one, dict) else f": {json.dumps(one)}"
            parts.append(f"{name} {shown}")
    return " ".join(parts)


NAMES = st.sampled_from(["inputs", "workups", "conditions", "value", "key", "units", "amount"])
VALUES = (
    st.booleans()
    | st.integers(-9, 9)
    | st.text(st.characters(codec="ascii", exclude_categories=["C"]))
)
OBJECTS = st.recursive(
    st.dictionaries(NAMES, VALUES, max_size=3),
    lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, max_size=2) | VALUES, max_size=4),
    max_leaves=10,
)


@given(OBJECTS)
def test_any_message_is_read_or_refused(value):
    try:
        read_reaction((written(value) or "x: 1").encode(), "x.pbtxt")
    except ProtocolError as error:
        assert error.diagnostics[0].file == "x.pbtxt"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        read_reaction(text.encode(), "x.pbtxt")
    except ProtocolError as error:
        assert error.diagnostics[0].code == "bad-record"


def test_a_changed_record_differs():
    other = changed(reactionId="ord-0003")
    assert read_reaction(json.dumps(other).encode(), "x.json") != read_reaction(
        TEXT.encode(), "x.pbtxt"
    )
