"""Emulated devices: they speak the wire as their manuals tell, at its pace, with its faults.

They share no code with the drivers, so that a manual misread once isn't confirmed by its own test.
A machine is one file ``<vendor>_<model>.py`` whose ``DEVICE`` is an :class:`Emulator`.
"""

from ncrobot_sim.emulators.bench import Bench, start_bench
from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import FaultKind, WireFault
from ncrobot_sim.emulators.starting import (
    Emulated,
    emulator_class,
    known_emulators,
    start_emulator,
)
from ncrobot_sim.emulators.station import Exchange, Station

__all__ = [
    "Answer",
    "Bench",
    "Emulated",
    "Emulator",
    "Exchange",
    "FaultKind",
    "Station",
    "WireFault",
    "emulator_class",
    "known_emulators",
    "start_bench",
    "start_emulator",
]
