"""Files come back to their jobs by identity; what can't be assigned is quarantined and never lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.samples import (
    Batches,
    BatchState,
    Collector,
    DataFiles,
    JobState,
    RawStore,
    Submitter,
    identity,
)
from samples import samples_kit as kit


def lab(folder, wells=3, clock=None, **given):
    """A queue of which everything was submitted."""
    told = kit.settings(folder, **given)
    record = kit.record(folder, clock)
    jobs = [kit.job(kit.sample(well)) for well in kit.WELLS[:wells]]
    record.queue(jobs, "a test")
    (batch,) = Submitter(record, "hplc", told).submit("a test").batches
    collector = Collector(record, kit.store(folder), "hplc", told)
    return record, jobs, batch, collector, folder / "results"


def test_files_come_to_their_jobs_in_any_order(tmp_path):
    record, jobs, _, collector, results = lab(tmp_path, 5)
    for n in (3, 0, 4):
        (results / f"zz{n}_{jobs[n].id}_A1.csv").write_bytes(kit.chromatogram(n))
    found = collector.collect("a test")
    assert len(found.assigned) == 3
    states = [record.job(job.id).state for job in jobs]
    assert states == [
        JobState.MEASURED,
        JobState.SUBMITTED,
        JobState.SUBMITTED,
        JobState.MEASURED,
        JobState.MEASURED,
    ]
    for n in (3, 0, 4):
        assert kit.store(tmp_path).get(record.job(jobs[n].id).file) == kit.chromatogram(n)
    again = collector.collect("a test")
    assert (again.assigned, again.quarantined, again.duplicates) == ([], [], [])


def test_an_identity_inside_the_file_does(tmp_path):
    record, jobs, _, collector, results = lab(tmp_path)
    (results / "run0001.csv").write_bytes(
        f"Sample: {jobs[1].id} B1\n".encode() + kit.chromatogram()
    )
    assert collector.collect("a test").assigned == ["run0001.csv"]
    assert record.job(jobs[1].id).state is JobState.MEASURED


def test_orphans_and_doubles_are_quarantined_with_a_reason(tmp_path):
    record, jobs, _, collector, results = lab(tmp_path)
    other = kit.job(kit.sample("H12"), "uvvis")
    record.queue([other], "a test")
    (results / f"{jobs[0].id}.csv").write_bytes(kit.chromatogram(0))
    collector.collect("a test")
    (results / "lost.csv").write_bytes(kit.chromatogram(1))
    (results / f"{jobs[0].id}_again.csv").write_bytes(kit.chromatogram(2))
    (results / f"{jobs[1].id}_{jobs[2].id}.csv").write_bytes(kit.chromatogram(3))
    (results / f"{other.id}.csv").write_bytes(kit.chromatogram(4))
    (results / f"{jobs[1].id}.csv").write_bytes(kit.chromatogram(0))
    found = collector.collect("a test")
    reasons = dict(found.quarantined)
    assert "orphan" in reasons["lost.csv"]
    assert "is measured" in reasons[f"{jobs[0].id}_again.csv"]
    assert "2 identities" in reasons[f"{jobs[1].id}_{jobs[2].id}.csv"]
    assert "is for uvvis" in reasons[f"{other.id}.csv"]
    assert found.duplicates == [f"{jobs[1].id}.csv"]  # the bytes of another one
    assert record.job(jobs[1].id).state is JobState.SUBMITTED


def test_a_quarantined_file_can_be_assigned_by_hand_or_by_a_better_name(tmp_path):
    record, jobs, _, collector, results = lab(tmp_path)
    (results / "lost.csv").write_bytes(kit.chromatogram(1))
    (results / "lost2.csv").write_bytes(kit.chromatogram(2))
    collector.collect("a test")
    files = DataFiles(record)
    lost = {each.name: each for each in files.all("quarantined")}
    moved = files.assign_by_hand(
        lost["lost.csv"].sha256, jobs[2].id.lower(), kit.START.isoformat(), "somebody"
    )
    assert (moved.state, moved.file) == (JobState.MEASURED, lost["lost.csv"].sha256)
    with pytest.raises(LabError, match="has a result"):
        files.assign_by_hand(
            lost["lost2.csv"].sha256, jobs[2].id, kit.START.isoformat(), "somebody"
        )
    with pytest.raises(LabError, match="no data file"):
        files.assign_by_hand("0" * 64, jobs[0].id, kit.START.isoformat(), "somebody")
    (results / "lost2.csv").rename(results / f"{jobs[1].id}.csv")
    assert collector.collect("a test").assigned == [f"{jobs[1].id}.csv"]
    assert files.all("quarantined") == ()
    assert files.find(lost["lost.csv"].sha256[:8]).reason == "by hand"


def test_bad_files_leave_their_jobs_waiting(tmp_path):
    record, jobs, _, collector, results = lab(tmp_path)
    (results / f"{jobs[0].id}.csv").write_bytes(kit.chromatogram()[:-3])
    (results / f"{jobs[1].id}.csv").write_bytes(b"")
    (results / f"{jobs[2].id}.csv").write_bytes(bytes(range(256)))
    found = collector.collect("a test")
    assert [reason.partition(":")[0] for _, reason in sorted(found.quarantined)] != []
    assert {reason.partition(":")[0] for _, reason in found.quarantined} == {
        "truncated",
        "empty",
        "not this format",
    }
    assert {record.job(job.id).state for job in jobs} == {JobState.SUBMITTED}
    (results / f"{jobs[0].id}.csv").write_bytes(kit.chromatogram())  # the whole one comes after all
    assert collector.collect("a test").assigned == [f"{jobs[0].id}.csv"]


@settings(max_examples=25)
@given(
    changes=st.lists(st.tuples(st.floats(0.0, 0.999), st.integers(0, 255)), max_size=5),
    cut=st.floats(0.2, 1.0),
)
def test_mutated_files_never_vanish(tmp_path_factory, changes, cut):
    folder = tmp_path_factory.mktemp("lab")
    record, jobs, _, collector, results = lab(folder, 1)
    data = bytearray(kit.chromatogram())
    for at, byte in changes:
        data[int(at * len(data))] = byte
    data = bytes(data[: int(cut * len(data))])
    (results / f"{jobs[0].id}.csv").write_bytes(data)
    found = collector.collect("a test")
    (kept,) = DataFiles(record).all()
    assert kit.store(folder).get(kept.sha256) == data
    is_measured = record.job(jobs[0].id).state is JobState.MEASURED
    assert is_measured == (kept.state == "assigned") == bool(found.assigned)
    assert is_measured or kept.reason
    record.close()


def test_files_that_grow_are_left_alone(tmp_path):
    clock = kit.Clock()
    record, jobs, _, collector, results = lab(tmp_path, clock=clock, results={"quiet": "60 s"})
    path = results / f"{jobs[0].id}.csv"
    path.write_bytes(kit.chromatogram()[:2000])
    stamp = clock.now.timestamp()
    os.utime(path, (stamp, stamp))
    assert collector.collect("a test").not_yet == [path.name]
    clock.passes(seconds=40)
    path.write_bytes(kit.chromatogram())
    os.utime(path, (clock.now.timestamp(),) * 2)
    clock.passes(seconds=40)
    assert collector.collect("a test").not_yet == [path.name]
    clock.passes(seconds=40)
    assert collector.collect("a test").assigned == [path.name]
    assert record.job(jobs[0].id).measured_at.startswith("2126-11-21T12:00:40")


def test_a_worklist_that_was_taken_makes_its_jobs_acquiring(tmp_path):
    record, jobs, batch, collector, _ = lab(tmp_path)
    Path(batch.path).unlink()
    collector.collect("a test")
    assert Batches(record).get(batch.id).state is BatchState.TAKEN
    assert {record.job(job.id).state for job in jobs} == {JobState.ACQUIRING}


def test_late_measurements_are_told(tmp_path):
    told = kit.settings(tmp_path)
    clock = kit.Clock()
    record = kit.record(tmp_path, clock)
    job = kit.job(kit.sample("A1", life_s=7200.0))
    record.queue([job], "a test")
    Submitter(record, "hplc", told).submit("a test")
    path = tmp_path / "results" / f"{job.id}.csv"
    path.write_bytes(kit.chromatogram())
    stamp = kit.START.timestamp() + 7201.0
    os.utime(path, (stamp, stamp))
    clock.passes(hours=3)
    Collector(record, kit.store(tmp_path), "hplc", told).collect("a test")
    assert record.job(job.id).is_late


def test_a_plate_is_one_file_for_all_its_wells(tmp_path):
    told = kit.settings(
        tmp_path, serves="uvvis", run="10 min", worklist=None, positions=None, method=None, injection_ul=None,
        results={"kind": "spectra", "per": "plate"},
    )  # fmt: skip
    told = told.model_copy(update={"worklist": None})
    record = kit.record(tmp_path)
    jobs = [kit.job(kit.sample(well, serves="uvvis"), "reader") for well in ("A1", "B1", "C1")]
    record.queue(jobs, "a test")
    (batch,) = Submitter(record, "reader", told).submit("a test").batches
    assert (batch.path, batch.state) == ("", BatchState.DROPPED)
    rows = "Wavelength [nm],A1,B1\n" + "".join(f"{nm},0.1,0.2\n" for nm in range(400, 500, 10))
    (tmp_path / "results" / f"plate {batch.id}.csv").write_text(rows)
    collector = Collector(record, kit.store(tmp_path), "reader", told)
    assert len(collector.collect("a test").assigned) == 1
    states = {job.well: record.job(job.id).state for job in jobs}
    assert states == {"A1": JobState.MEASURED, "B1": JobState.MEASURED, "C1": JobState.SUBMITTED}
    (tmp_path / "results" / "nameless.csv").write_text(rows.replace("0.1", "0.3"))
    assert "orphan" in collector.collect("a test").quarantined[0][1]


def test_spectrometers_that_stand_alone_drop_a_file_for_each_sample(tmp_path):
    """People measure, one cuvette after the other; spectra come back as JCAMP-DX or text."""
    told = kit.settings(
        tmp_path, serves="uvvis", run="2 min", worklist=None, positions=None, method=None,
        injection_ul=None, results={"kind": "spectra", "pattern": "*"},
    )  # fmt: skip
    record = kit.record(tmp_path)
    jobs = [kit.job(kit.sample(well, serves="uvvis"), "lamp") for well in ("A1", "B1", "C1")]
    record.queue(jobs, "a test")
    Submitter(record, "lamp", told.model_copy(update={"worklist": None})).submit("a test")
    results = tmp_path / "results"
    head = "##TITLE={}\n##JCAMP-DX=4.24\n##DATA TYPE=UV/VIS SPECTRUM\n##XUNITS=NANOMETERS\n"
    body = "##YUNITS=ABSORBANCE\n##XFACTOR=1\n##YFACTOR=0.001\n##FIRSTX=400\n##LASTX=490\n##NPOINTS=10\n"
    data = "##XYDATA=(X++(Y..Y))\n400 100 110 120 130 140\n450 150 160 170 180 190\n##END=\n"
    (results / f"{jobs[1].id}.dx").write_text(head.format(jobs[1].id) + body + data)
    rows = "".join(f"{nm},{nm / 1000}\n" for nm in range(400, 500, 10))
    (results / f"{jobs[0].id}.csv").write_text("Wavelength (nm),Absorbance\n" + rows)
    (results / f"{jobs[2].id}.csv").write_text("Wavelength (nm),Absorbance\n" + rows[:40])
    found = Collector(record, kit.store(tmp_path), "lamp", told).collect("a test")
    assert len(found.assigned) == 2
    assert {job.well: record.job(job.id).state for job in jobs} == {
        "A1": JobState.MEASURED,
        "B1": JobState.MEASURED,
        "C1": JobState.SUBMITTED,
    }
    ((_, reason),) = found.quarantined
    assert "truncated" in reason


def test_folders_and_missing_folders(tmp_path):
    _, jobs, _, collector, results = lab(tmp_path)
    (results / f"{jobs[0].id}.raw.csv").mkdir()
    assert "a folder" in collector.collect("a test").quarantined[0][1]
    (results / f"{jobs[0].id}.raw.csv").rmdir()
    results.rmdir()
    with pytest.raises(LabError, match="can't be read"):
        collector.collect("a test")


def test_the_store_notices_changed_bytes(tmp_path):
    store = RawStore(tmp_path)
    sha256 = store.put(b"spectrum")
    assert store.put(b"spectrum") == sha256
    assert store.get(sha256) == b"spectrum"
    store.path(sha256).write_bytes(b"spectrum!")
    with pytest.raises(LabError, match="changed"):
        store.get(sha256)
    assert store.put(b"spectrum") == sha256  # and mends them
    assert store.get(sha256) == b"spectrum"
    with pytest.raises(LabError, match="missing"):
        store.get("0" * 64)
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="can't be kept"):
        RawStore(tmp_path / "file").put(b"x")
    assert identity("x")
