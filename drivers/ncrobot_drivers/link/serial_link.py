"""The link of a driver to its device, for use from asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self, TypeVar

from ncrobot.clock import Clock
from ncrobot_drivers.link.conversation import Conversation, Exchange, Reconnect
from ncrobot_drivers.link.errors import LinkError, PortMissingError, PortTakenError
from ncrobot_drivers.link.framing import Framing
from ncrobot_drivers.link.ports import Line, Port
from ncrobot_drivers.link.transcript import Transcript

T = TypeVar("T")


class SerialLink:
    """One device on one port. Made by a driver's constructor, which touches no hardware.

    The port lives in a thread of its own, one per link: pyserial blocks, gateways
    (``socket://``, ``rfc2217://``) have no descriptor that an event loop could watch, and a write
    and the read of its reply from two threads lose replies on some systems. Each exchange is one
    job of that thread, so exchanges never mix, whoever asks. A task that is cancelled while its
    exchange runs leaves it to end by itself; one that waits for its turn is never sent.
    """

    def __init__(  # noqa: PLR0913 - who, where, how
        self,
        *,
        device: str,
        port: str | None,
        line: Line,
        framing: Framing,
        clock: Clock,
        transcript: Transcript | None = None,
        reconnect: Reconnect | None = None,
    ) -> None:
        self.device = device
        self.port = port or ""
        self._clock = clock
        self._conversation = Conversation(
            Port(device, self.port, line), framing, clock, transcript or Transcript(),
            reconnect or Reconnect(),
        )  # fmt: skip
        self._thread: ThreadPoolExecutor | None = None

    @property
    def sessions(self) -> int:
        """How often the port was opened: where it has grown, the device may have lost power."""
        return self._conversation.sessions

    async def open(self) -> None:
        """Open the port for this link alone; nothing happens if it is open.

        Raises:
            PortMissingError: there is no such port.
            PortTakenError: another driver or program has it.

        """
        if not self.port:
            raise PortMissingError("the deck layout gives it no port", device=self.device, port="?")
        await self._run(self._conversation.open)

    async def close(self) -> None:
        """Close the port; never raises."""
        if self._thread is not None:
            await self._run(self._conversation.close)
            self._thread.shutdown(wait=False)
            self._thread = None

    async def exchange(
        self,
        payload: bytes,
        *,
        within_s: float,
        may_move: bool = False,
        tries: int = 1,
        accept: Callable[[bytes], bool] = bool,
        framing: Framing | None = None,
    ) -> bytes:
        """Send a command, unframed, and return the reply, unframed.

        ``within_s`` bounds the whole exchange. A question (``tries`` > 1) is asked again if its
        reply is lost. ``accept`` tells which frames answer this command; others count as unasked.

        Raises:
            LinkError: ``moved`` is None if the command went out and ``may_move`` was given.
            ValueError: a command that may move something would be sent twice.

        """
        wanted = Exchange(payload, within_s, may_move=may_move, accept=accept, framing=framing)
        return (await self._converse(wanted, tries))[-1]

    async def exchange_frames(
        self,
        payload: bytes | None,
        *,
        within_s: float,
        complete: Callable[[Sequence[bytes]], bool],
        may_move: bool = False,
        tries: int = 1,
        accept: Callable[[bytes], bool] = bool,
    ) -> list[bytes]:
        """Send a command whose reply has several frames, until ``complete`` says that it is whole.

        Without a payload it only listens, to an answer that comes late or unasked.

        Raises:
            LinkError, ValueError: as :meth:`exchange`.

        """
        wanted = Exchange(payload, within_s, may_move=may_move, accept=accept, complete=complete)
        return await self._converse(wanted, tries)

    async def send(self, payload: bytes, *, may_move: bool = False) -> None:
        """Send a command that the device never answers.

        Raises:
            LinkError: as :meth:`exchange`.

        """
        await self._run(partial(self._conversation.send, payload, may_move=may_move))

    async def drain(self, *, quiet_s: float = 0.1, within_s: float = 2.0) -> bytes:
        """Wait until the line is silent; returns what came, which nobody else gets.

        Raises:
            LinkError: the line is gone.

        """
        return await self._run(partial(self._conversation.drain, quiet_s, within_s))

    def take_unasked(self) -> list[bytes]:
        """Return and forget the frames that answered no question, oldest first."""
        unasked = self._conversation.unasked
        return [unasked.popleft() for _ in range(len(unasked))]

    async def _converse(self, wanted: Exchange, tries: int) -> list[bytes]:
        if wanted.may_move and tries > 1:
            raise ValueError("a command that may move something is never sent twice")
        return await self._run(partial(self._tried, wanted, tries))

    def _tried(self, wanted: Exchange, tries: int) -> list[bytes]:
        for _ in range(tries - 1):
            try:
                return self._conversation.exchange(wanted)
            except LinkError as error:
                if isinstance(error, (PortMissingError, PortTakenError)):
                    raise
        return self._conversation.exchange(wanted)

    async def _run(self, job: Callable[[], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"link-{self.device}")
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
