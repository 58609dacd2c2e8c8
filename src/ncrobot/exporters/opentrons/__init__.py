"""Opentrons: plans as Protocol API files for the OT-2 and the Flex."""

from ncrobot.exporters.opentrons.document import (
    API_LEVEL,
    OpentronsFile,
    export,
    opentrons_protocol,
)
from ncrobot.exporters.opentrons.names import RobotKind

__all__ = ["API_LEVEL", "OpentronsFile", "RobotKind", "export", "opentrons_protocol"]
