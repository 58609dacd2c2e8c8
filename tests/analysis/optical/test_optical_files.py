"""Exports are read however they stand; what is damaged or unclear is told, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.optical import files_kit as kit
from ncrobot.analysis.mass import ReadState
from ncrobot.analysis.optical import (
    Counts,
    ReaderTemplate,
    absorbance_from_counts,
    read_jcamp,
    read_spectra,
    spectra_csv,
)

ARRANGED = {"down": kit.down(), "across": kit.across(), "long": kit.long()}
DIALECTS = [("\t", "."), (";", "."), (",", "."), ("\t", ","), (";", ",")]


def assert_all_there(outcome):
    assert outcome.state is ReadState.OK, outcome.findings
    assert [each.well for each in outcome.spectra] == list(kit.WELLS)
    for each, values in zip(outcome.spectra, kit.VALUES, strict=True):
        assert each.spectrum.wavelength_nm.tolist() == kit.WAVES.tolist()
        assert each.spectrum.absorbance.tolist() == values.tolist()


@pytest.mark.parametrize("arranged", ARRANGED)
@pytest.mark.parametrize(("delimiter", "decimal"), DIALECTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_arrangement_dialect_and_encoding(arranged, delimiter, decimal, encoding):
    data = kit.text(ARRANGED[arranged], delimiter, decimal, encoding)
    assert_all_there(read_spectra(data, "scan.csv"))


@pytest.mark.parametrize("arranged", ARRANGED)
def test_workbooks(arranged):
    notes = [["Application", "a reader"], [], ["Mode", "Absorbance"]]
    data = kit.workbook(("Notes", notes), ("Result", [*notes, [], *ARRANGED[arranged]]))
    assert_all_there(read_spectra(data, "scan.xlsx"))


# The heads of four makers' exports, as far as their tables are known: a word for the wavelength,
# wells across, columns of temperature between them, or the wavelengths in a row of their own.
HEADS = {
    "column named Wavel.": kit.down(
        before=[["Mode", "Absorbance"], ["Wavelength start", "400", "nm"]]
    ),
    "temperature between": [
        ["##BLOCKS= 1"],
        ["Plate:", "Plate1", "1.3", "PlateFormat", "Spectrum", "Absorbance"],
        ["Wavelength(nm)", "Temperature(°C)", *kit.WELLS],
        *([nm, 25.1, *kit.VALUES[:, n]] for n, nm in enumerate(kit.WAVES)),
        [],
        ["~End"],
    ],
    "wavelengths in a row of their own": [
        ["User: USER", "Path: C:\\Data", "Test ID: 12"],
        ["Absorbance", "Absorbance values are displayed as OD"],
        [],
        ["Well", "Content", "Wavelength [nm]", *kit.WAVES],
        *(
            [f"{w[0]}{int(w[1:]):02d}", "Sample", "", *kit.VALUES[n]]
            for n, w in enumerate(kit.WELLS)
        ),
    ],
    "names of wells above": [
        ["Well", *kit.WELLS],
        ["Content", *("Sample X1" for _ in kit.WELLS)],
        ["Wavelength [nm]", *("Raw Data" for _ in kit.WELLS)],
        *([nm, *kit.VALUES[:, n]] for n, nm in enumerate(kit.WAVES)),
    ],
    "names with wells in brackets": kit.down(
        wells=[f"Sample {n} ({w})" for n, w in enumerate(kit.WELLS)]
    ),
}


@pytest.mark.parametrize("head", HEADS)
def test_heads_of_makers(head):
    assert_all_there(read_spectra(kit.text(HEADS[head], "\t"), "scan.txt"))


def test_over_range_figures():
    rows = kit.down()
    rows[3][1], rows[4][1], rows[5][2] = "OVRFLW", ">3.5", "OVER"
    outcome = read_spectra(kit.text(rows), "scan.csv")
    assert outcome.state is ReadState.OK
    first = outcome.spectra[0].spectrum
    assert first.saturated.tolist() == [False, False, True, True, False, False, False]
    assert first.absorbance[3] == 3.5
    assert np.isnan(first.absorbance[2])


def test_repeated_reads_are_blocks():
    outcome = read_spectra(kit.text([*kit.down(), [], *kit.down(values=kit.VALUES + 1)]))
    assert [each.block for each in outcome.spectra] == [1, 1, 1, 2, 2, 2]
    assert len(outcome.of_well("B1")) == 2


def test_what_isnt_absorbance_is_not_taken_for_it():
    data = kit.text(kit.down(before=[["Mode", "Fluorescence Emission Scan"]]))
    assert read_spectra(data).state is ReadState.UNCLEAR
    both = kit.text(kit.down(before=[["Mode", "Absorbance"], ["Lid", "emission filter"]]))
    assert read_spectra(both).state is ReadState.OK


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", ReadState.EMPTY),
        (b"\r\n\r\n", ReadState.EMPTY),
        (b"nothing of the kind\n", ReadState.NOT_THIS_FORMAT),
        (bytes(range(256)) * 4, ReadState.NOT_THIS_FORMAT),
        (b"PK\x03\x04 and no more", ReadState.TRUNCATED),
        (kit.text([["<>", *range(1, 13)], *([r, *range(12)] for r in "ABCDEFGH")]), ReadState.NOT_THIS_FORMAT),
    ],
)  # fmt: skip
def test_files_that_hold_no_spectra(data, state):
    outcome = read_spectra(data, "scan.csv")
    assert (outcome.state, outcome.spectra) == (state, ())
    assert outcome.findings[0].file == "scan.csv"


def test_two_figures_for_one_place_are_not_guessed():
    rows = kit.down()
    outcome = read_spectra(kit.text([*rows, rows[3]]))
    assert outcome.state is ReadState.UNCLEAR
    assert outcome.spectra == ()


def test_a_range_that_ends_early_is_told():
    data = kit.text(kit.down())
    assert read_spectra(data, expected_nm=(400.0, 460.0)).state is ReadState.OK
    cut = read_spectra(data, expected_nm=(400.0, 700.0))
    assert cut.state is ReadState.TRUNCATED
    assert len(cut.spectra) == 3


def test_templates_tell_what_a_file_does_not():
    rows = [["1", "2", "3", "4"], *kit.down()]
    data = kit.text(rows, "|", ",", "utf-16-le")
    assert read_spectra(data).state is not ReadState.OK
    told = ReaderTemplate(
        layout="wavelengths_down", skip_rows=1, delimiter="|", decimal=",", encoding="utf-16-le"
    )
    assert_all_there(read_spectra(data, template=told))
    wrong = told.model_copy(update={"encoding": "utf-32"})
    assert read_spectra(data, template=wrong).state is ReadState.WRONG_ENCODING
    sheet = ReaderTemplate(layout="wavelengths_down", sheet="Result")
    book = kit.workbook(("Other", kit.down(values=kit.VALUES + 5)), ("Result", kit.down()))
    assert_all_there(read_spectra(book, template=sheet))


def test_our_own_csv_is_read_back():
    rows = kit.down()
    rows[3][1], rows[4][1] = "OVRFLW", ">3.5"
    first = read_spectra(kit.text(rows)).spectra
    again = read_spectra(spectra_csv(first).encode())
    assert again.state is ReadState.OK
    for one, other in zip(first, again.spectra, strict=True):
        assert one.well == other.well
        np.testing.assert_array_equal(one.spectrum.absorbance, other.spectrum.absorbance)
        np.testing.assert_array_equal(one.spectrum.saturated, other.spectrum.saturated)


BOOK = kit.workbook(("Result", kit.down()))
TEXT = kit.text(kit.down())
DX = kit.jcamp(kit.WAVES, [100, 120, 90, 400, 380, 20, -5], "differences")


@settings(max_examples=150, deadline=None)
@given(which=st.sampled_from([TEXT, BOOK, DX]), at=st.floats(0.0, 1.0))
def test_truncated_files_never_pass_for_whole_ones_with_other_figures(which, at):
    cut = which[: int(at * len(which))]
    whole, outcome = read_spectra(which), read_spectra(cut)
    if outcome.is_whole:
        points = {(s.well, s.label): s.spectrum for s in whole.spectra}
        for each in outcome.spectra:
            full = points[each.well, each.label]
            n = each.spectrum.wavelength_nm.size
            assert each.spectrum.absorbance.tolist() == full.absorbance[:n].tolist()
    else:
        assert outcome.findings


@settings(max_examples=300, deadline=None)
@given(
    which=st.sampled_from([TEXT, BOOK, DX]),
    changes=st.lists(st.tuples(st.floats(0.0, 0.999), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_mutated_files_never_raise_and_always_have_a_state(which, changes):
    data = bytearray(which)
    for at, byte in changes:
        data[int(at * len(data))] = byte
    outcome = read_spectra(bytes(data), "mutated")
    assert outcome.is_whole or outcome.findings
    assert not outcome.is_whole or outcome.spectra


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_have_a_state(data):
    for outcome in (
        read_spectra(data),
        read_jcamp(data),
        read_spectra(b"##TITLE=x\n##JCAMP-DX=4\n" + data),
    ):
        assert outcome.is_whole == (not outcome.findings)


@settings(max_examples=60, deadline=None)
@given(
    ordinates=st.lists(st.integers(-99999, 99999), min_size=3, max_size=40),
    form=st.sampled_from(["plain", "squeezed", "differences"]),
    per_line=st.integers(2, 9),
)
def test_jcamp_in_all_forms(ordinates, form, per_line):
    waves = 300.0 + 2.0 * np.arange(len(ordinates))
    outcome = read_spectra(kit.jcamp(waves, ordinates, form, per_line=per_line))
    assert outcome.state is ReadState.OK, outcome.findings
    assert outcome.layout == "JCAMP-DX"
    found = outcome.spectra[0].spectrum
    np.testing.assert_allclose(found.wavelength_nm, waves, rtol=1e-12)
    np.testing.assert_allclose(found.absorbance, 0.001 * np.array(ordinates), atol=1e-9)


def test_jcamp_repeats_units_and_blocks():
    body = b"##TITLE=t\n##JCAMP-DX=4.24\n##XUNITS=NANOMETERS\n##YUNITS=ABSORBANCE\n##FIRSTX=1000\n##LASTX=1005\n##NPOINTS=6\n##XYDATA=(X++(Y..Y))\n1000A0JU\n##END=\n"
    outcome = read_jcamp(body)  # 10, then +1, that four times in all
    assert outcome.spectra[0].spectrum.absorbance.tolist() == [10.0, 11.0, 12.0, 13.0]
    assert outcome.state is ReadState.TRUNCATED  # six were told
    waves = np.array([20000.0, 19000.0, 18000.0])
    inverse = read_jcamp(kit.jcamp(waves, [1, 2, 3], xunits="1/CM"))
    np.testing.assert_allclose(inverse.spectra[0].spectrum.wavelength_nm, 1e7 / waves)
    light = read_jcamp(kit.jcamp(waves / 50.0, [10, 100, 0], units="TRANSMITTANCE"))
    found = light.spectra[0].spectrum
    np.testing.assert_allclose(found.absorbance[1:], [1.0, 2.0])
    assert found.saturated.tolist() == [True, False, False]
    assert read_jcamp(kit.jcamp(waves, [1, 2, 3], units="COUNTS")).state is ReadState.UNCLEAR
    linked = b"##TITLE=two\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n" + DX + DX + b"##END=\n"
    assert len(read_jcamp(linked).spectra) == 2


@pytest.mark.parametrize(
    ("old", "new", "state"),
    [
        (b"##END=", b"", ReadState.TRUNCATED),
        (b"##NPOINTS=7", b"##NPOINTS=9", ReadState.TRUNCATED),
        (b"##NPOINTS=7", b"##NPOINTS=6", ReadState.MALFORMED),
        (b"##FIRSTX=400.0", b"##FIRSTX=", ReadState.MALFORMED),
        (b"##XUNITS=NANOMETERS", b"##XUNITS=SECONDS", ReadState.UNCLEAR),
    ],
)
def test_damaged_jcamp(old, new, state):
    assert old in DX
    assert read_jcamp(DX.replace(old, new)).state is state


def test_jcamp_lines_that_do_not_go_on_are_found():
    lines = DX.decode().splitlines()
    row = next(n for n, line in enumerate(lines) if line.startswith("400")) + 1
    lines[row] = lines[row].replace(lines[row][3:], kit.lettered(999, kit.SQUEEZED) + "J")
    assert read_jcamp("\n".join(lines).encode()).state is not ReadState.OK


def test_absorbance_from_counts():
    waves = np.array([400.0, 500.0, 600.0, 700.0])
    counts = Counts(
        waves,
        sample=np.array([1100.0, 200.0, 101.0, 9000.0]),
        dark=np.full(4, 100.0),
        reference=np.array([10100.0, 10100.0, 10100.0, 65535.0]),
        least_counts=50.0,
        full_scale=65535.0,
    )
    found = absorbance_from_counts(counts, "flow cell")
    np.testing.assert_allclose(found.absorbance[:2], [1.0, 2.0])
    assert found.saturated.tolist() == [False, False, True, True]
    with pytest.raises(ValueError, match="shape"):
        absorbance_from_counts(Counts(waves, waves[:2], waves, waves, 1.0, 2.0))


def plate_grid(waves, rows=8, columns=12):
    """An export that shows the plate itself at each wavelength; the figure tells well and place."""
    lines = [["##BLOCKS= 1"], ["Plate:", "Plate1", "1.3", "PlateFormat", "Spectrum", "Absorbance"]]
    lines.append(["", "Temperature(°C)", *map(str, range(1, columns + 1))])
    for nm in waves:
        for row in range(rows):
            head = [f"{nm:g}", "25.1"] if row == 0 else ["", ""]
            lines.append(
                [*head, *(f"{row + column / 100 + nm / 1e5:.5f}" for column in range(columns))]
            )
        lines.append([])
    return [*lines, ["~End"]]


@pytest.mark.parametrize(("rows", "columns"), [(4, 6), (8, 12), (16, 24)])
def test_a_grid_of_the_plate_for_each_wavelength(rows, columns):
    waves = [400.0, 410.0, 420.0, 430.0]
    found = read_spectra(kit.text(plate_grid(waves, rows, columns), "\t", encoding="utf-16"))
    assert found.state is ReadState.OK, found.findings
    assert len(found.spectra) == rows * columns
    (last,) = found.of_well(f"{chr(64 + rows)}{columns}")
    expected = [rows - 1 + (columns - 1) / 100 + nm / 1e5 for nm in waves]
    np.testing.assert_allclose(last.spectrum.absorbance, expected, atol=1e-9)


def test_a_grid_that_lacks_a_row_or_its_format_is_not_guessed():
    rows = plate_grid([400.0, 410.0, 420.0, 430.0])
    lacking = read_spectra(kit.text(rows[:14] + rows[15:], "\t"))
    assert lacking.state is ReadState.MALFORMED
    unnamed = [[cell for cell in row if cell != "PlateFormat"] for row in rows]
    assert read_spectra(kit.text(unnamed, "\t")).state is ReadState.NOT_THIS_FORMAT


def test_columns_behind_the_wavelengths_are_left_alone():
    rows = [["Plate Position", *(f"A{nm:g} (10mm)" for nm in kit.WAVES), "A260/A280", "Plate type"]]
    rows += [
        [well, *values, 1.8, "a plate"] for well, values in zip(kit.WELLS, kit.VALUES, strict=True)
    ]
    assert_all_there(read_spectra(kit.text(rows)))


def test_jcamp_in_per_cent_or_in_words_for_units():
    good = kit.jcamp(kit.WAVES, [100 + n for n in range(kit.WAVES.size)], xunits="Wavelength (nm)")
    assert read_jcamp(good).state is ReadState.OK
    light = kit.jcamp(kit.WAVES, [90_000 + n for n in range(kit.WAVES.size)], units="TRANSMITTANCE")
    found = read_jcamp(light)
    assert found.state is ReadState.UNCLEAR
    assert "per cent" in found.findings[0].message
    share = kit.jcamp(kit.WAVES, [900 + n for n in range(kit.WAVES.size)], units="TRANSMITTANCE")
    assert read_jcamp(share).state is ReadState.OK


def counts_text(points=60, told=60, full_scale=65535, **changes):
    waves = np.linspace(300.0, 800.0, points)
    head = {"points": told, "full_scale": full_scale, "least_counts": 50, **changes}
    lines = [
        "# counts/1",
        *(f"# {name}: {value}" for name, value in head.items() if value is not None),
    ]
    lines.append("wavelength_nm,sample,dark,reference")
    lines += [
        f"{nm:.3f},{1000 + 39000 * 10 ** -(n / 100):.3f},1000,40000" for n, nm in enumerate(waves)
    ]
    return "\n".join(lines) + "\n"


def test_counts_become_absorbance():
    found = read_spectra(counts_text().encode(), "x.csv")
    assert found.state is ReadState.OK, found.findings
    np.testing.assert_allclose(found.spectra[0].spectrum.absorbance, np.arange(60) / 100, atol=1e-6)
    assert not found.spectra[0].spectrum.saturated.any()
    at_the_end = read_spectra(counts_text(full_scale=39_000).encode()).spectra[0].spectrum
    assert at_the_end.saturated.all()  # the lamp itself is beyond the scale


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (counts_text(told=61), ReadState.TRUNCATED),
        (counts_text(told=59), ReadState.MALFORMED),
        (counts_text()[:-5], ReadState.TRUNCATED),
        (counts_text(least_counts=None), ReadState.MALFORMED),
        (counts_text().replace(",1000,", ",dark,", 1), ReadState.MALFORMED),
        (counts_text(points=2, told=2), ReadState.EMPTY),
    ],
)
def test_counts_that_are_not_whole_are_told(data, state):
    found = read_spectra(data.encode(), "x.csv")
    assert found.state is state
    assert found.findings
