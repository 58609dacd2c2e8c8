"""The emulated Cavro pump against the tables of its manual, without a wire and without waiting."""

from __future__ import annotations

import pytest

from ncrobot_sim.emulators import FaultKind, Station, WireFault, emulator_class


class Bench:
    """A pump on a bench: ask it, let time pass."""

    def __init__(self, kind="tecan.xcalibur", faults=(), **options) -> None:
        self.pump = emulator_class(kind)({"options": options})
        self.station = Station(self.pump, faults)
        self.now_s = 0.0

    def send(self, wire: bytes) -> bytes:
        self.station.hear(wire, self.now_s)
        self.now_s += 0.01
        self.station.advance(self.now_s)
        return self.station.speak(self.now_s)

    def ask(self, text: str) -> str:
        """A terminal command; returns the status and the text."""
        reply = self.send(b"/1" + text.encode() + b"\r")
        if not reply:
            return ""
        assert reply.startswith(b"/0")
        assert reply.endswith(b"\x03\r\n")
        return reply[2:-3].decode()

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.station.advance(self.now_s)

    def until_idle(self) -> float:
        """Wait until it is ready; how long that took."""
        began_s = self.now_s
        while self.ask("Q")[0] < "`":
            self.wait(0.04)
        return self.now_s - began_s


def homed(**options) -> Bench:
    bench = Bench(**options)
    assert bench.ask("ZR") == "@"
    bench.until_idle()
    return bench


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        # Printed in the manual.
        ("2F 31 5A 52 0D", "2F 30 40 03 0D 0A"),
        ("2F 31 51 0D", "2F 30 60 03 0D 0A"),
        ("02 31 31 5A 52 03 09", "02 30 40 03 71"),
        ("02 31 31 51 03 50", "02 30 60 03 51"),
    ],
)
def test_exchanges_printed_in_the_manual(sent, received):
    assert Bench().send(bytes.fromhex(sent)) == bytes.fromhex(received)


def test_the_position_after_a_full_stroke_as_printed_in_the_manual():
    bench = homed()
    bench.ask("A3000R")
    bench.until_idle()
    assert bench.send(bytes.fromhex("2F 31 3F 0D")) == bytes.fromhex(
        "2F 30 60 33 30 30 30 03 0D 0A"
    )
    assert bench.send(bytes.fromhex("02 31 31 3F 03 3E")) == bytes.fromhex(
        "02 30 60 33 30 30 30 03 52"
    )


@pytest.mark.parametrize(
    ("top", "seconds"), [(6000, 1.25), (3200, 1.97), (1000, 6.00), (200, 30.0), (20, 300.0)]
)
def test_stroke_times_of_the_manual(top, seconds):
    bench = homed()
    bench.ask(f"v900V{top}c900A3000R")
    assert bench.until_idle() == pytest.approx(seconds, abs=0.07)


def test_nothing_moves_before_homing():
    for told in (False, True):
        bench = Bench(tells_not_homed=told)
        assert bench.ask("Q") == ("g" if told else "`")
        assert bench.ask("A100R") == "g"
        assert bench.ask("IR") == "g"
        assert bench.ask("?") == "g0"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("A4000R", "c"),
        ("A3001R", "c"),
        ("V4R", "c"),
        ("qR", "b"),
        ("D1R", "c"),
        ("BA10R", None),
        ("E R", "b"),
        ("ER", "c"),
    ],
)
def test_refusals(text, status):
    bench = homed()
    if status is None:
        assert bench.ask(text) == "@"
        bench.until_idle()
        assert bench.ask("Q") == "k"
    else:
        assert bench.ask(text) == status
    assert bench.ask("IR") == "@"
    bench.until_idle()
    assert bench.ask("Q") == "`"
    assert bench.pump.runner.plunger.place == 0.0


def test_a_bad_operand_late_in_a_string_shows_when_it_is_reached():
    bench = homed()
    assert bench.ask("A300A3500R") == "@"
    bench.until_idle()
    assert bench.ask("Q") == "c"
    assert bench.ask("?4") == "c300"


