"""The Runze driver: its frames, replies that come late or only at the end, and every fault."""

from __future__ import annotations

import asyncio

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
from ncrobot_drivers.runze.sy01b import Sy01b
from ncrobot_sim.emulators import FaultKind

KIND = "runze.sy01b"
LAYOUT = {
    "syringe_ul": 1000.0,
    "rate_ul_per_s": (2.0, 300.0),
    "inlet": "1",
    "waste": "6",
    "needle": "2",
}


def with_runze(test, *, speed=200.0, **options):
    return with_pump(KIND, test, speed=speed, **LAYOUT, options={"stroke_s_at_100": 6.0, **options})


def steps(account):
    return {port: pytest.approx(value, abs=2) for port, value in account.items()}


# --- conversations --------------------------------------------------------------------------------


def frame(code, figure=0):
    body = bytes([0xCC, 0, code, figure & 0xFF, figure >> 8, 0xDD])
    return body + sum(body).to_bytes(2, "little")


def talk(test, *lines):
    return talk_with(Sy01b, pump_settings(**LAYOUT, options={"stroke_s_at_100": 6.0}), test, *lines)


def test_frames_that_others_have_seen():
    async def test(pump):
        await pump.move_valve("3")

    talk(
        test,
        (bytes.fromhex("CC 00 4A 00 00 DD F3 01"), frame(0)),
        (bytes.fromhex("CC 00 4A 00 00 DD F3 01"), frame(0)),
        (bytes.fromhex("CC 00 44 03 00 DD F0 01"), frame(0xFE)),
        (bytes.fromhex("CC 00 4A 00 00 DD F3 01"), frame(4)),
        (bytes.fromhex("CC 00 4A 00 00 DD F3 01"), frame(0)),
        (bytes.fromhex("CC 00 3E 00 00 DD E7 01"), frame(0, 3)),
    )


ASK = frame(0x4A)
HOME = (
    (ASK, frame(6)), (ASK, frame(6)), (frame(0x4C), frame(0xFE)), (ASK, frame(6)), (ASK, frame(6)), (ASK, frame(6)),
    (frame(0x44, 6), frame(0)), (ASK, frame(0)), (frame(0x3E), frame(0, 6)), (frame(0x45), frame(0xFE)), (ASK, frame(0)),
)  # fmt: skip


