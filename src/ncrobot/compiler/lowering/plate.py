"""Whole-plate steps: stirring, temperature, holds, measurements, and what a person does."""

from __future__ import annotations

from ncrobot.compiler.doses import optional_value, value_of
from ncrobot.compiler.lowering.builder import Builder, OpenBackground
from ncrobot.compiler.lowering.chain import Chain
from ncrobot.deck import Deck
from ncrobot.deck.layout import Reader, Shaker, TemperatureBlock
from ncrobot.plan import AskPerson, MovePlate, Read, SetTemperature, Shake
from ncrobot.protocol import Age, Hold, Measure, Person, Stir
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension, format_quantity

# A setpoint counts as reached within this; no source states one (assumed: usual block accuracy).
TEMPERATURE_TOLERANCE_C = 1.0


def lower_hold(builder: Builder, chain: Chain, index: int) -> None:
    """Hold or age: nothing is done, but the chain's next operation has to wait."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Hold | Age | Stir) or step.for_ is None:
        return
    condition = chain.group.condition
    start = chain.now()
    chain.waiting.extend(
        value_of(step.for_, condition),
        optional_value(step.tolerance, condition),
        line=builder.line(index),
        step=builder.step_id(index),
        if_late=builder.late(index),
    )
    builder.mark(chain, index, start, chain.now())


def lower_stir(builder: Builder, deck: Deck, plate: str, index: int) -> None:
    """Run the shaker under the plate at the step's speed; a second speed is a barrier.

    One shaker has one speed for all its wells, so before it changes, every well must be through
    the steps before, and none may be past them.
    """
    step = builder.protocol.steps[index]
    if not isinstance(step, Stir):
        return
    device = deck.device_under(plate)
    settings = deck.layout.devices.get(device) if device else None
    if device is None or not isinstance(settings, Shaker):
        builder.findings.error(
            "no-shaker",
            f"the plate {plate!r} doesn't stand on a shaker",
            "steps",
            index,
            fix="use a deck layout whose reaction plate is on: a shaker, or leave out stir",
        )
        return
    speed_rpm = value_of(step.speed, builder.chains[0].group.condition)
    low, high = settings.speed_rpm
    if speed_rpm != 0 and not low <= speed_rpm <= high:
        builder.findings.error(
            "speed-out-of-range",
            f"the shaker {device!r} can't run at this speed",
            "steps",
            index,
            found=f"{speed_rpm:g} rpm",
            allowed=f"{low:g} to {high:g} rpm, or 0",
        )
        return
    running = builder.running.get(device)
    if running is not None and running.for_s is None and running.speed_rpm == speed_rpm:
        starts: tuple[str, ...] = ()
    elif running is not None:
        starts = (_change_speed(builder, device, plate, index, speed_rpm),)
    else:
        last = [chain.last.operation for chain in builder.chains if chain.last is not None]
        starts = tuple(dict.fromkeys(last))
    for chain in builder.chains:
        if step.for_ is None:
            builder.mark(chain, index, chain.now(), chain.now())
        lower_hold(builder, chain, index)
    continues = running is not None and builder.running.get(device) is running
    if speed_rpm > 0 and not continues:
        _open(builder, device, plate, index, speed_rpm, starts)


def _change_speed(builder: Builder, device: str, plate: str, index: int, speed_rpm: float) -> str:
    operation = Shake(
        id=builder.new_id(f"{builder.step_id(index)}-speed"),
        step=builder.step_id(index),
        line=builder.line(index),
        device=device,
        labware=plate,
        speed_rpm=speed_rpm,
    )
    builder.barrier(index, operation)
    builder.close_background(device, (operation.id,))
    return operation.id


def _open(
    builder: Builder, device: str, plate: str, index: int, speed_rpm: float, starts: tuple[str, ...]
) -> None:
    step = builder.protocol.steps[index]
    for_s = (
        optional_value(step.for_, builder.chains[0].group.condition)
        if isinstance(step, Stir)
        else None
    )
    background = OpenBackground(
        device=device,
        labware=plate,
        speed_rpm=speed_rpm,
        starts_after=list(starts),
        step=builder.step_id(index),
        line=builder.line(index),
        for_s=for_s,
        ends_before=[],
    )
    builder.running[device] = background
    if not starts:
        for chain in builder.chains:  # an empty plate is shaken from its first addition
            chain.backgrounds_to_start.append(background.starts_after)
    if for_s is not None:
        for chain in builder.chains:
            chain.backgrounds_to_end.append(background.ends_before)


def lower_temperature(
    builder: Builder, deck: Deck, plate: str, index: int, given: Given | None
) -> None:
    """Bring the device under the plate to a temperature, for all wells at once."""
    if given is None:
        return
    path: tuple[str | int, ...] = ("vessel", "temperature") if index < 0 else ("steps", index)
    temperature_c = value_of(given, builder.chains[0].group.condition)
    device = deck.device_under(plate)
    settings = deck.layout.devices.get(device) if device else None
    limits = settings.temperature_c if isinstance(settings, Shaker | TemperatureBlock) else None
    if device is None or limits is None or not limits[0] <= temperature_c <= limits[1]:
        builder.findings.error(
            "temperature-out-of-range",
            f"nothing under the plate {plate!r} holds this temperature",
            *path,
            found=format_quantity(temperature_c, Dimension.TEMPERATURE),
            allowed=f"{limits[0]:g} to {limits[1]:g} °C on {device}" if limits else "no heater",
            fix="use a deck layout whose reaction plate is on a heater-shaker or block that can",
        )
        return
    step = "vessel" if index < 0 else builder.step_id(index)
    operation = SetTemperature(
        id=builder.new_id(f"{step}-temperature"),
        step=step,
        line=builder.source.line_of(*path),
        device=device,
        temperature_c=temperature_c,
        tolerance_c=TEMPERATURE_TOLERANCE_C,
    )
    builder.barrier(max(index, 0), operation)


def lower_person(builder: Builder, index: int) -> None:
    """Something a person does for the whole plate; it waits for all wells."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Person):
        return
    condition = builder.chains[0].group.condition
    fraction = optional_value(step.max_fraction_left, condition)
    operation = AskPerson(
        id=builder.new_id(builder.step_id(index)),
        step=builder.step_id(index),
        line=builder.line(index),
        device="person",
        task=step.task,
        takes_s=value_of(step.takes, condition),
        answer_within_s=optional_value(step.answer_within, condition),
        default=step.default,
        hazards=step.hazards,
        max_fraction_left=fraction,
    )
    builder.barrier(index, operation)
    if fraction is not None:
        for chain in builder.chains:
            for well, level in chain.volume_ul.items():
                chain.volume_ul[well] = fraction * level


