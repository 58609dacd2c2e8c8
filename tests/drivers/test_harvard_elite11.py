"""The Harvard driver: its words, its counters, every fault."""

from __future__ import annotations

import pytest

from drivers.pump_kit import fault, pump_settings, with_pump
from drivers.wire_kit import QuickClock, talk_with
from ncrobot.devices import SyringePump
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.harvard.elite11 import Elite11, _is_answer, _read
from ncrobot_drivers.link import LinkError
from ncrobot_sim.emulators import FaultKind

KIND = "harvard.elite11"
LAYOUT = {"syringe_ul": 1000.0, "rate_ul_per_s": (0.1, 10.0), "waste": "waste", "inlet": "inlet"}


def options(**more):
    return {
        "diameter_mm": 4.61,
        "flow": "check_valves",
        "empty_at_power_on": True,
        "quiet_s": 0.02,
        **more,
    }


def with_harvard(test, *, speed=200.0, **more):
    return with_pump(KIND, test, speed=speed, **LAYOUT, options=options(**more))


def talk(test, *lines, **more):
    script = [(f"{sent}\r".encode(), "".join(f"\n00{line}\r" for line in reply[:-1]).encode() + f"\n00{reply[-1]}".encode()) for sent, reply in lines]  # fmt: skip
    told = pump_settings(**LAYOUT, options=options(**more))

    return talk_with(Elite11, told, test, *script)


def volumes(pushed, drawn, prompt=":"):
    return [("ivolume", [f"{prompt}{pushed}", prompt]), ("wvolume", [f"{prompt}{drawn}", prompt])]


READY = [
    ("ivolume", [":0 ul", ":"]), ("diameter 4.6100", [":"]), *volumes("0 ul", "0 ul"), *volumes("0 ul", "0 ul"),
]  # fmt: skip


# --- conversations --------------------------------------------------------------------------------


def test_a_dose_word_by_word():
    async def test(pump):
        await pump.move_plunger(250.0, 5.0)

    talk(
        test, *READY, ("ivolume", [":0 ul", ":"]), *volumes("0 ul", "0 ul"),
        ("stop", [":"]), ("wrate 300.0000 ul/min", [":"]), *volumes("0 nl", "0 nl"), ("civolume", [":"]),
        ("cwvolume", [":"]), ("ctvolume", [":"]), ("tvolume 250.0000 ul", [":"]), ("wrun", ["<"]),
        ("ivolume", ["<0 ul", "<"]), ("ivolume", ["T*0 ul", "T*"]), *volumes("0 ul", "250 ul", "T*"),
    )  # fmt: skip


def test_force_and_identity():
    async def test(pump):
        return await pump.identify()

    identity = talk(
        test, READY[0], READY[1], ("force 50", [":"]), *READY[2:], ("ver", [":ELITE 3.0", ":"]), force_percent=50
    )  # fmt: skip
    assert identity.model == "Harvard ELITE 3.0"


def test_a_refusal():
    async def test(pump):
        with pytest.raises(DeviceError, match="Out of range") as caught:
            await pump.move_plunger(250.0, 5.0)
        assert caught.value.moved is False

    talk(
        test, *READY, ("ivolume", [":0 ul", ":"]), *volumes("0 ul", "0 ul"), ("stop", [":"]),
        ("wrate 300.0000 ul/min", [":Argument error: 300", ":   Out of range", ":"]),
    )  # fmt: skip


def test_an_old_target_prompt_may_stand_before_an_answer():
    answer = _read(b"\n00T*12.5 ul\r\n00:")
    assert answer.lines == ("12.5 ul",)
    assert answer.prompt == ":"
    assert not _is_answer(b"\n00:12.5 ul\r")
    assert not _is_answer(b"12.5")
    assert _is_answer(b"\n00T*")


# --- with the emulator ----------------------------------------------------------------------------


def test_doses_from_end_to_end():
    async def test(pump, emulated):
        assert isinstance(pump, SyringePump)
        await pump.initialise("waste")
        await pump.move_valve("inlet")
        await pump.move_plunger(300.0, 10.0)
        await pump.move_plunger(250.0, 5.0)
        await pump.move_plunger(250.0, 5.0)
        await pump.move_plunger(100.0, 5.0)
        assert await pump.read_plunger_ul() == pytest.approx(100.0)
        assert emulated.device.moved_ul == [
            pytest.approx(300.0),
            pytest.approx(-50.0),
            pytest.approx(-150.0),
        ]
        await pump.initialise("waste")
        assert emulated.device.plunger_ul == pytest.approx(0.0, abs=0.1)
        assert await pump.safe_state()

    with_harvard(test)


LINE_FAULTS = [
    FaultKind.DEAF, FaultKind.SILENCE, FaultKind.GARBAGE, FaultKind.TRUNCATED, FaultKind.DUPLICATE,
]  # fmt: skip


@pytest.mark.parametrize("kind", LINE_FAULTS)
@pytest.mark.parametrize("command", ["wrun", "wvolume", "tvolume|wrate"])
def test_one_fault_of_the_line_costs_nothing(kind, command):
    async def test(pump, emulated):
        emulated.inject(fault(kind, command))
        await pump.move_plunger(500.0, 10.0)
        assert emulated.device.moved_ul == [pytest.approx(500.0)]
        assert await pump.read_plunger_ul() == pytest.approx(500.0)

    with_harvard(test, reply_s=0.3)


def test_a_stall():
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.STALL, "wrun", delay_s=30.0))
        with pytest.raises(DeviceError, match="stalled") as caught:
            await pump.move_plunger(500.0, 1.0)
        assert caught.value.kind is DeviceErrorKind.STALL
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None

    with_harvard(test, speed=50.0)


@pytest.mark.parametrize("target_ul", [0.0, 200.0])
def test_power_loss_in_mid_move_is_not_taken_for_its_end(target_ul):
    async def test(pump, emulated):
        await pump.move_plunger(500.0, 10.0)
        emulated.inject(fault(FaultKind.RESET, "irun", delay_s=50.0))
        with pytest.raises(DeviceError, match="lost count") as caught:
            await pump.move_plunger(target_ul, 1.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        with pytest.raises(DeviceError, match="empty the syringe by hand"):
            await pump.initialise("waste")

    with_harvard(test, speed=100.0)


def test_a_restarted_controller_does_not_guess():
    async def test(pump, emulated):
        await pump.move_plunger(300.0, 10.0)
        await pump.disconnect()
        await pump.connect()
        assert await pump.read_plunger_ul() is None

    with_harvard(test)


def test_silence_and_a_pulled_cable():
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.SILENCE, times=0))
        with pytest.raises(LinkError, match="no answer"):
            await pump.move_plunger(100.0, 10.0)
        assert not await pump.safe_state()
        emulated.clear_faults()
        emulated.inject(fault(FaultKind.DISCONNECT, "wrun", delay_s=2.0))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(200.0, 10.0)
        assert caught.value.moved is None

    with_harvard(test, reply_s=0.2)


def test_a_layout_is_checked():
    with pytest.raises(LabError, match=r"options\.diameter_mm"):
        Elite11(name="pump", clock=QuickClock(), settings=pump_settings(**LAYOUT))
