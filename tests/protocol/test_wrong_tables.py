"""Each kind of wrong table gives its own clear finding: line, column, row, value, limit, fix."""

from __future__ import annotations

import pytest

from ncrobot.errors import ConditionsError
from ncrobot.protocol import load_conditions, read_conditions, read_protocol
from protocol.protocol_texts import MARK, SOUND

SOURCE = read_protocol(SOUND)

# Name of the case, table (¦ marks where the finding must point), code, row, parts of what is told.
CSV = [
    ("empty", "¦", "empty-file", None, ["empty", "column names"]),
    ("comments only", "¦# nothing\n\n", "empty-file", None, ["empty"]),
    ("no rows", "¦name,well\n", "no-rows", None, ["no rows", "1 to 96"]),
    ("unknown column", "name,¦ligand_per_mettal\na,3\n", "unknown-column", None, ["ligand_per_mettal", "did you mean 'ligand_per_metal'?", "replicate_of"]),
    ("column of nothing known", "name,¦colour\na,red\n", "unknown-column", None, ["delete the column"]),
    ("capital letters", "¦Well\nA1\n", "unknown-column", None, ["did you mean 'well'?"]),
    ("column twice", "name,portions,¦portions\na,1,2\n", "duplicate-column", None, ['"portions"', "keep one"]),
    ("column without a name", "name,¦,portions\na,1,2\n", "bad-header", None, ["no name"]),
    ("unit in round brackets", "name,¦wait (min)\na,30\n", "bad-header", None, ["write wait [min]"]),
    ("bracket not closed", "name,¦wait [min\na,30\n", "bad-header", None, ["square brackets"]),
    ("unit missing", "name,¦wait\na,30\n", "unit-missing", None, ["wait", "a duration", "write wait [min]"]),
    ("unit of another dimension", "name,¦wait [mL]\na,30\n", "wrong-dimension", None, ["mL is a volume", "write wait [min]"]),
    ("unknown unit", "name,¦wait [mins]\na,30\n", "unit-unknown", None, ["mins"]),
    ("unit of a count", "name,¦portions [min]\na,3\n", "wrong-dimension", None, ["write portions"]),
    ("unit of a name", "¦name [mol]\na\n", "bad-header", None, ["words"]),
    ("not a number", "name,wait [min]\na,¦soon\n", "not-a-quantity", "a", ["soon", "wait"]),
    ("not a finite number", "name,wait [min]\na,¦nan\n", "not-a-quantity", "a", ["finite"]),
    ("spreadsheet error", "name,wait [min]\na,¦#REF!\n", "not-a-quantity", "a", ["#REF!"]),
    ("quantity of another dimension", "name,wait [min]\na,¦30 uL\n", "wrong-dimension", "a", ["30 uL is a volume"]),
    ("below the range", "name,wait [min]\na,¦4.9\n", "out-of-range", "a", ["below", "found 4.9 min", "allowed 5 min to 2 h"]),
    ("above the range", "name,wait [min]\nb,30\na,¦3 h\n", "out-of-range", "a", ["above", "found 3 h", "allowed 5 min to 2 h"]),
    ("negative", "name,ligand_per_metal\na,¦-1\n", "out-of-range", "a", ["negative"]),
    ("ratio out of range", "name,ligand_per_metal [mol/mol]\na,¦9\n", "out-of-range", "a", ["0.5 to 8 mol/mol", "9 mol/mol"]),
    ("count that is not whole", "name,portions\na,¦2.5\n", "not-a-quantity", "a", ["whole number"]),
    ("decimal comma", "name;ligand_per_metal\na;¦2,5\n", "decimal-comma", "a", ["write 2.5"]),
    ("decimal comma with comma delimiter", "name,ligand_per_metal\n¦a,2,5\n", "cell-count", "a", ["3 cells", "allowed 2", "with a point"]),
    ("too few cells", "name,well,portions\n¦a,A1\n", "cell-count", "a", ["2 cells", "a comma for each cell"]),
    ("quote not closed", 'name,portions\n¦"a,3\n', "open-quote", None, ["does not end in this line"]),
    ("text after a quote", 'name,portions\n¦"a"b,3\n', "open-quote", None, ["follows the closing quote"]),
    ("97 rows", "name\n" + "".join(f"r{n}\n" for n in range(96)) + "¦r96\n", "too-many-rows", "r96", ["97 rows", "at most 96"]),
    ("name twice", "name\na\nb\n¦A\n", "duplicate-name", "A", ["lines 2 and 4", "capital"]),
    ("default name is taken", "name,portions\nc02,1\n¦,2\n", "duplicate-name", "c02", ["lines 2 and 3"]),
    ("bad name", "name\n¦a/b\n", "bad-name", "a/b", ["write a_b"]),
    ("well twice", "name,well\na,B2\nb,¦B2\n", "duplicate-well", "b", ["rows a and b", "B2"]),
    ("well with a small letter", "name,well\na,¦b2\n", "bad-well", "a", ["A1 to H12", "write B2"]),
    ("well turned round", "name,well\na,¦2B\n", "bad-well", "a", ["write B2"]),
    ("well with a zero", "name,well\na,¦B02\n", "bad-well", "a", ["write B2"]),
    ("well off the plate", "name,well\na,¦I13\n", "bad-well", "a", ["A1 to H12"]),
    ("unknown kind", "name,kind\na,¦blanc\n", "unknown-kind", "a", ["did you mean 'blank'?", "synthesis, blank"]),
    ("replicate of nothing", "name,replicate_of\nab,\nb,¦abc\n", "unknown-replicate", "b", ["did you mean 'ab'?"]),
    ("replicate of itself", "name,replicate_of\na,¦a\n", "unknown-replicate", "a", ["itself"]),
    ("replicate of a replicate", "name,replicate_of\na,\nb,a\nc,¦b\n", "unknown-replicate", "c", ["write a"]),
    ("replicate that differs", "name,replicate_of,portions\na,,2\nb,a,¦3\n", "replicate-differs", "b", ["portions differs", "found 3", "allowed 2"]),
    ("replicate that says more", "name,replicate_of,portions\na,,\nb,a,¦3\n", "replicate-differs", "b", ["the default"]),
    ("replicate of another kind", "name,kind,replicate_of\na,,\nb,¦blank,a\n", "replicate-differs", "b", ["kind differs"]),
    ("two speeds on one shaker", "name,speed [rpm]\na,600\nb,600\nc,¦800\n", "one-value-a-plate", "c", ["whole plate", "row c", "800, and 600 in a"]),
    ("two temperatures of a block", "name,warmth [°C]\na,25\nb,¦40\nc,40\n", "one-value-a-plate", "b", ["block of wells", "rows b, c", "split the table"]),
]  # fmt: skip