def lower_measure(builder: Builder, deck: Deck, index: int) -> None:
    """Read a plate: carry it to the reader, measure, carry it back."""
    step = builder.protocol.steps[index]
    if not isinstance(step, Measure):
        return
    readers = {n: d for n, d in deck.layout.devices.items() if isinstance(d, Reader)}
    plates = deck.with_role(step.labware)
    if not readers or not plates:
        builder.findings.error(
            "no-reader",
            "the deck has no plate reader" if not readers else f"no labware {step.labware!r}",
            "steps",
            index,
            fix="use a deck layout with a reader, or take samples for an instrument off the deck",
        )
        return
    name, reader = next(iter(readers.items()))
    condition = builder.chains[0].group.condition
    start, stop, width = (value_of(x, condition) for x in (step.start, step.stop, step.step))
    low, high = reader.wavelength_nm
    if not (low <= start <= stop <= high and width >= 1):
        builder.findings.error(
            "wavelengths",
            f"the reader {name!r} can't measure this range",
            "steps",
            index,
            found=f"{start:g} to {stop:g} nm in steps of {width:g} nm",
            allowed=f"{low:g} to {high:g} nm, steps of at least 1 nm",
        )
        return
    count = int((stop - start) // width) + 1
    step_id, line, labware = builder.step_id(index), builder.line(index), plates[0].name
    read = Read(
        id=builder.new_id(step_id), step=step_id, line=line, device=name, labware=labware,
        wavelengths_nm=tuple(round(start + i * width) for i in range(count)),
    )  # fmt: skip
    moves = plates[0].on != name
    if moves:
        builder.barrier(index, _carry(builder, deck, index, labware, name), timed=False)
    builder.barrier(index, read, timed=True)
    if moves:
        builder.barrier(index, _carry(builder, deck, index, labware, "home"))


def _carry(
    builder: Builder, deck: Deck, index: int, labware: str, to: str
) -> MovePlate | AskPerson:
    step_id, line = builder.step_id(index), builder.line(index)
    if deck.layout.arm.gripper:
        return MovePlate(
            id=builder.new_id(f"{step_id}-to-{to}"), step=step_id, line=line,
            device=deck.layout.arm.name, labware=labware, to=to,
        )  # fmt: skip
    place = "back to its place" if to == "home" else f"into {to}"
    return AskPerson(
        id=builder.new_id(f"{step_id}-to-{to}"), step=step_id, line=line, device="person",
        task=f"Put the plate {labware} {place}.", takes_s=60.0, answer_within_s=None,
        default="stop",
    )  # fmt: skip


def finish(builder: Builder) -> None:
    """End what is still open: shakers, and holds that nothing follows."""
    last = len(builder.protocol.steps) - 1
    for chain in builder.chains:
        chain.waiting.max_s = None  # nobody has to be there at the minute to take a finished plate
    if any(chain.waiting.held for chain in builder.chains):
        builder.barrier(
            last,
            AskPerson(
                id=builder.new_id("collect"), step="collect", line=builder.line(last),
                device="person", task="The plate is finished: take it from the deck.",
                takes_s=0.0, answer_within_s=0.0, default="done",
            ),
        )  # fmt: skip
    for device in list(builder.running):
        builder.close_background(device, ())
