"""The judge: what must hold after any run, seen from the world and not from the engine's books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.faults.gases import gas_problems
from benchmarks.faults.running import Told, reference
from ncrobot.deck.layout import Shaker, TemperatureBlock
from ncrobot.engine.closing import SAFE_STATE_LIMIT_S
from ncrobot.errors import DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan import PumpDose, Transfer
from ncrobot.state import fold

MAKING_SAFE = ("safe_state", "stop", "close_drawer")
"""What devices do on their way to the safe state."""

NEAR_UL = 1e-6
"""Volumes that differ by less are equal."""


@dataclass
class Verdict:
    """What came of one run. ``problems`` is empty if all that must hold holds."""

    declared_end: bool = False
    safe_confirmed: bool = False  # by every device that still answers; the others are told
    unconfirmed_told: bool = False
    status: str = ""
    struck: int = 0
    wells: int = 0
    wells_ok: int = 0
    flagged: int = 0
    abandoned: int = 0
    doubled_by_person: int = 0
    responses: dict[str, int] = field(default_factory=dict)
    questions: int = 0
    books_compared: bool = False
    problems: list[str] = field(default_factory=list)


def judge(name: str, told: Told) -> Verdict:
    """Judge one run."""
    verdict = Verdict(struck=len(told.world.faults.struck), wells=len(told.plan.wells))
    if told.error or told.outcome is None:
        verdict.problems.append(f"a defect: {told.error}")
        return verdict
    verdict.status = told.outcome.status.value
    ends = list(_declared(told))
    verdict.declared_end = not ends
    unsafe = list(_safe(told, verdict))
    verdict.safe_confirmed = not unsafe
    verdict.problems += [*ends, *unsafe, *_fates(name, told, verdict), *_doses(told, verdict)]
    verdict.problems += [*_explained(told), *_books(told, verdict), *gas_problems(told)]
    for event in told.events:
        if event.kind is EventKind.FAULT_HANDLED:
            word = f"{event.data['response']} ({event.data['by']})"
            verdict.responses[word] = verdict.responses.get(word, 0) + 1
        verdict.questions += event.kind is EventKind.QUESTION
    return verdict


def _declared(told: Told) -> Iterator[str]:
    """One end, by a declared status, with a whole record and every act closed."""
    events = told.events
    ended = [event for event in events if event.kind is EventKind.RUN_ENDED]
    if len(ended) != 1 or events[-1].kind is not EventKind.RUN_ENDED:
        yield f"{len(ended)} ends, the last event is {events[-1].kind}"
        return
    if ended[0].data["status"] not in set(ExitStatus) or not ended[0].data["reason"]:
        yield f"no declared end: {ended[0].data}"
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield "events are missing or doubled"
    state = fold(events)
    open_acts = [key for key, act in state.open_acts.items() if act.operation]
    if open_acts:
        yield f"acts without an outcome: {open_acts}"
    if told.world.collisions:
        yield f"collisions: {told.world.collisions}"
    done = [e.operation for e in events if e.kind is EventKind.OPERATION_ENDED]
    if len(done) != len(set(done)):
        yield "an operation ended twice"


def _safe(told: Told, verdict: Verdict) -> Iterator[str]:
    """Every device has confirmed its safe state, or is told not to have; what confirmed is safe."""
    confirmed: Mapping[str, bool] = fold(told.events).safe_state
    gone = told.world.faults.gone
    silent = {
        f.device
        for f in told.world.faults.struck
        if f.act in MAKING_SAFE and (f.kind is not None or f.delay_s >= SAFE_STATE_LIMIT_S)
    }
    unconnected = told.plan.deck.arm.name if not confirmed.get(told.plan.deck.arm.name) else ""
    for device, yes in confirmed.items():
        if device == "person":
            continue  # a person needs no safe state
        excused = device in gone or device in silent or _failed_to_connect(told, unconnected)
        if yes and device in gone:
            yield f"{device} is gone and yet confirmed its safe state"
        if not yes and not excused:
            yield f"{device} did not confirm its safe state"
    if not confirmed:
        yield "nothing is told of the safe state"
    verdict.unconfirmed_told = any(not yes for yes in confirmed.values())
    for device, yes in confirmed.items():
        layout = told.plan.deck.devices.get(device)
        if yes and isinstance(layout, Shaker) and told.world.speeds_rpm.get(device, 0.0) != 0:
            yield f"{device} confirmed its safe state and shakes"
        heats = told.world.setpoints_c.get(device) is not None
        if yes and isinstance(layout, TemperatureBlock) and layout.safe_state == "off" and heats:
            yield f"{device} confirmed its safe state and heats"


def _failed_to_connect(told: Told, arm: str) -> bool:
    return bool(arm) and any(f.act == "connect" for f in told.world.faults.struck)


def _fates(name: str, told: Told, verdict: Verdict) -> Iterator[str]:
    """A well that is ok holds exactly what it holds when nothing fails."""
    state = fold(told.events)
    right = reference(name).world
    for well in told.plan.wells:
        address = f"{told.plan.vessel_labware}/{well.well}"
        fate = state.wells.get(well.well)
        verdict.wells_ok += fate is None
        verdict.flagged += fate is not None and fate.status == "flagged"
        verdict.abandoned += fate is not None and fate.status == "abandoned"
        if fate is not None:
            if not all(fate.reasons):
                yield f"{well.well} is {fate.status} without a reason"
            continue
        found, wanted = told.world.contents_ul(address), right.contents_ul(address)
        wrong = [s for s in found | wanted if _differ(found.get(s, 0.0), wanted.get(s, 0.0))]
        if wrong:
            yield f"{well.well} is ok, but holds {found} instead of {wanted}"
        if _differ_all(told.world.brought_ul(address), right.brought_ul(address)):
            yield f"{well.well} is ok, but got {told.world.brought_ul(address)}"
    outcome = told.outcome
    if outcome is not None and outcome.wells_ok != verdict.wells_ok:
        yield f"the outcome counts {outcome.wells_ok} wells ok, the record {verdict.wells_ok}"


def _differ(found_ul: float, wanted_ul: float) -> bool:
    return abs(found_ul - wanted_ul) > NEAR_UL


def _differ_all(found: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    return any(_differ(found.get(s, 0.0), wanted.get(s, 0.0)) for s in {*found, *wanted})


def _doses(told: Told, verdict: Verdict) -> Iterator[str]:
    """No dose is larger than planned, unless a person said that it should be given again."""
    state = fold(told.events)
    planned: dict[tuple[str, str], float] = {}
    for operation in told.plan.operations:
        if isinstance(operation, Transfer):
            for leg in operation.legs:
                key = (operation.id, leg.destination)
                planned[key] = planned.get(key, 0.0) + leg.volume_ul
    granted = {
        (event.operation or "", leg[2])
        for event in told.events
        if event.kind is EventKind.FAULT_HANDLED and event.data["by"] == "person"
        and event.data["response"] in ("retry", "next_tip")
        for leg in event.data["legs"]
    }  # fmt: skip
    near_ul = NEAR_UL + _plunger_step_ul(told)
    for (name, address), reached_ul in told.account.doses.items():
        if (name, address) not in planned:
            if not _is_rest(told, name, address):
                yield f"{name} brought {reached_ul:g} µL to {address}, which nobody planned"
            continue
        if reached_ul <= planned[name, address] + near_ul:
            continue
        well = address.split("/")[1]
        if (name, address) in granted and well in state.wells:
            verdict.doubled_by_person += 1
        else:
            yield (
                f"{name} brought {reached_ul:g} µL to {address} instead of "
                f"{planned[name, address]:g} µL"
            )


def _plunger_step_ul(told: Told) -> float:
    """A plunger that stops within a step of its target has arrived; the next dose makes up."""
    steps = [
        layout.syringe_ul / 3000
        for layout in told.plan.deck.devices.values()
        if layout.kind == "syringe_pump"
    ]
    return max(steps, default=0.0)


def _is_rest(told: Told, operation: str, address: str) -> bool:
    """Whether it is what was left in a tip, back where it came from."""
    found = next((op for op in told.plan.operations if op.id == operation), None)
    if not isinstance(found, Transfer) or isinstance(found, PumpDose):
        return False
    sources = {leg.source for leg in found.legs}
    stocks = next((set(u.positions_ul) for u in told.plan.stocks if u.stock == found.stock), set())
    return address in sources | stocks


def _explained(told: Told) -> Iterator[str]:
    """No well is flagged but for a fault of its own, a lag, a stock's age, or the run's end."""
    explained: set[str] = set()
    for event in told.events:
        if event.kind in (EventKind.FAULT_HANDLED, EventKind.LAG_BROKEN):
            explained |= {*event.wells}
    for event in told.events:
        if event.kind is not EventKind.WELL_FLAGGED or event.data.get("at_end"):
            continue
        reason = event.data["reason"]
        known = ("older than its life", "no tip is left", "rigid head", "was skipped")
        stray = set(event.wells) - explained
        if stray and not any(word in reason for word in known):
            yield f"{sorted(stray)} flagged without a fault of their own: {reason}"


def _books(told: Told, verdict: Verdict) -> Iterator[str]:
    """Where every error told the truth about what moved, books and world agree to the last drop."""
    struck = [fault for fault in told.world.faults.struck if fault.kind is not None]
    liquid = ("aspirate", "dispense", "move_plunger", "initialise")
    tells = all(
        fault.act not in liquid
        or (fault.moved is False and fault.share == 0)
        or (fault.moved is None and fault.happened)
        for fault in struck
    )
    if not tells or told.world.faults.gone or _stuck(told):
        return
    verdict.books_compared = True
    ledger = told.events[-1].data["ledger"]
    for address, volume_ul in told.world.volumes_ul().items():
        held_ul = ledger.get(address, {"volume_ul": 0.0})["volume_ul"]
        is_syringe = address.split("/")[0] in told.plan.deck.devices
        if not is_syringe and _differ(held_ul, volume_ul):
            yield f"{address}: the books have {held_ul:g} µL, the world {volume_ul:g} µL"


def _stuck(told: Told) -> bool:
    """Tips that weren't shed, or an arm that was gone: the books leave what is in them there."""
    gone = any(
        fault.kind is DeviceErrorKind.DEVICE_GONE and fault.device == told.plan.deck.arm.name
        for fault in told.world.faults.struck
    )
    return gone or any(told.world.tip_volume_ul(n) for n in range(told.plan.deck.arm.channels))
