"""Pricing: for every step that doses, the modes that were taken and what the others would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ncrobot.compiler.batching import TRAIN_COLUMNS, TRAIN_WELLS, source_options
from ncrobot.compiler.grouping import column_number, row_of
from ncrobot.compiler.making import Asked, Made
from ncrobot.compiler.modes import ALL_MODES
from ncrobot.plan import (
    DoseMode,
    ModeOption,
    StepModes,
    Transfer,
    dispense_offsets_s,
    operation_duration_s,
)
from ncrobot.protocol import Dosing, step_ids

Doses = Mapping[str, Mapping[str, float]]
"""Volume of one portion by source, then by well."""


def step_modes(asked: Asked, made: Made) -> tuple[StepModes, ...]:
    """The modes of every step that doses something, in the order of the steps."""
    found = []
    for index, step in enumerate(asked.source.protocol.steps):
        if not isinstance(step, Dosing):
            continue
        name = step_ids(asked.source.protocol)[index]
        doses = [
            operation
            for operation in made.operations
            if isinstance(operation, Transfer)
            and operation.step == name
            and operation.group is not None
        ]
        if doses:
            found.append(_of_step(asked, made, index, step, doses))
    return tuple(found)


def _of_step(
    asked: Asked, made: Made, index: int, step: Dosing, doses: Sequence[Transfer]
) -> StepModes:
    layout = asked.deck.layout
    took_s = {op.id: operation_duration_s(op, layout) for op in doses}
    arm_s = {op.id: took_s[op.id] if op.device == layout.arm.name else 0.0 for op in doses}
    visits: dict[tuple[str | None, int | None], list[Transfer]] = {}
    for operation in doses:
        visits.setdefault((operation.group, operation.portion), []).append(operation)
    groups: dict[DoseMode, int] = {}
    for (_, portion), operations in visits.items():
        if portion in (None, 1):
            mode = operations[0].mode
            groups[mode] = groups.get(mode, 0) + 1
    largest = max(visits.values(), key=lambda ops: (sum(took_s[op.id] for op in ops), ops[0].id))
    wells = {well for operation in largest for well in operation.wells}
    mode = max(groups, key=lambda each: groups[each])
    portions = max(operation.portion or 1 for operation in doses)
    return StepModes(
        step=step_ids(asked.source.protocol)[index],
        stock=step.stock,
        line=asked.source.line_of("steps", index),
        mode=mode,
        asked=step.batching,
        groups=dict(sorted(groups.items())),
        portions=portions,
        wells=len(wells),
        arm_s=round(sum(arm_s.values()), 3),
        portion_s=round(sum(took_s[op.id] for op in largest), 3),
        spread_s=round(max(_spread_s(ops, asked) for ops in visits.values()), 3),
        excess_ul=round(sum(_wasted_ul(op) for op in doses), 6),
        alternatives=tuple(
            _option(asked, made, index, other) for other in ALL_MODES if other not in groups
        ),
    )


def _spread_s(operations: Sequence[Transfer], asked: Asked) -> float:
    moments: list[float] = []
    before_s = 0.0
    for operation in operations:
        if isinstance(operation, Transfer):
            offsets = dispense_offsets_s(operation, asked.deck.layout).values()
            moments += [before_s + each for each in offsets]
        before_s += operation_duration_s(operation, asked.deck.layout)
    return max(moments, default=0.0) - min(moments, default=0.0)


def _wasted_ul(operation: Transfer) -> float:
    if operation.excess_to == "source":
        return 0.0
    return sum(draw.excess_ul for draw in operation.draws())


def _option(asked: Asked, made: Made, index: int, mode: DoseMode) -> ModeOption:
    """What a mode would cost for the whole plate in the groups that suit it."""
    arm_s, most_s, wells = 0.0, 0.0, 1
    tried, failed, reason = 0, 0, None
    for group, repeats in _natural(asked, index, mode):
        once_s = 0.0
        for source, volumes in group.items():
            found = source_options(asked.delivery, made.setting, source, volumes)
            tried += 1
            priced = found.best([mode])
            if priced is None:
                failed += 1
                reason = reason or found.refused.get(mode, "it is not possible")
                priced = found.best()
            once_s += priced.arm_s if priced is not None else 0.0
        arm_s += once_s * repeats
        if once_s > most_s:
            most_s = once_s
            wells = len({well for volumes in group.values() for well in volumes})
    if failed == tried:
        return ModeOption(mode=mode, reason=reason)
    return ModeOption(
        mode=mode,
        arm_s=round(arm_s, 3),
        portion_s=round(most_s, 3),
        wells=wells,
        reason=None if failed == 0 else f"for {failed} of {tried} groups another way: {reason}",
    )


def _natural(asked: Asked, index: int, mode: DoseMode) -> Iterator[tuple[Doses, int]]:
    """The wells of a step in the groups that a mode is made for, with the portions of each."""
    draws = {
        well: draw
        for well, of_well in asked.delivery.draws.items()
        if (draw := of_well.get(index)) is not None
    }
    ordered = sorted(
        draws, key=lambda well: (draws[well].portions, column_number(well), row_of(well))
    )
    solo = all(head.kind == "single" for head in asked.setting.heads)
    parties: dict[tuple[int, int], list[str]] = {}
    for number, well in enumerate(ordered):
        column = column_number(well)
        if mode == "single":
            party = number
        elif mode == "column" or any(head.kind == "rigid" for head in asked.setting.heads):
            party = column
        elif solo:
            party = number // TRAIN_WELLS[0]
        else:
            party = (column - 1) // TRAIN_COLUMNS[-1]
        parties.setdefault((draws[well].portions, party), []).append(well)
    for (portions, _), wells in parties.items():
        by_source: dict[str, dict[str, float]] = {}
        for well in wells:
            by_source.setdefault(draws[well].source, {})[well] = draws[well].volume_ul
        yield by_source, portions
