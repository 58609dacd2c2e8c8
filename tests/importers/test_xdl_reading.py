"""XDL is read with the lines of its parts; nothing in it is expanded, fetched or believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.importing_kit import xdl
from ncrobot.errors import ProtocolError
from ncrobot.importers.xdl import read_xdl
from ncrobot.importers.xdl.quantities import read_amount, read_mass_mg, read_quantity
from ncrobot.units import Dimension

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yyyyyyyy">
<!ENTITY z "&x;&x;&x;&x;">]><Synthesis><Procedure>&z;</Procedure></Synthesis>"""
OUTSIDE = b"""<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><Synthesis><Procedure/></Synthesis>"""


def test_parts_and_lines_are_found():
    read = read_xdl(
        b"<XDL>\n<Synthesis>\n<Procedure>\n<Add vessel='a'/>\n</Procedure></Synthesis></XDL>"
    )
    assert [(step.tag, step.line) for step in read.procedure] == [("Add", 4)]
    assert read.reagents == ()


def test_the_root_may_be_the_synthesis_and_follow_blank_lines():
    text = b'\n\n<?xml version="1.0"?>\n<Synthesis><Procedure/></Synthesis>'
    assert read_xdl(text).procedure == ()


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_document_types_and_entities_are_refused(text):
    with pytest.raises(ProtocolError, match="needs neither"):
        read_xdl(text, "bad.xdl")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "no XML"),
        (b"not xml", "no XML"),
        (b"<Synthesis><Procedure></Synthesis>", "no XML"),
        (b"<XDL/>", "holds 0"),
        (b"<Synthesis/>", "no Procedure"),
        (b"<XDL><Blueprint/></XDL>", "Blueprint"),
        (b"<a>" * 60 + b"</a>" * 60, "more elements"),
        (b" " * 5_000_001, "too large"),
    ],
)
def test_what_isnt_xdl_is_refused_in_words(text, told):
    with pytest.raises(ProtocolError, match=told):
        read_xdl(text, "bad.xdl")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(text):
    try:
        read_xdl(text)
    except ProtocolError as error:
        assert error.diagnostics[0].code == "bad-xdl"


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused(at, byte):
    text = bytearray(xdl())
    text[at % len(text)] = byte
    try:
        read_xdl(bytes(text))
    except ProtocolError as error:
        assert error.diagnostics[0].line >= 1


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("5.00 mL", Dimension.VOLUME, 5000),
        ("5", Dimension.VOLUME, 5000),
        ("250 uL", Dimension.VOLUME, 250),
        ("1e-3 L", Dimension.VOLUME, 1000),
        ("30 mins", Dimension.DURATION, 1800),
        ("90", Dimension.DURATION, 90),
        ("0.5 hours", Dimension.DURATION, 1800),
        ("45°C", Dimension.TEMPERATURE, 45),
        ("-78", Dimension.TEMPERATURE, -78),
        ("room temperature", Dimension.TEMPERATURE, 25),
        ("600 RPM", Dimension.SPEED, 600),
    ],
)
def test_quantities_are_read_as_xdl_writes_them(text, dimension, value):
    assert read_quantity(text, dimension).value == pytest.approx(value)


@pytest.mark.parametrize("text", ["overnight", "", "5 g", "a little", "1,5 mL", "nan", "mL"])
def test_what_cant_be_read_isnt_guessed(text):
    assert read_quantity(text, Dimension.VOLUME) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.2 eq", ("equivalents", 1.2)),
        ("5 mmol", ("amount_umol", 5000)),
        ("5.8 g", ("mass_mg", 5800)),
        ("20 mg", ("mass_mg", 20)),
        ("1.4 mL", ("volume_ul", 1400)),
        ("1.4", None),
        ("some", None),
    ],
)
def test_amounts_are_told_apart_by_their_units(text, amount):
    assert read_amount(text) == amount


def test_a_bare_mass_is_in_grams():
    assert read_mass_mg("0.5") == 500
