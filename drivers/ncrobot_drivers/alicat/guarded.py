"""The driver's side of the guardian process: starts it, arms it, feeds it."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from ncrobot_drivers.alicat.guardian import TAKEN
from ncrobot_drivers.link import LinkLostError, PortMissingError, PortTakenError

WITHIN_S = 20.0
"""Real seconds for a process to start, or to acknowledge."""

ENDS_S = 5.0
AGAIN_S = 0.3


class Guarded:
    """A port behind a guardian. Making it starts nothing."""

    def __init__(
        self, device: str, port: str, baud: int, last: Sequence[bytes], mark: bytes
    ) -> None:
        self.device = device
        self.port = port
        self._arguments = [
            "-m", "ncrobot_drivers.alicat.guardian", "--port", port, "--baud", str(baud),
            "--mark", mark.hex(), *(part for words in last for part in ("--last", words.hex())),
        ]  # fmt: skip
        self._process: Process | None = None
        self._lock = asyncio.Lock()

    async def start(self) -> str:
        """Start it; returns the port through which the device is now reached.

        The guardian of a run that died may still say its last words: it is waited for.

        Raises:
            PortMissingError: there is no such port.
            PortTakenError: somebody else has it.

        """
        end_s = time.monotonic() + ENDS_S
        while True:
            try:
                return await self._start()
            except PortTakenError:
                if time.monotonic() >= end_s:
                    raise
            await asyncio.sleep(AGAIN_S)

    async def _start(self) -> str:
        # In a session of its own, so that Ctrl-C at a terminal reaches only the run.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *self._arguments, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        word, _, told = (await self._hear()).partition(" ")
        if word == "port":
            return f"socket://127.0.0.1:{told}"
        await self.stop()
        number, _, why = told.partition(" ")
        if number.isdecimal() and int(number) in TAKEN:
            raise PortTakenError("is in use by another program", device=self.device, port=self.port)
        raise PortMissingError(f"can't be opened: {why}", device=self.device, port=self.port)

    async def tell(self, order: str) -> None:
        """Say ``feed`` or ``arm SECONDS`` and wait until it is acknowledged.

        Raises:
            LinkLostError: the guardian is gone, and with it the way to the device.

        """
        async with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                raise self._lost()
            try:
                process.stdin.write(f"{order}\n".encode("ascii"))
                await process.stdin.drain()
            except OSError as error:
                raise self._lost() from error
            if await self._hear() != order:
                raise self._lost()

    async def _hear(self) -> str:
        process = self._process
        if process is None or process.stdout is None:
            raise self._lost()
        try:
            line = await asyncio.wait_for(process.stdout.readline(), WITHIN_S)
        except TimeoutError as error:
            raise self._lost() from error
        return line.decode("utf-8").strip()

    async def stop(self) -> None:
        """Let it say its last words and end; never raises."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
            with suppress(OSError):
                await process.stdin.wait_closed()
        try:
            await asyncio.wait_for(process.wait(), ENDS_S)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _lost(self) -> LinkLostError:
        return LinkLostError("its guardian is gone", device=self.device, port=self.port, moved=None)
