"""The driver of alicat.mc: its frames, its gas, and a guardian that outlives whoever opened it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from drivers.line_kit import GAS, fault, make, with_device
from ncrobot.devices import GasFlow
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.link import LinkError, LinkLostError, PortMissingError, PortTakenError
from ncrobot_sim.emulators import FaultKind, start_emulator

KIND = "alicat.mc"
OPTIONS = {"full_scale_ml_per_min": 500}


def with_alicat(test, **more):
    options = {**OPTIONS, **more.pop("options", {})}
    return with_device(KIND, test, settings={**GAS, **more.pop("settings", {})}, options=options, **{"speed": 5.0, **more})  # fmt: skip


def commands(emulated):
    return [each.command.decode() for each in emulated.exchanges]


def until(test, within_s=60.0):
    end_s = time.monotonic() + within_s
    while not test():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def flow_of(emulated):
    with emulated.lock:
        return emulated.device.flow(emulated.now_s())


def is_shut(emulated):
    return emulated.device.held and emulated.device.set_point == 0 and flow_of(emulated) < 1


def test_gas_flows_only_with_an_armed_watchdog_word_by_word():
    async def test(gas, emulated):
        assert isinstance(gas, GasFlow)
        assert commands(emulated)[:3] == ["@@=A", "AS0", "AHC"]
        assert {"AR122", "AG8"} <= set(commands(emulated))
        with pytest.raises(DeviceError, match="watchdog isn't armed"):
            await gas.set_flow(100.0)
        assert await gas.read_watchdog_s() is None
        await gas.arm_watchdog(20.0)
        assert await gas.read_watchdog_s() == 20.0
        told = len(commands(emulated))
        await gas.set_flow(100.0)
        assert commands(emulated)[told : told + 2] == ["AS100", "AC"]
        assert await gas.read_flow_ml_per_min() == pytest.approx(100.0, abs=10)
        told = len(commands(emulated))
        await gas.set_flow(0.0)
        assert commands(emulated)[told : told + 3] == ["AS0", "AHC", "A"]
        assert flow_of(emulated) < 3
        assert await gas.safe_state()
        assert (await gas.identify()).firmware.startswith("6v21")

    with_alicat(test)


def test_a_controller_that_shows_litres():
    async def test(gas, emulated):
        await gas.arm_watchdog(20.0)
        await gas.set_flow(100.0)
        assert emulated.device.set_point == 0.1
        assert await gas.read_flow_ml_per_min() == pytest.approx(100.0, abs=20)

    with_alicat(test, options={"flow_unit": "slpm"})


def test_silence_shuts_and_feeding_keeps_it_open():
    async def test(gas, emulated):
        await gas.arm_watchdog(1.0)
        await gas.set_flow(100.0)
        for _ in range(6):
            await asyncio.sleep(0.3)
            await gas.feed_watchdog()
        assert flow_of(emulated) > 50
        await gas.read_flow_ml_per_min()
        await asyncio.to_thread(until, lambda: emulated.device.held and flow_of(emulated) < 1)
        assert emulated.device.set_point == 0.0

    with_alicat(test)


def test_a_valve_that_shuts_itself_in_this_moment_opens_and_is_guarded():
    """Its last words are said while somebody arms it anew and lets gas flow."""

    async def test(gas, emulated):
        for after_s in (0.45, 0.5, 0.55, 0.6, 0.7):
            await gas.arm_watchdog(0.5)
            await asyncio.sleep(after_s)
            await gas.arm_watchdog(1.0)
            await gas.set_flow(100.0)
            assert flow_of(emulated) > 50
            await asyncio.to_thread(until, lambda: emulated.device.held and flow_of(emulated) < 1)

    with_alicat(test)


SCRIPT = """
    import asyncio, sys
    from ncrobot.clock import WallClock
    from ncrobot_drivers.alicat.mc import Mc

    async def main():
        settings = {"gas": "nitrogen", "flow_ml_per_min": (10, 200),
                    "options": {"full_scale_ml_per_min": 500}}
        gas = Mc(name="gas", clock=WallClock(), settings=settings, port=sys.argv[1])
        await gas.connect()
        await gas.arm_watchdog(30.0)
        await gas.set_flow(100.0)
        print("flows", flush=True)
        await asyncio.sleep(600)

    asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_dies_leaves_the_valve_shut(number):
    with start_emulator(KIND, speed=5.0) as emulated:
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SCRIPT), emulated.port],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert child.stdout.readline() == b"flows\n"
            assert flow_of(emulated) > 50
        finally:
            os.kill(child.pid, number)
            child.wait()
            child.stdout.close()
        until(lambda: emulated.device.held and flow_of(emulated) < 1)


