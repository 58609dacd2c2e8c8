"""Wells under two gases through pseudo-terminals, and what the valves themselves say of it.

The shipped deck in its gas cabinet, with both flow controllers emulated behind their guardians; arm
and all else are simulated. A valve's own account is when it was set to let something flow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.plates import ROOT
from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout
from ncrobot.lab import Lab, schedule
from ncrobot.plan import LetGas, Plan
from ncrobot.protocol import load_protocol, read_conditions
from ncrobot.recorder import RunRecord
from ncrobot_sim.emulators import Bench, Emulated, start_bench

PROTOCOL = Path(__file__).with_name("wire_gas.yaml")
VALVES = ("carbon_monoxide", "nitrogen")
TABLE = "name\n" + "".join(f"x{number}\n" for number in range(1, 9))
REPLY_S = 0.15
"""How long a reply may take, in real seconds: a lost one costs the more of a quick plate's time."""
SLACK_S = 15.0
"""By how much times of flow may be off beyond the tolerance, in the plate's seconds."""
WATCHDOG_S = 20.0
"""Longer than the layout's, as the guardian counts real seconds and the plate's are quicker."""
SHUT_WITHIN_S = 10.0
"""Real seconds that a guardian may take to say its last words after a run has ended."""


def layout_of(bench: Bench | None = None, speed: float = 1.0) -> DeckLayout:
    """The shipped deck with gas; its valves on the bench's ports, all else simulated."""
    told = YAML(typ="safe", pure=True).load(ROOT / "deck_layouts" / "starlet_96_gas.yaml")
    told["arm"]["driver"] = "sim.liquid_handler"
    for name, device in told["devices"].items():
        if name in VALVES:
            device["watchdog_s"] = WATCHDOG_S
            device["options"] = {**device["options"], "reply_s": REPLY_S}
            device["port"] = None if bench is None else bench.ports[name]
        else:
            device["driver"] = f"sim.{device['kind']}"
            device.pop("options", None)
    if bench is not None:
        told["emulated_speed"] = speed
    return DeckLayout.model_validate(told)


def plan_on(layout: DeckLayout) -> Plan:
    """A column of wells, and two gases over it, twice."""
    source = load_protocol(PROTOCOL)
    conditions = read_conditions(TABLE, source, format="csv", file="wire_gas.csv")
    return compile_plan(source, conditions, layout)


@dataclass(frozen=True)
class ToldOfGas:
    """One plate: its plan, its record, and what the valves say, when its run was over."""

    plan: Plan
    record: RunRecord
    status: str
    reason: str
    opened_s: Mapping[str, float]
    shut: Mapping[str, bool]
    stuck: Mapping[str, bool]
    bench: Bench


def carried_out(
    folder: Path, *, speed: float, disturb: Callable[[Bench], None] | None = None
) -> ToldOfGas:
    """Run the wells with ``--real`` on emulated valves, which ``disturb`` may let fail."""
    devices = {
        name: each.model_dump() for name, each in layout_of().devices.items() if name in VALVES
    }
    with start_bench(devices, speed=speed) as bench:
        plan = plan_on(layout_of(bench, speed))
        times = schedule(plan)
        if disturb is not None:
            disturb(bench)
        with Lab.open(folder / "runs.db") as lab:
            result = lab.run(plan, times, real=True)
            record = lab.load(result.run)
        shut = {name: _shuts(bench.devices[name]) for name in VALVES}
        opened_s = {name: _opened_s(bench.devices[name]) for name in VALVES}
        stuck = {name: bool(bench.devices[name].device.stuck) for name in VALVES}
        return ToldOfGas(plan, record, result.status, result.reason, opened_s, shut, stuck, bench)


def _shuts(valve: Emulated) -> bool:
    """Whether it is shut, or is so within the time that its guardian may take."""
    end_s = time.monotonic() + SHUT_WITHIN_S
    while time.monotonic() < end_s:
        with valve.lock:
            machine = valve.device
            set_shut = machine.held or machine.set_point == 0
            if set_shut and machine.flow(valve.now_s()) < 1.0:
                return True
        time.sleep(0.05)
    return False


def _opened_s(valve: Emulated) -> float:
    """For how long it was set to let something flow, in its own time."""
    with valve.lock:
        turned = [*valve.device.opened, (valve.now_s(), 0.0)]
    return sum(after - at for (at, flow), (after, _) in pairwise(turned) if flow > 0)


@dataclass
class GasVerdict:
    """What the gases of a plate came to, valve by valve."""

    flows: int = 0
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unlike_journal: list[str] = field(default_factory=list)
    open_at_end: list[str] = field(default_factory=list)
    given_up: int = 0


def judge(told: ToldOfGas) -> GasVerdict:
    """Compare the time for which each valve let gas flow with the plan and the journal.

    A time that is off by more than the tolerance is lost or doubled if nobody was told; one that is
    twice as long as planned is doubled, whoever was told. A valve that doesn't shut is open at the
    end, unless it is stuck and the record says that its safe state wasn't confirmed.
    """
    verdict = GasVerdict()
    state = told.record.state
    flagged = any(well.status != "ok" for well in state.wells.values())
    gases = [op for op in told.plan.operations if isinstance(op, LetGas)]
    for name in VALVES:
        own = [op for op in gases if op.device == name]
        asked_s = sum(op.for_s for op in own)
        off_s = sum(op.tolerance_s or 0.0 for op in own) + len(own) * SLACK_S
        flowed_s = sum(
            state.operations[op.id].flowed_s or 0.0 for op in own if op.id in state.operations
        )
        found_s = told.opened_s[name]
        line = f"{name}: {found_s:.0f} s of {asked_s:.0f} s, {flowed_s:.0f} s in the journal"
        verdict.flows += len(own)
        verdict.given_up += len(own) * flagged
        if found_s > (2 * asked_s if flagged else asked_s + off_s):
            verdict.doubled.append(line)
        if not flagged and found_s < asked_s - off_s:
            verdict.lost.append(line)
        if not flagged and abs(found_s - flowed_s) > off_s:
            verdict.unlike_journal.append(line)
        known = told.stuck[name] and not state.safe_state.get(name, False)
        if not told.shut[name] and not known:
            verdict.open_at_end.append(f"{name} is open after the run")
    return verdict
