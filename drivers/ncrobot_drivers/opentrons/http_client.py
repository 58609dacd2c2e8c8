"""The run API of an Opentrons OT-2 or Flex over HTTP: upload, analyse, run, follow, pause, stop.

Written from the routes and models of Opentrons' public robot server. Tried against our own emulated
server only, never yet on a robot.
"""

from __future__ import annotations

from typing import Any, Literal

from ncrobot_drivers.opentrons.http_answers import (
    RobotCommand,
    RobotRun,
    commands_of,
    run_of,
)
from ncrobot_drivers.opentrons.http_errors import (
    NoAnswerError,
    OddAnswerError,
    RobotError,
    ServerFailedError,
)
from ncrobot_drivers.opentrons.http_protocols import RobotProtocols

Action = Literal["play", "pause", "stop"]
_LOST = (NoAnswerError, ServerFailedError, OddAnswerError)
"""Errors after which the robot may have done what it was asked."""


class RobotApi(RobotProtocols):
    """One robot's run API; use it as an asynchronous context."""

    async def create_run(self, protocol_id: str) -> RobotRun:
        """Make a run of a protocol the robot's current one; nothing moves yet.

        Raises:
            BusyError: another run is active.
            RobotError: as for every exchange.

        """
        body = {"data": {"protocolId": protocol_id}}
        try:
            return self._run(await self.link.ask("POST", "/runs", json=body))
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
        body = await self.link.ask("GET", "/runs")
        runs = self.link.read(lambda b: [run_of(data) for data in b["data"]], body)
        return next((run for run in runs if run.current), None)

    async def run(self, run_id: str) -> RobotRun:
        """Look at a run.

        Raises:
            NotFoundError: the robot has forgotten it.
            RobotError: as for every exchange.

        """
        return self._run(await self.link.ask("GET", f"/runs/{run_id}"))

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
        await self.link.ask("PATCH", f"/runs/{run_id}", json={"data": {"current": False}})

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
        body = await self.link.ask("GET", f"/runs/{run_id}/commands", params=params)
        return self.link.read(commands_of, body)

    async def current_command(self, run_id: str) -> RobotCommand | None:
        """Look at what the run does now, or would do next.

        Raises:
            RobotError: as for every exchange.

        """
        path = f"/runs/{run_id}/commands"
        body = await self.link.ask("GET", path, params={"pageLength": 1})
        links = body.get("links") or {}
        if not links.get("current"):
            return None
        index = self.link.read(lambda b: int(b["links"]["current"]["meta"]["index"]), body)
        page = await self.commands(run_id, since=index, count=1)
        return page[0] if page else None

    # What was asked, and perhaps heard.

    async def _act(self, run_id: str, action: Action) -> None:
        before = (await self.run(run_id)).actions.count(action)
        body = {"data": {"actionType": action}}
        try:
            await self.link.ask("POST", f"/runs/{run_id}/actions", json=body)
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
        return self.link.read(lambda b: run_of(b["data"]), body)
