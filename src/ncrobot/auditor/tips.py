"""Tips and channels: who may carry what, and which tips may be used again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from ncrobot.auditor.facts import Case
from ncrobot.auditor.liquid import ROUNDING_UL
from ncrobot.auditor.report import Compared
from ncrobot.plan import MixWells, Operation, Transfer


@dataclass(frozen=True, slots=True)
class Use:
    """One tip in one operation."""

    operation: Transfer | MixWells
    channel: int
    tip: str
    volume_ul: float
    smallest_ul: float


def check_tips(case: Case) -> None:
    """Check each use of a tip, then what each tip was used for."""
    by_tip: dict[str, list[Use]] = {}
    for operation in case.plan.operations:
        if not isinstance(operation, Transfer | MixWells):
            continue
        _check_channels(case, operation)
        if isinstance(operation, Transfer):
            _check_manner(case, operation)
        for use in _uses(operation):
            _check_volume(case, use)
            by_tip.setdefault(use.tip, []).append(use)
    for tip, uses in by_tip.items():
        _check_history(case, tip, uses)
    _check_counts(case, set(by_tip))


def _uses(operation: Transfer | MixWells) -> list[Use]:
    if isinstance(operation, Transfer):
        mixed_ul = operation.mix_volume_ul if operation.mix_repetitions > 0 else 0.0
        return [
            Use(operation, leg.channel, leg.tip, max(leg.volume_ul, mixed_ul), leg.volume_ul)
            for leg in operation.legs
        ]
    return [
        Use(operation, leg.channel, leg.tip, leg.volume_ul, leg.volume_ul) for leg in operation.legs
    ]


def _differ(case: Case, operation: Operation, code: str, message: str, compared: Compared) -> None:
    case.notes.differ(
        code,
        f"{operation.id!r}: {message}",
        compared,
        well=operation.wells[0] if len(operation.wells) == 1 else None,
        step=operation.step,
    )


def _check_channels(case: Case, operation: Transfer | MixWells) -> None:
    arm = case.plan.deck.arm
    if operation.device != arm.name:
        compared = Compared("device", arm.name, operation.device)
        _differ(case, operation, "device", "liquid is moved by the arm only", compared)
    if len(operation.legs) > arm.simultaneous:
        compared = Compared("legs", float(arm.simultaneous), float(len(operation.legs)))
        _differ(case, operation, "channels", "more legs than channels that act together", compared)
    channels = Counter(str(leg.channel) for leg in operation.legs)
    tips = Counter(leg.tip for leg in operation.legs)
    for name, counts in (("channel", channels), ("tip", tips)):
        for item, count in counts.items():
            if count > 1:
                compared = Compared(f"legs of one {name}", 1.0, float(count))
                _differ(
                    case, operation, "channels", f"{name} {item} has {count} legs at once", compared
                )
    _check_crossing(case, operation)
    for leg in operation.legs:
        if leg.channel >= arm.channels:
            compared = Compared("channel", f"0 to {arm.channels - 1}", str(leg.channel))
            _differ(case, operation, "channels", f"the arm has no channel {leg.channel}", compared)


def _check_crossing(case: Case, operation: Transfer | MixWells) -> None:
    """Channels hang in a row: in one column, a higher one can't reach behind a lower one."""
    if isinstance(operation, Transfer):
        paths = [(leg.channel, leg.tip, leg.source, leg.destination) for leg in operation.legs]
    else:
        paths = [(leg.channel, leg.tip, leg.well, leg.well) for leg in operation.legs]
    for lower, higher in pairwise(sorted(paths)):
        for first, second in zip(lower[1:], higher[1:], strict=True):
            labware, _, well = first.partition("/")
            other_labware, _, other_well = second.partition("/")
            is_one_column = (labware, well[1:]) == (other_labware, other_well[1:])
            if is_one_column and well[:1] > other_well[:1]:
                compared = Compared("wells", f"{second}, {first}", f"{first}, {second}")
                what = f"its channels would cross at {first} and {second}"
                _differ(case, operation, "channels", what, compared)


