"""How the doses of a plan reach their wells, in words: what each choice costs, and what was not."""

from __future__ import annotations

from ncrobot.deck.layout import SyringePump
from ncrobot.plan.document import ModeOption, Plan, StepModes

WORDS = {
    "single": "one well after the other",
    "repeat": "one tip, drawing for each well",
    "column": "column",
    "multi_dispense": "multi-dispense",
    "pump": "pump",
}


def modes_told(plan: Plan) -> tuple[str, ...]:
    """One line for each step that doses: the mode, its cost, and the price of the others."""
    has_pump = any(isinstance(device, SyringePump) for device in plan.deck.devices.values())
    return tuple(_line(step, has_pump=has_pump) for step in plan.modes)


def _line(step: StepModes, *, has_pump: bool) -> str:
    modes = " and ".join(
        WORDS[mode] + (f" ({count} groups)" if len(step.groups) > 1 else "")
        for mode, count in step.groups.items()
    )
    wells = "1 well" if step.wells == 1 else f"{step.wells} wells"
    portions = f", {step.portions} portions" if step.portions > 1 else ""
    told = f"{step.step}: {modes} {step.portion_s:.0f} s per {wells}{portions}"
    told += f", {_arm(step.arm_s)} of arm on this plate"
    if step.spread_s >= 1:
        told += f", first to last well {step.spread_s:.0f} s"
    if step.excess_ul > 0:
        told += f", {step.excess_ul:.0f} µL thrown away"
    others = [
        _other(option, step) for option in step.alternatives if has_pump or option.mode != "pump"
    ]
    return told + (f" ({'; '.join(others)})" if others else "")


def _other(option: ModeOption, step: StepModes) -> str:
    name = WORDS[option.mode]
    if option.arm_s is None:
        return f"{name}: {option.reason}"
    more_s = option.arm_s - step.arm_s
    sign = "+" if more_s >= 0 else "-"
    return f"{name}: {sign}{_arm(abs(more_s))} of arm"


def _arm(duration_s: float) -> str:
    if duration_s < 100:
        return f"{duration_s:.0f} s"
    return f"{duration_s / 60:.0f} min" if duration_s < 6000 else f"{duration_s / 3600:.1f} h"
