"""The serial line under every driver: one owner, whole exchanges, typed failures, a transcript."""

from ncrobot_drivers.link.checksums import Check, crc16_ccitt, sum16_low_first, xor_byte
from ncrobot_drivers.link.conversation import Reconnect
from ncrobot_drivers.link.errors import (
    DamagedReplyError,
    HalfReplyError,
    LinkError,
    LinkLostError,
    PortMissingError,
    PortTakenError,
    SilentError,
)
from ncrobot_drivers.link.framing import (
    Checked,
    Counted,
    FixedLength,
    Found,
    Framing,
    Prompted,
    Terminated,
    UntilSilence,
)
from ncrobot_drivers.link.ports import Line
from ncrobot_drivers.link.serial_link import SerialLink
from ncrobot_drivers.link.transcript import Entry, Mark, Transcript

__all__ = [
    "Check",
    "Checked",
    "Counted",
    "DamagedReplyError",
    "Entry",
    "FixedLength",
    "Found",
    "Framing",
    "HalfReplyError",
    "Line",
    "LinkError",
    "LinkLostError",
    "Mark",
    "PortMissingError",
    "PortTakenError",
    "Prompted",
    "Reconnect",
    "SerialLink",
    "SilentError",
    "Terminated",
    "Transcript",
    "UntilSilence",
    "crc16_ccitt",
    "sum16_low_first",
    "xor_byte",
]
