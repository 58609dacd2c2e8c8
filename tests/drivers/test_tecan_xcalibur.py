"""The Cavro driver: every command as bytes, every fault, and no volume moved twice."""

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
from drivers.wire_kit import QuickClock, conversation, talk_with
from ncrobot.devices import SyringePump, load_driver
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.link import LinkError, SilentError
from ncrobot_drivers.tecan.xcalibur import XCalibur
from ncrobot_sim.emulators import FaultKind

KINDS = ["tecan.xcalibur", "tecan.xlp"]
PROTOCOLS = ["oem", "dt"]
DISTRIBUTION = {
    "inlet": "1",
    "waste": "6",
    "outlets": {"2": "A1", "3": "A2"},
    "options": {"valve": "6-port"},
}


def talk(test, *lines: tuple[str, str], **settings):
    """Run ``test(pump)`` against a scripted pump that speaks the terminal protocol."""
    script = [(f"/1{sent}\r".encode(), f"/0{reply}\x03\r\n".encode()) for sent, reply in lines]
    told = pump_settings(options={"protocol": "dt", **settings.pop("options", {})}, **settings)

    return talk_with(XCalibur, told, test, *script)


HOMED = (("Q", "`"), ("?", "`0"), ("v890V1400c890A0R", "`"), ("Q", "`"), ("?6", "`i"))
NOT_HOMED = (("Q", "`"), ("?", "`0"), ("v890V1400c890A0R", "g"), ("Q", "g"), ("?6", "`"))


# --- conversations --------------------------------------------------------------------------------


def test_connecting_to_a_homed_pump():
    async def test(pump):
        assert await pump.read_plunger_ul() == pytest.approx(500.0)

    talk(test, *HOMED, ("Q", "`"), ("?1", "`890"), ("?4", "`1500"))


def test_connecting_to_one_that_is_not():
    async def test(pump):
        assert await pump.read_plunger_ul() is None
        with pytest.raises(DeviceError, match="doesn't know its zero") as caught:
            await pump.move_plunger(10.0, 10.0)
        assert caught.value.moved is False

    talk(test, *NOT_HOMED, ("Q", "g"), ("Q", "`"))


def test_identifying():
    async def test(pump):
        return await pump.identify()

    identity = talk(test, *HOMED, ("&", "`732743-C"))
    assert (identity.model, identity.firmware) == ("Tecan Cavro XCalibur", "732743-C")


def test_homing_a_valve_with_words():
    async def test(pump):
        await pump.initialise("output")
        assert await pump.read_valve() == "output"

    talk(
        test,
        *NOT_HOMED,
        ("Q", "g"),
        ("Z0R", "@"),
        ("Q", "@"),
        ("Q", "`"),
        ("?6", "`o"),
        ("?6", "`o"),
    )


def test_homing_a_distribution_valve_counted_the_other_way_with_less_force():
    async def test(pump):
        await pump.initialise("6")

    options = {**DISTRIBUTION["options"], "ports_counted": "counter_clockwise"}
    talk(
        test, *NOT_HOMED, ("Q", "g"), ("Y1,1,6R", "@"), ("Q", "`"), ("?6", "`6"),
        **{**DISTRIBUTION, "options": options}, syringe_ul=250.0, rate_ul_per_s=(1.0, 100.0),
    )  # fmt: skip


def test_moving_the_plunger():
    async def test(pump):
        await pump.move_plunger(500.0, 50.0)

    talk(
        test, *HOMED, ("Q", "`"), ("?4", "`0"), ("v300V300c300A1500R", "@"), ("Q", "@"), ("Q", "@"),
        ("Q", "`"), ("?", "`1500"), ("?4", "`1499"), ("?1", "`300"),
    )  # fmt: skip


def test_the_slowest_move():
    async def test(pump):
        await pump.move_plunger(1.0, 1.0)

    talk(
        test,
        *HOMED,
        ("Q", "`"),
        ("?4", "`0"),
        ("v50V6c50A3R", "@"),
        ("Q", "`"),
        ("?", "`3"),
        ("?4", "`3"),
        ("?1", "`6"),
    )


@pytest.mark.parametrize(("port", "sent"), [("2", "I2R"), ("4", "I4R"), ("5", "O5R"), ("6", "O6R")])
def test_turning_a_distribution_valve_the_short_way(port, sent):
    async def test(pump):
        await pump.move_valve(port)

    at_one = (*HOMED[:-1], ("?6", "`1"))
    talk(
        test,
        *at_one,
        ("Q", "`"),
        (sent, "@"),
        ("Q", "@"),
        ("Q", "`"),
        ("?6", f"`{port}"),
        **DISTRIBUTION,
    )


