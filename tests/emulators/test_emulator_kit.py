"""The kit that every emulated device stands in: ports, pace, faults of the line, cables."""

from __future__ import annotations

import os
import socket
import stat
import time
from pathlib import Path

import pytest
import serial

from ncrobot.errors import LabError
from ncrobot_sim.emulators import (
    Answer,
    Emulator,
    FaultKind,
    Station,
    WireFault,
    emulator_class,
    known_emulators,
    start_emulator,
)


class Clerk(Emulator):
    """Answers each line with the same line; ``slow`` takes a second, ``bell`` rings later."""

    kind = "test.clerk"
    patience_s = 0.5

    def split(self, buffer):
        line, end, rest = buffer.partition(b"\r")
        return (line, rest) if end else None

    def answer(self, command, now_s):
        if command == b"bell":
            self.say(b"RING\r", now_s + 2.0)
        return Answer(b"slow\r", 1.0) if command == b"slow" else command + b"\r"

    def spoil(self, reply):
        return reply.swapcase()


def said(station: Station, until_s: float) -> bytes:
    station.advance(until_s)
    return station.speak(until_s)


def test_a_command_is_answered_once_and_in_its_time():
    station = Station(Clerk({}))
    station.hear(b"ab", 0.0)
    assert said(station, 0.1) == b""
    station.hear(b"c\rslow\rx\r", 0.2)
    assert said(station, 0.3) == b"abc\rx\r"
    assert said(station, 1.1) == b""
    assert said(station, 1.3) == b"slow\r"
    assert [exchange.command for exchange in station.exchanges] == [b"abc", b"slow", b"x"]


def test_it_speaks_unasked_and_loses_patience():
    station = Station(Clerk({}))
    station.hear(b"bell\r", 0.0)
    assert station.next_s() is not None
    assert said(station, 1.0) == b"bell\r"
    assert said(station, 3.0) == b"RING\r"
    assert station.next_s() is None
    station.hear(b"for", 4.0)
    station.hear(b"gotten\r", 5.0)
    assert said(station, 6.0) == b"gotten\r"


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        (WireFault(FaultKind.DEAF), b""),
        (WireFault(FaultKind.SILENCE), b""),
        (WireFault(FaultKind.TRUNCATED), b"ab"),
        (WireFault(FaultKind.DUPLICATE), b"abc\rabc\r"),
        (WireFault(FaultKind.ECHO), b"abcabc\r"),
        (WireFault(FaultKind.WRONG_CHECKSUM), b"ABC\r"),
        (WireFault(FaultKind.LATE, delay_s=5.0), b""),
        (WireFault(FaultKind.SILENCE, command="x"), b"abc\r"),
        (WireFault(FaultKind.SILENCE, nth=2), b"abc\r"),
    ],
)
def test_faults_of_the_line(fault, heard):
    station = Station(Clerk({}), [fault])
    station.hear(b"abc\r", 0.0)
    assert said(station, 1.0) == heard
    station.hear(b"def\r", 10.0)
    again = said(station, 11.0)
    assert again == {5.0: b"abc\rdef\r"}.get(fault.delay_s, b"" if fault.nth == 2 else b"def\r")


def test_garbage_is_noise_and_never_the_reply():
    for kind, tail in (
        (FaultKind.GARBAGE, b""),
        (FaultKind.NOISE, b"abc\r"),
        (FaultKind.UNASKED, b"\r\nabc\r"),
    ):
        station = Station(Clerk({}), [WireFault(kind)])
        station.hear(b"abc\r", 0.0)
        got = said(station, 1.0)
        assert got.endswith(tail)
        assert len(got) > len(tail)


def test_a_fault_can_stay_and_be_switched_off():
    station = Station(Clerk({}), [WireFault(FaultKind.SILENCE, times=0)])
    for n in range(5):
        station.hear(b"abc\r", float(n))
        assert said(station, n + 0.5) == b""
    station.switches.clear()
    station.hear(b"abc\r", 9.0)
    assert said(station, 9.5) == b"abc\r"


def test_faults_by_chance_come_as_often_as_asked():
    station = Station(Clerk({}))
    station.switches.by_chance(0.2, [WireFault(FaultKind.SILENCE)], seed=1)
    for n in range(1000):
        station.hear(b"abc\r", float(n))
    struck = sum(exchange.fault is not None for exchange in station.exchanges)
    assert 150 < struck < 250


def test_a_device_without_such_a_fault_says_so():
    with pytest.raises(ValueError, match="stall"):
        Clerk({}).suffer(FaultKind.STALL, 0.0)


# --- on a pseudo-terminal ---------------------------------------------------------------------------


def ask(port: str, command: bytes = b"/1Q\r", baud: int = 9600) -> bytes:
    with serial.serial_for_url(port, baudrate=baud, timeout=0.5) as line:
        line.write(command)
        return line.read_until(b"\n")


def test_what_hits_a_device_with_one_command_hits_it_before_the_next_one_that_came_with_it():
    class Told(Clerk):
        offers = frozenset({FaultKind.STALL})
        stalls = False

        def suffer(self, kind, now_s):
            del kind, now_s
            self.stalls = True

        def answer(self, command, now_s):
            del now_s
            return b"stalls\r" if self.stalls else command + b"\r"

    station = Station(Told({}), [WireFault(FaultKind.STALL, command="go")])
    station.hear(b"go\rstatus\r", 0.0)  # a thread that was kept waiting reads both at once
    assert said(station, 0.1) == b"go\rstalls\r"


