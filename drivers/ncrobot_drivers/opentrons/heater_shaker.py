"""Opentrons heater-shaker at its own USB line, without a robot; after the module's firmware.

Tried with our emulator only, never on hardware. Not confirmed: that it has to be homed before its
latch may open (it is), and how far its readback may be from the set speed (5 % are allowed for).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.line_device import LineDevice
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.spans import read_span

DRIVER = "opentrons.heater_shaker"
RPM, CELSIUS = (200.0, 3000.0), (37.0, 95.0)
SLOW_S = 40.0
"""Latch and homing are answered when they are done (real seconds)."""

NEAR = 0.05
_ERROR = re.compile(r"ERR(\d{3}):?(.*)", re.IGNORECASE)
KINDS = {
    105: DeviceErrorKind.STALL, 111: DeviceErrorKind.STALL,
    123: DeviceErrorKind.SHAKER_NOT_HOMED, 127: DeviceErrorKind.SHAKER_NOT_HOMED,
    **dict.fromkeys(range(201, 217), DeviceErrorKind.TEMPERATURE_NOT_REACHED),
    213: DeviceErrorKind.REFUSED,
}  # fmt: skip
"""What an error's number means; any other is a refusal."""


class HeaterShaker(LineDevice):
    """A heater-shaker module. Its latch is closed before it shakes."""

    reply_s = 3.0

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, LineOptions, device=name, driver=DRIVER)
        link = options.make_link(name, port, clock, Line(115200), Terminated(b"\n", b"\n"))
        super().__init__(name, clock, link, options.reply_s)
        self._speeds = read_span(settings, "speed_rpm", RPM, device=name, unit="rpm")
        self._heats = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._start_s = max(5 * float(settings.get("start_s") or 0), 15.0)
        self._slow_s = min(SLOW_S, 10 * self.patience_s)
        self._keeps_heat = settings.get("safe_state") in ("stopped", "hold")

    async def get_ready(self) -> None:
        """See that it answers; it goes on with what it does."""
        await self._say("M123")

    async def identify(self) -> Identity:
        """Hardware, serial number and firmware."""
        told = _fields(await self._say("M115"))
        model = f"Opentrons heater-shaker {told.get('HW', '')}".strip()
        return Identity(model, told.get("SerialNo", ""), told.get("FW", ""))

    async def _say(self, text: str, *, slow: bool = False) -> str:
        """Say something; returns what stands between its word and the OK.

        Raises:
            DeviceError: it answers with an error.

        """
        code = text.split(" ", maxsplit=1)[0]

        def answers(raw: bytes) -> bool:
            told = raw.decode("latin-1").strip()
            return told.startswith("ERR") or (told.split(" ")[0] == code and told.endswith("OK"))

        raw = await self.ask(text.encode("ascii"), answers, within_s=self._slow_s if slow else None)
        told = raw.decode("latin-1").strip()
        error = _ERROR.match(told)
        if error is not None:
            kind = KINDS.get(int(error[1]), DeviceErrorKind.REFUSED)
            why = error[2].removesuffix("OK").strip()
            raise self.failure(f"refuses {text}: {error[1]} {why}", kind, moved=False)
        return told.removeprefix(code).removesuffix("OK").strip()

    async def shake(self, speed_rpm: float) -> None:
        """Close the latch and reach the speed; 0 stops and homes.

        Raises:
            DeviceError: it is out of range, or isn't reached.

        """
        if speed_rpm == 0:
            await self._stop()
            return
        if self._speeds is None:
            raise self.refused("has no speeds in the deck layout")
        self._speeds.check(speed_rpm)
        if not await self.read_clamped():
            await self.clamp()
        await self._say(f"M3 S{round(speed_rpm)}")

        async def reached() -> bool:
            return abs(await self.read_speed_rpm() - speed_rpm) <= NEAR * speed_rpm

        if not await self.until(reached, within_s=self._start_s, poll_s=0.5):
            raise self.failure(
                f"shakes at {await self.read_speed_rpm():g} rpm, not at {speed_rpm:g} rpm",
                DeviceErrorKind.STALL,
                moved=False,
            )

    async def _stop(self) -> None:
        await self._say("G28", slow=True)

        async def stands() -> bool:
            return await self.read_speed_rpm() == 0

        if not await self.until(stands, within_s=self._start_s, poll_s=0.5):
            raise self.failure("doesn't stand", DeviceErrorKind.SHAKER_NOT_HOMED, moved=False)

    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""
        return await self._figure("M123")

    async def clamp(self) -> None:
        """Close the latch."""
        await self._latch("M243", wanted=True)

    async def release(self) -> None:
        """Home, and open the latch; refused while it shakes."""
        if await self.read_speed_rpm() != 0:
            raise self.refused("shakes, so it holds its plate")
        await self._stop()
        await self._latch("M242", wanted=False)

    async def _latch(self, order: str, *, wanted: bool) -> None:
        await self._say(order, slow=True)

        async def there() -> bool:
            return await self.read_clamped() is wanted

        if not await self.until(there, within_s=10.0, poll_s=0.5):
            raise self.failure("its latch doesn't move", DeviceErrorKind.STALL, moved=False)

    async def read_clamped(self) -> bool | None:
        """Whether the latch is closed; None while it moves, or if it doesn't know."""
        status = _fields(await self._say("M241")).get("STATUS", "")
        return {"IDLE_CLOSED": True, "IDLE_OPEN": False}.get(status)

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give the heater a setpoint and see that it was taken; None switches it off."""
        if temperature_c is None:
            await self._say("M106")
        else:
            if self._heats is None:
                raise self.refused("has no temperatures in the deck layout")
            self._heats.check(temperature_c)
            await self._say(f"M104 S{temperature_c:.2f}")
        target = _fields(await self._say("M105")).get("T", "")
        taken = None if target.lower() == "none" else _number(target)
        if taken is None or temperature_c is None:
            agrees = taken is None and temperature_c is None
        else:
            agrees = abs(taken - temperature_c) <= 0.05
        if not agrees:
            raise self.refused(f"has the setpoint {target!r}, not {temperature_c}")

    async def read_temperature_c(self) -> float:
        """Readback of the temperature."""
        return await self._figure("M105")

    async def _figure(self, question: str) -> float:
        """The present value in an answer."""
        told = await self._say(question)
        value = _number(_fields(told).get("C", ""))
        if value is None:
            raise self.refused(f"answers {question} with {told!r}")
        return value

    async def make_safe(self) -> bool:
        """Stop and home, and switch the heater off unless the layout says to leave it."""
        try:
            if not self._keeps_heat:
                await self.set_temperature(None)
        finally:
            await self._stop()
        return True


def _fields(told: str) -> dict[str, str]:
    """``KEY:value`` words."""
    pairs = (word.partition(":") for word in told.split())
    return {key: value for key, mark, value in pairs if mark}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
