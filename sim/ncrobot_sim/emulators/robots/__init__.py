"""Emulated robots that are spoken to over HTTP. They share no code with the clients."""

from ncrobot_sim.emulators.robots.opentrons_http import OpentronsServer, ServerFault
from ncrobot_sim.emulators.robots.opentrons_robot import OpentronsRobot, Step

__all__ = ["OpentronsRobot", "OpentronsServer", "ServerFault", "Step"]
