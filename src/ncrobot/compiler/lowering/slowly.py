"""Slow additions: over which time a pump pushes out a dose, and whether it can."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ncrobot.compiler.doses import optional_value
from ncrobot.compiler.lowering.builder import Builder
from ncrobot.compiler.lowering.chain import Chain
from ncrobot.compiler.modes import Setting
from ncrobot.protocol import Dosing


def over_s_of(
    builder: Builder,
    setting: Setting,
    chain: Chain,
    index: int,
    source: str,
    volumes_ul: Mapping[str, float],
) -> float | None:
    """The time over which a step adds, if it says one; its rate must be one of the pump's."""
    step = builder.protocol.steps[index]
    over_s = optional_value(step.over, chain.group.condition) if isinstance(step, Dosing) else None
    if over_s is None:
        return None
    pump = setting.pump_of(source)
    low, high = pump[1].rate_ul_per_s if pump is not None else (0.0, math.inf)
    for well, volume_ul in volumes_ul.items():
        if over_s <= 0 or not low <= volume_ul / over_s <= high:
            builder.findings.error(
                "addition-rate", "the pump can't push at this rate", "steps", index, "over",
                well=well, quantity="volume over time",
                found=f"{volume_ul:g} µL in {over_s:g} s",
                allowed=f"{low:g} to {high:g} µL/s: {volume_ul / high:g} s"
                + (f" to {volume_ul / low:g} s" if low > 0 else " or longer"),
                fix="change over, or take a weaker or stronger stock",
            )  # fmt: skip
    return over_s if over_s > 0 else None
