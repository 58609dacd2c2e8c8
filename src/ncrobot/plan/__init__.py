"""The compiled protocol: operations, the lags between them, and what each well is meant to get."""

from ncrobot.plan.document import (
    Background,
    Lag,
    Plan,
    StockUse,
    Texts,
    Warned,
    WellPlan,
)
from ncrobot.plan.operations import (
    AskPerson,
    Leg,
    MixLeg,
    MixWells,
    MovePlate,
    Operation,
    Read,
    Refill,
    SetTemperature,
    Shake,
    Transfer,
    WellAddress,
)

__all__ = [
    "AskPerson",
    "Background",
    "Lag",
    "Leg",
    "MixLeg",
    "MixWells",
    "MovePlate",
    "Operation",
    "Plan",
    "Read",
    "Refill",
    "SetTemperature",
    "Shake",
    "StockUse",
    "Texts",
    "Transfer",
    "Warned",
    "WellAddress",
    "WellPlan",
]
