"""Gas over the plate: by a valve of the deck that has it, where there is one."""

from __future__ import annotations

from ncrobot.chemistry import is_harmless_gas
from ncrobot.compiler.doses import optional_value, value_of
from ncrobot.compiler.lowering.builder import Builder
from ncrobot.deck import Deck
from ncrobot.plan import LetGas
from ncrobot.protocol import UnderGas
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension, format_quantity


def has_valve(step: object, deck: Deck, plate: str) -> bool:
    """Whether a step lets gas flow that a valve of the deck has."""
    return isinstance(step, UnderGas) and bool(deck.gas_valves(step.gas, plate))


def lower_gas(builder: Builder, deck: Deck, plate: str, index: int) -> None:
    """Let the gas flow over all wells at once, then the one that flushes; all wells wait for it."""
    step = builder.protocol.steps[index]
    if not isinstance(step, UnderGas):
        return
    _check_permission(builder, step, index)
    gas = _flowing(builder, deck, plate, index, step)
    if gas is not None:
        builder.barrier(index, gas)
    if step.flush is not None:
        flush = _flushing(builder, deck, plate, index, step)
        if flush is not None:
            builder.barrier(index, flush)
    elif not is_harmless_gas(step.gas):
        builder.findings.warn(
            "gas-not-flushed",
            f"{builder.step_id(index)}: {step.gas} stays over the wells until it has drifted away; "
            "a flush drives it out before people come",
            "steps",
            index,
        )


def tell_no_valve(builder: Builder, index: int, plate: str) -> bool:
    """Whether a person can do a gas step for which the deck has no valve; a finding if not."""
    step = builder.protocol.steps[index]
    if not isinstance(step, UnderGas):
        return True
    if step.place is None:
        builder.findings.error(
            "no-gas-valve",
            f"no valve of the deck lets {step.gas} flow over {plate!r}",
            "steps",
            index,
            fix="use a deck layout that has such a valve, or write place and carry, so that a "
            "person does it",
        )
        return False
    builder.findings.warn(
        "gas-by-hand",
        f"{builder.step_id(index)}: no valve of the deck lets {step.gas} flow, so a person does it",
        "steps",
        index,
    )
    return True


def _check_permission(builder: Builder, step: UnderGas, index: int) -> None:
    if step.permission is not None or is_harmless_gas(step.gas):
        return
    builder.findings.error(
        "gas-permission",
        f"step {index + 1} ({builder.step_id(index)}) lets {step.gas} flow on the deck; this needs "
        "a permission",
        "steps",
        index,
        found=step.gas,
        allowed="nitrogen, argon, helium, air without one",
        fix="write permission: who allows it, and why it is safe here; or use a deck layout "
        "without this valve, so that a person does it",
    )


def _flowing(builder: Builder, deck: Deck, plate: str, index: int, step: UnderGas) -> LetGas | None:
    condition = builder.chains[0].group.condition
    found = _choose(builder, deck, plate, index, step.gas, step.flow)
    if found is None:
        return None
    return LetGas(
        id=builder.new_id(builder.step_id(index)),
        step=builder.step_id(index),
        line=builder.line(index),
        device=found[0],
        labware=plate,
        gas=step.gas,
        flow_ml_per_min=found[1],
        for_s=value_of(step.for_, condition),
        tolerance_s=optional_value(step.tolerance, condition),
        hazards=step.hazards,
    )


def _flushing(
    builder: Builder, deck: Deck, plate: str, index: int, step: UnderGas
) -> LetGas | None:
    flush = step.flush
    if flush is None:
        return None
    found = _choose(builder, deck, plate, index, flush.gas, flush.flow)
    if found is None:
        return None
    return LetGas(
        id=builder.new_id(f"{builder.step_id(index)}-flush"),
        step=builder.step_id(index),
        line=builder.line(index),
        device=found[0],
        labware=plate,
        gas=flush.gas,
        flow_ml_per_min=found[1],
        for_s=value_of(flush.for_, builder.chains[0].group.condition),
        hazards=step.hazards,
    )


def _choose(
    builder: Builder, deck: Deck, plate: str, index: int, gas: str, flow: Given
) -> tuple[str, float] | None:
    """The first valve that has the gas and can give the flow, with the flow in mL/min."""
    flow_ml_per_min = value_of(flow, builder.chains[0].group.condition)
    valves = deck.gas_valves(gas, plate)
    for name, valve in valves.items():
        low, high = valve.flow_ml_per_min
        if flow_ml_per_min > 0 and low <= flow_ml_per_min <= high:
            return name, flow_ml_per_min
    spans = [f"{low:g} to {high:g} mL/min ({name})" for name, valve in valves.items()
             for low, high in [valve.flow_ml_per_min]]  # fmt: skip
    builder.findings.error(
        "gas-flow" if valves else "no-gas-valve",
        f"no valve of the deck lets {gas} flow over {plate!r}"
        + (" like this" if valves else ", which is to flush it"),
        "steps",
        index,
        found=format_quantity(flow_ml_per_min, Dimension.GAS_FLOW),
        allowed=" or ".join(spans) or None,
        fix=None if valves else f"add a valve for {gas} to the deck layout, or leave out flush",
    )
    return None