def test_a_command_while_moving_is_dropped():
    bench = homed()
    bench.ask("A3000R")
    assert bench.ask("A0R") == "O"
    bench.until_idle()
    assert bench.ask("?") == "o3000"


def test_only_q_tells_busy():
    bench = homed()
    bench.ask("A3000R")
    bench.wait(1.0)
    status, position = (reply := bench.ask("?4"))[0], int(reply[1:])
    assert status == "`"
    assert 0 < position < 3000
    assert bench.ask("Q") == "@"
    bench.until_idle()
    bench.ask("a0R")
    assert bench.ask("Q") == "`"


def test_stopping_keeps_the_place():
    bench = homed()
    bench.ask("A3000R")
    bench.wait(1.0)
    assert bench.ask("T") == "`"
    place = bench.ask("?4")
    bench.wait(10.0)
    assert bench.ask("?4") == place
    assert bench.ask("Q") == "`"


@pytest.mark.parametrize(("settings", "stroke"), [("", 3000), ("N1", 24000)])
def test_units(settings, stroke):
    bench = homed()
    bench.ask(f"{settings}V6000A{stroke}R")
    bench.until_idle()
    assert bench.pump.runner.plunger.place == 6000
    assert bench.ask("?") == f"`{stroke}"


def test_the_xlp_has_twice_the_increments():
    bench = homed(kind="tecan.xlp")
    bench.ask("V6000A6000R")
    bench.until_idle()
    assert bench.ask("?4") == "`6000"


def test_relative_moves_and_their_ends():
    bench = homed()
    bench.ask("P1000R")
    bench.until_idle()
    bench.ask("D300R")
    bench.until_idle()
    assert bench.ask("?") == "`700"
    assert bench.ask("P2451R") == "c"
    assert bench.ask("D701R") == "c"
    bench.ask("P2450R")
    bench.until_idle()
    assert bench.ask("?") == "`3150"


def test_loops_waits_and_halts():
    bench = homed()
    bench.ask("gP50gP100D100G3G2R")
    bench.until_idle()
    assert bench.ask("?") == "`100"
    bench.ask("M1000R")
    assert bench.until_idle() == pytest.approx(1.0, abs=0.06)
    bench.ask("H0A0R")
    bench.wait(100.0)
    assert bench.ask("Q") == "@"
    bench.ask("R")
    bench.until_idle()
    assert bench.ask("?") == "`0"


def test_an_endless_loop_ends_with_t():
    bench = homed()
    bench.ask("gP10D10G0R")
    bench.wait(20.0)
    assert bench.ask("Q") == "@"
    bench.ask("T")
    assert bench.ask("Q") == "`"


def test_the_buffer_and_repeating():
    bench = homed()
    assert bench.ask("A100") == "`"
    assert bench.ask("?10") == "`1"
    bench.ask("R")
    bench.until_idle()
    assert bench.ask("F") == "`0"
    bench.ask("P10R")
    bench.until_idle()
    bench.ask("X")
    bench.until_idle()
    assert bench.ask("?") == "`120"


def test_stored_strings():
    bench = homed()
    assert bench.ask("s3A250R") == "`"
    assert bench.ask("e4R") == "d"
    bench.ask("e3R")
    bench.until_idle()
    assert bench.ask("?") == "`250"


def test_a_distribution_valve_turns_both_ways():
    bench = homed(valve="6-port")
    assert bench.ask("?6") == "`6"
    bench.ask("I1R")
    assert bench.until_idle() < 0.4
    bench.ask("I6R")
    assert bench.until_idle() > 1.1
    bench.ask("O5R")
    assert bench.until_idle() < 0.4
    assert bench.ask("?6") == "`5"
    assert bench.ask("I7R") == "c"
    assert bench.ask("I0R") == "c"


def test_words_of_a_four_port_valve():
    bench = homed(valve="4-port")
    for letter in "IOBE":
        bench.ask(f"{letter}R")
        bench.until_idle()
        assert bench.ask("?6") == f"`{letter.lower()}"
    assert bench.ask("%") == "`4"
    assert bench.ask("?18") == "`0"