YAML = [
    ("empty", "¦", "empty-file", None, ["conditions/1"]),
    ("a list", "¦- a\n", "not-a-mapping", None, ["conditions/1"]),
    ("syntax", "rows: [¦", "yaml-syntax", None, ["close"]),
    ("no version", "¦rows: [{name: a}]\n", "wrong-document", None, ["write ncrobot: conditions/1"]),
    ("a protocol", "¦ncrobot: protocol/1\n", "wrong-document", None, ["protocol/1 document, not a conditions table"]),
    ("unknown field", "ncrobot: conditions/1\n¦row: [{name: a}]\nrows: [{name: b}]\n", "unknown-field", None, ["ncrobot, units, rows"]),
    ("misspelt field", "ncrobot: conditions/1\n¦unit: {wait: min}\nrows: [{name: b}]\n", "unknown-field", None, ["did you mean 'units'?"]),
    ("no rows", "¦ncrobot: conditions/1\n", "no-rows", None, ["no rows"]),
    ("rows are no list", "ncrobot: conditions/1\nrows: ¦{name: a}\n", "wrong-kind", None, ["a list of rows"]),
    ("row is no fields", "ncrobot: conditions/1\nrows: [¦a]\n", "wrong-kind", None, ["fields"]),
    ("units are no fields", "ncrobot: conditions/1\nunits: ¦min\nrows: [{name: a}]\n", "wrong-kind", None, ["unit for each column"]),
    ("unit is a number", "ncrobot: conditions/1\nunits: {wait: ¦3}\nrows: [{name: a, wait: 6 min}]\n", "wrong-kind", None, ["a unit is needed"]),
    ("unit of nothing", "ncrobot: conditions/1\nunits: {¦wate: min}\nrows: [{name: a}]\n", "unknown-column", None, ["did you mean 'wait'?"]),
    ("wrong unit", "ncrobot: conditions/1\nunits: {¦wait: mL}\nrows: [{wait: 3}]\n", "wrong-dimension", None, ["volume"]),
    ("cell is a list", "ncrobot: conditions/1\nrows: [{name: a, wait: ¦[1]}]\n", "wrong-kind", None, ["a quantity or a text"]),
    ("cell is true", "ncrobot: conditions/1\nrows: [{name: a, portions: ¦true}]\n", "wrong-kind", None, ["not true"]),
    ("number without unit", "ncrobot: conditions/1\nrows:\n - {name: a, wait: ¦30}\n", "unit-missing", "a", ["no unit"]),
    ("out of range", "ncrobot: conditions/1\nrows:\n - {name: a, wait: ¦3 min}\n", "out-of-range", "a", ["5 min to 2 h"]),
    ("unknown column", "ncrobot: conditions/1\nrows:\n - {name: a, ¦portion: 3}\n - {name: b, portion: 3}\n", "unknown-column", None, ["did you mean 'portions'?"]),
    ("key twice", "ncrobot: conditions/1\nrows:\n - {name: a, ¦name: b}\n", "duplicate-key", None, ["given twice"]),
]  # fmt: skip


