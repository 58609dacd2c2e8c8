"""A program of the lab makes readable files of raw data; whatever it does, the raw data are kept."""

from __future__ import annotations

import sys
import time

import pytest
from pydantic import ValidationError

from ncrobot.errors import LabError
from ncrobot.samples import Collector, Conversions, DataFiles, JobState, RawStore, Submitter
from ncrobot.samples.instruments import Results
from ncrobot.samples.packing import packed, standing, unpack
from samples import samples_kit as kit

CONVERTER = """
import pathlib, sys, time, subprocess
source, into = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
told = (source / "signal.dat").read_text() if source.is_dir() else source.read_text()
word, _, rest = told.partition("\\n")
if word == "fail":
    print("first words")
    print("no licence for this")
    sys.exit(3)
if word == "hang":
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(60)
if word == "flood":
    with open(into / "x.csv", "wb") as file:
        for _ in range(1000):
            file.write(b"0" * 100_000)
            file.flush()
            time.sleep(0.002)
if word == "several":
    (into / "a.csv").write_text(rest)
    (into / "b.csv").write_text(rest)
if word == "spoil":
    (source / "signal.dat").write_text("spoilt")
if word in ("fine", "spoil"):
    (into / "made.csv").write_text(rest)
"""  # fmt: skip


@pytest.fixture
def lab(tmp_path):
    """A lab whose instrument writes folders, and a program that converts them."""
    program = tmp_path / "converter.py"
    program.write_text(CONVERTER)
    command = [sys.executable, str(program), "{input}", "{output}"]
    convert = {"command": command, "timeout": "1 s", "most_mb": 2.0}
    told = kit.settings(tmp_path, results={"pattern": "*.raw", "convert": convert})
    record = kit.record(tmp_path)
    jobs = [kit.job(kit.sample(well)) for well in kit.WELLS[:2]]
    record.queue(jobs, "a test")
    Submitter(record, "hplc", told).submit("a test")
    return tmp_path, told, record, jobs


def raw_folder(folder, name, word, text=None):
    place = folder / "results" / f"{name}.raw"
    (place / "inner").mkdir(parents=True)
    (place / "inner" / "method.txt").write_text("gradient")
    (place / "signal.dat").write_text(f"{word}\n{text or kit.chromatogram().decode()}")
    return place


def collected(lab):
    folder, told, record, _ = lab
    return Collector(record, kit.store(folder), "hplc", told).collect("a test")


def test_a_raw_folder_is_kept_converted_and_assigned(lab):
    folder, _, record, jobs = lab
    place = raw_folder(folder, f"{jobs[0].id}_A1", "fine")
    assert collected(lab).assigned == [place.name]
    job = record.job(jobs[0].id)
    assert job.state is JobState.MEASURED
    store = kit.store(folder)
    made = Conversions(record, store).of(job.file)
    assert store.get(made.made) == kit.chromatogram()
    (folder / "again").mkdir()
    laid = unpack(store.get(job.file), place.name, folder / "again")
    assert packed(laid) == packed(place)
    assert (laid / "inner" / "method.txt").read_text() == "gradient"
    again = collected(lab)
    assert (again.assigned, again.duplicates, again.quarantined) == ([], [], [])


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("fail", "ended with 3: no licence for this"),
        ("hang", "longer than 1 s"),
        ("flood", "more than 2 MB"),
        ("several", r"2 files (a.csv, b.csv)"),
        ("nothing", "no file"),
    ],
)
def test_what_goes_wrong_is_told_and_the_job_waits_on(lab, word, reason):
    folder, _, record, jobs = lab
    place = raw_folder(folder, jobs[0].id, word)
    started = time.monotonic()
    ((name, told),) = collected(lab).quarantined
    assert name == place.name
    assert reason in told
    assert time.monotonic() - started < 30.0  # what it started was ended with it
    assert record.job(jobs[0].id).state is JobState.SUBMITTED
    (kept,) = DataFiles(record).all("quarantined")
    assert kit.store(folder).get(kept.sha256) == packed(place)
    assert collected(lab).quarantined == []  # told once


def test_a_mended_converter_gets_another_chance(lab):
    folder, told, record, jobs = lab
    raw_folder(folder, jobs[0].id, "fail")
    raw_folder(folder, "no identity", "fine")
    collected(lab)
    (folder / "converter.py").write_text(
        CONVERTER.replace('"fail"', '"nobody"').replace('"fine"', '"fail", "fine"')
    )
    found = Collector(record, kit.store(folder), "hplc", told).again("a test")
    assert found.assigned == [f"{jobs[0].id}.raw"]
    assert [name for name, _ in found.quarantined] == ["no identity.raw"]
    assert record.job(jobs[0].id).state is JobState.MEASURED


def test_the_raw_data_can_not_be_spoilt(lab):
    folder, _, record, jobs = lab
    place = raw_folder(folder, jobs[0].id, "spoil")
    before = packed(place)
    assert collected(lab).assigned == [place.name]
    assert packed(place) == before
    assert kit.store(folder).get(record.job(jobs[0].id).file) == before


def test_a_file_is_converted_as_well_as_a_folder(lab):
    folder, _, record, jobs = lab
    path = folder / "results" / f"{jobs[1].id}.raw"
    path.write_text(f"fine\n{kit.chromatogram().decode()}")
    assert collected(lab).assigned == [path.name]
    assert kit.store(folder).get(record.job(jobs[1].id).file) == path.read_bytes()


def test_what_the_converter_made_may_be_bad_too(lab):
    folder, _, record, jobs = lab
    raw_folder(folder, jobs[0].id, "fine", kit.chromatogram().decode()[:-3])
    ((_, told),) = collected(lab).quarantined
    assert told.startswith("truncated")
    assert record.job(jobs[0].id).state is JobState.SUBMITTED


def test_a_converter_that_is_not_there_is_told(lab):
    folder, told, record, jobs = lab
    convert = told.results.convert.model_copy(
        update={"command": ("no-such-program", "{input}", "{output}")}
    )
    results = told.results.model_copy(update={"convert": convert})
    lacking = told.model_copy(update={"results": results})
    raw_folder(folder, jobs[0].id, "fine")
    found = Collector(record, kit.store(folder), "hplc", lacking).collect("a test")
    assert "can't be started" in found.quarantined[0][1]


def test_a_folder_is_always_the_same_bytes(tmp_path):
    one = tmp_path / "a" / "x.raw"
    two = tmp_path / "b" / "x.raw"
    for place, names in ((one, ("b.dat", "a.dat")), (two, ("a.dat", "b.dat"))):
        (place / "deep").mkdir(parents=True)
        for name in names:
            (place / name).write_text(name * 10)
            (place / "deep" / (name * 30)).write_text(name)
    assert packed(one) == packed(two)
    assert standing(one).size == standing(two).size == 110
    assert unpack(packed(one), "x.raw", tmp_path).is_dir()
    assert standing(tmp_path / "none") is None
    (one / "link").symlink_to(two)
    with pytest.raises(LabError, match="a link"):
        packed(one)
    store = RawStore(tmp_path / "raw")
    assert store.get(store.put(packed(two))) == packed(two)


@pytest.mark.parametrize(
    "command", [["convert"], ["convert", "{input}"], ["convert", "{output}"], []]
)
def test_a_command_has_to_name_both_places(tmp_path, command):
    with pytest.raises(ValidationError):
        Results.model_validate(
            {"folder": str(tmp_path), "kind": "mzml", "convert": {"command": command}}
        )
