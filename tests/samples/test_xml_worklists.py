"""Worklists in XML: the lab's own file is filled in, sign by sign; paths are never guessed.

The templates here are made up; what a maker's software writes, a lab's own export tells.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.samples import Collector, JobState, Positions, Submitter, identity, load_template
from ncrobot.samples.worklists import read_worklist, write_worklist
from ncrobot.samples.xml_templates import read_xml_template
from samples import samples_kit as kit

TEXT = """<?xml version="1.0" encoding="utf-8"?>
<!-- exported by a lab > with one sample -->
<q:List xmlns:q="urn:lists" xmlns:xsi="urn:instance" version="3">
  <q:Info operator="Anna &amp; Bert"/>
  <q:Jobs>
    <q:Job id="1" kind='Sample'>
      <q:Sample place="P1-A1"><q:Name>old &lt;one&gt;</q:Name><q:Note xsi:nil="true" /></q:Sample>
      <q:Data><q:File>D:\\data\\old.d</q:File></q:Data>
      <q:Method>D:\\methods\\m.m</q:Method>
      <q:Volume unit="ul">1</q:Volume>
      <q:Kept>as it is</q:Kept>
    </q:Job>
    <q:Job id="2" kind='Sample'><q:Sample place="P1-A2"><q:Name>x</q:Name></q:Sample></q:Job>
  </q:Jobs>
  <q:End/>
</q:List>
"""
COLUMNS = {
    "Sample/@place": "position", "Sample/Name": "sample", "Sample/Note": "comment", "Data/File": "file_name",
    "Method": "method", "Volume": "injection_ul", "@kind": "kind",
}  # fmt: skip
KINDS = {"sample": "Sample", "blank": "Blank", "reference": "QC", "wash": "Wash"}
POSITIONS = Positions(
    syntax="{tray}-{row}{column}", trays={"sample_plate": "P1", "other_plate": "P2"}
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("plate", ["sample_plate", "other_plate"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_round_trip(encoding, plate, newline):
    bom = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    named = {"utf-8-sig": "utf-8"}.get(encoding, encoding.rpartition("-le")[0] or encoding)
    text = TEXT.replace("\n", newline).replace('"utf-8"', f'"{named}"')
    data = bom + text.encode(encoding)
    template = read_xml_template(data, "Job", COLUMNS)
    sent = [
        kit.injection(identity("x", well), POSITIONS.write(f"{plate}/{well}")) for well in kit.WELLS
    ]
    written = write_worklist(template, sent, KINDS)
    got = read_worklist(template, written)
    assert [each.job for each in got] == [each.job for each in sent]
    assert [POSITIONS.read(each.position) for each in got] == [f"{plate}/{w}" for w in kit.WELLS]
    assert [each.file_name for each in got] == [each.file_name for each in sent]
    assert {each.injection_ul for each in got} == {2.5}
    assert {(each.method, each.comment) for each in got} == {("grad.meth", "r1")}
    plain = written[len(bom) :].decode(encoding)
    before, after = text.split("<q:Job ", 1)[0], text.rsplit("</q:Job>", 1)[1]
    assert plain.startswith(before.removeprefix("\ufeff"))
    assert plain.endswith(after)
    assert plain.count("as it is") == len(kit.WELLS)
    assert "old" not in plain.replace("exported", "")


@settings(max_examples=50)
@given(text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=20))
def test_any_printable_text_is_read_back(text):
    template = read_xml_template(TEXT.encode(), "Job", COLUMNS)
    name = identity("x")
    sent = kit.injection(name, "P1-A1").model_copy(update={"sample": f"{name} {text}".strip()})
    (got,) = read_worklist(template, write_worklist(template, [sent], KINDS))
    assert got.sample == sent.sample
    assert got.comment == sent.comment


@pytest.mark.parametrize(
    ("row", "columns", "word"),
    [
        ("Jobb", COLUMNS, "did you mean 'Job'"),
        ("Job", {**COLUMNS, "Sample/Nam": "well"}, "did you mean 'Sample/Name'"),
        ("Job", {**COLUMNS, "Sample/@plaze": "well"}, "no 'Sample/@plaze'"),
    ],
)
def test_what_is_not_there_is_told(row, columns, word):
    with pytest.raises(LabError) as refused:
        read_xml_template(TEXT.encode(), row, columns)
    (told,) = refused.value.diagnostics
    assert word in f"{told.message}; {told.fix}"


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b"<a><Job></a>", b"\xff\xfe<", b"no xml", TEXT.encode("utf-16")[:-7]]
)
def test_broken_templates_are_refused(data):
    with pytest.raises(LabError):
        read_xml_template(data, "Job", COLUMNS)


def test_a_worklist_of_another_template_is_refused():
    template = read_xml_template(TEXT.encode(), "Job", COLUMNS)
    sent = [kit.injection(identity("x"), "P1-A1")]
    data = write_worklist(template, sent, KINDS)
    other = read_xml_template(TEXT.replace('version="3"', 'version="4"').encode(), "Job", COLUMNS)
    with pytest.raises(LabError, match="doesn't begin"):
        read_worklist(other, data)


def test_paths_are_never_guessed(tmp_path):
    path = tmp_path / "list.xml"
    path.write_text(TEXT)
    with pytest.raises(LabError, match="is XML"):
        load_template(path, "masshunter", {})
    with pytest.raises(LabError, match="hold position"):
        load_template(path, "masshunter", {"Data/File": "file_name"}, "Job")
    with pytest.raises(LabError, match="two columns"):
        load_template(path, "masshunter", {**COLUMNS, "Kept": "comment"}, "Job")


def test_it_is_dropped_and_its_files_come_home(tmp_path):
    (tmp_path / "list.xml").write_text(TEXT)
    worklist = {
        "software": "masshunter", "template": str(tmp_path / "list.xml"), "folder": str(tmp_path / "drop"),
        "row": "Job", "columns": COLUMNS, "kinds": KINDS, "suffix": ".xml",
    }  # fmt: skip
    told = kit.settings(tmp_path, "masshunter", worklist=worklist)
    record = kit.record(tmp_path)
    jobs = [kit.job(kit.sample(well)) for well in ("A1", "B1")]
    record.queue(jobs, "a test")
    (batch,) = Submitter(record, "hplc", told).submit("a test").batches
    template = load_template(tmp_path / "list.xml", "masshunter", COLUMNS, "Job")
    lines = read_worklist(template, Path(batch.path).read_bytes())
    assert [line.job for line in lines] == list(batch.jobs)
    for line in lines:
        (tmp_path / "results" / f"{line.file_name}.csv").write_bytes(
            kit.chromatogram(len(line.job))
        )
    assert len({line.file_name for line in lines}) == 2
    (tmp_path / "results" / f"{lines[1].file_name}.csv").write_bytes(kit.chromatogram(2))
    Collector(record, kit.store(tmp_path), "hplc", told).collect("a test")
    assert {record.job(job.id).state for job in jobs} == {JobState.MEASURED}
