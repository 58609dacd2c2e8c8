"""Whatever is said to an emulated device, it goes on; and its time never runs backwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot_sim.emulators import Station, WireFault, emulator_class, known_emulators
from ncrobot_sim.emulators.faults import FaultKind

WORDS = st.one_of(
    st.binary(max_size=20),
    st.text(
        "ABCDEFGHIKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789?,. $:/", max_size=12
    ).map(lambda text: text.encode() + b"\r"),
    st.sampled_from(
        [
            b"SAFX\r",
            b"DIAX\r",
            b"VOL\r",
            b"VOLX\r",
            b"DIRX\r",
            b"RATXX\r",
            b"RAT0UM\r",
            b"VOL1\r",
            b"99999RUN\r",
            b"RUN\r",
            b"\x02\x00",
            b"\x02\x04\x00\x00\x03",
            b"/1eR\r",
            b"/1sR\r",
            b"/1s99AR\r",
            b"/1Z,,R\r",
            b"/1Z0,9,9R\r",
            b"/1A99999999R\r",
            b"/1G0R\r",
            b"/1gG0R\r",
            b"/1ZgG0R\r",
            b"/1H9R\r",
            b"/1ZgA10A0G0R\r",
            b"/1M0R\r",
            b"/1SR\r",
            b"/1S41R\r",
            b"/1V0R\r",
            b"/1UR\r",
            b"/1X\r",
            b"/1R\r",
            b"/\r",
            b"/1\r",
            b"irate x y\r",
            b"irate\r",
            b"irate 1\r",
            b"diameter\r",
            b"tvolume 1 x\r",
            b"irun\r",
            b"wrun\r",
            b"stop\r",
            b"1a\r",
            b"aX1R\r",
            b"aM1S1R\r",
            b"aM9999999S5R\r",
            b"aMSR\r",
            b"aLP09R\r",
            b"aE1\r",
            b"aK\r",
            b"aV\r",
            b"a\r",
            b"\xcc\x00\x45\x00\x00\xdd\xee\x01",
            b"\xcc\x00\x4e\xff\xff\xdd\xf6\x03",
            b"\xcc\x00\x4b\x00\x00\xdd\xf4\x01",
        ]
    ),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\x02", b"\x03", b"\xcc\x00", b"1a\r", b"/1", b"00"]),
)


@pytest.mark.parametrize("kind", known_emulators())
@given(
    said=st.lists(st.tuples(WORDS, st.floats(0.0, 100.0)), max_size=12),
    faults=st.lists(st.sampled_from(FaultKind), max_size=3),
    seed=st.integers(0, 100),
)
def test_nothing_upsets_an_emulator(kind, said, faults, seed):
    device = emulator_class(kind)({})
    station = Station(device)
    offered = [
        fault
        for fault in faults
        if fault not in FaultKind
        or fault in device.offers
        or fault not in {FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET}
    ]
    if offered:
        station.switches.by_chance(0.5, [WireFault(fault, delay_s=1.0) for fault in offered], seed)
    now_s = 0.0
    for words, pause_s in said:
        station.hear(words, now_s)
        now_s += pause_s
        station.advance(now_s)
        assert isinstance(station.speak(now_s), bytes)
        due_s = station.next_s()
        assert due_s is None or due_s >= 0.0
