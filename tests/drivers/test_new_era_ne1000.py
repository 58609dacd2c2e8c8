"""The New Era driver: its packets, its counters, every fault, and no volume moved twice."""

from __future__ import annotations

import asyncio
import binascii
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from drivers.pump_kit import (
    LINE_FAULTS,
    Account,
    doses,
    fault,
    move_under_faults,
    pump_settings,
    with_pump,
)
from drivers.wire_kit import QuickClock, talk_with
from ncrobot.devices import SyringePump
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.link import LinkError
from ncrobot_drivers.new_era.ne1000 import Ne1000, four_digits
from ncrobot_sim.emulators import FaultKind

KIND = "new_era.ne1000"
MODES = [True, False]
LAYOUT = {"syringe_ul": 1000.0, "rate_ul_per_s": (0.1, 10.0), "waste": "waste", "inlet": "inlet"}


def options(**more):
    return {"diameter_mm": 4.61, "flow": "check_valves", "empty_at_power_on": True, **more}


def with_new_era(test, *, speed=100.0, **more):
    return with_pump(KIND, test, speed=speed, **LAYOUT, options=options(**more))


# --- conversations --------------------------------------------------------------------------------


def talk(test, *lines):
    """Against a scripted pump in basic mode."""
    script = [(f"00{sent}\r".encode(), f"\x0200{reply}\x03".encode()) for sent, reply in lines]
    told = pump_settings(**LAYOUT, options=options(safe_mode=False))
    leave = bytes.fromhex("02 0A 30 30 53 41 46 30")

    crc = _crc(b"00SAF0")
    first = (leave + crc + b"\x03", b"\x0200A?R\x03")
    again = (leave + crc + b"\x03", b"\x0200S\x03")
    return talk_with(Ne1000, told, test, first, again, *script)


def _crc(data: bytes) -> bytes:
    return binascii.crc_hqx(data, 0).to_bytes(2, "big")


READY = (
    ("", "S"),
    ("", "S"),
    ("DIA", "S14.43"),
    ("DIA4.610", "S"),
    ("VOLML", "S"),
    ("DIS", "SI0.000W0.000ML"),
)


def test_identifying():
    async def test(pump):
        return await pump.identify()

    identity = talk(test, *READY, ("VER", "SNE1000V3.928"))
    assert (identity.model, identity.firmware) == ("New Era NE1000", "3.928")


def test_a_dose_word_by_word():
    async def test(pump):
        await pump.move_plunger(250.0, 10.0)

    talk(
        test, *READY, ("", "S"), ("DIS", "SI0.000W0.000ML"),
        ("", "S"), ("DIRWDR", "S"), ("RAT600.0UM", "S"), ("VOLML", "S"), ("VOL0.250", "S"), ("RUN", "W"),
        ("", "W"), ("", "S"), ("DIS", "SI0.000W0.250ML"),
    )  # fmt: skip


def test_emptying_clears_the_counters():
    async def test(pump):
        await pump.move_plunger(0.0, 0.1)

    full = (*READY[:-1], ("DIS", "SI0.750W1.000ML"))
    talk(
        test, *full, ("", "S"), ("DIS", "SI0.750W1.000ML"),
        ("", "P"), ("STP", "S"), ("", "S"), ("DIRINF", "S"), ("RAT6.000UM", "S"), ("VOLML", "S"), ("VOL0.250", "S"),
        ("RUN", "I"), ("", "S"), ("DIS", "SI1.000W1.000ML"), ("CLDINF", "S"), ("CLDWDR", "S"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "word"), [("S?OOR", "so much"), ("S?NA", "now"), ("S?", "understand")]
)
def test_refusals_come_before_anything_moves(reply, word):
    async def test(pump):
        with pytest.raises(DeviceError, match=word) as caught:
            await pump.move_plunger(250.0, 10.0)
        assert caught.value.kind is DeviceErrorKind.REFUSED
        assert caught.value.moved is False

    talk(
        test, *READY, ("", "S"), ("DIS", "SI0.000W0.000ML"),
        ("", "S"), ("DIRWDR", "S"), ("RAT600.0UM", reply),
    )  # fmt: skip


@given(st.floats(0.001, 9999))
def test_figures_fit_the_pump(value):
    text = four_digits(value)
    assert len(text.replace(".", "")) <= 4
    assert len(text.partition(".")[2]) <= 3
    assert float(text) == pytest.approx(value, rel=5.1e-3, abs=5.1e-4)


# --- with the emulator ----------------------------------------------------------------------------


@pytest.mark.parametrize("safe", MODES)
def test_doses_from_end_to_end(safe):
    async def test(pump, emulated):
        assert isinstance(pump, SyringePump)
        assert await pump.read_plunger_ul() == 0.0
        await pump.initialise("waste")
        await pump.move_valve("inlet")
        await pump.move_plunger(300.0, 10.0)
        await pump.move_plunger(250.0, 5.0)
        await pump.move_plunger(250.0, 5.0)
        assert await pump.read_plunger_ul() == pytest.approx(250.0)
        assert emulated.device.moved_ul == [pytest.approx(300.0), pytest.approx(-50.0)]
        await pump.initialise("waste")
        assert emulated.device.plunger_ul == pytest.approx(0.0, abs=0.1)
        assert emulated.device.pushed_ul == 0.0
        assert await pump.read_valve() is None
        assert await pump.safe_state()

    with_new_era(test, safe_mode=safe)


ANY_FAULT = (*LINE_FAULTS, FaultKind.ECHO, FaultKind.STALL, FaultKind.RESET, FaultKind.LATE)


