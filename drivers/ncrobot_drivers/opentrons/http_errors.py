"""What can go wrong between us and an Opentrons robot's HTTP API; all name the robot's address.

The tree::

    DeviceError
    └── RobotError
        ├── UnreachableError      nobody answers at the address, or the network is gone
        ├── NoAnswerError         the robot was asked and didn't answer in time
        ├── OddAnswerError        it answered what its API doesn't say
        ├── ServerFailedError     it failed while answering (5xx)
        ├── AnalysisFailedError   its own analysis of the protocol found errors
        └── RefusedError          it answered no (4xx), with ``error_id`` in its own words
            ├── BusyError              another run holds the robot
            ├── NotAllowedError        the run's state doesn't allow the action
            ├── NotFoundError          no such run or protocol
            ├── ProtocolRefusedError   the file is none, or for another kind of robot
            ├── VersionRefusedError    the robot no longer speaks this version of its API
            └── NotAuthorisedError     the robot asks for credentials
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ncrobot.errors import DeviceError, DeviceErrorKind


class RobotError(DeviceError):
    """A failure of a robot's HTTP API; ``moved`` as in its base."""

    kind_of_all: ClassVar[DeviceErrorKind] = DeviceErrorKind.REFUSED

    def __init__(self, message: str, *, address: str, moved: bool | None = False) -> None:
        self.address = address
        self.reason = message
        super().__init__(message, device=address, kind=self.kind_of_all, moved=moved)


class UnreachableError(RobotError):
    """No connection; what was asked wasn't heard, or ``moved`` is None."""

    kind_of_all = DeviceErrorKind.DEVICE_GONE


class NoAnswerError(RobotError):
    """The robot may have heard, and didn't answer in time."""

    kind_of_all = DeviceErrorKind.TIMEOUT


class OddAnswerError(RobotError):
    """An answer that isn't what the API promises: another server, or another version of it."""


class ServerFailedError(RobotError):
    """The robot's server failed."""

    kind_of_all = DeviceErrorKind.DEVICE_GONE


class AnalysisFailedError(RobotError):
    """The robot's own analysis of the protocol found errors; nothing was started."""

    def __init__(self, errors: Sequence[str], *, address: str) -> None:
        self.errors = tuple(errors)
        told = "; ".join(errors) or "it doesn't say why"
        super().__init__(f"the robot's analysis refuses the protocol: {told}", address=address)


class RefusedError(RobotError):
    """The robot says no: HTTP status, its own name of the error, and its words."""

    def __init__(self, status: int, error_id: str, detail: str, *, address: str) -> None:
        self.status = status
        self.error_id = error_id
        self.detail = detail
        super().__init__(f"{detail} ({error_id}, HTTP {status})", address=address)


class BusyError(RefusedError):
    """Another run is active on the robot."""


class NotAllowedError(RefusedError):
    """The run is in a state that doesn't allow what was asked."""


class NotFoundError(RefusedError):
    """There is no such run, protocol or command."""


class ProtocolRefusedError(RefusedError):
    """The uploaded file is no protocol that this robot can run."""


class VersionRefusedError(RefusedError):
    """The robot's software no longer supports the asked version of its API."""


class NotAuthorisedError(RefusedError):
    """The robot wants credentials for this."""


_BY_ID: dict[str, type[RefusedError]] = {
    "RunAlreadyActive": BusyError,
    "RunNotIdle": BusyError,
    "RunActionNotAllowed": NotAllowedError,
    "RunStopped": NotAllowedError,
    "CommandNotAllowed": NotAllowedError,
    "ProtocolFilesInvalid": ProtocolRefusedError,
    "ProtocolRobotTypeMismatch": ProtocolRefusedError,
    "OutdatedAPIVersion": VersionRefusedError,
}
_BY_STATUS: dict[int, type[RefusedError]] = {
    401: NotAuthorisedError,
    403: NotAuthorisedError,
    404: NotFoundError,
    409: NotAllowedError,
    422: ProtocolRefusedError,
}


def refusal(status: int, error_id: str, detail: str, *, address: str) -> RefusedError:
    """The error for what the robot answered, by its name of the error or else by the status."""
    kind = _BY_ID.get(error_id) or _BY_STATUS.get(status) or RefusedError
    return kind(status, error_id, detail, address=address)
