"""Deliver: what the arm can dispense, and a working solution for what is too small for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ncrobot.compiler.doses import WellDoses
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.compiler.tip_choice import deliverable, rounded, smallest_dose_ul
from ncrobot.deck.layout import TipType
from ncrobot.protocol import Add, Protocol, Stock, drawn_stock
from ncrobot.units import Dimension, format_quantity

FACTORS = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
# A make-up below the smallest dose is left out if it is no more than this share of the volume.
NEGLIGIBLE_MAKE_UP = 1e-3


@dataclass(frozen=True, slots=True)
class Draw:
    """What goes into a well at a step: from a stock or a working solution, in portions."""

    step: int
    source: str
    stock: str
    volume_ul: float
    portions: int


@dataclass(frozen=True, slots=True)
class Working:
    """A dilution of a stock made on the deck for this run: one part in ``factor``."""

    name: str
    stock: str
    factor: int
    diluent: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The draws of every well by step, and the working solutions that they need."""

    draws: Mapping[str, Mapping[int, Draw]]
    working: Mapping[str, Working]


def deliver(
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    wells: Sequence[WellDoses],
    tips: Sequence[TipType],
    findings: Findings,
) -> Delivery:
    """Turn doses into draws; doses below the smallest deliverable one come from a dilution."""
    minimum_ul = smallest_dose_ul(tips)
    working = _working_solutions(protocol, strengths, wells, minimum_ul, findings)
    by_stock = {solution.stock: solution for solution in working.values()}
    draws = {
        well.condition.well: _draws(protocol, well, by_stock, tips, minimum_ul, findings)
        for well in wells
    }
    return Delivery(draws, working)


def _is_make_up(protocol: Protocol, index: int) -> bool:
    step = protocol.steps[index]
    return isinstance(step, Add) and step.make_up


def _working_solutions(
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    wells: Sequence[WellDoses],
    minimum_ul: float,
    findings: Findings,
) -> dict[str, Working]:
    smallest: dict[str, float] = {}
    for well in wells:
        for index, dose in well.doses.items():
            if dose.volume_ul < minimum_ul and not _is_make_up(protocol, index):
                smallest[dose.stock] = min(dose.volume_ul, smallest.get(dose.stock, minimum_ul))
    found: dict[str, Working] = {}
    for name, volume_ul in smallest.items():
        stock = protocol.stocks[name]
        factor = next((f for f in FACTORS if volume_ul * f >= minimum_ul), None)
        diluent = _diluent(protocol, stock)
        if factor is None or diluent is None or not _may_dilute(stock):
            _refuse_small(protocol, strengths[name], wells, minimum_ul, diluent, findings)
            continue
        solution = Working(f"{name}_1to{factor}", name, factor, diluent)
        found[solution.name] = solution
    return found


def _may_dilute(stock: Stock) -> bool:
    """Diluting a stock with a short life would change its decay: refuse rather than guess."""
    if stock.library is not None:
        return False
    return stock.dilutable and stock.remake == "never" and stock.decay.model == "none"


def _diluent(protocol: Protocol, stock: Stock) -> str | None:
    """The stock that is the plain solvent of this one, if the protocol has it."""
    wanted = stock.solvent if isinstance(stock.solvent, str) else None
    return next(
        (name for name, other in protocol.stocks.items() if other.neat and other.of == wanted),
        None,
    )


