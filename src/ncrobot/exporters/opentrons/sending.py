"""Sending an exported file to a robot: upload, the robot's own analysis, a run, and its end.

The client is found by entry point, as drivers are: the group is ``ncrobot.robots``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Protocol

from ncrobot.clock import Clock
from ncrobot.errors import Diagnostic, LabError

GROUP = "ncrobot.robots"
CLIENT = "opentrons.run_api"

Teller = Callable[[str], None]


class Sent(Protocol):
    """What became of a file that was sent: the run on the robot, in the robot's own words."""

    @property
    def robot(self) -> str:
        """Name, model and software of the robot."""

    @property
    def run_id(self) -> str:
        """The robot's name of the run."""

    @property
    def status(self) -> str:
        """How far the run is: idle, running, succeeded, failed, stopped, and others."""

    @property
    def errors(self) -> tuple[str, ...]:
        """Why the run failed, in the robot's words."""


class Job(Protocol):
    """What a client offers for one file on one robot; errors are those of the client."""

    async def prepare(self, text: str, file_name: str) -> Sent:
        """Upload, wait for the robot's analysis, make the run; nothing moves."""

    async def start_and_follow(self, sent: Sent, tell: Teller) -> Sent:
        """Start the run and tell what happens, until it is over."""

    async def close(self) -> None:
        """Close the connection; a run goes on."""


def robot_client() -> Callable[..., Any]:
    """The installed client of Opentrons' run API.

    Raises:
        LabError: there is none.
    """
    for point in entry_points(group=GROUP, name=CLIENT):
        client: Callable[..., Any] = point.load()
        return client
    raise LabError(
        Diagnostic(
            code="unknown-driver",
            message=f"no client {CLIENT!r} for Opentrons robots is installed",
            fix="install ncrobot with its drivers, or run 'make setup' again",
        )
    )


async def send_to_robot(  # noqa: PLR0913 - what, where, and how it is told
    text: str,
    address: str,
    *,
    clock: Clock,
    file_name: str = "protocol.py",
    start: bool = False,
    tell: Teller = print,
    client: Callable[..., Any] | None = None,
) -> Sent:
    """Bring a file onto a robot and, if asked, start it and follow it to its end.

    Without ``start`` nothing moves: the run waits on the robot until somebody presses play there.

    Raises:
        DeviceError: the robot can't be reached, is busy, or refuses the file.
        LabError: the address is none, or no client is installed.
    """
    job: Job = (client or robot_client())(address, clock=clock)
    try:
        sent = await job.prepare(text, file_name)
        tell(f"{sent.robot}: run {sent.run_id} is ready; its own analysis found no error")
        return await job.start_and_follow(sent, tell) if start else sent
    finally:
        await job.close()
