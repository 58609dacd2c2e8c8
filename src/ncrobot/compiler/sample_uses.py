"""Sample uses: what the samples of each step are for, and how long they keep."""

from __future__ import annotations

from ncrobot.compiler.doses import optional_value
from ncrobot.plan import SampleUse
from ncrobot.protocol import Conditions, ProtocolSource, Sample, step_ids


def sample_uses(source: ProtocolSource, conditions: Conditions) -> tuple[SampleUse, ...]:
    """One entry for each step that takes samples; of several times to keep, the shortest."""
    found = []
    for index, name in enumerate(step_ids(source.protocol)):
        step = source.protocol.steps[index]
        if isinstance(step, Sample):
            lives_s = [
                life_s
                for row in conditions.rows
                if (life_s := optional_value(step.stable_for, row)) is not None
            ]
            found.append(
                SampleUse(
                    step=name,
                    line=source.line_of("steps", index),
                    instrument=step.for_instrument,
                    stable_for_s=min(lives_s, default=None),
                    priority=step.priority,
                )
            )
    return tuple(found)
