"""The first half of an Opentrons robot's run API: who it is, its protocols and their analyses."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ncrobot.clock import Clock
from ncrobot_drivers.opentrons.http_answers import (
    Analysis,
    Health,
    Uploaded,
    analysis_of,
    health_of,
    uploaded_of,
)
from ncrobot_drivers.opentrons.http_errors import AnalysisFailedError, NoAnswerError
from ncrobot_drivers.opentrons.http_exchange import NEWEST, Exchanges


class RobotProtocols:
    """One robot and the protocols on it; use it as an asynchronous context.

    ``timeout_s`` limits each exchange, ``poll_s`` is the time between two looks at something that
    takes longer. Reading may be repeated at will; what changes something is asked once, and after
    an answer that got lost the robot is asked what became of it.
    """

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        timeout_s: float = 15.0,
        version: str = NEWEST,
        poll_s: float = 2.0,
    ) -> None:
        self.poll_s = poll_s
        self.clock = clock
        self.link = Exchanges(
            address, clock=clock, timeout_s=timeout_s, version=version, poll_s=poll_s
        )

    @property
    def address(self) -> str:
        """The URL of the robot's API."""
        return self.link.address

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; a run goes on."""
        await self.link.close()

    async def health(self) -> Health:
        """Ask the robot who it is.

        Raises:
            RobotError: it can't be reached or answers something else.

        """
        return self.link.read(health_of, await self.link.ask("GET", "/health"))

    async def upload(self, text: str, file_name: str = "protocol.py") -> Uploaded:
        """Bring a protocol onto the robot; the same text again gives the same protocol.

        Raises:
            ProtocolRefusedError: it is no protocol for this kind of robot.
            RobotError: as for every exchange.

        """
        files = {"files": (file_name, text.encode("utf-8"), "text/x-python")}
        return self.link.read(uploaded_of, await self.link.ask("POST", "/protocols", files=files))

    async def analysis(self, protocol_id: str, analysis_id: str) -> Analysis:
        """Look at an analysis.

        Raises:
            RobotError: as for every exchange.

        """
        path = f"/protocols/{protocol_id}/analyses/{analysis_id}"
        return self.link.read(analysis_of, await self.link.ask("GET", path))

    async def wait_for_analysis(self, uploaded: Uploaded, *, limit_s: float = 600.0) -> Analysis:
        """Wait until the robot has analysed a protocol.

        Raises:
            AnalysisFailedError: it found errors.
            NoAnswerError: it isn't through in time.

        """
        give_up_s = self.clock.now_s() + limit_s
        while True:
            found = await self.analysis(uploaded.protocol_id, uploaded.analysis_id)
            if found.status != "pending":
                break
            if self.clock.now_s() >= give_up_s:
                message = f"the analysis is still pending after {limit_s:g} s"
                raise NoAnswerError(message, address=self.address)
            await self.clock.sleep(self.poll_s)
        if found.result != "ok":
            raise AnalysisFailedError(found.errors, address=self.address)
        return found
