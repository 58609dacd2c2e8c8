"""Plate after plate through the wire, with faults at random: results/soak.json.

    python -m benchmarks.drivers.soak [--minutes 60] [--speed 300] [--rate 0.03] [--seed 1]

Each plate is a whole run with ``--real`` on emulated devices. Afterwards the pumps' own account is
held against the journal: a dose that was given twice, or that is missing though nobody was told,
ends it with an error. A plate is repeated by its seed and ``--minutes 0``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.drivers.plate import PUMPS, carried_out, judge
from benchmarks.measuring import write
from ncrobot_sim.emulators import Bench, FaultKind, WireFault

OF_THE_LINE = (
    FaultKind.DEAF, FaultKind.SILENCE, FaultKind.GARBAGE, FaultKind.NOISE, FaultKind.TRUNCATED,
    FaultKind.WRONG_CHECKSUM, FaultKind.DUPLICATE, FaultKind.ECHO, FaultKind.UNASKED,
    FaultKind.LATE,
)  # fmt: skip
LATE_S, UNPLUGGED_S = 0.8, 0.3
"""How late a reply comes, and how long a cable is out, in real seconds."""
SEVERE = 2
"""Faults of devices, and pulled cables, of a plate."""


def disturb(bench: Bench, *, seed: int, rate: float, speed: float) -> None:
    """Let each command meet a fault of the line by chance, and some devices one of their own."""
    chance = random.Random(seed)
    late_s = LATE_S * speed
    kinds = [WireFault(kind, delay_s=late_s) for kind in OF_THE_LINE]
    for number, emulated in enumerate(bench.devices.values()):
        emulated.inject_by_chance(rate, kinds, seed=1000 * seed + number)
    for _ in range(SEVERE):
        name = chance.choice(sorted(bench.devices))
        offered = bench.devices[name].device.offers
        kind = chance.choice([FaultKind.DISCONNECT, *sorted(offered)])
        back_s = UNPLUGGED_S * speed if kind is FaultKind.DISCONNECT else None
        many = 800 if name in PUMPS else 200
        bench.devices[name].inject(
            WireFault(kind, nth=chance.randrange(20, many), back_after_s=back_s)
        )


def main() -> None:
    """Run plates until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="no plate is begun after them")
    parser.add_argument("--speed", type=float, default=300.0, help="times as quick as real devices")
    parser.add_argument("--rate", type=float, default=0.03, help="of commands that meet a fault")
    parser.add_argument("--seed", type=int, default=1, help="of the first plate")
    asked = parser.parse_args()
    figures, problems = soak(asked.minutes, asked.speed, asked.rate, asked.seed)
    write("soak", figures)
    for problem in problems:
        print("problem:", problem)
    if problems:
        raise SystemExit(f"{len(problems)} doses with problems")


def soak(minutes: float, speed: float, rate: float, seed: int) -> tuple[dict[str, Any], list[str]]:
    """Figures of all plates, and what was wrong with doses."""
    begun_s = time.monotonic()
    statuses: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    problems: list[str] = []
    while not statuses or time.monotonic() - begun_s < 60 * minutes:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            told = carried_out(
                Path(folder), speed=speed,
                disturb=partial(disturb, seed=seed, rate=rate, speed=speed),
            )  # fmt: skip
        verdict = judge(told)
        statuses[told.status] += 1
        sums.update(
            doses=verdict.doses, doubled=len(verdict.doubled), lost=len(verdict.lost),
            given_up=verdict.given_up, unlike_journal=len(verdict.unlike_journal),
            wells_flagged=told.record.summary.wells_flagged,
        )  # fmt: skip
        for emulated in told.bench.devices.values():
            faults.update(each.fault.value for each in emulated.exchanges if each.fault)
        wrong = (*verdict.doubled, *verdict.lost, *verdict.unlike_journal)
        problems += [f"plate {seed}: {each}" for each in wrong]
        print(f"plate {seed}: {told.status} ({told.reason}), {verdict.given_up} given up", wrong)
        seed += 1
    figures = {
        "cpus": os.cpu_count(),
        "minutes": round((time.monotonic() - begun_s) / 60, 1),
        "speed": speed,
        "fault_rate": rate,
        "plates": sum(statuses.values()),
        "ended": dict(sorted(statuses.items())),
        "faults": dict(sorted(faults.items())),
        **{name: sums[name] for name in ("doses", "doubled", "lost", "unlike_journal", "given_up")},
        "wells_flagged": sums["wells_flagged"],
    }
    return figures, problems


if __name__ == "__main__":
    main()