def test_an_emulator_answers_through_pyserial_and_its_port_ends_with_it():
    with start_emulator("tecan.xcalibur") as pump:
        assert stat.S_ISLNK(os.lstat(pump.port).st_mode)
        assert ask(pump.port) == b"/0`\x03\r\n"
        assert ask(pump.port) == b"/0`\x03\r\n"
        assert [exchange.command for exchange in pump.exchanges] == [b"/1Q\r"] * 2
    assert not Path(pump.port).exists()
    pump.stop()


def test_a_port_of_ones_own_name(tmp_path):
    with start_emulator("tecan.xlp", link=tmp_path / "pump0") as pump:
        assert pump.port == str(tmp_path / "pump0")
        assert ask(pump.port) == b"/0`\x03\r\n"


def test_over_a_gateway():
    with start_emulator("tecan.xcalibur", over="tcp") as pump:
        assert ask(pump.port) == b"/0`\x03\r\n"
        host, port = pump.port.removeprefix("socket://").split(":")
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection((host, int(port)), timeout=0.2),
    ):
        pass


def test_the_wrong_baud_rate_is_not_understood():
    with start_emulator("tecan.xcalibur") as pump:
        assert ask(pump.port, baud=38400) == b""
        assert ask(pump.port, baud=9600) == b"/0`\x03\r\n"
    with start_emulator("tecan.xcalibur", {"options": {"baud": 38400}}) as pump:
        assert ask(pump.port, baud=38400) == b"/0`\x03\r\n"


def test_a_port_with_parity_can_be_opened_again():
    with start_emulator("tecan.xcalibur") as pump:
        for _ in range(3):
            with serial.Serial(pump.port, 9600, bytesize=7, parity="O", timeout=0.5) as line:
                line.write(b"/1Q\r")
                assert line.read_until(b"\n") == b"/0`\x03\r\n"


def test_bytes_take_their_time_on_the_line():
    with start_emulator("tecan.xcalibur", {"options": {"baud": 1200}}) as pump:
        began_s = time.monotonic()
        assert ask(pump.port, baud=1200) == b"/0`\x03\r\n"
        # 4 bytes there, 6 back, 10 bits each: it can't be quicker.
        assert time.monotonic() - began_s >= 10 * 10 / 1200


def test_time_can_be_compressed():
    with start_emulator("tecan.xcalibur", speed=1000.0) as pump:
        began_s = pump.now_s()
        time.sleep(0.02)
        assert pump.now_s() - began_s >= 20.0


def talks_until_lost(line: serial.Serial) -> bool:
    for _ in range(100):
        try:
            line.read(1)
            line.write(b"x")
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_a_pulled_cable_and_its_return():
    with start_emulator("tecan.xcalibur") as pump:
        pump.inject(WireFault(FaultKind.DISCONNECT, delay_s=0.05, back_after_s=0.1))
        with serial.serial_for_url(pump.port, timeout=1.0) as line:
            line.write(b"/1Q\r")
            assert talks_until_lost(line)
        for _ in range(200):
            if Path(pump.port).exists():
                break
            time.sleep(0.01)
        assert ask(pump.port) == b"/0`\x03\r\n"


def test_faults_are_injected_while_it_runs():
    with start_emulator("tecan.xcalibur") as pump:
        pump.inject(WireFault(FaultKind.TRUNCATED))
        assert ask(pump.port) == b"/0`"
        pump.inject_by_chance(1.0, [WireFault(FaultKind.SILENCE)], seed=0)
        assert ask(pump.port) == b""
        pump.clear_faults()
        assert ask(pump.port) == b"/0`\x03\r\n"


def test_many_at_once():
    pumps = [start_emulator("tecan.xcalibur") for _ in range(20)]
    try:
        assert len({pump.port for pump in pumps}) == 20
        assert all(ask(pump.port) == b"/0`\x03\r\n" for pump in pumps)
    finally:
        for pump in pumps:
            pump.stop()


def test_unknown_emulators_are_refused_with_the_nearest_name():
    with pytest.raises(LabError, match=r"did you mean 'tecan\.xcalibur'"):
        start_emulator("tecan.xcaliber")


@pytest.mark.parametrize("kind", known_emulators())
def test_every_emulator_knows_its_driver_and_its_faults(kind):
    device = emulator_class(kind)
    assert device.kind == kind
    assert device.__doc__
    made = device({})
    for fault in device.offers:
        made.suffer(fault, 1.0)


def test_where_nothing_is_said_no_check_can_be_wrong():
    order = b"\xcc\x00\x45\x00\x00\xdd\xee\x01"
    device = emulator_class("runze.sy01b")({"answers_at_end": True})
    device.plunger.place = 6000.0
    station = Station(device, [WireFault(FaultKind.WRONG_CHECKSUM, times=0)])
    station.hear(order, 0.0)
    assert said(station, 1.0) == b""
    assert said(station, 20.0)


def test_a_cable_is_pulled_and_plugged_in_while_the_thread_waits():
    with start_emulator("tecan.xlp", speed=50.0) as emulated:
        for _ in range(50):
            emulated.unplug()
            assert not Path(emulated.port).exists()
            emulated.plug_in()
        with serial.Serial(emulated.port, 9600, timeout=2.0, exclusive=True) as port:
            port.write(b"/1Q\r")
            assert port.read_until(b"\n").startswith(b"/0")
    emulated.unplug()