@pytest.mark.parametrize(
    ("port", "sent"), [("input", "IR"), ("output", "OR"), ("bypass", "BR"), ("extra", "ER")]
)
def test_turning_a_valve_with_words(port, sent):
    async def test(pump):
        await pump.move_valve(port)

    talk(
        test,
        *HOMED,
        ("Q", "`"),
        (sent, "@"),
        ("Q", "`"),
        ("?6", f"`{sent[0].lower()}"),
        options={"valve": "4-port"},
    )


def test_stopping_and_the_safe_state():
    async def test(pump):
        await pump.stop()
        assert await pump.safe_state()

    talk(test, *HOMED, ("T", "`"), ("Q", "@"), ("Q", "`"), ("T", "`"), ("Q", "`"))


def test_the_oem_frames_and_their_numbers():
    def oem(text: bytes) -> bytes:
        framed = b"\x02" + text + b"\x03"
        check = 0
        for byte in framed:
            check ^= byte
        return framed + bytes([check])

    async def main():
        pump = XCalibur(
            name="pump", clock=QuickClock(1000.0), port=far.port, settings=pump_settings()
        )
        await pump.connect()
        await pump.disconnect()

    sent = [b"11Q", b"12?", b"13v890V1400c890A0R", b"14Q", b"15?6"]
    replies = [b"0`", b"0`0", b"0`", b"0`", b"0`i"]
    with conversation(*zip(map(oem, sent), map(oem, replies), strict=True)) as far:
        asyncio.run(main())


