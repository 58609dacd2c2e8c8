"""What can go wrong on a serial line. Every one of these names the device and its port.

The tree::

    DeviceError
    └── LinkError
        ├── PortMissingError    the port doesn't exist, or may not be opened
        ├── PortTakenError      somebody else has it open
        ├── LinkLostError       the cable was pulled, the adapter or the gateway died
        ├── SilentError         no byte came in time
        ├── HalfReplyError      bytes came, but not a whole reply
        └── DamagedReplyError   whole replies came, with a wrong checksum or without end
"""

from __future__ import annotations

from typing import ClassVar

from ncrobot.errors import DeviceError, DeviceErrorKind


class LinkError(DeviceError):
    """A failure of the line between the computer and a device; ``moved`` as in its base."""

    kind_of_all: ClassVar[DeviceErrorKind] = DeviceErrorKind.DEVICE_GONE

    def __init__(self, message: str, *, device: str, port: str, moved: bool | None = False) -> None:
        self.port = port
        super().__init__(f"{port}: {message}", device=device, kind=self.kind_of_all, moved=moved)
        self.reason = message


class PortMissingError(LinkError):
    """The port can't be opened."""


class PortTakenError(LinkError):
    """Another driver or another program has the port open."""


class LinkLostError(LinkError):
    """The port was open and is gone."""


class SilentError(LinkError):
    """Nothing came within the deadline."""

    kind_of_all = DeviceErrorKind.TIMEOUT


class HalfReplyError(LinkError):
    """Some bytes came within the deadline, but no whole reply."""

    kind_of_all = DeviceErrorKind.TIMEOUT


class DamagedReplyError(LinkError):
    """What came was no reply: a wrong checksum, or noise without end."""

    kind_of_all = DeviceErrorKind.TIMEOUT
