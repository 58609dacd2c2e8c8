"""Work on the whole plate: temperature, shaking, readings, and what a person does."""

from __future__ import annotations

from ncrobot.auditor.facts import Case, is_away, is_done, optional_value, value_of
from ncrobot.auditor.report import Compared, agree
from ncrobot.plan import AskPerson, Background, Operation, Read, SetTemperature, Shake
from ncrobot.protocol import Age, Away, Condition, Hold, Measure, Person, Step, Stir, UnderGas
from ncrobot.protocol.values import Given


def check_plate_work(case: Case) -> None:
    """Look for the operation that each step on the whole plate asks for."""
    row = case.conditions.rows[0]
    _check_temperature(case, row, "vessel", case.protocol.vessel.temperature)
    for index, step in enumerate(case.protocol.steps):
        name = case.step_names[index]
        if not is_done(step, row):
            _check_left_out(case, name, step)
            continue
        if isinstance(step, Away) and is_away(case, step):
            _check_away(case, row, name, step)
        elif isinstance(step, Stir | Hold | Age | UnderGas):
            _check_temperature(case, row, name, step.temperature)
        if isinstance(step, Stir):
            _check_stir(case, row, index, step)
        elif isinstance(step, Person):
            _check_person(case, row, name, step)
        elif isinstance(step, Measure):
            _check_measure(case, row, name, step)


def _check_left_out(case: Case, name: str, step: Step) -> None:
    """A step that the table leaves out has no operation on the whole plate."""
    is_whole = (
        is_away(case, step)
        or isinstance(step, Stir | Person | Measure | UnderGas)
        or (isinstance(step, Hold | Age) and step.temperature is not None)
    )
    found = [operation.id for operation in _of_step(case, name)]
    if is_whole and found:
        _differ(case, name, "nothing in", "this table", ", ".join(found))


def _of_step(case: Case, name: str) -> list[Operation]:
    return [operation for operation in case.plan.operations if operation.step == name]


def _differ(case: Case, name: str, quantity: str, asked: str, found: str) -> None:
    case.notes.differ(
        "plate-work",
        f"{name} asks for {quantity} {asked}; the plan has {found}",
        Compared(quantity, asked, found),
        step=name,
    )


def _check_temperature(case: Case, row: Condition, name: str, given: Given | None) -> None:
    wished_c = optional_value(given, row)
    found = [op.temperature_c for op in _of_step(case, name) if isinstance(op, SetTemperature)]
    if name == "vessel":
        found += list(case.plan.initial_temperatures_c.values()) if not found else []
    if wished_c is not None and not any(t is not None and agree(wished_c, t) for t in found):
        shown = ", ".join(f"{temperature} °C" for temperature in found) or "none"
        _differ(case, name, "the temperature", f"{wished_c:g} °C", shown)


def _check_stir(case: Case, row: Condition, index: int, step: Stir) -> None:
    """The plate is shaken from this step on, or goes on being shaken at the same speed."""
    wished_rpm = value_of(step.speed, row)
    name = case.step_names[index]
    running = _running(case, row, index)
    backgrounds = [b for b in case.plan.backgrounds if b.step in {name, *running}]
    shakes = [op.speed_rpm for op in _of_step(case, name) if isinstance(op, Shake)]
    if wished_rpm == 0:
        is_right = not running or 0 in shakes
    else:
        is_right = any(agree(wished_rpm, background.speed_rpm) for background in backgrounds)
    if not is_right:
        speeds = [*(background.speed_rpm for background in backgrounds), *shakes]
        found = ", ".join(f"{speed_rpm:g} rpm" for speed_rpm in speeds) or "none"
        _differ(case, name, "shaking at", f"{wished_rpm:g} rpm", found)
    for background in case.plan.backgrounds:
        if background.step == name:
            _check_span(case, index, background, optional_value(step.for_, row))


