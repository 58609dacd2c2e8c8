"""A plate of 96 wells through pseudo-terminals, and what the machines themselves say of it.

Two pumps, a heater-shaker, a cooled block, a stirrer and a pH probe are emulated; their drivers are
those for hardware. The arm is simulated: whatever a pump pushes out goes where its needle is then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.plates import ROOT
from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout
from ncrobot.lab import Lab, schedule
from ncrobot.plan import Plan, PumpDose
from ncrobot.protocol import load_protocol, read_conditions
from ncrobot.recorder import RunRecord
from ncrobot.schedule import Schedule
from ncrobot_sim.chemistry.acidity import ph_of
from ncrobot_sim.emulators import Bench, start_bench
from ncrobot_sim.world import World

WELLS = tuple(f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH")
PROTOCOL = Path(__file__).with_name("wire_plate.yaml")
PUMPS = {"hydride_pump": "hydride", "base_pump": "base"}
NEEDLE = "2"
PULSES_PER_UL = 6.0
"""Of an XCalibur of 6000 pulses a stroke with a syringe of 1 mL."""
NEAR_UL = 0.5
THIOL_UMOL, THIOL_PKA, BASE_MOL_PER_L, FILLED_UL = 10.0, (4.1, 5.8), 0.1, 500.0


def layout_of(bench: Bench | None = None, speed: float = 1.0) -> DeckLayout:
    """The shipped deck with a second pump, a probe and a stirrer; on the bench's ports."""
    told = YAML(typ="safe", pure=True).load(ROOT / "deck_layouts" / "ot2_96_pump.yaml")
    told["arm"]["driver"] = "sim.liquid_handler"
    devices = told["devices"]
    devices["hydride_pump"]["stock"] = "hydride"
    devices["base_pump"] = {
        **devices["hydride_pump"], "stock": "base", "source": "reservoir/A1",
        "dispense_ul_per_s": 20,
    }  # fmt: skip
    devices["probe"] = {
        "kind": "ph_probe", "driver": "atlas.ezo_ph", "beside": "base_pump", "read_s": 1.0,
    }  # fmt: skip
    devices["stirrer"] = {
        "kind": "shaker", "driver": "ika.rct", "speed_rpm": [100, 1200], "start_s": 5, "stop_s": 5,
        "turns_rpm": 600, "options": {"watchdog_s": 1500},
    }  # fmt: skip
    for labware in told["labware"]:
        if labware["name"] == "reservoir":
            labware["holds"] = {"A1": "base"}
        elif "holds" in labware:
            labware["holds"] = {"A1": "hydride"}
    if bench is not None:
        told["emulated_speed"] = speed
        for name, port in bench.ports.items():
            devices[name]["port"] = port
    return DeckLayout.model_validate(told)


def plan_on(layout: DeckLayout, one_of: int) -> tuple[Plan, Schedule]:
    """The plate on this layout: each well gets a dose, some are steered to a pH before."""
    table = "name,electrons,ph,probe\n" + "".join(
        f"{well},{8 + n % 9},{4.6 + 0.1 * (n % 7):.1f},{'skip' if n % one_of else 'read'}\n"
        for n, well in enumerate(WELLS)
    )
    source = load_protocol(PROTOCOL)
    conditions = read_conditions(table, source, format="csv", file="wire_plate.csv")
    plan = compile_plan(source, conditions, layout)
    return plan, schedule(plan)


@dataclass
class Witness:
    """What the machines did: where the needle hung, and what each pump pushed out there."""

    bench: Bench
    at: str | None = None
    _seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _pushed: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def moved(self, address: str | None) -> None:
        """The needle goes elsewhere: what was pushed until now went where it hung."""
        self._look()
        self.at = address

    def pushed_ul(self) -> Mapping[tuple[str, str], float]:
        """µL by pump and address, to this moment."""
        self._look()
        return self._pushed

    def _look(self) -> None:
        for name in PUMPS:
            emulated = self.bench.devices[name]
            with emulated.lock:
                travels = emulated.device.runner.plunger.travels[self._seen[name] :]
            self._seen[name] += len(travels)
            for travel in travels:
                if travel.port == NEEDLE and travel.target < travel.origin:
                    place = (name, self.at or "nowhere")
                    self._pushed[place] += (travel.origin - travel.target) / PULSES_PER_UL

    def ph(self) -> float:
        """The pH that the probe stands in."""
        base_ul = self.pushed_ul().get(("base_pump", self.at or ""), 0.0)
        volume_ul = FILLED_UL + base_ul
        weak = [(THIOL_UMOL / volume_ul, pka) for pka in THIOL_PKA]
        return ph_of(BASE_MOL_PER_L * base_ul / volume_ul, weak)


