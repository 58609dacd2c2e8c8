"""Steps for which a person carries the plate off the deck, and back after a time."""

from __future__ import annotations

from dataclasses import replace

from ncrobot.compiler.doses import optional_value, value_of
from ncrobot.compiler.lowering.builder import Builder
from ncrobot.plan import AskPerson
from ncrobot.protocol import Age, Away, Treat, UnderGas
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension, format_quantity


def leaves_the_deck(step: object) -> bool:
    """Whether a step takes the plate off the deck, if no valve of the deck has its gas."""
    is_treated = isinstance(step, Treat | UnderGas)
    return is_treated or (isinstance(step, Age) and step.where == "off_deck")


def lower_away(builder: Builder, plate: str, index: int) -> None:
    """Ask a person to carry the plate away, wait the step's time, and ask for it back.

    Shakers stand still meanwhile, and go on as before when the plate is back.
    """
    step = builder.protocol.steps[index]
    if not isinstance(step, Away):
        msg = f"step {index} leaves the plate where it is"
        raise TypeError(msg)
    condition = builder.chains[0].group.condition
    gone = _ask(builder, index, step, "away", _away_task(builder, plate, step))
    builder.barrier(index, gone)
    paused = {name: one for name, one in builder.running.items() if one.for_s is None}
    for device in paused:
        builder.close_background(device, (gone.id,))
    for chain in builder.chains:
        chain.waiting.extend(
            value_of(step.for_, condition),
            optional_value(step.tolerance, condition),
            line=builder.line(index),
            step=builder.step_id(index),
            if_late=builder.late(index),
        )
    back = _ask(
        builder, index, step, "back",
        f"Bring the plate {plate} back from {step.place}, and put it where it stood.",
    )  # fmt: skip
    builder.barrier(index, back)
    for device, one in paused.items():
        if one.starts_after:
            builder.running[device] = replace(one, starts_after=[back.id], ends_before=[])
        else:  # nothing was in the wells yet: it still begins with the first addition
            builder.running[device] = one


def _ask(builder: Builder, index: int, step: Away, way: str, task: str) -> AskPerson:
    condition = builder.chains[0].group.condition
    return AskPerson(
        id=builder.new_id(f"{builder.step_id(index)}-{way}"),
        step=builder.step_id(index),
        line=builder.line(index),
        device="person",
        task=task,
        takes_s=optional_value(step.carry, condition) or 0.0,
        answer_within_s=optional_value(step.answer_within, condition),
        default="stop",
        hazards=step.hazards,
    )


def _away_task(builder: Builder, plate: str, step: Away) -> str:
    condition = builder.chains[0].group.condition

    def told(given: Given, dimension: Dimension) -> str:
        return format_quantity(value_of(given, condition), dimension)

    how = [f"for {told(step.for_, Dimension.DURATION)}"]
    if step.temperature is not None:
        how.append(f"at {told(step.temperature, Dimension.TEMPERATURE)}")
    if step.dark:
        how.append("in the dark")
    if isinstance(step, Treat | UnderGas) and step.gas is not None:
        how.append(f"under {step.gas}")
    if isinstance(step, UnderGas):
        how[-1] += f" at {told(step.flow, Dimension.GAS_FLOW)}"
        if (flush := step.flush) is not None:
            how.append(
                f"then under {flush.gas} for {told(flush.for_, Dimension.DURATION)} before it is "
                "opened"
            )
    what = f": {step.what}" if isinstance(step, Treat | UnderGas) and step.what else ""
    return f"Take the plate {plate} off the deck to {step.place}, {', '.join(how)}{what}."
