"""Worklists are read back as they were written, for every software, encoding and tray."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ncrobot.errors import LabError
from ncrobot.labware import definition
from ncrobot.samples import (
    Positions,
    identity,
    load_template,
    read_template,
    read_worklist,
    write_worklist,
)
from samples import samples_kit as kit

KINDS = {"sample": "Unknown", "blank": "Blank", "reference": "QC", "wash": "Blank"}


@pytest.mark.parametrize("software", kit.TEMPLATES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("plate", ["sample_plate", "other_plate"])
def test_round_trip(software, encoding, plate):
    syntax, trays = kit.SYNTAXES[software]
    if plate not in trays:
        pytest.skip("this sampler has one tray")
    if encoding == "utf-16":
        template = read_template(kit.TEMPLATES[software].encode("utf-16"), software, {})
    else:
        template = read_template(kit.TEMPLATES[software].encode(encoding), software, {})
    positions = Positions(syntax=syntax, trays=trays)
    sent = [
        kit.injection(identity(software, well), positions.write(f"{plate}/{well}"))
        for well in kit.WELLS
    ]
    data = write_worklist(template, sent, KINDS)
    got = read_worklist(template, data)
    assert [each.job for each in got] == [each.job for each in sent]
    assert [positions.read(each.position) for each in got] == [f"{plate}/{w}" for w in kit.WELLS]
    assert [each.file_name for each in got] == [each.file_name for each in sent]
    if "injection_ul" in template.entries.values():
        assert {each.injection_ul for each in got} == {2.5}


@pytest.mark.parametrize("software", kit.TEMPLATES)
@pytest.mark.parametrize("rack", ["agilent_54_vialplate_2ml", "generic_48_vialplate_2ml"])
def test_round_trip_of_a_vial_rack_beside_a_plate(software, rack):
    """Each tray has its own shape; every vial and every well has one place, and the right one."""
    syntax = kit.RACKS[software]
    described = definition(rack)
    vials = {"name": "1", "rows": described.rows, "columns": described.columns}
    positions = Positions(syntax=syntax, trays={"vials": vials, "sample_plate": "2"})
    places = [f"vials/{well}" for well in described.wells]
    places += [f"sample_plate/{well}" for well in kit.WELLS]
    template = read_template(kit.TEMPLATES[software].encode(), software, {})
    sent = [kit.injection(identity(software, each), positions.write(each)) for each in places]
    got = read_worklist(template, write_worklist(template, sent, KINDS))
    assert [each.job for each in got] == [each.job for each in sent]
    assert [positions.read(each.position) for each in got] == places
    assert len({each.position for each in got}) == len(places)
    beyond = f"{'GH'[described.rows - 6]}1"
    with pytest.raises(LabError, match=f"no well {beyond}"):
        positions.write(f"vials/{beyond}")


@pytest.mark.parametrize("software", kit.TEMPLATES)
def test_a_worklist_keeps_the_templates_shape(software):
    text = kit.TEMPLATES[software]
    template = read_template(text.encode(), software, {})
    data = write_worklist(template, [kit.injection(identity("a"), "R1")], KINDS).decode()
    newline = "\r\n" if "\r\n" in text else "\n"
    head = text.split(newline)[: len(template.preamble) + 1]
    assert data.split(newline)[: len(head)] == head
    assert data.endswith(newline)
    for at, usual in enumerate(template.usual):
        if at not in template.entries:
            assert usual in data  # what ncrobot has nothing for stays as the lab has it


@settings(max_examples=60)
@given(data=st.data(), rows=st.integers(1, 16), columns=st.integers(1, 24))
def test_every_place_is_written_and_read_back(data, rows, columns):
    syntax = data.draw(
        st.sampled_from(
            [
                "{tray}:{row},{column}",
                "{row}{column2}",
                "{tray}-{number}",
                "{number_by_column}",
                "V{number}",
            ]
        )
    )
    trays = (
        {"sample_plate": "1", "other_plate": "12"} if "{tray}" in syntax else {"sample_plate": "x"}
    )
    positions = Positions(syntax=syntax, trays=trays, rows=rows, columns=columns)
    texts = set()
    for labware in trays:
        for row in range(rows):
            for column in range(1, columns + 1):
                place = f"{labware}/{chr(65 + row)}{column}"
                text = positions.write(place)
                assert positions.read(text) == place
                texts.add(text)
    assert len(texts) == len(trays) * rows * columns


def test_places_that_are_none_are_refused():
    positions = Positions(syntax="{tray}:{row},{column}", trays={"sample_plate": "1"})
    for place in ("unknown/A1", "sample_plate/I1", "sample_plate/A13", "sample_plate/1"):
        with pytest.raises(LabError):
            positions.write(place)
    for text in ("2:A,1", "1:A,13", "1:I,1", "1:A,01", "", "1:A,1 and more"):
        with pytest.raises(LabError):
            positions.read(text)


@pytest.mark.parametrize(
    ("syntax", "trays"),
    [
        ("{tray}:{row}", {"a": "1"}),
        ("{row}{column}", {"a": "1", "b": "2"}),
        ("{tray}{row}{column}", {"a": "1", "b": "1"}),
        ("{row}{column}{shelf}", {"a": "1"}),
        ("{row}{column}{row}", {"a": "1"}),
    ],
)
def test_a_syntax_that_tells_no_places_apart_is_refused(syntax, trays):
    with pytest.raises((ValidationError, ValueError)):
        Positions(syntax=syntax, trays=trays)


def test_columns_are_never_guessed():
    odd = "Nr,Where,What\n1,A1,x\n"
    with pytest.raises(LabError, match="no row with names"):
        read_template(odd.encode(), "other", {})
    with pytest.raises(LabError, match="hold position"):
        read_template(odd.encode(), "other", {"What": "file_name"})
    with pytest.raises(LabError, match="did you mean 'Where'"):
        read_template(odd.encode(), "other", {"What": "file_name", "Were": "position"})
    with pytest.raises(LabError, match="two columns"):
        read_template(b"Vial,Location,Datafile\n", "chemstation", {})
    told = read_template(odd.encode(), "other", {"What": "file_name", "Where": "position"})
    assert dict(told.entries) == {1: "position", 2: "file_name"}
    own = read_template(b"Vial,Location,Datafile\n", "chemstation", {"Vial": "position"})
    assert dict(own.entries) == {0: "position", 2: "file_name"}


def test_words_for_kinds_are_never_guessed():
    template = read_template(kit.TEMPLATES["xcalibur"].encode(), "xcalibur", {})
    with pytest.raises(LabError, match="word for a wash"):
        write_worklist(
            template, [kit.injection(identity("a"), "RA1", "wash")], {"sample": "Unknown"}
        )


def test_what_would_be_read_otherwise_is_not_written():
    template = read_template(kit.TEMPLATES["xcalibur"].encode("cp1252"), "xcalibur", {})
    spaced = kit.injection(identity("a"), "RA1").model_copy(update={"file_name": "no identity"})
    with pytest.raises(LabError, match="can't be printed"):
        write_worklist(template, [spaced.model_copy(update={"position": "R\nA1"})], KINDS)
    other = spaced.model_copy(update={"sample": identity("b")})
    with pytest.raises(LabError, match="as another"):
        write_worklist(template, [other], KINDS)
    old = read_template(
        "Vial,Datafile,Näme\n".encode("cp1252"), "openlab", {"Datafile": "file_name"}
    )
    with pytest.raises(LabError, match="can't be written in cp1252"):
        write_worklist(
            old, [spaced.model_copy(update={"position": "→", "file_name": identity("a")})], KINDS
        )


def test_foreign_worklists_are_refused(tmp_path):
    template = read_template(kit.TEMPLATES["xcalibur"].encode(), "xcalibur", {})
    other = read_template(kit.TEMPLATES["masshunter"].encode(), "masshunter", {})
    data = write_worklist(other, [kit.injection(identity("a"), "P1-A1")], KINDS)
    with pytest.raises(LabError, match="doesn't begin"):
        read_worklist(template, data)
    with pytest.raises(LabError, match="no identity"):
        read_worklist(template, kit.TEMPLATES["xcalibur"].encode())
    with pytest.raises(LabError, match="can't be read"):
        load_template(tmp_path / "none.csv", "xcalibur", {})
