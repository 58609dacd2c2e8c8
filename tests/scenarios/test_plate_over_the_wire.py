"""A whole plate through pseudo-terminals: pump, heater-shaker, block, stirrer and pH probe at once.

The drivers are those for hardware, the arm is simulated, and time is quick. Judged by the machines'
own account: what the pump has pushed out is what the journal says, dose by dose.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from compiler.compiler_kit import changed, plan_for
from ncrobot.clock import PacedClock
from ncrobot.deck import DeckLayout
from ncrobot.devices import load_driver
from ncrobot.engine import Engine
from ncrobot.errors import DeviceError
from ncrobot.events import EventKind
from ncrobot.lab import schedule
from ncrobot.plan import PumpDose
from ncrobot.workcells import real_workcell
from ncrobot_sim.emulators import start_bench

ROOT = Path(__file__).resolve().parents[2]
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]
SPEED = 150.0
PULSES_PER_UL = 6.0
STEPS = [
    {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
    {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "$electrons"},
    {"do": "stir", "id": "stir", "speed": "500 rpm", "for": "5 min"},
    {"do": "hold", "id": "warm", "temperature": "40 °C", "for": "5 min"},
]  # fmt: skip


def layout_of(bench):
    """The shipped deck with a pump, its devices on the bench's ports, and a stirrer beside."""
    told = devices()
    for name, port in bench.ports.items():
        if name in told["devices"]:
            told["devices"][name]["port"] = port
    return DeckLayout.model_validate(told)


def devices():
    told = YAML(typ="safe", pure=True).load(ROOT / "deck_layouts" / "ot2_96_pump.yaml")
    told["arm"]["driver"] = "sim.liquid_handler"
    told["devices"]["hydride_pump"]["stock"] = "hydride"
    for labware in told["labware"]:
        if "holds" in labware:
            labware["holds"] = {"A1": "hydride"}
    told["devices"]["stirrer"] = {
        "kind": "shaker", "driver": "ika.rct", "speed_rpm": [100, 1200], "start_s": 5, "stop_s": 5,
        "options": {"watchdog_s": 1500},
    }  # fmt: skip
    return told


async def watch(workcell, probe, readings):
    """What goes on beside the plate: a stirrer that turns, a probe that is read."""
    stirrer = workcell.devices["stirrer"]
    await stirrer.clock.sleep(60.0)
    await stirrer.shake(600)
    while True:
        readings.append((await probe.read_ph(), await stirrer.read_speed_rpm()))
        await probe.clock.sleep(60.0)


def carried_out(plan, bench, speed=SPEED):
    """Run a plan through the bench; returns outcome, events and what was read beside it."""
    times = schedule(plan)
    events, readings = [], []

    async def main():
        clock = PacedClock(speed)
        person = load_driver("sim.operator")(
            name="person", clock=clock, world=load_driver("sim.world")(None, None)
        )
        workcell = replace(real_workcell(plan, times, clock), operator=person)
        probe = load_driver("atlas.ezo_ph")(
            name="probe", clock=clock, settings={}, port=bench.ports["probe"]
        )
        await probe.connect()
        engine = Engine(
            run_id="wire", plan=plan, schedule=times, workcell=workcell, clock=clock,
            emit=events.append, flush=lambda: None, user="test",
        )  # fmt: skip
        beside = asyncio.create_task(watch(workcell, probe, readings))
        try:
            return await engine.run()
        finally:
            beside.cancel()
            await asyncio.wait({beside})
            await probe.disconnect()
            if not beside.cancelled():
                assert isinstance(beside.exception(), DeviceError), beside.exception()

    return asyncio.run(main()), events, readings


def test_no_dose_is_lost_and_none_is_doubled():
    table = "name,electrons\n" + "".join(f"x{n},{4 + n % 9}\n" for n in range(96))
    beside = {"probe": {"driver": "atlas.ezo_ph"}}
    with start_bench({**devices()["devices"], **beside}, speed=SPEED) as bench:
        plan = plan_for(changed(steps=STEPS), table, layout_of(bench))
        doses = [leg for op in plan.operations if isinstance(op, PumpDose) for leg in op.legs]
        assert Counter(leg.destination.split("/")[1] for leg in doses) == Counter(WELLS)
        outcome, events, readings = carried_out(plan, bench)
        pump, shaker = bench.devices["hydride_pump"].device, bench.devices["shaker"].device
    assert outcome.status == "succeeded", outcome.reason
    delivered = [
        delivery
        for event in events
        if event.kind == EventKind.OPERATION_ENDED
        for delivery in event.data.get("deliveries", ())
        if delivery["destination"] in {leg.destination for leg in doses}
        and delivery["source"] == doses[0].source
    ]
    assert Counter(d["destination"] for d in delivered) == Counter(leg.destination for leg in doses)
    planned_ul = {leg.destination: leg.volume_ul for leg in doses}
    assert all(d["volume_ul"] == planned_ul[d["destination"]] for d in delivered)
    out = [t for t in pump.runner.plunger.travels if t.port == "2" and t.origin != t.target]
    assert sum(t.origin - t.target for t in out) / PULSES_PER_UL == pytest.approx(
        sum(planned_ul.values()), abs=0.5
    )
    assert len(out) == len(doses)
    for travel, delivery in zip(out, delivered, strict=True):
        pushed_ul = (travel.origin - travel.target) / PULSES_PER_UL
        assert pushed_ul == pytest.approx(delivery["volume_ul"], abs=0.4)
    account = pump.runner.plunger.account()
    assert sum(account.values()) == pytest.approx(0.0, abs=1.0), "what was drawn went out again"
    assert (shaker.motor.target_rpm, shaker.plate.target_c) == (0, None)
    assert len(readings) > 5
    assert all(abs(ph - 7.0) < 1.0 for ph, _ in readings)
    assert any(abs(rpm - 600) < 30 for _, rpm in readings)