def _refuse_small(
    protocol: Protocol,
    strength: Strength,
    wells: Sequence[WellDoses],
    minimum_ul: float,
    diluent: str | None,
    findings: Findings,
) -> None:
    name = strength.stock
    stock = protocol.stocks[name]
    small = [
        (dose.volume_ul, well, index)
        for well in wells
        for index, dose in well.doses.items()
        if dose.stock == name and dose.volume_ul < minimum_ul
    ]
    volume_ul, worst, index = min(small, key=lambda item: item[0])
    if not _may_dilute(stock):
        why = (
            "it can't be diluted on the deck (its life is short, it is a library, or dilutable: "
            "false)"
        )
    elif diluent is None:
        why = "no stock of its plain solvent is there to dilute it with"
    else:
        why = f"even a 1:{FACTORS[-1]} dilution would be too strong"
    findings.error(
        "dose-too-small",
        f"{len(small)} dose(s) of {name!r} are smaller than the arm delivers, and {why}",
        "steps",
        index,
        row=worst.condition.name,
        well=worst.condition.well,
        quantity="volume of one dose",
        found=format_quantity(volume_ul, Dimension.VOLUME),
        allowed=f"at least {format_quantity(minimum_ul, Dimension.VOLUME)}",
        fix=f"make {name!r} {minimum_ul / volume_ul:.3g} times weaker"
        f"{would_do(strength, volume_ul / minimum_ul, 'at most')}, or dose more",
    )


def would_do(strength: Strength, factor: float, bound: str) -> str:
    """The concentration that would do, in words; nothing for a plain solvent."""
    molar = strength.main_umol_per_ul * factor
    if molar <= 0:
        return ""
    return f" ({bound} {format_quantity(molar, Dimension.CONCENTRATION)})"


def _draws(
    protocol: Protocol,
    well: WellDoses,
    by_stock: Mapping[str, Working],
    tips: Sequence[TipType],
    minimum_ul: float,
    findings: Findings,
) -> dict[int, Draw]:
    draws: dict[int, Draw] = {}
    extra_ul = 0.0
    for index, dose in well.doses.items():
        source = drawn_stock(protocol, dose.stock, well.condition)
        volume_ul = dose.volume_ul
        if volume_ul < minimum_ul and dose.stock in by_stock and not _is_make_up(protocol, index):
            solution = by_stock[dose.stock]
            source, volume_ul = solution.name, volume_ul * solution.factor
            extra_ul += (volume_ul - dose.volume_ul) * dose.portions
        draws[index] = Draw(index, source, dose.stock, rounded(volume_ul), dose.portions)
    for index in list(draws):
        if _is_make_up(protocol, index):
            _fit_make_up(protocol, well, index, draws, extra_ul, minimum_ul, findings)
    for index, draw in draws.items():
        if not deliverable(draw.volume_ul, tips) and draw.volume_ul >= minimum_ul:
            findings.error(
                "dose-between-tips",
                f"no tip of the deck delivers this dose of {draw.stock!r}",
                "steps",
                index,
                row=well.condition.name,
                well=well.condition.well,
                found=format_quantity(draw.volume_ul, Dimension.VOLUME),
                allowed=", ".join(f"{t.name}: {t.min_ul:g}-{t.max_ul:g} µL" for t in tips),
                fix="add a tip rack that covers it to the deck layout",
            )
    return draws


def _fit_make_up(  # noqa: PLR0913 - one message built from all of a well's figures
    protocol: Protocol,
    well: WellDoses,
    index: int,
    draws: dict[int, Draw],
    extra_ul: float,
    minimum_ul: float,
    findings: Findings,
) -> None:
    """Take the solvent that dilutions bring along from the make-up."""
    final_ul = sum(dose.total_ul for dose in well.doses.values())
    volume_ul = rounded(well.doses[index].volume_ul - extra_ul)
    if volume_ul >= minimum_ul:
        draws[index] = replace(draws[index], volume_ul=volume_ul)
        return
    del draws[index]
    if abs(volume_ul) <= NEGLIGIBLE_MAKE_UP * final_ul:
        findings.warn(
            "make-up-left-out",
            f"the make-up of {volume_ul:.2f} µL is too small to deliver and is left out",
            "steps",
            index,
            well=well.condition.well,
        )
        return
    findings.error(
        "make-up-too-small",
        f"after the other additions only {volume_ul:.2f} µL is left for the make-up",
        "steps",
        index,
        row=well.condition.name,
        well=well.condition.well,
        found=f"{volume_ul:.2f} µL",
        allowed=f"at least {minimum_ul:g} µL",
        fix=f"make the stocks stronger, or raise vessel.final_volume ({protocol.name})",
    )
