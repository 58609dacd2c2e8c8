"""Cold stocks: each stands where it is kept at its temperature before anything is drawn of it."""

from __future__ import annotations

from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared, agree
from ncrobot.plan import SetTemperature, StockUse, Transfer

# A stock this much warmer than asked must be told in the plan's warnings.
_TOLD_C = 0.5


def check_cold(case: Case) -> None:
    """Compare the temperature of every stock's place with what the protocol and the plan say."""
    for use in case.plan.stocks:
        stock = case.protocol.stocks.get(use.stock)
        asked_c = stock.keep_at.value if stock is not None and stock.keep_at is not None else None
        if asked_c is None:
            if use.keep_at_c is not None and use.working_of is None:
                _differ(case, use, "none", f"{use.keep_at_c:g}", "the plan invents a temperature")
            continue
        # The place that is farthest from what is asked tells the temperature of the stock.
        found = [_temperature_c(case, use, address) for address in use.positions_ul]
        warmest_c = max((t for t in found if t is not None), default=asked_c)
        if use.keep_at_c is None or not agree(warmest_c, use.keep_at_c):
            what = "the plan says another temperature than that of the place"
            _differ(case, use, f"{warmest_c:g}", str(use.keep_at_c), what)
        is_told = any(
            note.code == "warmer-than-asked" and f"'{use.stock}'" in note.message
            for note in case.plan.warnings
        )
        if warmest_c > asked_c + _TOLD_C and not is_told:
            what = "it is kept warmer than asked, and no warning says so"
            _differ(case, use, f"{asked_c:g}", f"{warmest_c:g}", what)


def _differ(case: Case, use: StockUse, asked: str, found: str, what: str) -> None:
    case.notes.differ(
        "cold-stock",
        f"stock {use.stock}: {what} (asked {asked} °C, found {found} °C)",
        Compared(f"temperature of {use.stock} in °C", asked, found),
    )


def _temperature_c(case: Case, use: StockUse, address: str) -> float | None:
    """The temperature of a place: its device's setpoint, else what the layout says."""
    placed = case.deck.placed(address)
    if placed is None:
        return None
    setpoints = [
        operation
        for operation in case.plan.operations
        if isinstance(operation, SetTemperature) and operation.device == placed.on
    ]
    if not setpoints:
        initial_c = case.plan.initial_temperatures_c.get(placed.on or "")
        return placed.temperature_c if initial_c is None else initial_c
    first = setpoints[0]
    for operation in case.plan.operations:
        draws = isinstance(operation, Transfer) and any(
            leg.source == address for leg in operation.legs
        )
        is_waiting = case.order.circular or case.order.is_before(first.id, operation.id)
        if draws and not is_waiting:
            case.notes.differ(
                "order",
                f"{operation.id!r} draws {use.stock}, but no lag makes it wait until "
                f"{first.device} is cold",
                Compared("order of operations", f"{first.id}, {operation.id}", "either first"),
                step=operation.step,
            )
    return first.temperature_c