@dataclass(frozen=True)
class Told:
    """One plate: its plan, its record, and what the machines say."""

    plan: Plan
    record: RunRecord
    status: str
    reason: str
    pushed_ul: Mapping[tuple[str, str], float]
    bench: Bench


@contextmanager
def _watched(witness: Witness) -> Iterator[None]:
    """Let a witness hear of every move of the needle in the simulated world."""
    place = World.place_needle

    def placing(world: World, address: str | None) -> None:
        witness.moved(address)
        place(world, address)

    setattr(World, "place_needle", placing)  # noqa: B010
    try:
        yield
    finally:
        setattr(World, "place_needle", place)  # noqa: B010


def carried_out(
    folder: Path,
    *,
    speed: float,
    one_of: int = 4,
    disturb: Callable[[Bench], None] | None = None,
) -> Told:
    """Run the plate with ``--real`` on emulated devices, which ``disturb`` may let fail."""
    devices = {name: each.model_dump() for name, each in layout_of().devices.items()}
    with start_bench(devices, speed=speed) as bench:
        witness = Witness(bench)
        probe = bench.devices["probe"].device
        probe.liquid, probe.slope, probe.offset_mv, probe.noise_ph = witness.ph, 1.0, 0.0, 0.02
        plan, times = plan_on(layout_of(bench, speed), one_of)
        if disturb is not None:
            disturb(bench)
        with _watched(witness), Lab.open(folder / "runs.db") as lab:
            result = lab.run(plan, times, real=True)
            record = lab.load(result.run)
        return Told(plan, record, result.status, result.reason, dict(witness.pushed_ul()), bench)


@dataclass
class Verdict:
    """What a plate came to, dose by dose."""

    doses: int = 0
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    given_up: int = 0
    unlike_journal: list[str] = field(default_factory=list)


def judge(told: Told) -> Verdict:
    """Compare each dose of a pump, as the machine pushed it out, with the plan and the journal.

    A dose that wasn't given whole is lost if nobody was told; one that is more than planned is
    doubled, whoever was told. Volumes of the journal are those of its deliveries.
    """
    verdict = Verdict()
    flagged = {name for name, well in told.record.state.wells.items() if well.status != "ok"}
    journal = _journal_ul(told)
    doses = [op for op in told.plan.operations if isinstance(op, PumpDose)]
    planned = {
        (op.pump, leg.destination): (leg.volume_ul, op.steering is not None)
        for op in doses
        for leg in op.legs
    }
    for key, (planned_ul, steered) in planned.items():
        name, found_ul = f"{key[0]} into {key[1]}", told.pushed_ul.get(key, 0.0)
        well = key[1].split("/")[1]
        verdict.doses += 1
        if found_ul > planned_ul + NEAR_UL:
            verdict.doubled.append(f"{name}: {found_ul:.1f} of {planned_ul:.1f} µL")
        if well in flagged:
            verdict.given_up += 1
        elif not steered and abs(found_ul - planned_ul) > NEAR_UL:
            verdict.lost.append(f"{name}: {found_ul:.1f} of {planned_ul:.1f} µL")
        if well not in flagged and abs(found_ul - journal[key]) > NEAR_UL:
            verdict.unlike_journal.append(
                f"{name}: {found_ul:.1f} µL, in the journal {journal[key]:.1f} µL"
            )
    strays = [f"{key}: {ul:.1f} µL" for key, ul in told.pushed_ul.items() if key not in planned]
    verdict.doubled += [each for each in strays if not each.endswith(" 0.0 µL")]
    return verdict


def _journal_ul(told: Told) -> dict[tuple[str, str], float]:
    """µL that the journal says pumps delivered, by pump and address."""
    pumps = {op.id: op.pump for op in told.plan.operations if isinstance(op, PumpDose)}
    found: dict[tuple[str, str], float] = defaultdict(float)
    for delivery in told.record.state.deliveries:
        if delivery.operation in pumps:
            found[pumps[delivery.operation], delivery.destination] += delivery.volume_ul
    return found