@pytest.mark.parametrize(
    ("reply", "kind", "word"),
    [
        ("b", DeviceErrorKind.REFUSED, "doesn't know the command"),
        ("c", DeviceErrorKind.REFUSED, "so much"),
        ("d", DeviceErrorKind.REFUSED, "sequence"),
        ("f", DeviceErrorKind.REFUSED, "service"),
        ("g", DeviceErrorKind.REFUSED, "isn't homed"),
        ("i", DeviceErrorKind.STALL, "overloaded"),
        ("j", DeviceErrorKind.VALVE_ERROR, "valve is overloaded"),
        ("k", DeviceErrorKind.REFUSED, "bypass"),
        ("o", DeviceErrorKind.REFUSED, "still moving"),
        ("e", DeviceErrorKind.REFUSED, "error 5"),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_every_error_code(reply, kind, word, later):
    async def test(pump):
        with pytest.raises(DeviceError, match=word) as caught:
            await pump.move_plunger(500.0, 500.0)
        assert caught.value.kind is kind
        # Said before it began: nothing moved. Said later: that depends.
        lost = later and reply in "gi"
        assert caught.value.moved is (None if lost else False)

    answers = (
        (("v880V3000c880A1500R", "@"), ("Q", reply)) if later else (("v880V3000c880A1500R", reply),)
    )
    talk(test, *HOMED, ("Q", "`"), ("?4", "`0"), *answers)


# --- with the emulator ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dose_from_end_to_end(kind, protocol):
    async def test(pump, emulated):
        assert isinstance(pump, SyringePump)
        assert await pump.read_plunger_ul() is None
        await pump.initialise("output")
        await pump.move_valve("input")
        await pump.move_plunger(300.0, 100.0)
        await pump.move_valve("output")
        await pump.move_plunger(250.0, 50.0)
        await pump.move_plunger(250.0, 50.0)
        assert await pump.read_plunger_ul() == pytest.approx(250.0)
        account = emulated.device.runner.plunger.account()
        assert account["i"] == pytest.approx(300.0 * 6)
        assert account["o"] == pytest.approx(-50.0 * 6)
        assert await pump.safe_state()

    with_pump(kind, test, options={"protocol": protocol})


@pytest.mark.parametrize("steps", [3000, 6000, 13714, 48000])
def test_a_psd4_of_any_kind(steps):
    async def test(pump, emulated):
        await pump.initialise("output")
        await pump.move_valve("input")
        await pump.move_plunger(300.0, 100.0)
        assert await pump.read_plunger_ul() == pytest.approx(300.0, abs=0.2)
        assert emulated.device.runner.plunger.account()["i"] == pytest.approx(1800.0, abs=1.0)

    with_pump("hamilton.psd4", test, options={"steps": steps})


def test_a_psd4_has_to_be_told_its_steps_and_speaks_no_oem():
    with pytest.raises(LabError) as caught:
        load_driver("hamilton.psd4")(
            name="pump",
            clock=QuickClock(),
            port=None,
            settings=pump_settings(options={"protocol": "oem"}),
        )
    assert "options.steps" in str(caught.value)
    assert "doesn't speak this protocol" in str(caught.value)


def test_a_pump_found_homed_keeps_its_place():
    """After a crash of the controller the syringe is still full: nothing may be pushed out."""

    async def test(pump, emulated):
        await pump.initialise("output")
        await pump.move_valve("input")
        await pump.move_plunger(300.0, 100.0)
        await pump.disconnect()
        again = load_driver("tecan.xcalibur")(
            name="pump", clock=QuickClock(200.0), port=emulated.port, settings=pump_settings()
        )
        await again.connect()
        assert await again.read_plunger_ul() == pytest.approx(300.0)
        assert await again.read_valve() == "input"
        await again.disconnect()
        assert emulated.device.runner.plunger.place == 1800

    with_pump("tecan.xcalibur", test)


@pytest.mark.parametrize("told", [False, True])
def test_power_loss_between_moves_is_noticed(told):
    async def test(pump, emulated):
        await pump.initialise("output")
        await pump.move_plunger(300.0, 500.0)
        with emulated.lock:
            emulated.device.lose_power(emulated.now_s())
        with pytest.raises(DeviceError) as caught:
            await pump.move_plunger(100.0, 500.0)
        assert caught.value.moved is False
        assert await pump.read_plunger_ul() is None
        await pump.initialise("output")
        assert await pump.read_plunger_ul() == 0.0

    with_pump("tecan.xcalibur", test, tells_not_homed=told)


@pytest.mark.parametrize("kind", [*LINE_FAULTS, FaultKind.UNASKED])
@pytest.mark.parametrize("command", ["A1500", "Q", r"\?4", r"\?\x03|\?\r", "Z", "I", r"\?6"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_fault_of_the_line_costs_nothing(kind, command, protocol):
    async def test(pump, emulated):
        emulated.inject(fault(kind, command))
        await pump.initialise("output")
        await pump.move_valve("input")
        await pump.move_plunger(500.0, 500.0)
        assert await pump.read_plunger_ul() == pytest.approx(500.0)
        assert emulated.device.runner.plunger.account() == {"i": pytest.approx(3000.0)}
        assert any(exchange.fault is kind for exchange in emulated.exchanges)

    with_pump("tecan.xcalibur", test, options={"protocol": protocol, "reply_s": 0.06})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_late_reply_costs_nothing(protocol):
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.LATE, "A1500", delay_s=0.09 * 200))
        await pump.move_plunger(500.0, 500.0)
        emulated.inject(fault(FaultKind.LATE, "Q", delay_s=0.09 * 200))
        await pump.move_plunger(0.0, 500.0)
        assert await pump.read_plunger_ul() == pytest.approx(0.0)

    with_pump("tecan.xcalibur", test, options={"protocol": protocol, "reply_s": 0.06})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pump_that_falls_silent(protocol):
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.SILENCE, times=0))
        with pytest.raises(SilentError) as caught:
            await pump.move_plunger(500.0, 500.0)
        assert caught.value.kind is DeviceErrorKind.TIMEOUT
        emulated.clear_faults()
        emulated.inject(
            fault(FaultKind.SILENCE, "A1500", times=0),
            fault(FaultKind.SILENCE, "Q", nth=2, times=0),
        )
        with pytest.raises(SilentError) as caught:
            await pump.move_plunger(500.0, 500.0)
        assert caught.value.moved is None
        assert not await pump.safe_state()
        emulated.clear_faults()
        assert await pump.safe_state()
        assert 0 < await pump.read_plunger_ul() <= 500.1

    with_pump("tecan.xcalibur", test, options={"protocol": protocol, "reply_s": 0.03})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_stall_in_mid_move(protocol):
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.STALL, "A3000", delay_s=0.7))
        with pytest.raises(DeviceError, match="overloaded") as caught:
            await pump.move_plunger(1000.0, 500.0)
        assert caught.value.kind is DeviceErrorKind.STALL
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        with pytest.raises(DeviceError, match="initialise"):
            await pump.move_plunger(0.0, 500.0)
        await pump.initialise("output")
        await pump.move_plunger(100.0, 500.0)

    with_pump("tecan.xcalibur", test, options={"protocol": protocol})


