"""Totals: amounts and volumes of whole wells, and what the plan claims about them."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.auditor.asked import AskedWell, is_calculated, is_make_up
from ncrobot.auditor.book import Book
from ncrobot.auditor.doses import Deliveries, Given, make_up_left_out
from ncrobot.auditor.facts import Case
from ncrobot.auditor.liquid import Liquid
from ncrobot.auditor.report import Compared, agree
from ncrobot.plan import WellPlan

_DIGITS_UL = 1e-4
_SMALL_MAKE_UP = 1e-3
# NaBH4 + 2 H2O -> NaBO2 + 4 H2; an ideal gas takes R T / p at 25 °C and 1 atm.
_HYDROGEN_UL_PER_UMOL = 4 * 8.314462618 * 298.15 / 101.325
_HYDROGEN_DIGITS = 1e-3


def check_totals(
    case: Case, book: Book, arrived: Deliveries, asked: Mapping[str, AskedWell]
) -> None:
    """Compare the moles and the volume of each well with what was asked, and with the claims."""
    for well, wished in asked.items():
        doses = {i: given for i, given in arrived[well].items() if i in case.doses}
        liquid = Liquid()
        for given in doses.values():
            liquid.add(given.liquid)
        _check_moles(case, wished, liquid)
        _check_final_volume(case, wished, liquid)
    for planned in case.plan.wells:
        if planned.well in asked:
            _check_claims(case, book, planned, asked[planned.well], arrived[planned.well])


def _asked_umol(case: Case, asked: AskedWell) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for index, volume_ul in asked.volume_ul.items():
        for material, umol_per_ul in case.contents[case.doses[index].stock].items():
            amounts[material] = amounts.get(material, 0.0) + umol_per_ul * volume_ul
    return amounts


def _check_moles(case: Case, asked: AskedWell, liquid: Liquid) -> None:
    wished, found = _asked_umol(case, asked), liquid.umol(case.contents)
    slack = liquid.doubt_umol(case.contents)
    for material in sorted(wished.keys() | found.keys()):
        umol, got = wished.get(material, 0.0), found.get(material, 0.0)
        if not agree(umol, got, absolute=1e-9 + slack.get(material, 0.0)):
            case.notes.differ(
                "moles",
                f"well {asked.row.well} gets {got:.5g} µmol of {material}, the protocol asks "
                f"{umol:.5g} µmol",
                Compared(f"amount of {material}", umol, got, "µmol"),
                well=asked.row.well,
            )


def _check_final_volume(case: Case, asked: AskedWell, liquid: Liquid) -> None:
    """With a make-up all wells end at the final volume; without, each dose counts by itself."""
    if not any(is_make_up(step) and asked.volume_ul[i] != 0 for i, step in case.doses.items()):
        return
    wished_ul = asked.final_ul
    slack_ul = sum(liquid.doubt_ul.values())
    if make_up_left_out(case, asked):
        slack_ul += _SMALL_MAKE_UP * asked.final_ul
    if not agree(wished_ul, liquid.volume_ul, absolute=slack_ul + 1e-6):
        case.notes.differ(
            "final-volume",
            f"all additions of well {asked.row.well} make {liquid.volume_ul:.2f} µL, asked are "
            f"{wished_ul:.2f} µL",
            Compared("final volume", wished_ul, liquid.volume_ul, "µL"),
            well=asked.row.well,
        )


def _check_claims(
    case: Case, book: Book, planned: WellPlan, asked: AskedWell, arrived: Mapping[int, Given]
) -> None:
    """What the plan says of a well must be what its operations do and what was asked."""
    wished = _asked_umol(case, asked)
    slack: dict[str, float] = {}
    for index, given in arrived.items():
        # A calculated dose is known from its legs only, which are rounded.
        if index in case.doses and is_calculated(case.doses[index]):
            for material, umol in given.liquid.doubt_umol(case.contents).items():
                slack[material] = slack.get(material, 0.0) + umol
    for material in sorted(wished.keys() | planned.asked_umol.keys()):
        umol, claimed = wished.get(material, 0.0), planned.asked_umol.get(material, 0.0)
        if not agree(umol, claimed, absolute=1e-9 + slack.get(material, 0.0)):
            case.notes.differ(
                "claimed-amount",
                f"the plan says that {claimed:.5g} µmol of {material} are asked for well "
                f"{planned.well}; by the protocol it is {umol:.5g} µmol",
                Compared(f"asked amount of {material}", umol, claimed, "µmol"),
                well=planned.well,
            )
    _check_hydrogen(case, planned, wished)
    poured_ul = sum(g.liquid.volume_ul for i, g in arrived.items() if i in case.doses)
    peak_ul = book.peak_ul.get(f"{case.plan.vessel_labware}/{planned.well}", 0.0)
    # Samples in between lower the peak; a plan may leave them out, which is on the safe side.
    most_ul = max(peak_ul, sum(given.liquid.volume_ul for given in arrived.values()))
    safe_ul = min(max(planned.peak_volume_ul, peak_ul), most_ul)
    for quantity, own_ul, claimed_ul in (
        ("final volume", poured_ul, planned.final_volume_ul),
        ("largest volume", safe_ul, planned.peak_volume_ul),
    ):
        if not agree(own_ul, claimed_ul, absolute=_DIGITS_UL):
            case.notes.differ(
                "claimed-volume",
                f"the plan says that the {quantity} of well {planned.well} is {claimed_ul:.2f} µL; "
                f"its operations make it {own_ul:.2f} µL",
                Compared(quantity, own_ul, claimed_ul, "µL"),
                well=planned.well,
            )


def _check_hydrogen(case: Case, planned: WellPlan, wished: Mapping[str, float]) -> None:
    """The gas that all borohydride of a well can give is what people prepare for."""
    formulas = {name: case.protocol.materials[name].formula or "" for name in wished}
    hydride_umol = sum(umol for name, umol in wished.items() if "BH4" in formulas[name])
    own_ul = hydride_umol * _HYDROGEN_UL_PER_UMOL
    if not agree(own_ul, planned.hydrogen_ul, relative=_HYDROGEN_DIGITS):
        case.notes.differ(
            "claimed-hydrogen",
            f"the plan says that well {planned.well} can give {planned.hydrogen_ul:.4g} µL of "
            f"hydrogen; its borohydride can give {own_ul:.4g} µL",
            Compared("hydrogen", own_ul, planned.hydrogen_ul, "µL"),
            well=planned.well,
        )
