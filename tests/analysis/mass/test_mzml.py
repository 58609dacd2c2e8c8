"""mzML is read as other readers do; a bad file gets a state, and what is readable is kept."""

from __future__ import annotations

import gc
import gzip
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.mass import mzml_kit as kit
from ncrobot.analysis.mass.mzml import read_mzml
from ncrobot.analysis.mass.reading import ReadState, worst
from ncrobot.analysis.mass.spectrum import SpectrumMode
from ncrobot.errors import Diagnostic

MZ = np.linspace(1600.0, 1606.0, 40)
HEIGHTS = np.round(100.0 + 50.0 * np.sin(MZ), 3)


def three(**how):
    return [kit.spectrum(n, MZ + n, HEIGHTS, time_min=0.5 * n, **how) for n in range(3)]


GOOD = kit.document(three(), [kit.chromatogram("TIC", [0.0, 0.5, 1.0], [1.0, 5.0, 2.0])])
INDEXED = kit.document(three(), indexed=True)


@pytest.mark.parametrize("kind", ["<f8", "<f4", "<i4", "<i8"])
@pytest.mark.parametrize("zipped", [True, False])
def test_spectra_come_back_as_written(kind, zipped):
    heights = np.rint(HEIGHTS)
    spectra = [kit.spectrum(0, np.rint(MZ * 2), heights, kind=kind, zipped=zipped, time_min=7.25)]
    outcome = read_mzml(kit.document(spectra), "a.mzML")
    assert outcome.state is ReadState.OK
    assert outcome.is_whole
    (found,) = outcome.spectra
    assert found.intensity.tolist() == heights.tolist()
    assert found.retention_min == 7.25
    assert (found.mode, found.polarity, found.ms_level) == (SpectrumMode.PROFILE, -1, 1)
    assert found.name == "scan=1"


def test_everything_in_a_file_finds_its_place():
    nm = np.arange(300.0, 800.0, 50.0)
    spectra = [
        kit.spectrum(
            0, MZ, HEIGHTS, negative=False, profile=False, level=2, time_unit="second", time_min=3.0
        ),
        kit.wavelength_scan(1, nm, nm / 1000.0, time_min=4.0),
    ]
    traces = [
        kit.chromatogram("TIC", [0.0, 1.0], [3.0, 4.0]),
        kit.chromatogram("UV", [0.0, 1.0], [0.1, 0.2], accession="MS:1000812", unit="second"),
        kit.chromatogram("pump", [0.0, 1.0], [0.1, 0.2], accession="MS:1000810"),
    ]
    outcome = read_mzml(kit.document(spectra, traces))
    assert outcome.state is ReadState.OK, outcome.findings
    assert outcome.spectra[0].retention_min == pytest.approx(3.0)
    assert (outcome.spectra[0].mode, outcome.spectra[0].polarity) == (SpectrumMode.CENTROID, 1)
    assert outcome.spectra[0].ms_level == 2
    assert outcome.wavelength_scans[0].wavelength_nm.tolist() == nm.tolist()
    assert outcome.wavelength_scans[0].retention_min == 4.0
    assert [trace.kind for trace in outcome.traces] == ["total_ion", "absorption", "other"]
    assert outcome.traces[1].time_min == pytest.approx([0.0, 1.0])


def test_the_same_as_pymzml(tmp_path):
    path = tmp_path / "a.mzML"
    path.write_bytes(kit.document(three(), head=""))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pymzml

        with pymzml.run.Reader(str(path)) as reader:
            theirs = [(each.mz, each.i, each.scan_time_in_minutes()) for each in reader]
        # The library leaves the files open that it opens a second time.
        del reader
        gc.collect()
    ours = read_mzml(path.read_bytes()).spectra
    assert len(theirs) == len(ours) == 3
    for (mz, intensity, minutes), found in zip(theirs, ours, strict=True):
        assert np.array_equal(mz, found.mz)
        assert np.array_equal(intensity, found.intensity)
        assert minutes == pytest.approx(found.retention_min)


def test_parameters_of_groups_are_taken_over():
    group = '<referenceableParamGroupList count="1"><referenceableParamGroup id="g">'
    group += kit.param("MS:1000129") + kit.param("MS:1000128")
    group += "</referenceableParamGroup></referenceableParamGroupList>"
    arrays = [kit.array(MZ, "MS:1000514"), kit.array(HEIGHTS, "MS:1000515")]
    ref = '<referenceableParamGroupRef ref="g"/>'
    outcome = read_mzml(kit.document([kit.scan(0, arrays, length=40, params=ref)], head=group))
    assert (outcome.spectra[0].mode, outcome.spectra[0].polarity) == (SpectrumMode.PROFILE, -1)
    assert outcome.spectra[0].retention_min is None


