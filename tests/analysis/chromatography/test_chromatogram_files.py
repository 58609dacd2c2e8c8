"""Text exports of detectors are read; what they don't tell is asked for, not guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.analysis.chromatography.reading import read_chromatogram, read_diode_array
from ncrobot.analysis.mass.reading import ReadState

TIME = np.round(np.arange(0.0, 2.0, 0.05), 4)
SIGNAL = np.round(100.0 * np.exp(-0.5 * ((TIME - 1.0) / 0.1) ** 2), 4)
NM = np.arange(300.0, 600.0, 50.0)


def trace_text(header="Time (min)\tAbsorbance (mAU)", time=TIME, delimiter="\t"):
    rows = "\n".join(
        f"{t}{delimiter}{s}" for t, s in zip(time.tolist(), SIGNAL.tolist(), strict=True)
    )
    return f"Sample: A1\n{header}\n{rows}\n".encode()


def array_text(corner="Time (min)", unit="", *, falling=False):
    nm = NM[::-1] if falling else NM
    lines = ["\t".join([corner, *(f"{each:g}{unit}" for each in nm)])]
    for t, s in zip(TIME.tolist(), SIGNAL.tolist(), strict=True):
        lines.append(
            "\t".join([repr(t), *(repr(round(s * each / 300.0, 5)) for each in nm.tolist())])
        )
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize(
    ("header", "time"),
    [
        ("Time (min)\tAbsorbance (mAU)", TIME),
        ("RT [min]\tSignal [mAU]", TIME),
        ("Time (s)\tIntensity (mAU)", TIME * 60.0),
        ("Retention time / sec\tResponse (mAU)", TIME * 60.0),
    ],
)
def test_a_trace_in_minutes_or_seconds(header, time):
    outcome = read_chromatogram(trace_text(header, np.round(time, 6)), "a.txt")
    assert outcome.is_whole, outcome.findings
    assert outcome.chromatogram.time_min == pytest.approx(TIME)
    assert outcome.chromatogram.signal.tolist() == SIGNAL.tolist()
    assert outcome.chromatogram.unit == "mAU"


def test_a_time_without_a_unit_is_asked_for():
    outcome = read_chromatogram(trace_text("Time\tSignal"), "a.txt")
    assert outcome.state is ReadState.UNCLEAR
    assert outcome.chromatogram is None
    assert "minutes or seconds" in outcome.findings[0].message
    told = read_chromatogram(trace_text("Time\tSignal"), minutes_per_unit=1.0)
    assert told.is_whole
    named = read_chromatogram(trace_text("Time (s)\tSignal"), minutes_per_unit=1.0)
    assert named.chromatogram.time_min[-1] == pytest.approx(TIME[-1] / 60.0)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"", ReadState.EMPTY),
        (b"Time (min)\tSignal\n", ReadState.NOT_THIS_FORMAT),
        (trace_text().rpartition(b"\t")[0], ReadState.TRUNCATED),
        (trace_text("alpha\tbeta"), ReadState.UNCLEAR),
        (b"Time (min)\tSignal\n1\t2\n2\t3\n", ReadState.MALFORMED),
        (trace_text(time=TIME[::-1]), ReadState.MALFORMED),
        (trace_text().replace(b"1.0\t", b"1.0\tx\t"), ReadState.MALFORMED),
        (bytes(range(256)), ReadState.NOT_THIS_FORMAT),
    ],
)
def test_bad_files_have_a_state(data, state):
    outcome = read_chromatogram(data, "a.txt")
    assert outcome.state is state, outcome.findings
    assert outcome.findings


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("unit", ["", " nm"])
def test_a_matrix_of_times_and_wavelengths(falling, unit):
    outcome = read_diode_array(array_text(unit=unit, falling=falling), "pda.txt")
    assert outcome.is_whole, outcome.findings
    assert outcome.array.wavelength_nm.tolist() == NM.tolist()
    assert outcome.array.signal[:, 0] == pytest.approx(SIGNAL, abs=1e-4)
    assert outcome.array.time_min == pytest.approx(TIME)


def test_a_matrix_with_a_bare_first_row_of_wavelengths():
    for corner in ("", "0"):
        outcome = read_diode_array(array_text(corner=corner), minutes_per_unit=1.0)
        assert outcome.is_whole, outcome.findings
        assert outcome.array.wavelength_nm.tolist() == NM.tolist()
        assert outcome.array.signal.shape == (TIME.size, NM.size)


def test_a_matrix_that_doesn_t_tell_its_wavelengths_or_times():
    data = array_text().replace(
        b"Time (min)\t300\t350\t400\t450\t500\t550", b"Time (min)\ta\tb\tc\td\te\tf"
    )
    outcome = read_diode_array(data)
    assert outcome.state is ReadState.UNCLEAR
    assert "wavelengths" in outcome.findings[0].message
    assert read_diode_array(array_text(corner="x")).state is ReadState.UNCLEAR
    assert read_diode_array(b"").state is ReadState.EMPTY
    twice = array_text().replace(b"\n0.1\t", b"\n0.05\t")
    assert read_diode_array(twice).state is ReadState.MALFORMED


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_mutated_files_never_raise(data):
    source = bytearray(data.draw(st.sampled_from([trace_text(), array_text()])))
    at = data.draw(st.integers(0, len(source) - 1))
    if data.draw(st.booleans()):
        source[at] = data.draw(st.integers(0, 255))
    else:
        del source[at:]
    for read in (read_chromatogram, read_diode_array):
        outcome = read(bytes(source), "m.txt")
        assert outcome.is_whole == (not outcome.findings)
        assert outcome.chromatogram is None or outcome.array is None
