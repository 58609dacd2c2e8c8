"""Plate after plate through the wire, with faults at random: results/soak.json.

    python -m benchmarks.drivers.soak [--minutes 60] [--speed 300] [--rate 0.03] [--seed 1]
        [--gas-plates 2] [--publish FILE]

Each plate is a whole run with ``--real`` on emulated devices. Afterwards the pumps' own account is
held against the journal: a dose that was given twice, or that is missing though nobody was told,
ends it with an error. After each, some wells are put under two gases, whose valves are judged in
the same way, and must be shut when a run is over. A plate is repeated by its seed, ``--minutes 0``.
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

from benchmarks.drivers import gas_plate
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
GAS_SPEED = 20.0
"""Of plates under gas: their guardians count real seconds, however quick a plate is."""
GAS_COMMANDS = 160
"""About as many as a valve hears in a plate."""


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
        many = 800 if name in PUMPS else GAS_COMMANDS if name in gas_plate.VALVES else 200
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
    parser.add_argument("--gas-plates", type=int, default=2, help="after each plate")
    parser.add_argument("--publish", default="soak", help="results/NAME.json; empty: nowhere")
    asked = parser.parse_args()
    figures, problems = soak(
        asked.minutes, asked.speed, asked.rate, asked.seed, gas_plates=asked.gas_plates
    )
    if asked.publish:
        write(asked.publish, figures)
    else:
        print(figures)
    for problem in problems:
        print("problem:", problem)
    if problems:
        raise SystemExit(f"{len(problems)} doses or gases with problems")


def soak(
    minutes: float, speed: float, rate: float, seed: int, *, gas_plates: int
) -> tuple[dict[str, Any], list[str]]:
    """Figures of all plates, and what was wrong with doses and gases."""
    begun_s = time.monotonic()
    gases = _Gases(rate, seed)
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
        for _ in range(gas_plates):
            gases.one_more()
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
        "gas": gases.figures(),
    }
    return figures, problems + gases.problems


class _Gases:
    """The plates under gas of a soak."""

    def __init__(self, rate: float, seed: int) -> None:
        self.problems: list[str] = []
        self._rate = rate
        self._seed = seed
        self._statuses: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()

    def one_more(self) -> None:
        seed, speed = self._seed, GAS_SPEED
        self._seed += 1
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            told = gas_plate.carried_out(
                Path(folder), speed=speed,
                disturb=partial(disturb, seed=seed, rate=self._rate, speed=speed),
            )  # fmt: skip
        verdict = gas_plate.judge(told)
        self._statuses[told.status] += 1
        self._sums.update(
            flows=verdict.flows, doubled=len(verdict.doubled), lost=len(verdict.lost),
            given_up=verdict.given_up, unlike_journal=len(verdict.unlike_journal),
            open_at_end=len(verdict.open_at_end), stuck=sum(told.stuck.values()),
        )  # fmt: skip
        for emulated in told.bench.devices.values():
            self._faults.update(each.fault.value for each in emulated.exchanges if each.fault)
        wrong = (
            *verdict.doubled, *verdict.lost, *verdict.unlike_journal, *verdict.open_at_end,
        )  # fmt: skip
        self.problems += [f"gas plate {seed}: {each}" for each in wrong]
        print(f"gas plate {seed}: {told.status} ({told.reason})", wrong)

    def figures(self) -> dict[str, Any]:
        names = (
            "flows", "doubled", "lost", "unlike_journal", "given_up", "stuck", "open_at_end",
        )  # fmt: skip
        return {
            "plates": sum(self._statuses.values()),
            "speed": GAS_SPEED,
            "ended": dict(sorted(self._statuses.items())),
            "faults": dict(sorted(self._faults.items())),
            **{name: self._sums[name] for name in names},
        }


if __name__ == "__main__":
    main()