@pytest.mark.parametrize("encoding", ["utf-8", "ISO-8859-1", "utf-16", "us-ascii"])
def test_any_encoding_that_is_named_rightly_is_read(encoding):
    assert read_mzml(kit.document(three(), encoding=encoding)).state is ReadState.OK


def test_a_wrongly_named_encoding_is_told_and_the_data_kept():
    bad = GOOD.replace(b'<run id="run">', b'<run id="24 \xb5M">')
    outcome = read_mzml(bad, "b.mzML")
    assert outcome.state is ReadState.WRONG_ENCODING
    assert len(outcome.spectra) == 3
    assert "byte" in outcome.findings[0].message
    unknown = GOOD.replace(b'encoding="utf-8"', b'encoding="klingon-8"')
    assert read_mzml(unknown).state is ReadState.WRONG_ENCODING
    assert len(read_mzml(unknown).spectra) == 3


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_of_one_or_more_members(members):
    cut = len(GOOD) // members + 1
    data = b"".join(gzip.compress(GOOD[i : i + cut]) for i in range(0, len(GOOD), cut))
    outcome = read_mzml(data)
    assert outcome.state is ReadState.OK
    assert len(outcome.spectra) == 3


def test_a_gzip_that_ends_too_early_or_is_damaged():
    big = kit.document([kit.spectrum(n, MZ, HEIGHTS + n, zipped=False) for n in range(300)])
    packed = gzip.compress(big)
    cut = read_mzml(packed[: len(packed) // 2])
    assert cut.state is ReadState.TRUNCATED
    assert 0 < len(cut.spectra) < 300
    damaged = bytearray(packed)
    damaged[len(packed) // 2 : len(packed) // 2 + 40] = b"\x00" * 40
    assert not read_mzml(bytes(damaged)).is_whole


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"<a/>", b"m/z,intensity\n1,2\n", b"\xff\xfe"]
)
def test_what_is_no_mzml(data):
    outcome = read_mzml(data, "c.mzML")
    assert outcome.state is ReadState.NOT_THIS_FORMAT
    assert outcome.spectra == ()
    assert all(isinstance(each, Diagnostic) and each.file == "c.mzML" for each in outcome.findings)


def test_a_file_without_data_is_empty():
    assert read_mzml(kit.document()).state is ReadState.EMPTY


def test_missing_spectra_are_told():
    outcome = read_mzml(kit.document(three(), count=5))
    assert outcome.state is ReadState.TRUNCATED
    assert "3 spectra" in outcome.findings[0].found
    assert len(outcome.spectra) == 3


def numpress(method, values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymzml.ms_numpress import MSNumpress

        coder = MSNumpress(list(values))
        return bytes(bytearray(getattr(coder, f"encode_{method}")() or coder.encoded_data))


@pytest.mark.parametrize("zipped", [True, False])
def test_numpress(zipped):
    linear = {True: "MS:1002746", False: "MS:1002312"}[zipped]
    slof = {True: "MS:1002748", False: "MS:1002314"}[zipped]
    arrays = [
        kit.array(
            None, "MS:1000514", raw=numpress("linear", MZ.tolist()), zipped=zipped, method=linear
        ),
        kit.array(
            None, "MS:1000515", raw=numpress("slof", HEIGHTS.tolist()), zipped=zipped, method=slof
        ),
    ]
    outcome = read_mzml(kit.document([kit.scan(0, arrays, length=40)]))
    assert outcome.state is ReadState.OK, outcome.findings
    assert outcome.spectra[0].mz == pytest.approx(MZ, abs=1e-5)
    assert outcome.spectra[0].intensity == pytest.approx(HEIGHTS, rel=1e-3)


def broken(**changes):
    """A spectrum whose first array has something wrong with it, between two good ones."""
    text = kit.spectrum(1, MZ, HEIGHTS, zipped=changes.pop("zipped", True))
    for old, new in changes.pop("swap"):
        assert old in text
        text = text.replace(old, new, 1)
    return kit.document([three()[0], text, three()[2]])


@pytest.mark.parametrize(
    ("swap", "state", "word"),
    [
        ([("<binary>", "<binary>*")], ReadState.MALFORMED, "base64"),
        ([("<binary>e", "<binary>f")], ReadState.MALFORMED, "damaged"),
        (
            [('defaultArrayLength="40"', 'defaultArrayLength="41"')],
            ReadState.MALFORMED,
            "41 are announced",
        ),
        ([('defaultArrayLength="40"', 'defaultArrayLength="4"')], ReadState.MALFORMED, "announced"),
        ([('defaultArrayLength="40"', 'defaultArrayLength="x"')], ReadState.MALFORMED, "how many"),
        (
            [('defaultArrayLength="40"', 'defaultArrayLength="999999999"')],
            ReadState.MALFORMED,
            "can't be right",
        ),
        ([("MS:1000574", "MS:1002747")], ReadState.UNSUPPORTED, "method"),
        ([("MS:1000574", "MS:9999999")], ReadState.UNSUPPORTED, "method"),
        ([("MS:1000523", "MS:1001479")], ReadState.UNSUPPORTED, "number type"),
        ([("MS:1000514", "MS:1000516")], ReadState.MALFORMED, "no m/z"),
        ([('value="1"', 'value="one"')], ReadState.MALFORMED, "invalid literal"),
    ],
)
def test_a_damaged_spectrum_is_told_and_the_others_kept(swap, state, word):
    outcome = read_mzml(broken(swap=swap))
    assert outcome.state is state
    assert word in outcome.findings[0].message
    assert "scan=2" in outcome.findings[0].message
    assert [each.name for each in outcome.spectra] == ["scan=1", "scan=3"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -5.0])
def test_impossible_mz_are_told(value):
    mz = MZ.copy()
    mz[3] = value
    outcome = read_mzml(kit.document([kit.spectrum(0, mz, HEIGHTS)]))
    assert outcome.state is ReadState.MALFORMED


def test_a_chromatogram_without_a_unit_of_time_is_told():
    outcome = read_mzml(kit.document(three(), [kit.chromatogram("TIC", [0.0], [1.0], unit="")]))
    assert outcome.state is ReadState.MALFORMED
    assert "unit" in outcome.findings[0].message
    assert len(outcome.spectra) == 3


def test_a_changed_file_is_known_by_its_checksum():
    assert read_mzml(INDEXED).state is ReadState.OK
    changed = INDEXED.replace(b'value="0.5"', b'value="0.7"')
    outcome = read_mzml(changed)
    assert outcome.state is ReadState.MALFORMED
    assert "checksum" in outcome.findings[0].message
    assert len(outcome.spectra) == 3


def same(one, other):
    return len(one) == len(other) and all(
        np.array_equal(a.mz, b.mz) and np.array_equal(a.intensity, b.intensity)
        and (a.retention_min, a.polarity, a.mode) == (b.retention_min, b.polarity, b.mode)
        for a, b in zip(one, other, strict=True)
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_file_is_told_or_unchanged(data):
    """Bytes are changed, left out or doubled; nothing raises, and no wrong data pass as right."""
    source = bytearray(INDEXED)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source) - 1))
        kind = data.draw(st.sampled_from(["change", "cut", "double", "zero"]))
        span = data.draw(st.integers(1, 30))
        if kind == "change":
            source[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del source[at : at + span]
        elif kind == "double":
            source[at:at] = source[at : at + span]
        else:
            source[at : at + span] = bytes(len(source[at : at + span]))
    outcome = read_mzml(bytes(source), "m.mzML")
    assert outcome.state in ReadState
    if outcome.is_whole:
        assert outcome.findings == ()
        assert same(outcome.spectra, read_mzml(INDEXED).spectra) or b"<fileChecksum>" not in source
    else:
        assert outcome.findings


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1))
def test_a_file_cut_anywhere_keeps_what_comes_before(length):
    outcome = read_mzml(GOOD[:length])
    assert not outcome.is_whole
    assert same(outcome.spectra, read_mzml(GOOD).spectra[: len(outcome.spectra)])
    if length > 400:
        assert outcome.state is ReadState.TRUNCATED


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data):
    assert read_mzml(data).state is not ReadState.OK


def test_the_worst_state_wins():
    assert worst([]) is ReadState.OK
    assert worst([ReadState.EMPTY, ReadState.TRUNCATED, ReadState.MALFORMED]) is ReadState.TRUNCATED