def _check_manner(case: Case, operation: Transfer) -> None:
    """Tips that are used again must not touch; a stock may ask for fresh ones."""
    reused = Compared("tips", "fresh tips", "reused tips")
    if operation.mix_repetitions > 0 and not operation.touches:
        compared = Compared("touching", "touches", "doesn't touch")
        _differ(case, operation, "tip-touches", "a tip that mixes touches the liquid", compared)
    if operation.mix_repetitions > 0 and operation.purpose != "dilution":
        compared = Compared("mixing", "none", f"{operation.mix_repetitions} times")
        _differ(case, operation, "mix", "it mixes, which nobody asks for", compared)
    if operation.tip_use == "reuse" and (operation.touches or operation.stock is None):
        _differ(case, operation, "tip-touches", "a tip that touches a well is used again", reused)
    if operation.tip_use == "reuse" and operation.mix_repetitions > 0:
        _differ(case, operation, "tip-touches", "a tip that mixes is used again", reused)
    use = next((use for use in case.plan.stocks if use.stock == operation.stock), None)
    stock = case.protocol.stocks.get((use.working_of or use.stock) if use else "")
    if stock is None:
        return
    if stock.tips == "fresh" and operation.tip_use != "fresh":
        _differ(case, operation, "tip-use", f"{operation.stock} asks for fresh tips", reused)
    if operation.purpose == "dose" and operation.resuspend != stock.slurry:
        words = {True: "mixed before it is drawn", False: "drawn as it stands"}
        compared = Compared("stock", words[stock.slurry], words[operation.resuspend])
        what = f"{operation.stock} should be {compared.asked}"
        _differ(case, operation, "slurry", what, compared)


def _check_volume(case: Case, use: Use) -> None:
    kind = case.deck.tip_type(use.tip)
    if kind is None:
        compared = Compared("tip", "a tip of the arm's on the deck", use.tip)
        _differ(case, use.operation, "no-such-tip", f"there is no tip at {use.tip}", compared)
        return
    if not use.smallest_ul >= kind.min_ul - ROUNDING_UL:
        compared = Compared("volume in a tip", kind.min_ul, use.smallest_ul, "µL")
        what = f"a tip {kind.name} can't carry as little as {use.smallest_ul:g} µL"
        _differ(case, use.operation, "tip-volume", what, compared)
    if not use.volume_ul <= kind.max_ul + ROUNDING_UL:
        compared = Compared("volume in a tip", kind.max_ul, use.volume_ul, "µL")
        what = f"a tip {kind.name} can't carry as much as {use.volume_ul:g} µL"
        _differ(case, use.operation, "tip-volume", what, compared)
    if kind.channels and use.channel not in kind.channels:
        compared = Compared("channel", f"one of {kind.channels}", str(use.channel))
        what = f"channel {use.channel} takes no tip {kind.name}"
        _differ(case, use.operation, "channels", what, compared)


def _check_history(case: Case, tip: str, uses: list[Use]) -> None:
    """A fresh tip serves once, a reused one serves one stock only."""
    operations = {use.operation.id: use.operation for use in uses}
    fresh = [
        operation
        for operation in operations.values()
        if isinstance(operation, MixWells) or operation.tip_use == "fresh"
    ]
    if fresh and len(operations) > 1:
        compared = Compared("operations of a fresh tip", 1.0, float(len(operations)))
        what = f"the fresh tip {tip} is used by another operation too"
        _differ(case, fresh[-1], "tip-reuse", what, compared)
    stocks = {op.stock for op in operations.values() if isinstance(op, Transfer)}
    if len(stocks) > 1:
        compared = Compared("stocks of a tip", "one", ", ".join(sorted(map(str, stocks))))
        what = f"the tip {tip} goes into several stocks"
        _differ(case, uses[-1].operation, "tip-reuse", what, compared)


def _check_counts(case: Case, used: set[str]) -> None:
    """The plan's own count of tips covers those that it uses (whole columns may be set aside)."""
    for rack, count in Counter(tip.split("/")[0] for tip in used).items():
        known = case.deck.definition(rack)
        spots = len(known.wells) if known is not None else 0
        claimed = case.plan.tips_used.get(rack, 0)
        if known is not None and not count <= claimed <= spots:
            case.notes.differ(
                "tip-count",
                f"the plan counts {claimed} tips of {rack}, its operations use {count}",
                Compared("tips", float(count), float(claimed)),
            )
