"""The far end of a line for tests: a pseudo-terminal with a script, and quick time."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import time
import tty
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ncrobot.devices import load_driver
from ncrobot_sim.emulators import Emulated, WireFault, start_emulator

Answer = Callable[[bytes], "bytes | None"]
"""Gets what has come so far; returns the reply when a command is whole, else None."""


class Peer:
    """A device of a few lines: ``answer`` gets all bytes since its last reply."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.heard = b""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"peer {self.port}")
        self._thread.start()

    def say(self, data: bytes) -> None:
        """Send without being asked."""
        os.write(self._master, data)

    def unplug(self) -> None:
        """Pull the cable: the port is gone."""
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join()
            os.close(self._master)
            os.close(self._slave)

    def _serve(self) -> None:
        pending = b""
        while not self._stop.is_set():
            ready, _, _ = select.select([self._master], [], [], 0.01)
            if not ready:
                continue
            got = os.read(self._master, 4096)
            self.heard += got
            pending += got
            reply = self._answer(pending)
            if reply is not None:
                pending = b""
                os.write(self._master, reply)


@contextmanager
def peer(answer: Answer) -> Iterator[Peer]:
    made = Peer(answer)
    try:
        yield made
    finally:
        made.unplug()


@contextmanager
def conversation(*lines: tuple[bytes, bytes]) -> Iterator[Peer]:
    """Expects exactly these commands in this order and gives exactly these replies."""
    left = list(lines)
    wrong: list[str] = []

    def answer(pending: bytes) -> bytes | None:
        if not left:
            wrong.append(f"unexpected {pending!r}")
            return b""
        sent, reply = left[0]
        if pending == sent:
            left.pop(0)
            return reply
        if not sent.startswith(pending):
            wrong.append(f"sent {pending!r} instead of {sent!r}")
            left.clear()
            return b""
        return None

    with peer(answer) as made:
        try:
            yield made
        except Exception as error:
            error.add_note(f"the conversation: {wrong or 'as expected'}; never sent: {left}")
            raise
        time.sleep(0.02)
    assert not wrong, wrong
    assert not left, f"never sent: {left}"


class QuickClock:
    """Real time, ``speed`` times as quick: for emulators that are as quick."""

    simulated = False

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._start_s = time.monotonic()

    def now_s(self) -> float:
        return (time.monotonic() - self._start_s) * self.speed

    def wall(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, time_s: float) -> None:
        await self.sleep(time_s - self.now_s())

    async def sleep(self, duration_s: float) -> None:
        await asyncio.sleep(max(duration_s, 0.0) / self.speed)


def talk_with(
    driver: Any,
    settings: Mapping[str, Any],
    test: Callable[[Any], Awaitable[Any]],
    *lines: tuple[bytes, bytes],
    speed: float = 1000.0,
) -> Any:
    """Let a driver say exactly these lines, connect included, and get exactly these answers."""

    async def main(port: str) -> Any:
        made = driver(name="device", clock=QuickClock(speed), port=port, settings=settings)
        try:
            await made.connect()
            return await test(made)
        finally:
            await made.disconnect()

    with conversation(*lines) as far:
        return asyncio.run(main(far.port))


def worked_with(
    kind: str,
    settings: Mapping[str, Any],
    test: Callable[[Any, Emulated], Awaitable[Any]],
    *,
    name: str = "device",
    faults: Iterable[WireFault] = (),
    speed: float,
    connect: bool = True,
) -> Any:
    """Run ``test(driver, emulator)``; the driver is connected before and disconnected after."""

    async def main() -> Any:
        with start_emulator(kind, settings, faults, speed=speed) as emulated:
            driver = load_driver(kind)(
                name=name, clock=QuickClock(speed), port=emulated.port, settings=dict(settings)
            )
            try:
                if connect:
                    await driver.connect()
                return await test(driver, emulated)
            finally:
                await driver.disconnect()

    return asyncio.run(main())
