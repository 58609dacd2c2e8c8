"""The driver ``serial.stop_button`` on pyserial's loop-back port: RTS goes to CTS, DTR to DSR."""

from __future__ import annotations

import asyncio
import os
import pty

import pytest

from ncrobot.clock import WallClock
from ncrobot.devices import StopButton, load_driver
from ncrobot.errors import DeviceError, LabError

OUTPUT_OF = {"cts": "rts", "dsr": "dtr"}


def button(port="loop://", **settings):
    factory = load_driver("serial.stop_button")
    return factory(name="button", clock=WallClock(), settings=settings, port=port)


def press(watched, line="cts"):
    setattr(watched._port._serial, OUTPUT_OF[line], False)


async def let_be(watched):
    waiting = asyncio.ensure_future(watched.wait_pressed())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    return waiting


@pytest.mark.parametrize("line", ["cts", "dsr"])
def test_it_waits_until_the_contact_opens(line):
    async def main():
        watched = button(line=line)
        assert isinstance(watched, StopButton)
        await watched.connect()
        assert line.upper() in (await watched.identify()).model
        waiting = await let_be(watched)
        press(watched, line)
        await asyncio.wait_for(waiting, 10)
        assert await watched.safe_state()
        await watched.disconnect()

    asyncio.run(main())


def test_a_pressed_button_lets_nothing_begin(monkeypatch):
    watched = button()
    looks = iter([])
    monkeypatch.setattr(watched._port, "read_input", lambda _line: next(looks, False))
    monkeypatch.setattr("ncrobot_drivers.contacts.stop_button.SETTLE_S", 0.05)
    with pytest.raises(DeviceError) as caught:
        asyncio.run(watched.connect())
    assert "is pressed, or its cable is broken: CTS" in str(caught.value)
    assert not watched._port.is_open


def test_a_line_that_comes_up_late_is_waited_for(monkeypatch):
    watched = button()
    looks = iter([False, False, True])
    monkeypatch.setattr(watched._port, "read_input", lambda _line: next(looks))
    asyncio.run(watched.connect())
    assert next(looks, None) is None
    asyncio.run(watched.disconnect())


def test_a_port_that_goes_is_told():
    async def main():
        watched = button()
        await watched.connect()
        waiting = await let_be(watched)
        watched._port._serial.close()
        with pytest.raises(DeviceError, match="gone"):
            await asyncio.wait_for(waiting, 10)
        await watched.disconnect()

    asyncio.run(main())


def test_a_spike_is_no_order(monkeypatch):
    watched = button()
    looks = iter([True, False, True, True, False, False])
    monkeypatch.setattr(watched._port, "read_input", lambda _line: next(looks))
    asyncio.run(watched.wait_pressed())
    assert next(looks, None) is None


def test_a_port_without_such_lines_is_refused():
    ours, theirs = pty.openpty()
    try:
        with pytest.raises(DeviceError):
            asyncio.run(button(os.ttyname(theirs)).connect())
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("port", ["rfc2217://gateway.example:2217", "socket://gateway.example:9"])
def test_a_button_behind_a_network_is_refused(port):
    with pytest.raises(LabError, match="can't be watched over a network"):
        button(port)


def test_a_button_without_a_port_is_refused():
    with pytest.raises(LabError, match="has no serial port"):
        button(None)