@pytest.mark.parametrize("kind", LINE_FAULTS)
@pytest.mark.parametrize("command", ["RUN", "DIS", r"RAT|VOL\d|DIR|CLD"])
@pytest.mark.parametrize("safe", MODES)
def test_one_fault_of_the_line_costs_nothing(kind, command, safe):
    async def test(pump, emulated):
        emulated.inject(fault(kind, command))
        await pump.move_plunger(500.0, 10.0)
        await pump.move_plunger(0.0, 10.0)
        assert emulated.device.moved_ul == [pytest.approx(500.0), pytest.approx(-500.0)]
        assert any(exchange.fault is kind for exchange in emulated.exchanges)

    with_new_era(test, safe_mode=safe, reply_s=0.04, watchdog_s=255, speed=500.0)


@pytest.mark.parametrize("safe", MODES)
def test_a_stall(safe):
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.STALL, "RUN", delay_s=5.0))
        with pytest.raises(DeviceError, match="stalled") as caught:
            await pump.move_plunger(500.0, 10.0)
        assert caught.value.kind is DeviceErrorKind.STALL
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        with pytest.raises(DeviceError, match="empty the syringe by hand"):
            await pump.initialise("waste")
        with pytest.raises(DeviceError, match="lost count"):
            await pump.move_plunger(0.0, 10.0)

    with_new_era(test, safe_mode=safe)


@pytest.mark.parametrize("safe", MODES)
def test_power_loss_in_mid_move(safe):
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.RESET, "RUN", delay_s=5.0))
        with pytest.raises(DeviceError, match="power") as caught:
            await pump.move_plunger(500.0, 10.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None

    with_new_era(test, safe_mode=safe)


def test_a_pump_that_was_off_is_trusted_only_if_the_lab_says_so():
    async def test(pump, emulated):
        assert await pump.read_plunger_ul() is None

    with_pump(KIND, test, **LAYOUT, options={**options(), "empty_at_power_on": False})


def test_a_pump_found_with_its_counters_keeps_its_place():
    async def test(pump, emulated):
        await pump.move_plunger(300.0, 10.0)
        await pump.disconnect()
        again = Ne1000(name="pump", clock=QuickClock(100.0), port=emulated.port, settings=pump_settings(**LAYOUT, options=options(empty_at_power_on=False)))  # fmt: skip
        await again.connect()
        assert await again.read_plunger_ul() == pytest.approx(300.0)
        await again.disconnect()

    with_new_era(test)


def test_a_dead_controller_stops_the_pump():
    """Safe mode: who doesn't hear anything for so long stops."""

    async def test(pump, emulated):
        moving = asyncio.create_task(pump.move_plunger(900.0, 1.0))
        await asyncio.sleep(0.3)
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving
        await asyncio.sleep(0.5)
        assert emulated.device.run is None
        assert 0 < emulated.device.plunger_ul < 800
        assert await pump.read_plunger_ul() == pytest.approx(emulated.device.plunger_ul, abs=1.0)

    with_new_era(test, watchdog_s=10)


def test_stopping_leaves_nothing_to_go_on_with():
    async def test(pump, emulated):
        moving = asyncio.create_task(pump.move_plunger(900.0, 1.0))
        await asyncio.sleep(0.2)
        await pump.stop()
        with pytest.raises(DeviceError, match="stands at"):
            await moving
        assert emulated.device.paused is None
        before_ul = emulated.device.plunger_ul
        await pump.move_plunger(0.0, 10.0)
        assert emulated.device.moved_ul[-1] == pytest.approx(-before_ul, abs=1.0)

    with_new_era(test)


def test_silence_and_a_pulled_cable():
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.SILENCE, times=0))
        with pytest.raises(LinkError, match="no answer"):
            await pump.move_plunger(100.0, 10.0)
        assert not await pump.safe_state()
        emulated.clear_faults()
        emulated.inject(fault(FaultKind.DISCONNECT, "RUN", delay_s=2.0))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(200.0, 10.0)
        assert caught.value.moved is None
        emulated.plug_in()
        assert await pump.read_plunger_ul() == pytest.approx(emulated.device.plunger_ul, abs=1.0)

    with_new_era(test, reply_s=0.05)


def test_a_layout_is_checked():
    with pytest.raises(LabError, match=r"options\.diameter_mm"):
        Ne1000(name="pump", clock=QuickClock(), settings=pump_settings(**LAYOUT))
    pump = Ne1000(
        name="pump",
        clock=QuickClock(),
        settings=pump_settings(**LAYOUT, options={"diameter_mm": 4.6}),
    )
    assert pump.limits.ports == ()
    assert pump.limits.resolution_ul == 1.0


@pytest.mark.parametrize("safe", MODES)
@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 5)
@given(
    moves=doses(["inlet", "waste"], ANY_FAULT),
    kind=st.sampled_from(ANY_FAULT),
    seed=st.integers(0, 99),
)
def test_whatever_goes_wrong_nothing_is_moved_twice(safe, moves, kind, seed):
    async def test(pump, emulated):
        machine = emulated.device
        account = Account(
            lambda: machine.plunger_ul, lambda: sum(map(abs, machine.moved_ul)), slack_ul=1.5
        )
        emulated.inject_by_chance(0.03, [fault(kind, delay_s=3.0)], seed)
        await move_under_faults(
            pump, emulated, moves, account, order="RUN", rate=10.0, waste="waste"
        )

    with_new_era(test, safe_mode=safe, reply_s=0.03, speed=1000.0, watchdog_s=255)
