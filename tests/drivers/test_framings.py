"""Framings find the first whole reply in any noise, and never invent one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot_drivers.link import (
    Checked,
    Counted,
    FixedLength,
    Prompted,
    Terminated,
    crc16_ccitt,
    sum16_low_first,
    xor_byte,
)

DT = Terminated(sent=b"\r", received=b"\x03\r\n", start=b"/0")
OEM = Checked(xor_byte)
SAFE = Counted(crc16_ccitt)
BINARY = FixedLength(8, b"\xcc", lambda frame: sum16_low_first(frame[:6]) == frame[6:])
PROMPT = Prompted(b"\r", re.compile(rb"\n\d*[:<>*]"))


@pytest.mark.parametrize(
    ("wire", "check", "covered"),
    [
        # Printed in the makers' manuals.
        (b"\x55\x43", crc16_ccitt, b"SAF0"),
        (b"\x09", xor_byte, b"\x0211ZR\x03"),
        (b"\xf0\x01", sum16_low_first, b"\xcc\x00\x44\x03\x00\xdd"),
    ],
)
def test_checks_are_those_of_the_manuals(wire, check, covered):
    assert check(covered) == wire


@pytest.mark.parametrize(
    ("framing", "payload", "wire"),
    [
        (DT, b"/1ZR", b"/1ZR\r"),
        (OEM, b"11ZR", b"\x0211ZR\x03\x09"),
        (SAFE, b"SAF0", b"\x02\x08SAF0\x55\x43\x03"),
        (SAFE, b"00RUN", b"\x02\x0900RUN\x48\xe9\x03"),
    ],
)
def test_commands_are_wrapped_as_the_manuals_print_them(framing, payload, wire):
    assert framing.wrap(payload) == wire


text = st.binary(max_size=20).map(lambda data: data.translate(None, b"\x02\x03\r\n/"))


@given(text, text)
def test_a_reply_is_found_after_noise_and_not_before_its_last_byte(payload, noise):
    wire = noise + b"/0" + payload + b"\x03\r\n"
    for length in range(len(wire)):
        assert DT.find(wire[:length]) is None
    found = DT.find(wire + b"/0")
    assert found is not None
    assert (found.payload, found.start, found.end) == (payload, len(noise), len(wire))


@pytest.mark.parametrize("framing", [OEM, SAFE])
@given(payload=text.filter(bool), noise=text)
def test_a_checked_frame_is_found_after_noise(framing, payload, noise):
    wire = framing.wrap(payload)
    for length in range(len(wire)):
        assert framing.find(noise + wire[:length]) is None
    found = framing.find(noise + wire)
    assert found is not None
    assert found.intact
    assert found.payload == payload
    assert found.end == len(noise) + len(wire)


@given(text.filter(bool), st.data())
def test_a_flipped_bit_is_never_taken_for_a_reply(payload, data):
    for framing in (OEM, SAFE):
        wire = bytearray(framing.wrap(payload))
        where = data.draw(st.integers(0, len(wire) - 1))
        wire[where] ^= 1 << data.draw(st.integers(0, 7))
        if wire[where] in b"\x02\x03":
            return  # a frame may then end early: one check byte can't always tell
        found = framing.find(bytes(wire))
        assert found is None or not found.intact or found.payload == payload


@given(st.binary(min_size=5, max_size=5), st.binary(max_size=12))
def test_binary_frames_hold_any_byte(fields, noise):
    covered = b"\xcc" + fields
    wire = covered + sum16_low_first(covered)
    found = BINARY.find(noise + wire)
    assert found is not None or b"\xcc" in noise
    if found is not None and b"\xcc" not in noise:
        assert found.payload == wire
        assert found.start == len(noise)


def test_a_crc_may_hold_the_marks_themselves():
    payloads = [f"{n:02d}X".encode() for n in range(100)] + [
        bytes([a, b]) for a in range(65, 91) for b in range(65, 91)
    ]
    holding = [p for p in payloads if set(crc16_ccitt(p)) & {2, 3, 13}]
    assert holding
    for payload in holding:
        found = SAFE.find(SAFE.wrap(payload))
        assert found is not None
        assert found.payload == payload


def test_half_a_reply_is_forgotten_when_a_whole_one_follows():
    found = DT.find(b"/0`30/0`1200\x03\r\n")
    assert found is not None
    assert found.payload == b"`1200"


def test_a_prompt_ends_a_reply_only_at_its_end():
    assert PROMPT.find(b"\n00:1.0 ml/min") is None
    found = PROMPT.find(b"\n001.0 ml/min\r\n00:")
    assert found is not None
    assert found.payload.endswith(b"\n00:")
