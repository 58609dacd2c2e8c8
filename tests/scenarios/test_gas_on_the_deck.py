"""Gas over a plate: in the simulator, through pseudo-terminals, and when the controller is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from compiler.compiler_kit import BASE, changed, deck, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.deck import load_deck
from ncrobot.events import EventKind
from ncrobot.lab import Lab, schedule
from ncrobot.lab.emulating import emulate
from ncrobot.plan import LetGas, Plan
from ncrobot.reports import prep_sheet_text, run_report_html
from ncrobot_sim.emulators import FaultKind, WireFault

ROOT = Path(__file__).resolve().parents[2]
FILL, METAL = BASE["steps"][:2]
PERMISSION = "the safety officer: in the cabinet, with its detector on"
CO = {
    "do": "gas", "id": "co", "gas": "carbon monoxide", "flow": "50 mL/min", "for": "1 min",
    "flush": {"gas": "nitrogen", "flow": "200 mL/min", "for": "20 s"},
    "permission": PERMISSION, "hazards": ["it is toxic and has no smell"],
}  # fmt: skip
AFTER = {"do": "add", "id": "after", "stock": "base", "volume": "20 uL"}
SPEED, QUICK = 20.0, 100.0
"""Times as quick as real: ``QUICK`` where no time is held against what a valve says of it."""


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Who has which device is told here, not where other runs of this computer look."""
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


def gas_plan(layout=None, co=CO) -> Plan:
    """Gas over one well; through the wire as little as can be comes before it."""
    steps = [*([FILL] if layout is None else []), METAL, co, AFTER]
    return plan_for(changed(steps=steps), layout=layout or deck("starlet_96_gas"))


@contextmanager
def wired(folder, speed=SPEED):
    """The shipped deck with its two valves emulated on ports, and the layout that leads there."""
    with emulate(ROOT / "deck_layouts" / "starlet_96_gas.yaml", speed=speed) as emulation:
        path = folder / "wire.yaml"
        path.write_text(emulation.layout, encoding="utf-8")
        yield emulation.bench.devices, load_deck(path)


def flow_of(emulated) -> float:
    with emulated.lock:
        return emulated.device.flow(emulated.now_s())


def opened_s(emulated) -> float:
    """For how long the machine's valve was set to let something flow, in its own time."""
    with emulated.lock:
        turned = [*emulated.device.opened, (emulated.now_s(), 0.0)]
    pairs = pairwise(turned)
    return sum(after - at for (at, flow), (after, _) in pairs if flow > 0)


def is_shut(emulated) -> bool:
    return emulated.device.held and emulated.device.set_point == 0 and flow_of(emulated) < 1


def test_a_run_on_a_deck_with_gas_ends_with_its_valves_shut(tmp_path):
    plan = gas_plan()
    assert audit_plan(plan).differences == ()
    gases = [operation for operation in plan.operations if isinstance(operation, LetGas)]
    assert [(each.device, each.for_s) for each in gases] == [("carbon_monoxide", 60), ("nitrogen", 20)]  # fmt: skip
    times = schedule(plan)
    told = " ".join(prep_sheet_text(plan, times).split())
    assert "50 mL/min of carbon monoxide over reaction_plate" in told
    assert "it is toxic and has no smell" in told
    assert PERMISSION in told
    with Lab.open(tmp_path / "runs.sqlite") as lab:
        result = lab.run(plan, times)
        record = lab.load(result.run)
    page = run_report_html(plan, times, record.state)
    assert result.status == "succeeded"
    assert record.state.safe_state["carbon_monoxide"] is True
    assert record.state.operations["co"].flowed_s == pytest.approx(60)
    assert "Gas over the plate" in page
    assert PERMISSION in page


def test_gas_flows_through_the_wire_for_its_time(tmp_path):
    with wired(tmp_path) as (machines, layout):
        co, nitrogen = machines["carbon_monoxide"], machines["nitrogen"]
        co.inject(WireFault(FaultKind.SILENCE, command="AS50"))
        plan = gas_plan(layout)
        with Lab.open(tmp_path / "runs.sqlite") as lab:
            result = lab.run(plan, schedule(plan), real=True)
            record = lab.load(result.run)
        assert result.status == "succeeded", result.reason
        assert record.summary.wells_ok == 1
        assert (co.device.gas, nitrogen.device.gas) == ("CO", "N2")
        assert is_shut(co)
        assert is_shut(nitrogen)
        assert opened_s(co) == pytest.approx(60, abs=20)
        assert opened_s(nitrogen) == pytest.approx(20, abs=20)
        assert {flow for _, flow in co.device.opened} == {0.0, 50.0}
        read = [e for e in record.events if e.kind is EventKind.GAS_READ]
        assert {event.operation for event in read} == {"co", "co-flush"}
        assert all(abs(e.data["flow_ml_per_min"] - e.data["asked_ml_per_min"]) < 10 for e in read)


SCRIPT = """
    import sys
    from pathlib import Path
    from ncrobot.lab import Lab, load_plan, schedule

    plan = load_plan(Path(sys.argv[1]))
    with Lab.open(Path(sys.argv[2])) as lab:
        lab.run(plan, schedule(plan), real=True, run="r1")
"""


def test_a_killed_controller_leaves_the_valve_shut_and_the_rest_is_asked_for(tmp_path):
    path, database = tmp_path / "plan.json", tmp_path / "runs.sqlite"
    with wired(tmp_path, QUICK) as (machines, layout):
        co = machines["carbon_monoxide"]
        path.write_text(
            gas_plan(layout, {**CO, "for": "10 min"}).model_dump_json(), encoding="utf-8"
        )
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SCRIPT), str(path), str(database)],
            stdin=subprocess.DEVNULL,
        ) as child:  # fmt: skip
            until(lambda: flow_of(co) > 40, child)
            time.sleep(0.5)
            assert flow_of(co) > 40
            os.kill(child.pid, signal.SIGKILL)
        until(lambda: is_shut(co))
        before_s = opened_s(co)
        assert 10 < before_s < 600
        with Lab.open(database) as lab:
            result = lab.resume("r1")
            record = lab.load(result.run)
        (question,) = [q for q in record.state.questions if "broken off" in q["text"]]
        assert question["answer"] == "enough", "nobody is there to answer, and nothing flows again"
        assert opened_s(co) == before_s
        assert is_shut(machines["nitrogen"])
        assert result.status == "succeeded", result.reason
        assert [well.status for well in record.state.wells.values()] == ["flagged"]


def until(test, child=None, within_s=240.0) -> None:
    end_s = time.monotonic() + within_s
    while not test():
        assert child is None or child.poll() is None, "it ended before"
        assert time.monotonic() < end_s
        time.sleep(0.05)
