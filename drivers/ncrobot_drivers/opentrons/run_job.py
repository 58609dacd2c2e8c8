"""One protocol file on one Opentrons robot, from the upload to the end of its run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ncrobot.clock import Clock
from ncrobot_drivers.opentrons.following import Follower, Progress
from ncrobot_drivers.opentrons.http_client import RobotApi


@dataclass(frozen=True, slots=True)
class Placed:
    """A run that the robot has been given, in the robot's own words."""

    robot: str
    address: str
    protocol_id: str
    run_id: str
    status: str
    errors: tuple[str, ...] = ()


class RunJob:
    """Uploads a file, has it analysed, makes a run of it, starts it and follows it."""

    def __init__(
        self, address: str, *, clock: Clock, poll_s: float = 2.0, timeout_s: float = 15.0
    ) -> None:
        self.api = RobotApi(address, clock=clock, poll_s=poll_s, timeout_s=timeout_s)

    async def prepare(self, text: str, file_name: str) -> Placed:
        """Bring the file onto the robot and make it the current run; nothing moves.

        Raises:
            AnalysisFailedError: the robot's analysis found errors.
            ProtocolRefusedError: it is no protocol for this kind of robot.
            BusyError: another run is active.
            RobotError: as for every exchange.

        """
        health = await self.api.health()
        uploaded = await self.api.upload(text, file_name)
        await self.api.wait_for_analysis(uploaded)
        run = await self.api.create_run(uploaded.protocol_id)
        name = f"{health.name} ({health.robot_model}, software {health.software})"
        return Placed(name, self.api.address, uploaded.protocol_id, run.run_id, run.status)

    async def start_and_follow(self, placed: Placed, tell: Callable[[str], None]) -> Placed:
        """Start the run and tell what happens, until it is over; then let the robot go.

        Raises:
            UnreachableError: the robot didn't answer for long; its run goes on.
            RobotError: as for every exchange.

        """
        await self.api.play(placed.run_id)
        follower = Follower(self.api, placed.run_id, lambda progress: tell(_told(progress)))
        ended = await follower.to_the_end()
        await self.api.release(placed.run_id)
        return replace(placed, status=ended.status, errors=ended.errors)

    async def close(self) -> None:
        """Close the connections; a run goes on."""
        await self.api.close()


def _told(progress: Progress) -> str:
    if not progress.reachable:
        return f"no answer from the robot, its run goes on: {progress.message}"
    if progress.kind == "waitForResume":
        return f"the robot waits: {progress.message}"
    if progress.kind:
        return progress.message
    return f"{progress.status}: {progress.message}" if progress.message else progress.status