def test_the_account_tells_what_went_through_each_port():
    bench = homed()
    for text in ("IR", "A1500R", "OR", "A500R", "A250R"):
        bench.ask(text)
        bench.until_idle()
    assert bench.pump.runner.plunger.account() == {"i": 3000, "o": pytest.approx(-2500)}


# --- OEM --------------------------------------------------------------------------------------------


def oem(text: bytes, seq: int, *, repeat: bool = False) -> bytes:
    body = b"\x021" + bytes([0x30 + seq + (8 if repeat else 0)]) + text + b"\x03"
    check = 0
    for byte in body:
        check ^= byte
    return body + bytes([check])


def test_a_repeated_command_is_not_run_twice():
    bench = homed()
    first = bench.send(oem(b"P100R", 1))
    bench.wait(5.0)
    assert bench.send(oem(b"P100R", 1, repeat=True)) == first
    bench.wait(5.0)
    bench.send(oem(b"P100R", 2, repeat=True))  # never heard before: run
    bench.wait(5.0)
    assert bench.pump.runner.commanded_units == 200


def test_after_oem_terminal_commands_are_nothing():
    bench = Bench()
    bench.send(oem(b"Q", 1))
    assert bench.ask("Q") == ""
    bench.pump.lose_power(bench.now_s)
    assert bench.ask("Q") == "`"


def test_a_wrong_checksum_is_not_answered():
    bench = Bench()
    wire = oem(b"ZR", 1)
    assert bench.send(wire[:-1] + b"\x00") == b""
    assert bench.send(b"\xff\x02" + wire) == b"" or bench.pump.runner.running


def test_noise_before_a_frame_and_other_addresses():
    bench = Bench()
    assert bench.send(b"\xff\xff/9/1Q\r") == b"/0`\x03\r\n"
    assert bench.send(b"/2Q\r") == b""
    assert bench.send(b"/AZR\r") == b""  # a pair: done, not answered
    assert bench.pump.runner.running
    assert Bench(address=14).send(b"/?Q\r") == b"/0`\x03\r\n"


# --- faults -----------------------------------------------------------------------------------------


def test_an_overload_stops_the_plunger_where_it_is_and_needs_homing():
    bench = homed()
    bench.station.switches.switch_on(WireFault(FaultKind.STALL, command="A3000", delay_s=1.0))
    bench.ask("A3000R")
    bench.wait(1.5)
    assert bench.ask("Q") == "i"
    assert bench.ask("Q") == "`"  # told once
    place = bench.pump.runner.plunger.place
    assert 0 < place < 6000
    assert bench.ask("A0R") == "i"
    assert bench.pump.runner.plunger.now(bench.now_s) == place
    bench.ask("ZR")
    bench.until_idle()
    assert bench.ask("A10R") == "@"


def test_a_sticking_valve():
    bench = homed()
    bench.station.switches.switch_on(WireFault(FaultKind.VALVE, command="I"))
    bench.ask("IR")
    bench.wait(1.0)
    assert bench.ask("Q") == "j"
    assert bench.ask("?6") == "`"
    assert bench.ask("A10R") == "j"


def test_homing_that_is_blocked():
    bench = homed()
    bench.ask("A3000R")
    bench.until_idle()
    bench.station.switches.switch_on(WireFault(FaultKind.STALL, command="Z", delay_s=1.0))
    bench.ask("ZR")
    bench.wait(2.0)
    assert bench.ask("Q") == "a"
    assert bench.ask("A10R") == "g"


def test_power_loss_in_mid_move():
    bench = homed()
    bench.station.switches.switch_on(WireFault(FaultKind.RESET, command="A3000", delay_s=1.0))
    bench.ask("V6000A3000R")
    bench.ask("V6000A3000R")
    bench.wait(1.5)
    place = bench.pump.runner.plunger.place
    assert 0 < place < 6000
    assert bench.ask("?2") == "`1400"
    assert bench.ask("A0R") == "g"
    bench.wait(5.0)
    assert bench.pump.runner.plunger.place == place
