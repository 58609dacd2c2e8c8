"""Opentrons: plans as Protocol API files for the OT-2 and the Flex."""

from ncrobot.exporters.opentrons.document import (
    API_LEVEL,
    OpentronsFile,
    export,
    opentrons_protocol,
)
from ncrobot.exporters.opentrons.names import RobotKind
from ncrobot.exporters.opentrons.sending import Sent, send_to_robot

__all__ = [
    "API_LEVEL",
    "OpentronsFile",
    "RobotKind",
    "Sent",
    "export",
    "opentrons_protocol",
    "send_to_robot",
]
