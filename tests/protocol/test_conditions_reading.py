"""Tables fill in names, wells, defaults and replicates, alike from CSV and from YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import ConditionsError
from ncrobot.protocol import (
    default_conditions,
    load_conditions,
    load_protocol,
    read_conditions,
    read_protocol,
)
from protocol.protocol_texts import SOUND

PROTOCOLS = Path(__file__).parents[2] / "protocols"
SOURCE = read_protocol(SOUND)
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]
DEFAULTS = {
    "ligand_per_metal": 3.0,
    "electrons": 4.0,
    "portions": 8.0,
    "wait": 1800.0,
    "speed": 600.0,
    "warmth": 25.0,
}


def read(text, form="csv"):
    return read_conditions(text, SOURCE, format=form, file=f"t.{form}").rows


@pytest.mark.parametrize("name", ["au25_pmba_portions", "ag25_dmbt"])
def test_example_tables_have_96_rows_with_replicates_and_blanks(name):
    source = load_protocol(PROTOCOLS / f"{name}.yaml")
    rows = load_conditions(PROTOCOLS / f"{name}.csv", source).rows
    assert {row.well for row in rows} == set(WELLS)
    assert sum(row.kind == "blank" for row in rows) >= 2
    by_name = {row.name: row for row in rows}
    replicates = [row for row in rows if row.replicate_of]
    assert len(replicates) >= 6
    for row in replicates:
        assert row.values == by_name[row.replicate_of].values
        assert row.kind == by_name[row.replicate_of].kind


def test_columns_of_the_portion_table_share_their_portions():
    source = load_protocol(PROTOCOLS / "au25_pmba_portions.yaml")
    rows = load_conditions(PROTOCOLS / "au25_pmba_portions.csv", source).rows
    portions = {}
    for row in rows:
        portions.setdefault(row.well[1:], set()).add(row.values["portions"])
    assert all(len(values) == 1 for values in portions.values())
    assert set.union(*portions.values()) == {float(n) for n in range(1, 9)}


def test_missing_columns_take_defaults():
    [row] = read("name\nfirst\n")
    assert (row.name, row.well, row.kind, row.line) == ("first", "A1", "synthesis", 2)
    assert row.values == DEFAULTS


def test_names_and_wells_are_given_in_row_order_column_by_column():
    rows = read("portions\n" + "2\n" * 96)
    assert [row.well for row in rows] == WELLS
    assert [row.name for row in rows][:2] == ["c01", "c02"]
    assert rows[-1].name == "c96"


def test_wells_that_are_taken_are_skipped():
    rows = read("name,well\na,\nb,A1\nc,\nd,C1\ne,\n")
    assert [row.well for row in rows] == ["B1", "A1", "D1", "C1", "E1"]


def test_units_of_the_header_and_of_the_cell():
    rows = read(
        'wait [min],ligand_per_metal [mol/mol],portions\n30,3,8\n1 h,"3.5 equiv",1\n0.5 h,,\n'
    )
    assert [row.values["wait"] for row in rows] == [1800.0, 3600.0, 1800.0]
    assert [row.values["ligand_per_metal"] for row in rows] == [3.0, 3.5, 3.0]
    assert [row.values["portions"] for row in rows] == [8.0, 1.0, 8.0]


def test_kelvin_in_the_header():
    [row] = read("warmth [K]\n303.15\n")
    assert row.values["warmth"] == 30.0


def test_bounds_belong_to_the_range():
    rows = read("wait [min]\n5\n120\n")
    assert [row.values["wait"] for row in rows] == [300.0, 7200.0]


def test_replicates_take_over_what_they_leave_empty():
    rows = read("name,kind,replicate_of,electrons\na,blank,,2\nb,,a,\nc,blank,a,2\n")
    assert [row.values["electrons"] for row in rows] == [2.0, 2.0, 2.0]
    assert [row.kind for row in rows] == ["blank"] * 3


def test_plate_wide_value_is_given_once():
    rows = read("name,speed [rpm]\na,\nb,800\nc,\n")
    assert [row.values["speed"] for row in rows] == [800.0] * 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_comments_quotes_and_blank_lines(delimiter):
    lines = [
        "# a comment, with a comma; and more",
        "",
        delimiter.join(["name", '"wait [min]"', "portions", ""]),
        delimiter.join(['"a"', ' "30" ', "2", ""]),
        "   # another",
        delimiter * 3,
        delimiter.join(["b", "1 h", "", ""]),
    ]
    rows = read("\r\n".join(lines))
    assert [(row.name, row.values["wait"], row.line) for row in rows] == [
        ("a", 1800.0, 4),
        ("b", 3600.0, 7),
    ]


def test_yaml_table_equals_the_csv_table():
    csv = read(
        "name,well,kind,replicate_of,wait [min],portions\na,B2,,,30,2\nb,,blank,,1 h,\nc,,,a,,\n"
    )
    yaml = read(
        "ncrobot: conditions/1\nunits: {wait: min}\nrows:\n"
        "  - {name: a, well: B2, wait: 30, portions: 2}\n"
        "  - {name: b, kind: blank, wait: 1 h}\n"
        "  - name: c\n    replicate_of: a\n    wait:\n",
        "yaml",
    )
    assert [row.model_copy(update={"line": None}) for row in yaml] == [
        row.model_copy(update={"line": None}) for row in csv
    ]
    assert [row.line for row in yaml] == [4, 5, 6]


def test_text_and_format_are_kept(tmp_path):
    path = tmp_path / "table.yml"
    path.write_text("ncrobot: conditions/1\nrows: [{name: a}]\n", encoding="utf-8")
    table = load_conditions(path, SOURCE)
    assert (table.file, table.format, table.text) == (str(path), "yaml", path.read_text("utf-8"))
    again = read_conditions(table.text, SOURCE, format=table.format, file=table.file)
    assert again == table


def test_default_table():
    table = default_conditions(SOURCE)
    assert len(table.rows) == 96
    assert all(row.values == DEFAULTS for row in table.rows)
    assert read_conditions(table.text, SOURCE, format="csv") == table
    with pytest.raises(ConditionsError):
        default_conditions(SOURCE, 97)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.floats(0.5, 8, allow_nan=False),
            st.integers(1, 8),
            st.integers(300, 7200),
            st.sampled_from(["", "blank", "synthesis"]),
        ),
        min_size=1,
        max_size=96,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.randoms(use_true_random=False),
)
def test_what_is_written_is_what_is_read(rows, delimiter, random):
    wells = random.sample(WELLS, len(rows))
    lines = [delimiter.join(["well", "kind", "ligand_per_metal [mol/mol]", "portions", "wait [s]"])]
    lines += [
        delimiter.join([well, kind, repr(ratio), str(portions), str(wait)])
        for well, (ratio, portions, wait, kind) in zip(wells, rows, strict=True)
    ]
    read_rows = read("\n".join(lines))
    assert [row.well for row in read_rows] == wells
    assert [
        (row.values["ligand_per_metal"], row.values["portions"], row.values["wait"])
        for row in read_rows
    ] == [(ratio, float(portions), float(wait)) for ratio, portions, wait, _ in rows]
    assert [row.kind for row in read_rows] == [kind or "synthesis" for *_, kind in rows]
