"""Fault rules: what each step asks for when a device fails, carried into the plan."""

from __future__ import annotations

from ncrobot.plan.document import StepFaults
from ncrobot.protocol import ProtocolSource, step_ids

VESSEL = "vessel"
"""The step of operations that the vessel asks for, such as its temperature."""


def fault_rules(source: ProtocolSource) -> tuple[StepFaults, ...]:
    """Return the responses by step: the step's own, and the protocol's where it has none."""
    protocol = source.protocol
    found = [StepFaults(step=VESSEL, responses=protocol.on_fault)]
    for index, (name, step) in enumerate(zip(step_ids(protocol), protocol.steps, strict=True)):
        place = ("steps", index, "on_fault") if step.on_fault else ("on_fault",)
        found.append(
            StepFaults(
                step=name,
                line=source.line_of(*place),
                responses={**protocol.on_fault, **step.on_fault},
            )
        )
    return tuple(rules for rules in found if rules.responses)
