"""The emulated New Era pump against its manual, without a wire and without waiting."""

from __future__ import annotations

import pytest

from ncrobot_sim.emulators import FaultKind, Station, WireFault, emulator_class


class Bench:
    def __init__(self, faults=(), **options) -> None:
        self.pump = emulator_class("new_era.ne1000")({"options": options})
        self.station = Station(self.pump, faults)
        self.now_s = 0.0

    def send(self, wire: bytes) -> bytes:
        self.station.hear(wire, self.now_s)
        return self.heard(0.01)

    def heard(self, after_s: float) -> bytes:
        self.now_s += after_s
        self.station.advance(self.now_s)
        return self.station.speak(self.now_s)

    def ask(self, text: str) -> str:
        """Basic mode; returns the status and the text."""
        reply = self.send(text.encode() + b"\r")
        assert reply[:1] == b"\x02"
        assert reply[-1:] == b"\x03"
        assert reply[1:3] == b"%02d" % self.pump.address
        return reply[3:-1].decode()


def awake(**options) -> Bench:
    bench = Bench(**options)
    assert bench.ask(str(options.get("address", ""))) == "A?R"
    return bench


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        # Printed in the manual, or agreed with by an independent driver.
        ("02 09 30 30 52 55 4E 48 E9 03", "02 07 30 30 49"),
        ("02 05 30 36 53 03", "02 07 30 30 53 AA A6 03"),
    ],
)
def test_packets_of_the_manual(sent, received):
    bench = Bench()
    assert bench.send(bytes.fromhex("02 05 30 36 53 03")) == bytes.fromhex(
        "02 09 30 30 41 3F 52 65 86 03"
    )
    assert bench.send(bytes.fromhex(sent)).startswith(bytes.fromhex(received))


def test_leaving_safe_mode_as_printed():
    bench = Bench()
    assert bench.send(bytes.fromhex("02 08 53 41 46 30 55 43 03")) == b"\x0200A?R\x03"
    assert bench.send(bytes.fromhex("02 08 53 41 46 30 55 43 03")) == b"\x0200S\x03"


def test_the_first_command_after_power_up_is_not_obeyed():
    bench = Bench()
    assert bench.ask("RUN") == "A?R"
    assert bench.ask("") == "S"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("DIA", "S14.43"), ("RAT", "S500.0UM"), ("VOL", "S0.000ML"), ("DIR", "SINF"), ("DIS", "SI0.000W0.000ML"),
        ("VER", "SNE1000V3.928"), ("dir wdr", "S"), ("DIA90", "S?OOR"), ("RAT9999MM", "S?OOR"),
        ("VOL12345", "S?"), ("VOL1.2345", "S?"), ("XYZ", "S?"), ("STP", "S?NA"), ("SAF", "S0"),
    ],
)  # fmt: skip
def test_answers_of_a_pump_at_rest(text, answer):
    assert awake().ask(text) == answer


def test_the_diameter_chooses_the_unit():
    bench = awake()
    bench.ask("DIA4.61")
    bench.ask("VOL250")
    assert bench.ask("VOL") == "S250.0UL"


def test_a_run_moves_its_volume_in_its_time_and_counts_it():
    bench = awake()
    for text in ("DIA4.61", "VOL100", "RAT600UM", "DIRWDR"):
        assert bench.ask(text) == "S"
    assert bench.ask("RUN") == "W"
    bench.heard(4.99)
    assert bench.ask("DIS") == "WI0.000W50.00UL"
    assert bench.ask("VOL50") == "W?NA"
    assert bench.ask("DIRINF") == "W?NA"
    assert bench.ask("DIA5") == "W?NA"
    bench.heard(10.0)
    assert bench.ask("DIS") == "SI0.000W100.0UL"
    assert bench.pump.plunger_ul == pytest.approx(100.0)
    assert bench.ask("CLDWDR") == "S"
    assert bench.ask("DIS") == "SI0.000W0.000UL"


def test_stopping_pauses_first_and_running_goes_on():
    bench = awake()
    for text in ("DIA4.61", "VOL100", "RAT600UM", "RUN"):
        bench.ask(text)
    bench.heard(5.0)
    assert bench.ask("STP") == "P"
    assert bench.ask("RUN") == "I"
    bench.heard(10.0)
    assert bench.ask("DIS") == "SI100.0W0.000UL"
    bench.ask("RUN")
    assert (bench.ask("STP"), bench.ask("STP")) == ("P", "S")


def test_silence_in_a_packet_discards_it():
    bench = awake()
    bench.send(b"\x02\x09")
    bench.now_s += 1.0
    assert bench.ask("") == "S"


def test_a_damaged_packet_is_told():
    bench = awake()
    assert bench.send(bytes.fromhex("02 09 30 30 52 55 4E 48 E8 03"))[4:9] == b"S?COM"
    assert bench.pump.run is None


def test_safe_mode_stops_a_pump_that_nobody_watches():
    bench = awake()
    for text in ("DIA4.61", "VOL900", "RAT600UM", "SAF5"):
        bench.ask(text) if text != "SAF5" else bench.send(b"SAF5\r")
    bench.ask("RUN")
    assert b"00A?T" in bench.heard(6.0)
    assert bench.pump.run is None
    assert bench.pump.plunger_ul == pytest.approx(-50.0, abs=1.0)


def test_a_stall_is_told_and_power_loss_forgets_the_counts():
    bench = Bench()
    bench.ask("")
    bench.station.switches.switch_on(WireFault(FaultKind.STALL, "RUN", delay_s=1.0))
    for text in ("DIA4.61", "VOL100", "RAT600UM", "RUN"):
        bench.ask(text)
    bench.heard(2.0)
    assert bench.ask("") == "A?S"
    assert bench.ask("DIS").startswith("SI10.")
    bench.station.switches.switch_on(WireFault(FaultKind.RESET, "RUN", delay_s=1.0))
    bench.ask("RUN")
    bench.heard(2.0)
    assert bench.ask("DIS") == "A?R"
    assert bench.ask("DIS") == "SI0.000W0.000ML"
    assert bench.pump.plunger_ul == pytest.approx(-20.0, abs=0.5)


def test_other_addresses_are_not_answered():
    bench = awake(address=7)
    assert bench.send(b"6VER\r") == b""
    assert bench.ask("7VER") == "SNE1000V3.928"
