"""Device contracts: what each kind of device promises, whatever its make."""

from ncrobot.devices.contracts import (
    ChannelMove,
    Connectable,
    Drawer,
    GasFlow,
    Identity,
    LiquidHandler,
    NeedleCarrier,
    Operator,
    PlateReader,
    PumpLimits,
    Question,
    Resumable,
    Shaker,
    SyringePump,
    TemperatureControl,
    TipPick,
)
from ncrobot.devices.registry import DriverFactory, known_drivers, load_driver
from ncrobot.devices.setup import ArmFactory, DeviceFactory, HandlerSetup, MotionTimes

__all__ = [
    "ArmFactory",
    "ChannelMove",
    "Connectable",
    "DeviceFactory",
    "Drawer",
    "DriverFactory",
    "GasFlow",
    "HandlerSetup",
    "Identity",
    "LiquidHandler",
    "MotionTimes",
    "NeedleCarrier",
    "Operator",
    "PlateReader",
    "PumpLimits",
    "Question",
    "Resumable",
    "Shaker",
    "SyringePump",
    "TemperatureControl",
    "TipPick",
    "known_drivers",
    "load_driver",
]
