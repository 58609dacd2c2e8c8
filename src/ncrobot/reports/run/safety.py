"""What each device was to be brought to at the end, and whether it confirmed that."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.deck.layout import (
    Balance,
    Device,
    Gas,
    PhProbe,
    Reader,
    Shaker,
    StopButton,
    SyringePump,
)
from ncrobot.plan import Plan
from ncrobot.state import RunState

_WORDS = {
    "stopped": "stopped, heater left as it is",
    "stopped_heater_off": "stopped and homed, heater off",
    "off": "switched off",
    "hold": "goes on holding its last temperature",
}


@dataclass(frozen=True, slots=True)
class SafeState:
    """One device: its safe state by the layout, and what it said; None: the record is silent."""

    device: str
    declared: str
    confirmed: bool | None

    @property
    def told(self) -> str:
        """The outcome in words."""
        if self.confirmed is None:
            return "not in the record: look at the device"
        return "confirmed" if self.confirmed else "NOT confirmed: look at the device"


def safe_states(plan: Plan, state: RunState) -> list[SafeState]:
    """Every device of the layout, and whoever else was asked; the arm first."""
    arm = plan.deck.arm.name
    declared = {arm: "channels up, at rest"}
    declared |= {name: _declared(device) for name, device in plan.deck.devices.items()}
    others = (name for name in state.safe_state if name not in declared)
    return [
        SafeState(name, declared.get(name, "nothing to do"), state.safe_state.get(name))
        for name in (*declared, *others)
    ]


def _declared(device: Device) -> str:
    if isinstance(device, SyringePump):
        return "plunger stopped"
    if isinstance(device, Gas):
        return "valve shut"
    if isinstance(device, Balance | StopButton | PhProbe):
        return "nothing to do"
    if isinstance(device, Reader):
        return "drawer shut"
    if isinstance(device, Shaker) and device.temperature_c is None:
        return "stopped and homed"
    return _WORDS[device.safe_state]
