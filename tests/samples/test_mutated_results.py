"""Whatever comes as a result, of whatever kind: it is kept, has a clear state, and nothing is lost.

Every reader is tried through the collection, with whole files and with malformed, truncated, wrongly
encoded, duplicate and orphan ones.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.mass import mzml_kit
from analysis.optical import files_kit
from ncrobot.samples import Collector, DataFiles, JobState, Submitter
from samples import samples_kit as kit

TIME = np.round(np.arange(0.0, 3.0, 0.05), 4)
NM = np.arange(300.0, 600.0, 50.0)
MZ = np.linspace(1600.0, 1610.0, 200)


def counts():
    waves = np.linspace(300.0, 800.0, 60)
    head = "# counts/1\n# points: 60\n# full_scale: 65535\n# least_counts: 50\nwavelength_nm,sample,dark,reference\n"
    return (
        head + "".join(f"{nm:.3f},{20000 + n},1000.5,40000\n" for n, nm in enumerate(waves))
    ).encode()


def grids():
    rows = [
        "##BLOCKS= 1",
        "Plate:\tPlate1\t1.3\tPlateFormat\tSpectrum\tAbsorbance",
        "\tTemperature\t" + "\t".join(map(str, range(1, 13))),
    ]
    for nm in (400, 410, 420, 430):
        rows += [
            (
                "\t".join(
                    [
                        str(nm) if r == 0 else "",
                        "25.1" if r == 0 else "",
                        *(f"{0.1 * r + 0.001 * c + nm / 1e5:.4f}" for c in range(12)),
                    ]
                )
            )
            for r in range(8)
        ]
        rows.append("")
    return "\r\n".join([*rows, "~End", ""]).encode("utf-16")


def trace():
    return "Time (min),Absorbance (mAU)\n" + "".join(
        f"{t},{100.0 * np.exp(-0.5 * ((t - 1.0) / 0.1) ** 2):.4f}\n" for t in TIME.tolist()
    )


def array():
    rows = ["Time (min)\t" + "\t".join(f"{nm:g} nm" for nm in NM)]
    rows += [
        "\t".join(
            [
                f"{t}",
                *(
                    f"{10.0 * np.exp(-0.5 * ((t - 1.0) / 0.1) ** 2) + n:.4f}"
                    for n in range(NM.size)
                ),
            ]
        )
        for t in TIME.tolist()
    ]
    return "\n".join(rows) + "\n"


def mzml():
    scans = [
        mzml_kit.spectrum(n, MZ, 100.0 + np.arange(MZ.size), time_min=float(n)) for n in range(1, 4)
    ]
    traces = [mzml_kit.chromatogram("uv", TIME, np.ones(TIME.size), accession="MS:1000812")]
    return mzml_kit.document(scans, traces, indexed=True)


def peaks():
    return "m/z\tIntensity\n" + "".join(f"{1600.0 + n / 3:.4f}\t{100.0 + n}\n" for n in range(40))


FILES = {
    "wavelengths down": ("spectra", files_kit.text(files_kit.down())),
    "wells down": ("spectra", files_kit.text(files_kit.across(), ";", ",")),
    "long": ("spectra", files_kit.text(files_kit.long(), "\t")),
    "plate grids": ("spectra", grids()),
    "workbook": ("spectra", files_kit.workbook(("Scan", files_kit.down()))),
    "JCAMP-DX": ("spectra", files_kit.jcamp(files_kit.WAVES, [100 + n for n in range(files_kit.WAVES.size)])),
    "counts": ("spectra", counts()),
    "mzML": ("mzml", mzml()),
    "peak table": ("mass_peaks", peaks().encode()),
    "chromatogram": ("chromatogram", trace().encode()),
    "diode array": ("diode_array", array().encode()),
}  # fmt: skip


def lab(folder, kind, wells=2):
    told = kit.settings(folder, results={"kind": kind, "pattern": "*"})
    record = kit.record(folder)
    jobs = [kit.job(kit.sample(well)) for well in kit.WELLS[:wells]]
    record.queue(jobs, "a test")
    Submitter(record, "hplc", told).submit("a test")
    return record, jobs, Collector(record, kit.store(folder), "hplc", told)


def come(folder, collector, name, data):
    (folder / "results" / name).write_bytes(data)
    return collector.collect("a test")


@pytest.mark.parametrize("which", FILES)
def test_whole_duplicate_and_orphan_files(tmp_path, which):
    kind, data = FILES[which]
    record, jobs, collector = lab(tmp_path, kind)
    assert come(tmp_path, collector, "lost.dat", data).quarantined[0][1].startswith("an orphan")
    assert come(tmp_path, collector, f"{jobs[0].id}.dat", data).assigned == [f"{jobs[0].id}.dat"]
    assert come(tmp_path, collector, f"{jobs[1].id}.dat", data).duplicates == [f"{jobs[1].id}.dat"]
    assert [record.job(job.id).state for job in jobs] == [JobState.MEASURED, JobState.SUBMITTED]
    (kept,) = DataFiles(record).all()
    assert kit.store(tmp_path).get(kept.sha256) == data


def in_another_encoding(data):
    """The bytes as they are, under a mark that belongs to another encoding."""
    if data.startswith(b"\xff\xfe"):
        return b"\xfe\xff" + data[2:]
    return b"\xff\xfe" + data[: len(data) // 2 * 2 + 1]


WRONG = {
    "empty": lambda _: b"",
    "another kind": lambda _: b"\x7fELF" + bytes(range(256)) * 8,
    "a text of words": lambda _: b"dear all,\nthe instrument is broken\n" * 5,
    "wrong encoding": in_another_encoding,
    "cut in half": lambda data: data[: len(data) // 2],
    "without its end": lambda data: data[:-9],
}


TEXTS = {
    "long", "wavelengths down", "wells down", "peak table", "chromatogram", "diode array", "plate grids",
}  # fmt: skip
STATES = {
    "empty", "truncated", "malformed", "not this format", "wrong encoding", "unclear", "unsupported",
}  # fmt: skip


@pytest.mark.parametrize("which", FILES)
def test_wrong_files_wait_in_quarantine_with_a_reason(tmp_path, which):
    kind, whole = FILES[which]
    record, jobs, collector = lab(tmp_path, kind, wells=len(WRONG))
    data = {job.id: WRONG[how](whole) for job, how in zip(jobs, WRONG, strict=True)}
    for name, content in data.items():
        (tmp_path / "results" / f"{name}.dat").write_bytes(content)
    found = collector.collect("a test")
    reasons = {name.removesuffix(".dat"): reason for name, reason in found.quarantined}
    kept = {each.name.removesuffix(".dat"): each for each in DataFiles(record).all()}
    for job, how in zip(jobs, WRONG, strict=True):
        assert kit.store(tmp_path).get(kept[job.id].sha256) == data[job.id]
        if job.id not in reasons:  # a text cut at an end of line may be a whole, shorter one
            assert how in {"cut in half", "without its end"}
            assert which in TEXTS
            continue
        state, _, why = reasons[job.id].partition(":")
        assert state in STATES
        assert why.strip() or state == "empty"
        assert record.job(job.id).state is JobState.SUBMITTED
    assert come(tmp_path, collector, f"{jobs[0].id}_again.dat", whole).assigned


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    which=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.floats(0.0, 0.999), st.integers(0, 255)), max_size=4),
    cut=st.one_of(st.just(1.0), st.floats(0.1, 1.0)),
    name=st.sampled_from(["{0}.dat", "x_{0}_{0}.dat", "{0}_{1}.dat", "nameless.dat"]),
)
def test_mutated_files_never_vanish(tmp_path_factory, which, changes, cut, name):
    kind, data = FILES[which]
    folder = tmp_path_factory.mktemp("lab")
    record, jobs, collector = lab(folder, kind)
    mutated = bytearray(data)
    for at, byte in changes:
        mutated[int(at * len(mutated))] = byte
    mutated = bytes(mutated[: int(cut * len(mutated))])
    found = come(folder, collector, name.format(*(job.id for job in jobs)), mutated)
    (kept,) = DataFiles(record).all()
    assert kit.store(folder).get(kept.sha256) == mutated
    measured = [
        job for job in (record.job(each.id) for each in jobs) if job.state is JobState.MEASURED
    ]
    assert bool(measured) == (kept.state == "assigned") == bool(found.assigned)
    assert len(measured) <= 1
    assert measured or kept.reason
    if name not in {"{0}.dat", "x_{0}_{0}.dat"}:
        assert not measured
    record.close()