def test_a_stall_while_homing():
    async def test(pump, emulated):
        await pump.initialise("output")
        await pump.move_plunger(1000.0, 500.0)
        emulated.inject(fault(FaultKind.STALL, "Z", delay_s=1.0))
        with pytest.raises(DeviceError, match="homing failed") as caught:
            await pump.initialise("output")
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        await pump.initialise("output")
        assert await pump.read_plunger_ul() == 0.0

    with_pump("tecan.xcalibur", test)


def test_a_sticking_valve():
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.VALVE, "I"))
        with pytest.raises(DeviceError, match="valve is overloaded") as caught:
            await pump.move_valve("input")
        assert caught.value.kind is DeviceErrorKind.VALVE_ERROR
        assert caught.value.moved is False
        assert await pump.read_valve() is None
        await pump.initialise("output")
        await pump.move_valve("input")

    with_pump("tecan.xcalibur", test)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_power_loss_in_mid_move(protocol):
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.RESET, "A3000", delay_s=0.7))
        with pytest.raises(DeviceError) as caught:
            await pump.move_plunger(1000.0, 500.0)
        assert caught.value.moved is not False
        with pytest.raises(DeviceError):
            await pump.move_plunger(1000.0, 500.0)
        assert await pump.read_plunger_ul() is None

    with_pump("tecan.xcalibur", test, options={"protocol": protocol})


def test_a_pulled_cable_in_mid_move_and_its_return():
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.DISCONNECT, "A3000", delay_s=0.7))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(1000.0, 500.0)
        assert caught.value.kind is DeviceErrorKind.DEVICE_GONE
        assert caught.value.moved is None
        assert emulated.port in str(caught.value)
        emulated.plug_in()
        # The move went on without us; the next question finds it done.
        assert await pump.read_plunger_ul() == pytest.approx(1000.0)
        await pump.move_plunger(500.0, 500.0)
        assert emulated.device.runner.plunger.account() == {"o": pytest.approx(3000.0)}

    with_pump("tecan.xcalibur", test)


def test_a_cable_that_is_back_soon_costs_nothing():
    async def test(pump, emulated):
        await pump.initialise("output")
        emulated.inject(fault(FaultKind.DISCONNECT, "A3000", delay_s=1.5, back_after_s=20.0))
        await pump.move_plunger(1000.0, 500.0)
        assert await pump.read_plunger_ul() == pytest.approx(1000.0)

    with_pump("tecan.xcalibur", test, speed=40.0)


def test_power_loss_while_emptying_is_not_taken_for_empty():
    """After a restart both counters say zero: that is where the plunger was to go."""

    async def test(pump, emulated):
        await pump.initialise("output")
        await pump.move_plunger(1000.0, 500.0)
        emulated.inject(fault(FaultKind.RESET, "A0R", delay_s=0.7))
        with pytest.raises(DeviceError, match="lost its power") as caught:
            await pump.move_plunger(0.0, 500.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        assert emulated.device.runner.plunger.place > 100

    with_pump("tecan.xcalibur", test)


def test_power_loss_at_rest_is_noticed_when_the_place_is_asked_for():
    async def test(pump, emulated):
        await pump.initialise("output")
        await pump.move_plunger(1000.0, 500.0)
        with emulated.lock:
            emulated.device.lose_power(emulated.now_s())
        assert await pump.read_plunger_ul() is None

    with_pump("tecan.xcalibur", test)


def test_stopping_in_mid_move():
    async def test(pump, emulated):
        await pump.initialise("output")
        moving = asyncio.create_task(pump.move_plunger(1000.0, 10.0))
        await asyncio.sleep(0.1)
        await pump.stop()
        with pytest.raises(DeviceError, match="was stopped") as caught:
            await moving
        assert caught.value.moved is True
        place_ul = await pump.read_plunger_ul()
        assert 0 < place_ul < 1000
        await pump.move_plunger(0.0, 500.0)
        assert await pump.read_plunger_ul() == 0.0

    with_pump("tecan.xcalibur", test)


def test_a_pump_that_never_gets_ready_is_late():
    async def test(pump, emulated):
        await pump.initialise("output")
        with emulated.lock:
            emulated.device.obey("M30000M30000M30000M30000R", emulated.now_s())
        with pytest.raises(DeviceError, match="still busy") as caught:
            await pump._machine.until_ready(1.0)
        assert caught.value.kind is DeviceErrorKind.TIMEOUT

    with_pump("tecan.xcalibur", test)


def test_no_pump_at_all():
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.DEAF, times=0))
        with pytest.raises(SilentError):
            await pump.connect()
        emulated.stop()
        with pytest.raises(LinkError, match="no such port"):
            await pump.connect()

    with_pump("tecan.xcalibur", test, connect=False, options={"reply_s": 0.03})


