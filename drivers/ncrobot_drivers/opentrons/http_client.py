"""The run API of an Opentrons OT-2 or Flex over HTTP: upload, analyse, run, follow, pause, stop.

Written from the routes and models of Opentrons' public robot server. Tried against our own emulated
server only, never yet on a robot.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Literal, Self

from ncrobot.clock import Clock
from ncrobot_drivers.opentrons.http_answers import (
    Analysis,
    Health,
    RobotCommand,
    RobotRun,
    Uploaded,
    analysis_of,
    commands_of,
    health_of,
    run_of,
    uploaded_of,
)
from ncrobot_drivers.opentrons.http_errors import (
    AnalysisFailedError,
    NoAnswerError,
    OddAnswerError,
    RobotError,
    ServerFailedError,
)
from ncrobot_drivers.opentrons.http_exchange import NEWEST, Exchanges

Action = Literal["play", "pause", "stop"]
_LOST = (NoAnswerError, ServerFailedError, OddAnswerError)
"""Errors after which the robot may have done what it was asked."""


class RobotApi:
    """One robot's run API; use it as an asynchronous context.

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
        self._link = Exchanges(
            address, clock=clock, timeout_s=timeout_s, version=version, poll_s=poll_s
        )

    @property
    def address(self) -> str:
        """The URL of the robot's API."""
        return self._link.address

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
        await self._link.close()

    # The robot and its protocols.

    async def health(self) -> Health:
        """Ask the robot who it is.

        Raises:
            RobotError: it can't be reached or answers something else.

        """
        return self._link.read(health_of, await self._link.ask("GET", "/health"))

    async def upload(self, text: str, file_name: str = "protocol.py") -> Uploaded:
        """Bring a protocol onto the robot; the same text again gives the same protocol.

        Raises:
            ProtocolRefusedError: it is no protocol for this kind of robot.
            RobotError: as for every exchange.

        """
        files = {"files": (file_name, text.encode("utf-8"), "text/x-python")}
        return self._link.read(uploaded_of, await self._link.ask("POST", "/protocols", files=files))

    async def analysis(self, protocol_id: str, analysis_id: str) -> Analysis:
        """Look at an analysis.

        Raises:
            RobotError: as for every exchange.

        """
        path = f"/protocols/{protocol_id}/analyses/{analysis_id}"
        return self._link.read(analysis_of, await self._link.ask("GET", path))

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

    # Runs.

    async def create_run(self, protocol_id: str) -> RobotRun:
        """Make a run of a protocol the robot's current one; nothing moves yet.

        Raises:
            BusyError: another run is active.
            RobotError: as for every exchange.

        """
        body = {"data": {"protocolId": protocol_id}}
        try:
            return self._run(await self._link.ask("POST", "/runs", json=body))
        except _LOST:
            current = await self.current_run()
            if current is None or current.protocol_id != protocol_id or current.status != "idle":
                raise
            return current

    async def current_run(self) -> RobotRun | None:
        """Look at the run that holds the robot, if any does.

        Raises:
            RobotError: as for every exchange.

        """
        body = await self._link.ask("GET", "/runs")
        runs = self._link.read(lambda b: [run_of(data) for data in b["data"]], body)
        return next((run for run in runs if run.current), None)

    async def run(self, run_id: str) -> RobotRun:
        """Look at a run.

        Raises:
            NotFoundError: the robot has forgotten it.
            RobotError: as for every exchange.

        """
        return self._run(await self._link.ask("GET", f"/runs/{run_id}"))

    async def play(self, run_id: str) -> None:
        """Start a run, or let it go on after a pause.

        Raises:
            NotAllowedError: its state doesn't allow it.
            RobotError: as for every exchange; ``moved`` is None if it may have started.

        """
        await self._act(run_id, "play")

    async def pause(self, run_id: str) -> None:
        """Let a run stand still after the movement that it is in.

        Raises:
            NotAllowedError: it is over.
            RobotError: as for every exchange.

        """
        await self._act(run_id, "pause")

    async def stop(self, run_id: str) -> None:
        """End a run for good; the robot drops its tips and homes.

        Raises:
            NotAllowedError: it is over already.
            RobotError: as for every exchange.

        """
        await self._act(run_id, "stop")

    async def release(self, run_id: str) -> None:
        """Let the robot go after a run that is over.

        Raises:
            BusyError: the run isn't over.
            RobotError: as for every exchange.

        """
        await self._link.ask("PATCH", f"/runs/{run_id}", json={"data": {"current": False}})

    async def commands(
        self, run_id: str, *, since: int | None = None, count: int = 100
    ) -> tuple[RobotCommand, ...]:
        """Read a page of a run's commands from an index on; None: around the current one.

        Raises:
            RobotError: as for every exchange.

        """
        params: dict[str, int] = {"pageLength": count}
        if since is not None:
            params["cursor"] = since
        body = await self._link.ask("GET", f"/runs/{run_id}/commands", params=params)
        return self._link.read(commands_of, body)

    async def current_command(self, run_id: str) -> RobotCommand | None:
        """Look at what the run does now, or would do next.

        Raises:
            RobotError: as for every exchange.

        """
        path = f"/runs/{run_id}/commands"
        body = await self._link.ask("GET", path, params={"pageLength": 1})
        links = body.get("links") or {}
        if not links.get("current"):
            return None
        index = self._link.read(lambda b: int(b["links"]["current"]["meta"]["index"]), body)
        page = await self.commands(run_id, since=index, count=1)
        return page[0] if page else None

    # What was asked, and perhaps heard.

    async def _act(self, run_id: str, action: Action) -> None:
        before = (await self.run(run_id)).actions.count(action)
        body = {"data": {"actionType": action}}
        try:
            await self._link.ask("POST", f"/runs/{run_id}/actions", json=body)
        except _LOST as error:
            if await self._was_taken(run_id, action, before):
                return
            message = f"nobody knows whether it will take the action {action!r}: {error.reason}"
            raise type(error)(message, address=self.address, moved=None) from error

    async def _was_taken(self, run_id: str, action: Action, before: int) -> bool:
        """Whether an action whose answer got lost is among those that the robot tells."""
        try:
            found = await self.run(run_id)
        except RobotError:
            return False
        return found.actions.count(action) > before

    def _run(self, body: dict[str, Any]) -> RobotRun:
        return self._link.read(lambda b: run_of(b["data"]), body)