def test_homing_a_move_stopping_and_firmware():
    async def test(pump):
        await pump.initialise("6")
        await pump.move_plunger(500.0, 100.0)
        await pump.stop()
        assert (await pump.identify()).firmware == "1.9"

    talk(
        test, *HOME, (ASK, frame(0)), (frame(0x66), frame(0)), (frame(0x66), frame(0)), (frame(0x4B, 60), frame(0)),
        (frame(0x4E, 6000), frame(0xFE)), (ASK, frame(4)), (ASK, frame(0)), (frame(0x66), frame(0, 6000)),
        (frame(0x66), frame(0, 6000)), (frame(0x49), frame(0)), (ASK, frame(0)), (frame(0x3F), frame(0, 0x0901)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind", "moved"),
    [
        (2, DeviceErrorKind.REFUSED, False), (4, DeviceErrorKind.REFUSED, False), (7, DeviceErrorKind.REFUSED, False),
        (8, DeviceErrorKind.REFUSED, False), (3, DeviceErrorKind.STALL, None), (5, DeviceErrorKind.STALL, None),
        (6, DeviceErrorKind.STALL, None), (0xFF, DeviceErrorKind.STALL, None),
    ],
)  # fmt: skip
def test_every_status(status, kind, moved):
    async def test(pump):
        await pump.initialise("6")
        with pytest.raises(DeviceError) as caught:
            await pump.move_plunger(500.0, 100.0)
        assert caught.value.kind is kind
        assert caught.value.moved is moved

    talk(
        test, *HOME, (ASK, frame(0)), (frame(0x66), frame(0)), (frame(0x66), frame(0)), (frame(0x4B, 60), frame(0)),
        (frame(0x4E, 6000), frame(status)),
    )  # fmt: skip


# --- with the emulator ----------------------------------------------------------------------------


@pytest.mark.parametrize("answers_at_end", [False, True])
def test_doses_from_end_to_end(answers_at_end):
    async def test(pump, emulated):
        emulated.device.answers_at_end = answers_at_end
        assert isinstance(pump, SyringePump)
        assert await pump.read_plunger_ul() is None
        await pump.initialise("6")
        await pump.move_valve("1")
        await pump.move_plunger(300.0, 100.0)
        await pump.move_valve("2")
        await pump.move_plunger(250.0, 50.0)
        await pump.move_plunger(250.0, 50.0)
        assert await pump.read_plunger_ul() == pytest.approx(250.0, abs=0.1)
        assert await pump.read_valve() == "2"
        assert emulated.device.plunger.account() == steps({"1": 3600, "2": -600})
        assert await pump.safe_state()

    with_runze(test, reply_s=0.05 if answers_at_end else 1.0)


ANY_FAULT = (*LINE_FAULTS, FaultKind.ECHO, FaultKind.STALL, FaultKind.RESET, FaultKind.LATE)


@pytest.mark.parametrize("kind", LINE_FAULTS)
@pytest.mark.parametrize(
    "code", ["\\x4e", "\\x66", "\\x4a", "\\x45", "\\x44\\x01", "\\x4b", "\\x4c"]
)
def test_one_fault_of_the_line_costs_nothing(kind, code):
    async def test(pump, emulated):
        emulated.inject(fault(kind, f"^..{code}"))
        await pump.initialise("6")
        await pump.move_valve("1")
        await pump.move_plunger(500.0, 300.0)
        assert await pump.read_plunger_ul() == pytest.approx(500.0)
        assert emulated.device.plunger.account() == steps({"1": 6000})
        assert any(exchange.fault is kind for exchange in emulated.exchanges)

    with_runze(test, reply_s=0.06)


def test_a_stall():
    async def test(pump, emulated):
        await pump.initialise("6")
        emulated.inject(fault(FaultKind.STALL, "^..\\x4e", delay_s=1.0))
        with pytest.raises(DeviceError, match="stalled") as caught:
            await pump.move_plunger(1000.0, 300.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        await pump.initialise("6")
        assert await pump.read_plunger_ul() == 0.0

    with_runze(test)


def test_power_loss_in_mid_move():
    async def test(pump, emulated):
        await pump.initialise("6")
        await pump.move_plunger(1000.0, 300.0)
        emulated.inject(fault(FaultKind.RESET, "^..\\x4e\\x00", delay_s=1.0))
        with pytest.raises(DeviceError, match="doesn't know where") as caught:
            await pump.move_plunger(0.0, 300.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None

    with_runze(test)


def test_stopping_silence_and_a_pulled_cable():
    async def test(pump, emulated):
        await pump.initialise("6")
        moving = asyncio.create_task(pump.move_plunger(1000.0, 10.0))
        await asyncio.sleep(0.1)
        await pump.stop()
        with pytest.raises(DeviceError, match="was stopped"):
            await moving
        emulated.inject(fault(FaultKind.SILENCE, times=0))
        with pytest.raises(LinkError, match="no answer"):
            await pump.move_plunger(0.0, 300.0)
        emulated.clear_faults()
        emulated.inject(fault(FaultKind.DISCONNECT, "^..\\x4e", delay_s=0.5))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(1000.0, 300.0)
        assert caught.value.moved is None

    with_runze(test, reply_s=0.06)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"options": {}}, "stroke_s_at_100"),
        ({"waste": "7", "options": {"stroke_s_at_100": 6.0}}, "'7'"),
        ({"rate_ul_per_s": (1.0, 400.0), "options": {"stroke_s_at_100": 6.0}}, "1.667 to 333.3"),
    ],
)
def test_a_layout_is_checked(more, word):
    with pytest.raises(LabError, match=word):
        Sy01b(name="pump", clock=QuickClock(), settings=pump_settings(**{**LAYOUT, **more}))


@pytest.mark.parametrize("at_end", [False, True])
@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 8)
@given(moves=doses(["1", "2"], ANY_FAULT), kind=st.sampled_from(ANY_FAULT), seed=st.integers(0, 99))
def test_whatever_goes_wrong_nothing_is_moved_twice(at_end, moves, kind, seed):
    async def test(pump, emulated):
        emulated.device.answers_at_end = at_end
        plunger = emulated.device.plunger
        account = Account(lambda: plunger.place / 12, lambda: travelled(plunger) / 12, slack_ul=0.2)
        await pump.initialise("6")
        emulated.inject_by_chance(0.05, [fault(kind, delay_s=0.3)], seed)
        await move_under_faults(
            pump, emulated, moves, account, order=r"^..\x4e", rate=300.0, waste="6"
        )

    with_runze(test, reply_s=0.03, speed=1000.0)


def travelled(plunger):
    return sum(abs(travel.target - travel.origin) for travel in plunger.travels)
