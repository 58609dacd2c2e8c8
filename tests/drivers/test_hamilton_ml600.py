"""The Microlab 600 driver: its words, every fault, and no volume moved twice."""

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
from ncrobot_drivers.hamilton.ml600 import Ml600
from ncrobot_drivers.link import LinkError
from ncrobot_sim.emulators import FaultKind

KIND = "hamilton.ml600"
LAYOUT = {
    "syringe_ul": 1000.0,
    "rate_ul_per_s": (1.0, 400.0),
    "inlet": "input",
    "waste": "wash",
    "needle": "output",
}
NUMBERS = {"inlet": "1", "waste": "3", "needle": "2", "options": {"valve": "numbers"}}


def with_ml600(test, **more):
    return with_pump(KIND, test, **{**LAYOUT, **more})


def steps(account):
    return {port: pytest.approx(value, abs=1) for port, value in account.items()}


# --- conversations --------------------------------------------------------------------------------


def talk(test, *lines, **more):
    script = [(f"{sent}\r".encode(), reply) for sent, reply in lines]

    return talk_with(Ml600, pump_settings(**{**LAYOUT, **more}), test, *script)


OK, DONE, BUSY, FINE = b"\x06\r", b"\x06Y\r", b"\x06*\r", b"\x06@\r"
HELLO = (("1a", b"1b\r"), ("1a", b"1b\r"), ("aE1", FINE))
HOME = (
    ("aF", DONE), ("aLXR", OK), ("aF", DONE), ("aE1", FINE), ("aF", DONE),
    ("aF", DONE), ("aWR", OK), ("aF", DONE), ("aE1", FINE), ("aX1R", OK), ("aF", BUSY), ("aF", DONE), ("aE1", FINE),
)  # fmt: skip


def test_homing_and_a_move_word_by_word():
    async def test(pump):
        await pump.initialise("wash")
        await pump.move_plunger(250.0, 300.0)

    talk(
        test, *HELLO, *HOME, ("aF", DONE), ("aYQPR", b"\x060\r"), ("aM12000S4R", OK), ("aF", BUSY), ("aF", DONE),
        ("aE1", FINE), ("aYQPR", b"\x0612000\r"),
    )  # fmt: skip


def test_valve_by_number_and_the_way_to_stop():
    async def test(pump):
        await pump.move_valve("2")
        await pump.stop()
        assert (await pump.identify()).firmware == "NV01.02.A"

    talk(
        test, *HELLO, ("aF", DONE), ("aLP02R", OK), ("aF", DONE), ("aE1", FINE), ("aLQPR", b"\x062\r"),
        ("aK", OK), ("aV", OK), ("aF", DONE), ("aUR", b"\x06NV01.02.A\r"), **NUMBERS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "word", "kind"),
    [
        (b"\x06P\r", "drive failed", DeviceErrorKind.STALL),
        (b"\x06H\r", "understand", DeviceErrorKind.REFUSED),
    ],
)
def test_errors_told_after_a_move(reply, word, kind):
    async def test(pump):
        await pump.initialise("wash")
        with pytest.raises(DeviceError, match=word) as caught:
            await pump.move_plunger(250.0, 300.0)
        assert caught.value.kind is kind

    talk(
        test, *HELLO, *HOME, ("aF", DONE), ("aYQPR", b"\x060\r"), ("aM12000S4R", OK), ("aF", DONE), ("aE1", reply),
    )  # fmt: skip


def test_a_refusal():
    async def test(pump):
        await pump.initialise("wash")
        with pytest.raises(DeviceError, match="refuses") as caught:
            await pump.move_plunger(250.0, 300.0)
        assert caught.value.moved is False

    talk(test, *HELLO, *HOME, ("aF", DONE), ("aYQPR", b"\x060\r"), ("aM12000S4R", b"\x15\r"))


# --- with the emulator ----------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, NUMBERS])
def test_doses_from_end_to_end(more):
    told = {**LAYOUT, **more}

    async def test(pump, emulated):
        assert isinstance(pump, SyringePump)
        assert await pump.read_plunger_ul() is None
        with pytest.raises(DeviceError, match="doesn't know its zero"):
            await pump.move_plunger(10.0, 10.0)
        await pump.initialise(told["waste"])
        await pump.move_valve(told["inlet"])
        await pump.move_plunger(300.0, 400.0)
        await pump.move_valve(told["needle"])
        await pump.move_plunger(250.0, 50.0)
        await pump.move_plunger(250.0, 50.0)
        assert await pump.read_plunger_ul() == pytest.approx(250.0, abs=0.03)
        assert await pump.read_valve() == told["needle"]
        assert emulated.device.plunger.account() == steps(
            {told["inlet"]: 14_400, told["needle"]: -2_400}
        )
        assert await pump.safe_state()

    with_ml600(test, **more)


