"""The published schemas are valid, up to date, and agree with the reader."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from ncrobot.protocol import (
    conditions_json_schema,
    load_protocol,
    protocol_json_schema,
    protocol_schema_text,
    read_protocol,
)
from protocol.protocol_texts import SOUND, broken
from protocol.test_wrong_protocols import CASES

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "schema" / "protocol.schema.json"
SUBJECT = Draft202012Validator(protocol_json_schema())

# What a schema can see: the form of single fields.
VISIBLE = {
    "unknown-field",
    "unknown-word",
    "unknown-step",
    "wrong-document",
    "bad-value",
    "unit-missing",
    "unit-unknown",
    "missing-field",
}
# Rules between fields, and names that only Python has, are beyond it.
HIDDEN = {
    "no solvent",
    "decay without pH",
    "remade without a life",
    "portions without an interval",
    "target without a tolerance",
}


def plain(text):
    return YAML(typ="safe", pure=True).load(text)


def test_schema_is_valid():
    Draft202012Validator.check_schema(protocol_json_schema())


def test_published_schema_is_up_to_date():
    assert PUBLISHED.exists(), "docs/schema/protocol.schema.json is missing: run `make schema`"
    assert PUBLISHED.read_text("utf-8") == protocol_schema_text(), (
        "docs/schema/protocol.schema.json is not what the models say: run `make schema`, "
        "and look at the difference before it is committed"
    )


@pytest.mark.parametrize(
    "path",
    sorted(path for path in (ROOT / "protocols").rglob("*.yaml") if path.stem != "catalogue"),
    ids=lambda path: path.name,
)
def test_example_protocols_have_the_published_form(path):
    validator = Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(plain(path.read_text("utf-8")))] == []


def test_sound_protocol_has_the_form():
    assert [error.message for error in SUBJECT.iter_errors(plain(SOUND))] == []
    in_one_text = SOUND.replace("portions: $portions\n    interval: 30 min", "portions: 8 x 30 min")
    assert SUBJECT.is_valid(plain(in_one_text))


@pytest.mark.parametrize(
    "edits",
    [case[1] for case in CASES if case[2] in VISIBLE and case[0] not in HIDDEN],
    ids=[case[0] for case in CASES if case[2] in VISIBLE and case[0] not in HIDDEN],
)
def test_schema_refuses_what_it_can_see(edits):
    text, _ = broken(*edits)
    assert not SUBJECT.is_valid(plain(text))


def test_schema_of_a_dumped_protocol():
    protocol = read_protocol(SOUND).protocol
    assert SUBJECT.is_valid(json.loads(protocol.model_dump_json(by_alias=True)))


@pytest.mark.parametrize("name", ["au25_pmba_portions", "ag25_dmbt"])
def test_schema_of_conditions(name):
    source = load_protocol(ROOT / "protocols" / f"{name}.yaml")
    schema = conditions_json_schema(source.protocol)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    text = (ROOT / "protocols" / f"{name}.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = [
        {key.split(" [")[0]: value for key, value in row.items() if value}
        for row in csv.DictReader(io.StringIO("\n".join(lines)))
    ]
    table = {"ncrobot": "conditions/1", "rows": rows}
    assert [error.message for error in validator.iter_errors(table)] == []
    rows[0]["kind"] = "blanc"
    assert not validator.is_valid(table)
