"""Channels: what acts together hangs together, doesn't cross, and has one tip and source a draw."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ncrobot.auditor.facts import Case
from ncrobot.auditor.flows import check_pump
from ncrobot.auditor.liquid import ROUNDING_UL
from ncrobot.auditor.report import Compared
from ncrobot.plan import MixWells, PumpDose, Transfer


class Path(NamedTuple):
    """One leg: its round of drawing and giving, its channel, and where that goes."""

    cycle: int
    channel: int
    tip: str
    source: str
    destination: str
    volume_ul: float


def paths_of(operation: Transfer | MixWells) -> list[Path]:
    """The legs of an operation."""
    if isinstance(operation, Transfer):
        return [
            Path(leg.cycle, leg.channel, leg.tip, leg.source, leg.destination, leg.volume_ul)
            for leg in operation.legs
        ]
    return [
        Path(leg.cycle, leg.channel, leg.tip, leg.well, leg.well, leg.volume_ul)
        for leg in operation.legs
    ]


def check_channels(case: Case) -> None:
    """Check every operation that moves liquid with the arm."""
    for operation in case.plan.operations:
        if isinstance(operation, PumpDose):
            check_pump(case, operation)
        elif isinstance(operation, Transfer | MixWells):
            _check_operation(case, operation)


def _differ(case: Case, operation: Transfer | MixWells, message: str, compared: Compared) -> None:
    case.notes.differ(
        "channels",
        f"{operation.id!r}: {message}",
        compared,
        well=operation.wells[0] if len(operation.wells) == 1 else None,
        step=operation.step,
    )


def _check_operation(case: Case, operation: Transfer | MixWells) -> None:
    arm = case.plan.deck.arm
    if operation.device != arm.name:
        compared = Compared("device", arm.name, operation.device)
        case.notes.differ(
            "device", f"{operation.id!r}: liquid is moved by the arm only", compared,
            step=operation.step,
        )  # fmt: skip
    cycles: dict[int, list[Path]] = {}
    for path in paths_of(operation):
        cycles.setdefault(path.cycle, []).append(path)
        if path.channel >= arm.channels:
            compared = Compared("channel", f"0 to {arm.channels - 1}", str(path.channel))
            _differ(case, operation, f"the arm has no channel {path.channel}", compared)
    for paths in cycles.values():
        _check_together(case, operation, paths)


def _check_together(case: Case, operation: Transfer | MixWells, paths: Sequence[Path]) -> None:
    """The legs of one cycle: one head, one tip and source for each channel, no crossing."""
    by_channel: dict[int, list[Path]] = {}
    for path in paths:
        by_channel.setdefault(path.channel, []).append(path)
    for channel, legs in by_channel.items():
        if len({(leg.tip, leg.source) for leg in legs}) > 1:
            compared = Compared("tips and sources of one draw", 1.0, float(len(legs)))
            what = f"channel {channel} has {len(legs)} legs at once from several places"
            _differ(case, operation, what, compared)
        if len(legs) > 1 and isinstance(operation, MixWells):
            compared = Compared("wells of one channel", 1.0, float(len(legs)))
            _differ(case, operation, f"channel {channel} mixes several wells at once", compared)
    for tip in {path.tip for path in paths}:
        users = {path.channel for path in paths if path.tip == tip}
        if len(users) > 1:
            compared = Compared("channels of one tip", 1.0, float(len(users)))
            _differ(case, operation, f"tip {tip} has {len(users)} channels at once", compared)
    _check_head(case, operation, by_channel)
    most = max(len(legs) for legs in by_channel.values())
    for number in range(most):
        together = [legs[number] for legs in by_channel.values() if number < len(legs)]
        _check_crossing(case, operation, together)


def _check_head(
    case: Case, operation: Transfer | MixWells, by_channel: dict[int, list[Path]]
) -> None:
    """Channels that act together are those of one head; a rigid one moves them all alike."""
    heads = [h for h in case.plan.deck.arm.all_heads() if by_channel.keys() & set(h.channels)]
    if len(heads) > 1:
        names = ", ".join(head.name for head in heads)
        compared = Compared("heads", "one", names)
        _differ(case, operation, f"channels of {names} act together", compared)
    for head in heads:
        if head.kind != "rigid":
            continue
        if set(head.channels) != by_channel.keys():
            compared = Compared("channels", f"{list(head.channels)}", f"{sorted(by_channel)}")
            what = f"the rigid head {head.name} acts with all its channels"
            _differ(case, operation, what, compared)
        volumes = [tuple(leg.volume_ul for leg in legs) for legs in by_channel.values()]
        for found in zip(*volumes, strict=False):
            if max(found) - min(found) > ROUNDING_UL:
                compared = Compared("volumes of a rigid head", min(found), max(found), "µL")
                what = f"the rigid head {head.name} moves one volume, not several"
                _differ(case, operation, what, compared)


def _check_crossing(case: Case, operation: Transfer | MixWells, together: Sequence[Path]) -> None:
    """Channels hang in a row: in one column, a higher one can't reach behind a lower one."""
    ordered = sorted((leg.channel, leg.tip, leg.source, leg.destination) for leg in together)
    for lower, higher in pairwise(ordered):
        for first, second in zip(lower[1:], higher[1:], strict=True):
            labware, _, well = first.partition("/")
            other_labware, _, other_well = second.partition("/")
            is_one_column = (labware, well[1:]) == (other_labware, other_well[1:])
            if is_one_column and well[:1] > other_well[:1]:
                compared = Compared("wells", f"{second}, {first}", f"{first}, {second}")
                what = f"its channels would cross at {first} and {second}"
                _differ(case, operation, what, compared)
