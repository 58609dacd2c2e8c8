"""A stop button with a normally closed contact on the handshake lines of a serial port.

The contact joins the outputs RTS and DTR with the input of the layout (``line``). Pressed, pulled
out or broken, the input falls: the wire is supervised by being closed. No byte is sent.

Tried with pyserial's loop-back port, which joins these lines as the contact does, never on
hardware. A port behind a network is refused: when the network dies silently, pyserial goes on
telling what it heard last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind, Diagnostic, LabError
from ncrobot_drivers.link import Line
from ncrobot_drivers.link.ports import Port

_FAR = ("socket:", "rfc2217:")
POLL_S = 0.02
"""Time between two looks."""
LOOKS = 2
"""So many looks in a row must find the line down, so that a spike doesn't end a run."""
SETTLE_S = 1.0
"""How long the line may take to come up after the port was opened."""


class StopButton:
    """Watches one input line. It takes the time of the wall: a button knows no virtual one."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        del clock
        self.name = name
        if port is None:
            raise LabError(
                Diagnostic(
                    code="port-missing",
                    message=f"the stop button {name!r} has no serial port",
                    quantity="port",
                    fix="give its port in the deck layout",
                )
            )
        if port.startswith(_FAR):
            raise LabError(
                Diagnostic(
                    code="button-far-away",
                    message=f"the stop button {name!r} can't be watched over a network",
                    quantity="port",
                    found=port,
                    fix="connect it to a serial port of the machine that runs the plate",
                )
            )
        self._line = str(settings.get("line", "cts"))
        self._port = Port(name, port, Line(baud=9600))

    async def connect(self) -> None:
        """Open the port and see the contact closed.

        Raises:
            DeviceError: the port can't be opened, or the button is pressed.

        """
        await asyncio.to_thread(self._open)

    async def identify(self) -> Identity:
        """Say where the contact is; it can't tell more of itself."""
        return Identity(model=f"contact on {self._line.upper()}", serial_number="", firmware="")

    async def wait_pressed(self) -> None:
        """Return as soon as the line is down at two looks in a row."""
        downs = 0
        while True:
            closed = await asyncio.to_thread(self._port.read_input, self._line)
            downs = 0 if closed else downs + 1
            if downs == LOOKS:
                return
            await asyncio.sleep(POLL_S)

    async def safe_state(self) -> bool:
        """A button does nothing that could be unsafe."""
        return True

    async def disconnect(self) -> None:
        """Let the port go."""
        await asyncio.to_thread(self._port.close)

    def _open(self) -> None:
        self._port.open()
        until_s = time.monotonic() + SETTLE_S
        while not self._port.read_input(self._line):
            if time.monotonic() > until_s:
                self._port.close()
                raise DeviceError(
                    f"is pressed, or its cable is broken: {self._line.upper()} of "
                    f"{self._port.name} is down",
                    device=self.name,
                    kind=DeviceErrorKind.REFUSED,
                    moved=False,
                )
            time.sleep(POLL_S)