def _running(case: Case, row: Condition, index: int) -> list[str]:
    """The stir steps whose shaking still goes on when a step begins: the last of one speed."""
    names: list[str] = []
    speed_rpm: float | None = None
    for place in range(index - 1, -1, -1):
        step = case.protocol.steps[place]
        if not isinstance(step, Stir) or not is_done(step, row):
            continue
        rpm = value_of(step.speed, row)
        if rpm == 0 or step.for_ is not None or speed_rpm not in {None, rpm}:
            break
        speed_rpm = rpm
        names.append(case.step_names[place])
    return names


def _check_span(case: Case, index: int, background: Background, for_s: float | None) -> None:
    """Shaking begins behind what comes before its step, and ends with something behind it."""
    starts = [case.order.operations.get(name) for name in background.starts_after]
    ends = [case.order.operations.get(name) for name in background.ends_before]
    # An empty plate is shaken from its first addition, which comes behind the step.
    is_empty = not any(
        op.group is not None and case.places.get(op.step, -1) < index for op in case.plan.operations
    )
    is_right = all(
        op is None or is_empty or case.places.get(op.step, -1) <= index or _is_back(case, op)
        for op in starts
    ) and all(op is None or case.places.get(op.step, -1) > index for op in ends)
    placed = case.deck.labware.get(background.labware)
    is_there = background.labware == case.plan.vessel_labware and (
        placed is not None and placed.on == background.device
    )
    if not is_there:
        found = f"{background.labware} on {background.device}"
        _differ(case, background.step, "shaking of", "the reaction plate where it stands", found)
    if background.for_s is not None and not (for_s is not None and agree(for_s, background.for_s)):
        _differ(case, background.step, "shaking for", str(for_s), f"{background.for_s:g} s")
    if not is_right:
        _differ(
            case, background.step, "shaking", "from this step to a later one", "another span of it"
        )


def _is_back(case: Case, operation: Operation) -> bool:
    """Whether an operation brings a plate back, after which its shaking goes on."""
    step = case.step_of(operation)
    return isinstance(operation, AskPerson) and step is not None and is_away(case, step)


def _check_person(case: Case, row: Condition, name: str, step: Person) -> None:
    asked = (
        step.task,
        value_of(step.takes, row),
        optional_value(step.answer_within, row),
        step.default,
        optional_value(step.max_fraction_left, row),
    )
    found = [
        (op.task, op.takes_s, op.answer_within_s, op.default, op.max_fraction_left)
        for op in _of_step(case, name)
        if isinstance(op, AskPerson)
    ]
    if found != [asked]:
        _differ(case, name, "a person's work", str(asked), str(found[0]) if found else "none")


def _check_away(case: Case, row: Condition, name: str, step: Away) -> None:
    """A person is asked to carry the plate away and to bring it back; each way takes its time."""
    carry_s = optional_value(step.carry, row)
    within_s = optional_value(step.answer_within, row)
    asked = [(carry_s, within_s, "stop", step.hazards)] * 2
    asks = [op for op in _of_step(case, name) if isinstance(op, AskPerson)]
    found = [(op.takes_s, op.answer_within_s, op.default, op.hazards) for op in asks]
    names_place = all((step.place or "") in op.task for op in asks)
    if found != asked or not names_place:
        told = "; ".join(op.task for op in asks) or "none"
        _differ(case, name, "the plate carried to and from", str(step.place), told)


def _check_measure(case: Case, row: Condition, name: str, step: Measure) -> None:
    start_nm, stop_nm, width_nm = (value_of(x, row) for x in (step.start, step.stop, step.step))
    asked = []
    number = 0
    while width_nm > 0 and start_nm + number * width_nm <= stop_nm + 1e-9:
        asked.append(round(start_nm + number * width_nm))
        number += 1
    reads = [op for op in _of_step(case, name) if isinstance(op, Read)]
    is_right = len(reads) == 1 and (
        list(reads[0].wavelengths_nm) == asked
        and case.deck.role(f"{reads[0].labware}/A1") == step.labware
    )
    if not is_right:
        found = (
            f"{reads[0].labware}, {len(reads[0].wavelengths_nm)} wavelengths" if reads else "none"
        )
        _differ(
            case,
            name,
            "a reading of",
            f"the {step.labware} plate at {len(asked)} wavelengths from {start_nm:g} nm",
            found,
        )