# --- what a layout may ask for --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rate_ul_per_s": (0.1, 500.0)}, ["rate_ul_per_s", "0.8333 to 1000"]),
        ({"rate_ul_per_s": (1.0, 2000.0)}, ["2000"]),
        ({"syringe_ul": 800.0}, ["800", "2500"]),
        ({"waste": "bypass"}, ["'bypass'", "input, output", "homes the plunger out of 'output'"]),
        ({"needle": "extra"}, ["'extra'"]),
        ({"inlet": "1"}, ["'1'"]),
        ({"options": {"adress": 1}}, ["no option 'adress'", "did you mean 'address'"]),
        ({"options": {"steps": 6000}}, ["options.steps", "allowed 3000"]),
        ({"options": {"address": 15}}, ["options.address", "15"]),
        ({"options": {"valve": "5-port"}}, ["options.valve"]),
    ],
)
def test_a_layout_that_the_pump_can_not_do_is_refused_before_it_is_connected(settings, words):
    with pytest.raises(LabError) as caught:
        XCalibur(name="pump", clock=QuickClock(), settings=pump_settings(**settings))
    for word in words:
        assert word in str(caught.value)


def test_the_limits_follow_syringe_and_model():
    for kind, steps in (("tecan.xcalibur", 3000), ("tecan.xlp", 6000)):
        pump = load_driver(kind)(
            name="pump", clock=QuickClock(), settings=pump_settings(), port=None
        )
        assert pump.limits.resolution_ul == pytest.approx(1000 / steps)
        assert pump.limits.ports == ("input", "output", "bypass")
    assert XCalibur(
        name="p",
        clock=QuickClock(),
        settings=pump_settings(waste="input", options={"homes_out_of": "output"}),
    )


@pytest.mark.parametrize(
    ("position", "rate", "word"),
    [
        (1001.0, 10.0, "can't go"),
        (-1.0, 10.0, "can't go"),
        (5.0, 501.0, "can't move"),
        (5.0, 0.5, "can't move"),
    ],
)
def test_limits_are_checked_before_anything_is_sent(position, rate, word):
    async def test(pump, emulated):
        before = len(emulated.exchanges)
        with pytest.raises(DeviceError, match=word) as caught:
            await pump.move_plunger(position, rate)
        assert caught.value.moved is False
        assert len(emulated.exchanges) == before

    with_pump("tecan.xcalibur", test)


def test_bypass_is_no_place_to_pump():
    async def test(pump, emulated):
        await pump.initialise()
        await pump.move_valve("bypass")
        with pytest.raises(DeviceError, match="bypass"):
            await pump.move_plunger(5.0, 10.0)
        with pytest.raises(DeviceError, match="no port"):
            await pump.move_valve("extra")
        with pytest.raises(DeviceError, match="can't home out of"):
            await pump.initialise("input")

    with_pump("tecan.xcalibur", test)


# --- no volume is moved twice ---------------------------------------------------------------------

ANY_FAULT = (
    *LINE_FAULTS, FaultKind.UNASKED, FaultKind.ECHO, FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET, FaultKind.LATE,
)  # fmt: skip


@pytest.mark.parametrize("protocol", PROTOCOLS)
@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 5)
@given(
    moves=doses(["input", "output"], ANY_FAULT),
    kind=st.sampled_from(ANY_FAULT),
    seed=st.integers(0, 99),
)
def test_whatever_goes_wrong_nothing_is_moved_twice(protocol, moves, kind, seed):
    async def test(pump, emulated):
        plunger = emulated.device.runner.plunger
        account = Account(lambda: plunger.place / 6, lambda: travelled(plunger) / 6, slack_ul=0.4)
        await pump.initialise("output")
        emulated.inject_by_chance(0.05, [fault(kind, delay_s=0.3)], seed)
        await move_under_faults(
            pump, emulated, moves, account, order=r"c\d+A", rate=500.0, waste="output"
        )
        emulated.clear_faults()
        place_ul = await pump.read_plunger_ul()
        assert place_ul is None or place_ul == pytest.approx(plunger.place / 6, abs=0.4)

    with_pump("tecan.xcalibur", test, options={"protocol": protocol, "reply_s": 0.03}, speed=1000.0)


def travelled(plunger):
    return sum(abs(travel.target - travel.origin) for travel in plunger.travels)
