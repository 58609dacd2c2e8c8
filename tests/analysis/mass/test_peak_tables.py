"""Text tables are read in any usual dialect; what is unclear or damaged is told, not guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.analysis.mass.peak_tables import read_peak_table
from ncrobot.analysis.mass.reading import ReadState
from ncrobot.analysis.mass.spectrum import SpectrumMode

ROWS = [(1602.98, 830.0), (1603.31, 1000.5), (1603.65, 970.25), (1603.98, 0.0)]
DIALECTS = [("\t", "."), (";", "."), (",", "."), ("\t", ","), (";", ","), ("  ", "."), (" ", ",")]


def table(
    rows=ROWS, delimiter="\t", decimal=".", header=("m/z", "Intensity"), newline="\n", before=""
):
    lines = [delimiter.join(header)] if header else []
    lines += [delimiter.join(repr(float(x)).replace(".", decimal) for x in row) for row in rows]
    return before + newline.join(lines) + newline


@pytest.mark.parametrize(("delimiter", "decimal"), DIALECTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_dialect_and_encoding(delimiter, decimal, newline, encoding):
    before = f"Sample: 24 µM{newline}Instrument: ESI{newline}{newline}"
    data = table(delimiter=delimiter, decimal=decimal, newline=newline, before=before).encode(
        encoding
    )
    outcome = read_peak_table(data, "a.txt", polarity=-1, mode=SpectrumMode.CENTROID)
    assert outcome.state is ReadState.OK, outcome.findings
    (spectrum,) = outcome.spectra
    assert spectrum.mz.tolist() == [row[0] for row in ROWS]
    assert spectrum.intensity.tolist() == [row[1] for row in ROWS]
    assert (spectrum.mode, spectrum.polarity) == (SpectrumMode.CENTROID, -1)


@pytest.mark.parametrize(
    ("header", "order"),
    [
        (("#", "m/z", "z", "Rel. Abundance"), (1, 3)),
        (("Intensity (counts)", "Mass/Charge"), (1, 0)),
        (("Peak", "Height", "m/z meas.", "Area"), (2, 1)),
        (("Center X", "Mass (charge)", "Int."), (1, 2)),
    ],
)
def test_columns_are_known_by_their_names(header, order):
    rows = np.arange(1.0, 1.0 + 5 * len(header)).reshape(5, len(header))
    outcome = read_peak_table(table(rows, header=header).encode())
    assert outcome.state is ReadState.OK, outcome.findings
    assert outcome.spectra[0].mz.tolist() == rows[:, order[0]].tolist()
    assert outcome.spectra[0].intensity.tolist() == rows[:, order[1]].tolist()


def test_two_columns_need_no_names_but_more_do():
    assert read_peak_table(table(header=None).encode()).state is ReadState.OK
    three = [(*row, 1.0) for row in ROWS]
    outcome = read_peak_table(table(three, header=None).encode(), "b.csv")
    assert outcome.state is ReadState.UNCLEAR
    assert outcome.spectra == ()
    assert "3 unnamed" in outcome.findings[0].found
    odd = read_peak_table(table(header=("alpha", "beta")).encode())
    assert odd.state is ReadState.UNCLEAR
    swapped = read_peak_table(table(header=("alpha", "beta")).encode(), columns=("Beta", "alpha"))
    assert swapped.state is ReadState.MALFORMED
    right = read_peak_table(table(header=("alpha", "beta")).encode(), columns=("alpha", "beta"))
    assert right.state is ReadState.OK


def test_a_comma_that_can_be_two_things_is_not_guessed():
    data = b"1603,31 1000,50\n1603,65 970,25\n"
    assert read_peak_table(data).spectra[0].mz.tolist() == [1603.31, 1603.65]
    tabs = b"1603,31\t1000,50\n1603,65\t970,25\n"
    assert read_peak_table(tabs).spectra[0].intensity.tolist() == [1000.5, 970.25]
    assert read_peak_table(b"1603,31\n1603,65\n").state is ReadState.UNCLEAR
    assert read_peak_table(b"m/z,int\n1603,31\n1604,65\n").state is ReadState.OK
    outcome = read_peak_table(b"1,2;3,4\n5,6;7,8\n")
    assert outcome.spectra[0].mz.tolist() == [1.2, 5.6]


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", ReadState.EMPTY),
        (b" \n\n", ReadState.EMPTY),
        (b"no numbers\nhere\n", ReadState.NOT_THIS_FORMAT),
        (b"1\n2\n3\n", ReadState.NOT_THIS_FORMAT),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x01", ReadState.NOT_THIS_FORMAT),
        (b"PK\x03\x04\x14\x00\x06\x00" + b"\x01" * 40, ReadState.NOT_THIS_FORMAT),
        (b"\xff\xfe1\x002", ReadState.WRONG_ENCODING),
        (table([*ROWS, (0.0, 5.0)]).encode(), ReadState.MALFORMED),
        (table([*ROWS, (-3.0, 5.0)]).encode(), ReadState.MALFORMED),
        (table().replace("970.25", "9.70.25").encode(), ReadState.MALFORMED),
        (table().replace("970.25", "970.25\t1").encode(), ReadState.MALFORMED),
        (table().replace("970.25", "OVER").encode(), ReadState.MALFORMED),
        (table().encode() + b"1604.3", ReadState.TRUNCATED),
        (table().encode() + b"end of list\n", ReadState.MALFORMED),
        (table().encode() + b"1604.3\t1e999\n", ReadState.MALFORMED),
    ],
)
def test_bad_files_have_a_state_and_keep_what_is_readable(data, state):
    outcome = read_peak_table(data, "c.txt")
    assert outcome.state is state, outcome.findings
    assert outcome.findings
    assert all(finding.file == "c.txt" for finding in outcome.findings)
    if data.startswith(b"m/z") and b"\n0.0\t" not in data and b"\n-3" not in data:
        assert outcome.spectra[0].mz.size >= 3


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_mutated_table_never_raises_and_loses_no_good_row(data):
    source = bytearray(table([(1600.0 + n, 10.0 * n + 0.5) for n in range(20)]).encode())
    at = data.draw(st.integers(0, len(source) - 1))
    if data.draw(st.booleans()):
        source[at] = data.draw(st.integers(0, 255))
    else:
        del source[at:]
    outcome = read_peak_table(bytes(source), "m.txt")
    assert outcome.state in ReadState
    if outcome.is_whole:
        assert outcome.findings == ()
        whole_rows = bytes(source).count(b"\n") - 1
        assert outcome.spectra[0].mz.size >= whole_rows - 1
    else:
        assert outcome.findings


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data):
    outcome = read_peak_table(data)
    assert outcome.is_whole == bool(outcome.spectra and not outcome.findings)


@given(
    st.lists(st.tuples(st.floats(1.0, 5e4), st.floats(0.0, 1e12)), min_size=2, max_size=30),
    st.sampled_from(DIALECTS),
)
def test_numbers_come_back_as_written(rows, dialect):
    delimiter, decimal = dialect
    outcome = read_peak_table(table(rows, delimiter, decimal).encode())
    assert outcome.state is ReadState.OK, outcome.findings
    found = sorted(
        zip(outcome.spectra[0].mz.tolist(), outcome.spectra[0].intensity.tolist(), strict=True)
    )
    assert found == sorted(rows)