def check(table, form, code, row, told):
    before = table[: table.index(MARK)]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    with pytest.raises(ConditionsError) as caught:
        read_conditions(table.replace(MARK, ""), SOURCE, format=form, file="table")
    [found] = caught.value.diagnostics
    assert (found.code, found.file, found.row) == (code, "table", row), str(found)
    assert (found.line, found.column) == place, str(found)
    for words in told:
        assert words in str(found)


@pytest.mark.parametrize(
    ("table", "code", "row", "told"), [c[1:] for c in CSV], ids=[c[0] for c in CSV]
)
def test_finding_in_csv(table, code, row, told):
    check(table, "csv", code, row, told)


@pytest.mark.parametrize(
    ("table", "code", "row", "told"), [c[1:] for c in YAML], ids=[c[0] for c in YAML]
)
def test_finding_in_yaml(table, code, row, told):
    check(table, "yaml", code, row, told)


def test_all_findings_at_once_in_the_order_of_the_file():
    table = (
        "name,well,portions,wait,colour\n"
        "a,A1,9,,\n"
        "a,A1,x,,\n"
        "c,Z9,1,,\n"
    )  # fmt: skip
    with pytest.raises(ConditionsError) as caught:
        read_conditions(table, SOURCE, format="csv")
    assert [(item.code, item.line) for item in caught.value.diagnostics] == [
        ("unit-missing", 1),
        ("unknown-column", 1),
        ("out-of-range", 2),
        ("duplicate-name", 3),
        ("duplicate-well", 3),
        ("not-a-quantity", 3),
        ("bad-well", 4),
    ]


def test_row_and_well_of_a_finding():
    with pytest.raises(ConditionsError) as caught:
        read_conditions("name,well,portions\na,B2,9\n", SOURCE, format="csv")
    [found] = caught.value.diagnostics
    assert (found.row, found.well, found.quantity) == ("a", "B2", "portions")


def test_text_that_is_none():
    for text, code in (("name\n\ud800\n", "not-text"), ("x" * 600_000, "file-too-large")):
        with pytest.raises(ConditionsError) as caught:
            read_conditions(text, SOURCE, format="csv", file="t.csv")
        [found] = caught.value.diagnostics
        assert (found.code, found.file) == (code, "t.csv")


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "table.csv").write_text("name\n", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("name,warmth [°C]\n".encode("latin-1"))
    (tmp_path / "sixteen.csv").write_bytes("name\na\n".encode("utf-16"))
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    cases = {
        "tabel.csv": ("file-not-found", "table.csv"),
        "latin.csv": ("not-text", "UTF-8"),
        "sixteen.csv": ("not-text", "UTF-16"),
        "table.xlsx": ("unknown-format", "save the table as CSV"),
        "table": ("unknown-format", "no suffix"),
    }
    for name, (code, told) in cases.items():
        with pytest.raises(ConditionsError) as caught:
            load_conditions(tmp_path / name, SOURCE)
        [found] = caught.value.diagnostics
        assert found.code == code
        assert told in str(found)