def test_disconnecting_shuts():
    async def test(gas, emulated):
        await gas.arm_watchdog(20.0)
        await gas.set_flow(100.0)
        before = commands(emulated).count("AHC")
        await gas.disconnect()
        assert emulated.device.held
        assert emulated.device.set_point == 0
        assert 0 < commands(emulated).count("AHC") - before < 10, "until it is answered, no longer"

    with_alicat(test)


def test_a_guardian_that_was_killed_is_noticed():
    async def test(gas, emulated):
        await gas.arm_watchdog(20.0)
        gas._guard._process.kill()
        await gas._guard._process.wait()
        with pytest.raises(LinkLostError, match="guardian is gone"):
            await gas.feed_watchdog()

    with_alicat(test)


def test_a_valve_whose_guardian_was_killed_is_shut_through_another():
    async def test(gas, emulated):
        await gas.arm_watchdog(20.0)
        await gas.set_flow(100.0)
        gas._guard._process.kill()
        assert await gas.safe_state()
        assert is_shut(emulated)

    with_alicat(test)


def test_a_pulled_cable_is_no_reason_to_stay_open_when_it_is_back():
    async def test(gas, emulated):
        await gas.arm_watchdog(60.0)
        await gas.set_flow(100.0)
        emulated.unplug()
        with pytest.raises(LinkError):
            await gas.read_flow_ml_per_min()
        assert not await gas.safe_state(), "nobody can tell"
        assert not is_shut(emulated)
        emulated.plug_in()
        # Nobody asks for it but what the guardian has left behind.
        await asyncio.to_thread(until, lambda: is_shut(emulated))
        assert await gas.safe_state()

    with_alicat(test)


def test_a_valve_that_sticks_open():
    async def test(gas, emulated):
        await gas.arm_watchdog(60.0)
        await gas.set_flow(100.0)
        emulated.inject(fault(FaultKind.STALL, "AS0"))
        with pytest.raises(DeviceError, match="doesn't shut") as caught:
            await gas.set_flow(0.0)
        assert caught.value.kind is DeviceErrorKind.VALVE_ERROR
        assert not await gas.safe_state()

    with_alicat(test, speed=20.0)


def test_a_stream_left_on_is_stopped():
    async def test(gas, emulated):
        with emulated.lock:
            emulated.device.streaming, emulated.device.next_s = True, emulated.now_s()
        await gas.connect()
        assert not emulated.device.streaming
        assert await gas.read_flow_ml_per_min() == 0.0

    with_alicat(test, connect=False)


def test_a_controller_in_another_mode():
    async def test(gas, emulated):
        emulated.device.variable = 34
        await gas.connect()

    with pytest.raises(DeviceError, match="something else than mass flow"):
        with_alicat(test, connect=False)


def test_limits_and_layouts():
    async def test(gas, emulated):
        await gas.arm_watchdog(5.0)
        with pytest.raises(DeviceError, match="10 to 200 mL/min, not 300"):
            await gas.set_flow(300.0)
        with pytest.raises(DeviceError, match="no watchdog of 0 s"):
            await gas.arm_watchdog(0.0)

    with_alicat(test)
    with pytest.raises(LabError, match="flow_ml_per_min"):
        make(KIND, {**GAS, "flow_ml_per_min": (10, 900), "options": OPTIONS}, None, 1.0)
    with pytest.raises(LabError, match="full_scale_ml_per_min"):
        make(KIND, GAS, None, 1.0)


def test_a_port_that_is_missing_or_taken(tmp_path):
    settings = {**GAS, "options": OPTIONS}
    with pytest.raises(PortMissingError, match="gives it no port"):
        asyncio.run(make(KIND, settings, None, 1.0).connect())
    with pytest.raises(PortMissingError, match="can't be opened"):
        asyncio.run(make(KIND, settings, str(tmp_path / "none"), 1.0).connect())

    async def second(port):
        first = make(KIND, settings, port, 1.0)
        await first.connect()
        try:
            with pytest.raises(PortTakenError):
                await make(KIND, settings, port, 1.0).connect()
        finally:
            await first.disconnect()

    with start_emulator(KIND) as emulated:
        asyncio.run(second(emulated.port))