ANY_FAULT = (
    *LINE_FAULTS, FaultKind.ECHO, FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET, FaultKind.LATE,
)  # fmt: skip


@pytest.mark.parametrize("kind", LINE_FAULTS)
@pytest.mark.parametrize("command", ["M24000", "YQP", "F", "X1", r"aIR", "E1", "LX"])
def test_one_fault_of_the_line_costs_nothing(kind, command):
    async def test(pump, emulated):
        emulated.inject(fault(kind, command))
        await pump.initialise("wash")
        await pump.move_valve("input")
        await pump.move_plunger(500.0, 400.0)
        assert await pump.read_plunger_ul() == pytest.approx(500.0)
        assert emulated.device.plunger.account() == steps({"input": 24_000})
        assert any(exchange.fault is kind for exchange in emulated.exchanges)

    with_ml600(test, options={"reply_s": 0.06})


def test_a_stall():
    async def test(pump, emulated):
        await pump.initialise("wash")
        emulated.inject(fault(FaultKind.STALL, "M48000", delay_s=1.0))
        with pytest.raises(DeviceError, match="drive failed") as caught:
            await pump.move_plunger(1000.0, 400.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        await pump.initialise("wash")
        assert await pump.read_plunger_ul() == 0.0

    with_ml600(test)


def test_a_sticking_valve():
    async def test(pump, emulated):
        await pump.initialise("wash")
        emulated.inject(fault(FaultKind.VALVE, "aIR"))
        with pytest.raises(DeviceError) as caught:
            await pump.move_valve("input")
        assert caught.value.moved is False
        assert await pump.read_valve() is None

    with_ml600(test)


def test_power_loss_in_mid_move():
    async def test(pump, emulated):
        await pump.initialise("wash")
        await pump.move_plunger(1000.0, 400.0)
        emulated.inject(fault(FaultKind.RESET, "M0S", delay_s=1.0))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(0.0, 400.0)
        assert caught.value.moved is None
        await pump.disconnect()
        await pump.connect()
        assert await pump.read_plunger_ul() is None

    with_ml600(test, options={"reply_s": 0.06})


def test_stopping_in_mid_move():
    async def test(pump, emulated):
        await pump.initialise("wash")
        moving = asyncio.create_task(pump.move_plunger(1000.0, 10.0))
        await asyncio.sleep(0.1)
        await pump.stop()
        with pytest.raises(DeviceError, match="was stopped") as caught:
            await moving
        assert caught.value.moved is True
        assert 0 < await pump.read_plunger_ul() < 1000

    with_ml600(test)


def test_a_pulled_cable():
    async def test(pump, emulated):
        await pump.initialise("wash")
        emulated.inject(fault(FaultKind.DISCONNECT, "M48000", delay_s=1.0))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(1000.0, 400.0)
        assert caught.value.moved is None
        emulated.plug_in()
        assert await pump.read_plunger_ul() is None  # its power may have been lost as well

    with_ml600(test)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"rate_ul_per_s": (0.1, 100.0)}, "0.2709"),
        ({"rate_ul_per_s": (1.0, 600.0)}, "500"),
        ({"waste": "bypass"}, "'bypass'"),
    ],
)
def test_a_layout_is_checked(more, word):
    with pytest.raises(LabError, match=word):
        Ml600(name="pump", clock=QuickClock(), settings=pump_settings(**{**LAYOUT, **more}))


@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 5)
@given(
    moves=doses(["input", "output"], ANY_FAULT),
    kind=st.sampled_from(ANY_FAULT),
    seed=st.integers(0, 99),
)
def test_whatever_goes_wrong_nothing_is_moved_twice(moves, kind, seed):
    async def test(pump, emulated):
        plunger = emulated.device.plunger
        account = Account(lambda: plunger.place / 48, lambda: travelled(plunger) / 48, slack_ul=0.1)
        await pump.initialise("wash")
        emulated.inject_by_chance(0.05, [fault(kind, delay_s=0.3)], seed)
        await move_under_faults(
            pump, emulated, moves, account, order=r"aM\d", rate=400.0, waste="wash"
        )

    with_ml600(test, options={"reply_s": 0.03}, speed=1000.0)


def travelled(plunger):
    return sum(abs(travel.target - travel.origin) for travel in plunger.travels)
