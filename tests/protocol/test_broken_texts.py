"""Whatever is done to a file, reading it ends in a document or in findings, never in a traceback."""

from __future__ import annotations

import json
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import ConditionsError, ProtocolError, Severity, UserError
from ncrobot.protocol import (
    Conditions,
    load_conditions,
    load_protocol,
    read_conditions,
    read_protocol,
)
from protocol.protocol_texts import SOUND

SOURCE = read_protocol(SOUND)
LINES = SOUND.splitlines(keepends=True)
TABLE = "name,well,kind,replicate_of,wait [min],portions\na,A1,,,30,8\nb,B1,blank,,60,1\nc,,,a,,\n"
YAML_TABLE = "ncrobot: conditions/1\nunits: {wait: min}\nrows:\n  - {name: a, well: A1, wait: 30}\n"
# Words and signs that mean something to YAML, to the models, or to the checks.
WORDS = st.sampled_from([
    "null", "~", "true", "-1", "0", "1e999", ".nan", "0x1F", "[", "]", "{", "}", ":", "- ", "? ", "&a ",
    "*a", "!!int ", "|", ">", "'", '"', "\t", "\n", "  ", "#", "<<: ", "$wait", "$", "value: ", "do: ",
    "after: ", "gold", "steps", "30 min", "2 mL", "8 x 30 min", "µ", "\u2028", "\x00", "\ud800", "%", ",",
    "---\n", "...\n", "9" * 30, "é", "add", "reduce", "neat: true", "9" * 5000, "(" * 99,
])  # fmt: skip
NOISE = st.text(st.characters(exclude_categories=()), max_size=8)
EDIT = st.tuples(st.integers(0, len(SOUND)), st.integers(0, 12), WORDS | NOISE)


def edited(text, edits):
    for where, length, new in edits:
        start = where % (len(text) + 1)
        text = text[:start] + new + text[start + length :]
    return text


def outcome(read, *arguments, **options):
    """Return what is read, or the error of the user's that it ends in."""
    try:
        return read(*arguments, **options)
    except UserError as error:
        return error


def check_protocol(text):
    source = outcome(read_protocol, text, file="p.yaml")
    if not isinstance(source, UserError):
        assert all(item.severity is Severity.WARNING for item in source.warnings)
        return
    assert isinstance(source, ProtocolError)
    assert source.diagnostics
    for item in source.diagnostics:
        assert item.severity is Severity.ERROR
        assert item.file == "p.yaml"
        assert item.message.strip()
        assert item.code == "file-too-large" or (item.line or 0) >= 1
    assert len(set(source.diagnostics)) == len(source.diagnostics)


@settings(max_examples=150, deadline=None)
@given(st.lists(EDIT, min_size=1, max_size=3))
def test_edits_of_a_protocol(edits):
    check_protocol(edited(SOUND, edits))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_lines_lost_doubled_and_moved(numbers, random):
    lines = list(LINES)
    for number in numbers:
        line = lines.pop(number % len(lines))
        for _ in range(random.choice([0, 1, 2])):
            lines.insert(random.randrange(len(lines) + 1), line)
    check_protocol("".join(lines))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(string.printable, max_size=6)
    | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_value_in_any_place(data):
    """Replace one value of the document by any other, written as JSON, which YAML reads as well."""
    tree = json.loads(SOURCE.protocol.model_dump_json(by_alias=True, exclude_unset=True))
    place = tree
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    check_protocol(json.dumps(tree, indent=1))


def check_table(text, form):
    table = outcome(read_conditions, text, SOURCE, format=form, file="t")
    if isinstance(table, UserError):
        assert isinstance(table, ConditionsError)
        assert table.diagnostics
        assert all(item.file == "t" and item.message for item in table.diagnostics)
        return
    wells = [row.well for row in table.rows]
    assert 1 <= len(wells) <= 96
    assert len(set(wells)) == len(wells)
    for row in table.rows:
        assert row.values.keys() == SOURCE.protocol.parameters.keys()
        for name, value in row.values.items():
            parameter = SOURCE.protocol.parameters[name]
            assert parameter.low <= value <= parameter.high


@settings(max_examples=200, deadline=None)
@given(st.lists(EDIT, min_size=1, max_size=4), st.sampled_from(["csv", "yaml"]))
def test_edits_of_a_table(edits, form):
    check_table(edited(TABLE if form == "csv" else YAML_TABLE, edits), form)


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=200), st.sampled_from(["csv", "yaml"])
)
def test_noise_as_a_table(text, form):
    check_table(text, form)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_noise_as_a_file(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("noise")
    for name in ("noise.csv", "noise.yaml"):
        (folder / name).write_bytes(content)
        table = outcome(load_conditions, folder / name, SOURCE)
        assert isinstance(table, Conditions | ConditionsError)
    protocol = outcome(load_protocol, folder / "noise.yaml")
    assert isinstance(protocol, ProtocolError)
