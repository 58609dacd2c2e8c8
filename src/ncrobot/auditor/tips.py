"""Tips and channels: who may carry what, and which tips may be used again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ncrobot.auditor.facts import Case
from ncrobot.auditor.liquid import ROUNDING_UL
from ncrobot.auditor.report import Compared
from ncrobot.auditor.strengths import solvents_of
from ncrobot.deck.layout import TipType
from ncrobot.plan import Leg, MixLeg, MixWells, Operation, PumpDose, Transfer
from ncrobot.protocol import Dosing, Stock

# Solvents that hang in a tip which is not empty; one below this share of a mixture doesn't count.
_HANGING = {
    "water",
    "dimethylformamide",
    "n,n-dimethylformamide",
    "dmf",
    "h2o",
    "dimethyl sulfoxide",
    "dmso",
}
_COUNTED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Use:
    """One tip in one operation."""

    operation: Transfer | MixWells
    channel: int
    tip: str
    volume_ul: float
    smallest_ul: float
    doses: int = 1


def check_tips(case: Case) -> None:
    """Check each use of a tip, then what each tip was used for."""
    by_tip: dict[str, list[Use]] = {}
    for operation in case.plan.operations:
        if isinstance(operation, PumpDose) or not isinstance(operation, Transfer | MixWells):
            continue
        if isinstance(operation, Transfer):
            _check_manner(case, operation)
        for use in _uses(operation):
            _check_volume(case, use)
            by_tip.setdefault(use.tip, []).append(use)
    for tip, uses in by_tip.items():
        _check_history(case, tip, uses)
    _check_counts(case, set(by_tip))
    _check_waste(case, by_tip)


def _uses(operation: Transfer | MixWells) -> list[Use]:
    """What each tip carries in each of its draws."""
    if isinstance(operation, Transfer):
        mixed_ul = operation.mix_volume_ul if operation.mix_repetitions > 0 else 0.0
        draws: dict[tuple[int, int], list[Leg]] = {}
        for leg in operation.legs:
            draws.setdefault((leg.cycle, leg.channel), []).append(leg)
        return [
            Use(
                operation, legs[0].channel, legs[0].tip,
                max(_drawn_ul(operation, legs), mixed_ul),
                min(leg.volume_ul for leg in legs), len(legs),
            )
            for legs in draws.values()
        ]  # fmt: skip
    return [
        Use(operation, leg.channel, leg.tip, leg.volume_ul, leg.volume_ul) for leg in operation.legs
    ]


def _drawn_ul(operation: Transfer, legs: Sequence[Leg]) -> float:
    """All that one draw takes up; what serves several wells has an excess."""
    excess_ul = operation.excess_ul if len(legs) > 1 else 0.0
    return sum(leg.volume_ul for leg in legs) + excess_ul


def _differ(case: Case, operation: Operation, code: str, message: str, compared: Compared) -> None:
    case.notes.differ(
        code,
        f"{operation.id!r}: {message}",
        compared,
        well=operation.wells[0] if len(operation.wells) == 1 else None,
        step=operation.step,
    )


def _check_manner(case: Case, operation: Transfer) -> None:
    """Tips that serve several wells must not touch; a stock may ask for fresh ones."""
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
    _check_asked_mode(case, operation)
    if operation.excess_ul > 0:
        _check_excess(case, operation, stock)
    if stock.tips == "fresh" and operation.tip_use != "fresh":
        _differ(case, operation, "tip-use", f"{operation.stock} asks for fresh tips", reused)
    if operation.purpose == "dose" and operation.resuspend != stock.slurry:
        words = {True: "mixed before it is drawn", False: "drawn as it stands"}
        compared = Compared("stock", words[stock.slurry], words[operation.resuspend])
        what = f"{operation.stock} should be {compared.asked}"
        _differ(case, operation, "slurry", what, compared)


def _check_asked_mode(case: Case, operation: Transfer) -> None:
    """A step that asks for a mode gets it."""
    step = case.step_of(operation)
    asked = step.batching if isinstance(step, Dosing) else "auto"
    if operation.purpose == "dose" and asked not in ("auto", operation.mode):
        compared = Compared("batching", asked, operation.mode)
        _differ(case, operation, "mode", f"{operation.step} asks for {asked}", compared)


def _check_excess(case: Case, operation: Transfer, stock: Stock) -> None:
    """What is left in a tip may go back only to a stock that keeps, and untouched."""
    keeps = stock.decay.model == "none" and stock.remake == "never"
    if operation.excess_to == "source" and (operation.touches or not keeps):
        compared = Compared("rest of a draw", "waste", operation.excess_to)
        what = f"{operation.stock} is put back from a tip, and it doesn't keep or was touched"
        _differ(case, operation, "carry-over", what, compared)
    if operation.excess_to == "waste" and operation.tip_use != "fresh":
        compared = Compared("tips", "thrown away", "put back with liquid in them")
        _differ(case, operation, "carry-over", "its tips hold a rest when put back", compared)


def _check_shared_draw(case: Case, use: Use, kind: TipType) -> None:
    """Several doses of one draw: no touch, a liquid that stays in the tip, a tip made for it."""
    operation = use.operation
    if not isinstance(operation, Transfer):
        return
    least_ul = kind.multi_dispense_ul
    if least_ul is None:
        compared = Compared("doses of one draw", 1.0, float(use.doses))
        what = f"a tip {kind.name} gives one dose a draw"
        _differ(case, operation, "tip-volume", what, compared)
    elif not use.smallest_ul >= least_ul - ROUNDING_UL:
        compared = Compared("one of several doses of a draw", least_ul, use.smallest_ul, "µL")
        what = f"a tip {kind.name} can't give {use.smallest_ul:g} µL out of a larger draw"
        _differ(case, operation, "tip-volume", what, compared)
    name = next(
        (u.working_of or u.stock for u in case.plan.stocks if u.stock == operation.stock), ""
    )
    stock = case.protocol.stocks.get(name)
    if operation.touches or operation.mode != "multi_dispense" or stock is None:
        compared = Compared("doses of one draw", 1.0, float(use.doses))
        what = "one draw serves several wells, though it touches them or doesn't say so"
        _differ(case, operation, "carry-over", what, compared)
        return
    parts = solvents_of(stock)
    dripping = [
        key
        for key, share in parts.items()
        if share >= _COUNTED_SHARE and case.protocol.materials[key].name.casefold() not in _HANGING
    ]
    if stock.slurry or dripping or not parts:
        why = "it settles" if stock.slurry else f"{', '.join(dripping) or 'it'} may drip"
        compared = Compared("doses of one draw", 1.0, float(use.doses))
        what = f"{operation.stock} can't wait in a tip: {why}"
        _differ(case, operation, "carry-over", what, compared)


def _check_volume(case: Case, use: Use) -> None:
    kind = case.deck.tip_type(use.tip)
    if kind is None:
        compared = Compared("tip", "a tip of the arm's on the deck", use.tip)
        _differ(case, use.operation, "no-such-tip", f"there is no tip at {use.tip}", compared)
        return
    if use.doses > 1:
        _check_shared_draw(case, use, kind)
    elif not use.smallest_ul >= kind.min_ul - ROUNDING_UL:
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
    if len(uses) > 1:
        _check_one_visit(case, tip, uses)
    stocks = {op.stock for op in operations.values() if isinstance(op, Transfer)}
    if len(stocks) > 1:
        compared = Compared("stocks of a tip", "one", ", ".join(sorted(map(str, stocks))))
        what = f"the tip {tip} goes into several stocks"
        _differ(case, uses[-1].operation, "tip-reuse", what, compared)


def _check_one_visit(case: Case, tip: str, uses: list[Use]) -> None:
    """A tip that draws several times in one operation serves several wells: it must not touch."""
    for use in uses:
        operation = use.operation
        cycles = {leg.cycle: leg for leg in operation.legs if leg.tip == tip}
        if len(cycles) < 2:
            continue
        touched = isinstance(operation, MixWells) or operation.touches
        targets = {
            leg.well if isinstance(leg, MixLeg) else leg.destination for leg in cycles.values()
        }
        if touched and len(targets) > 1:
            compared = Compared("wells of a tip that touches", 1.0, float(len(targets)))
            what = f"the tip {tip} touches {len(targets)} wells one after the other"
            _differ(case, operation, "carry-over", what, compared)


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


def _check_waste(case: Case, by_tip: dict[str, list[Use]]) -> None:
    """Tips that aren't put back fill the waste."""
    most = case.plan.deck.waste_capacity_tips
    thrown = [
        tip
        for tip, uses in by_tip.items()
        if any(
            not isinstance(u.operation, Transfer) or u.operation.tip_use == "fresh" for u in uses
        )
    ]
    if most is not None and len(thrown) > most:
        case.notes.differ(
            "waste-full-of-tips",
            f"the plan throws away {len(thrown)} tips, the waste takes {most}",
            Compared("tips in the waste", float(most), float(len(thrown))),
        )
