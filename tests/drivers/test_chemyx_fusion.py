"""The Chemyx driver: its words, the volume of its last run, every fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from drivers.pump_kit import Account, doses, fault, move_under_faults, pump_settings, with_pump
from drivers.wire_kit import QuickClock, talk_with
from ncrobot.devices import SyringePump
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.chemyx.fusion import Fusion
from ncrobot_drivers.link import LinkError
from ncrobot_sim.emulators import FaultKind

KIND = "chemyx.fusion"
LAYOUT = {"syringe_ul": 1000.0, "rate_ul_per_s": (0.1, 10.0), "waste": "waste", "inlet": "inlet"}


def options(**more):
    told = {"diameter_mm": 4.61, "flow": "check_valves", "empty_at_power_on": True}
    return {**told, "quiet_s": 0.1, **more}


def with_chemyx(test, *, speed=200.0, **more):
    return with_pump(KIND, test, speed=speed, **LAYOUT, options=options(**more))


def talk(test, *lines, **more):
    script = [(f"{sent}\r".encode(), f"{sent}\r{reply}\r\n>".encode()) for sent, reply in lines]
    told = pump_settings(**LAYOUT, options=options(**more))

    return talk_with(Fusion, told, test, *script)


READY = [
    ("pump status", "0"), ("set units 2", "units = 2"), ("set diameter 4.610", "diameter = 4.610"),
    ("set delay 0", "delay = 0.000000"), ("dispensed volume", "dispensed volume = 0.0000"),
]  # fmt: skip


# --- conversations --------------------------------------------------------------------------------


def test_a_dose_word_by_word():
    async def test(pump):
        await pump.move_plunger(250.0, 5.0)
        assert await pump.read_plunger_ul() == 250.0

    talk(
        test, *READY, ("pump status", "0"), ("stop", "Pump stop!"), ("pump status", "0"),
        ("dispensed volume", "dispensed volume = 0.0000"),
        ("set rate 300.0000", "rate = 300.000000"), ("set volume -250.0000", "volume = -250.000000"),
        ("start", "Pump start running..."), ("pump status", "1"), ("pump status", "0"),
        ("dispensed volume", "dispensed volume = 250.0000"), ("pump status", "0"),
        ("dispensed volume", "dispensed volume = 250.0000"),
    )  # fmt: skip


def test_a_second_channel_is_named_before_each_command():
    async def test(pump):
        return await pump.identify()

    lines = [(f"2 {sent}", reply) for sent, reply in (*READY, READY[0])]
    assert talk(test, *lines, channel=2).model == "Chemyx Fusion"


def test_a_value_that_is_not_taken_is_a_refusal():
    async def test(pump):
        with pytest.raises(DeviceError, match="beyond its limits") as caught:
            await pump.move_plunger(250.0, 5.0)
        assert (caught.value.kind, caught.value.moved) == (DeviceErrorKind.REFUSED, False)

    talk(
        test, *READY, ("pump status", "0"), ("stop", "Pump stop!"), ("pump status", "0"),
        ("dispensed volume", "dispensed volume = 0.0000"), ("set rate 300.0000", "rate = 106.028800"),
    )  # fmt: skip


def test_what_it_does_not_understand_is_a_refusal():
    async def test(pump):
        raise AssertionError("it isn't ready")

    with pytest.raises(DeviceError, match="Invalid Command"):
        talk(test, READY[0], ("set units 2", "Invalid Command!"))


# --- with the emulator ----------------------------------------------------------------------------


def test_doses_from_end_to_end():
    async def test(pump, emulated):
        assert isinstance(pump, SyringePump)
        await pump.initialise("waste")
        await pump.move_valve("inlet")
        for target_ul in (300.0, 250.0, 250.0, 100.0):
            await pump.move_plunger(target_ul, 5.0)
        assert await pump.read_plunger_ul() == pytest.approx(100.0)
        assert emulated.device.moved_ul == [pytest.approx(ul) for ul in (300.0, -50.0, -150.0)]
        await pump.initialise("waste")
        assert emulated.device.plunger_ul == pytest.approx(0.0, abs=0.1)
        assert await pump.safe_state()

    with_chemyx(test)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.DEAF,
        FaultKind.SILENCE,
        FaultKind.GARBAGE,
        FaultKind.TRUNCATED,
        FaultKind.DUPLICATE,
        FaultKind.ECHO,
    ],
)
@pytest.mark.parametrize("command", ["start", "dispensed", "set volume|set rate"])
def test_one_fault_of_the_line_costs_nothing(kind, command):
    async def test(pump, emulated):
        emulated.inject(fault(kind, command))
        await pump.move_plunger(500.0, 10.0)
        assert emulated.device.moved_ul == [pytest.approx(500.0)]
        assert await pump.read_plunger_ul() == pytest.approx(500.0)

    with_chemyx(test, reply_s=0.4)


@pytest.mark.parametrize("kind", [FaultKind.DEAF, FaultKind.SILENCE])
def test_a_lost_answer_to_the_same_dose_again_is_owned_up_to(kind):
    """The pump tells the same volume as before, whether it has run or not."""

    async def test(pump, emulated):
        await pump.move_plunger(400.0, 10.0)
        await pump.move_plunger(300.0, 10.0)
        emulated.inject(fault(kind, "start"))
        with pytest.raises(DeviceError, match="lost count") as caught:
            await pump.move_plunger(200.0, 10.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None
        assert len(emulated.device.moved_ul) == (2 if kind is FaultKind.DEAF else 3)

    with_chemyx(test, reply_s=0.3)


def test_a_stall():
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.STALL, "start", delay_s=30.0))
        with pytest.raises(DeviceError, match="stalled") as caught:
            await pump.move_plunger(500.0, 1.0)
        assert (caught.value.kind, caught.value.moved) == (DeviceErrorKind.STALL, None)
        assert await pump.read_plunger_ul() is None

    with_chemyx(test, speed=50.0)


def test_power_loss_in_mid_move_is_not_taken_for_its_end():
    async def test(pump, emulated):
        await pump.move_plunger(500.0, 10.0)
        emulated.inject(fault(FaultKind.RESET, "start", delay_s=50.0))
        with pytest.raises(DeviceError) as caught:
            await pump.move_plunger(200.0, 1.0)
        assert caught.value.moved is None
        assert await pump.read_plunger_ul() is None

    with_chemyx(test, speed=100.0)


def test_a_restarted_controller_does_not_guess():
    async def test(pump, emulated):
        await pump.move_plunger(300.0, 10.0)
        await pump.disconnect()
        await pump.connect()
        assert await pump.read_plunger_ul() is None

    with_chemyx(test)


def test_a_pulled_cable_in_mid_move_leaves_the_outcome_unknown():
    async def test(pump, emulated):
        emulated.inject(fault(FaultKind.DISCONNECT, "start", delay_s=2.0))
        with pytest.raises(LinkError) as caught:
            await pump.move_plunger(200.0, 10.0)
        assert caught.value.moved is None
        assert not await pump.safe_state()

    with_chemyx(test, reply_s=0.3)


KINDS = (FaultKind.DEAF, FaultKind.SILENCE, FaultKind.TRUNCATED, FaultKind.DUPLICATE)


@settings(max_examples=6, deadline=None)
@given(moves=doses(["inlet", "waste"], KINDS))
def test_no_dose_is_given_twice_and_none_misreported(moves):
    async def test(pump, emulated):
        device = emulated.device
        account = Account(
            place_ul=lambda: device.plunger_ul,
            gone_ul=lambda: sum(abs(ul) for ul in device.moved_ul),
            slack_ul=0.5,
        )
        await move_under_faults(
            pump, emulated, moves, account, order="^start", rate=10.0, waste="waste"
        )

    with_chemyx(test, speed=1000.0, reply_s=0.2)


def test_a_layout_is_checked():
    with pytest.raises(LabError, match=r"options\.diameter_mm"):
        Fusion(name="pump", clock=QuickClock(), settings=pump_settings(**LAYOUT))
