"""Pumps: they dose the stock that they hold, in volumes that they can, where an outlet is."""

from __future__ import annotations

from ncrobot.auditor.facts import Case, optional_value
from ncrobot.auditor.liquid import ROUNDING_UL
from ncrobot.auditor.report import Compared
from ncrobot.deck.layout import SyringePump
from ncrobot.plan import PumpDose
from ncrobot.protocol import Dosing


def check_pump(case: Case, operation: PumpDose) -> None:
    """Compare a pump's doses with what the layout says of it and what the step asks."""
    pump = case.plan.deck.devices.get(operation.pump)
    if not isinstance(pump, SyringePump):
        compared = Compared("pump", "a pump of the deck", operation.pump)
        _differ(case, operation, "device", f"{operation.pump!r} is no pump", compared)
        return
    carrier = case.plan.deck.arm.name if pump.needle is not None else operation.pump
    if operation.device != carrier:
        compared = Compared("device", carrier, operation.device)
        _differ(case, operation, "device", f"the outlet is moved by {carrier}", compared)
    if operation.stock != pump.stock or any(leg.source != pump.source for leg in operation.legs):
        compared = Compared("stock", f"{pump.stock} in {pump.source}", str(operation.stock))
        _differ(case, operation, "pump", "the pump's tube stands in another stock", compared)
    step = case.step_of(operation)
    asked = step.batching if isinstance(step, Dosing) else "auto"
    if asked not in ("auto", "pump") or operation.touches or operation.resuspend:
        compared = Compared("batching", asked, "pump")
        _differ(case, operation, "mode", f"{operation.step} asks for {asked}", compared)
    row = case.rows.get(operation.wells[0]) if operation.wells else None
    over_s = optional_value(step.over, row) if isinstance(step, Dosing) and row else None
    if over_s != operation.over_s:
        compared = Compared("time of the addition", str(over_s), str(operation.over_s), "s")
        _differ(case, operation, "over", f"{operation.step} adds over another time", compared)
    stock = case.protocol.stocks.get(operation.stock or "")
    if stock is not None and (stock.slurry or stock.tips == "fresh"):
        compared = Compared("stock", "one that flows and needs no fresh tips", str(operation.stock))
        _differ(case, operation, "carry-over", f"{operation.stock} can't be pumped", compared)
    _check_volumes(case, operation, pump)


def _check_volumes(case: Case, operation: PumpDose, pump: SyringePump) -> None:
    if not operation.excess_ul >= pump.dead_volume_ul or operation.excess_to != "waste":
        compared = Compared("priming", pump.dead_volume_ul, operation.excess_ul, "µL")
        _differ(case, operation, "pump", "the line isn't primed with all that it holds", compared)
    filled: dict[int, float] = {0: operation.excess_ul}
    for leg in operation.legs:
        filled[leg.cycle] = filled.get(leg.cycle, 0.0) + leg.volume_ul
        well = leg.destination.split("/")[-1]
        if pump.needle is None and well not in pump.outlets.values():
            compared = Compared("outlet", "one over the well", "none")
            _differ(case, operation, "pump", f"no outlet is over {well}", compared)
        if not leg.volume_ul >= pump.dose_ul - ROUNDING_UL:
            compared = Compared("dose of a pump", pump.dose_ul, leg.volume_ul, "µL")
            _differ(case, operation, "pump", "a dose is smaller than the pump gives", compared)
    for volume_ul in filled.values():
        if not volume_ul <= pump.syringe_ul + ROUNDING_UL:
            compared = Compared("volume in the syringe", pump.syringe_ul, volume_ul, "µL")
            _differ(case, operation, "pump", "the syringe doesn't hold one filling", compared)


def _differ(case: Case, operation: PumpDose, code: str, message: str, compared: Compared) -> None:
    case.notes.differ(
        code,
        f"{operation.id!r}: {message}",
        compared,
        well=operation.wells[0] if len(operation.wells) == 1 else None,
        step=operation.step,
    )
