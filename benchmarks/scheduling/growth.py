"""Time and memory against the number of operations, each plate in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.plates import ROOT
from benchmarks.scheduling.attempt import row
from benchmarks.scheduling.catalogue import GROWTH, GROWTH_WELLS, grown
from benchmarks.scheduling.ours import ours


def measure_growth(effort: float = 1.0) -> list[dict[str, Any]]:
    """One row a kind and size, the smallest first."""
    rows = []
    for kind in GROWTH:
        for wells in GROWTH_WELLS:
            rows.append(in_own_process(kind, wells, effort))
            last = rows[-1]
            told = f"{kind} {wells} wells: {last['solve_s']:.1f} s, {last['peak_mb']:.0f} MB"
            print(told, file=sys.stderr, flush=True)
    return rows


def in_own_process(kind: str, wells: int, effort: float = 1.0) -> dict[str, Any]:
    """The row of one plate, so that its peak of memory is its own."""
    command = [sys.executable, "-m", "benchmarks.scheduling.growth", kind, str(wells), str(effort)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def one(kind: str, wells: int, effort: float) -> dict[str, Any]:
    """Solve one plate here; memory before is what Python and the libraries take."""
    drawn = grown(kind, wells)
    before_mb = peak_mb()
    attempt = ours(drawn, 1, effort).attempt
    measured = row(drawn, attempt, attempt.bound)
    wanted = (
        "operations", "makespan_s", "lower_bound_s", "proven", "gap", "first_s", "solve_s",
        "max_portion_deviation_s",
    )  # fmt: skip
    return {
        "kind": kind,
        "wells": wells,
        **{name: measured.get(name) for name in wanted},
        "before_mb": round(before_mb, 1),
        "peak_mb": round(peak_mb(), 1),
    }


def peak_mb() -> float:
    """The most memory (resident set) that this process has had so far, in MB of 10^6 bytes.

    Linux' own count begins anew with each program; that of getrusage takes over what the parent
    had, so it stands in only where there is no other.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        if "VmHWM" in fields:
            return int(fields["VmHWM"].split()[0]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _main() -> None:
    parser = argparse.ArgumentParser(description="Solve one growing plate and print its figures.")
    parser.add_argument("kind", choices=sorted(GROWTH))
    parser.add_argument("wells", type=int)
    parser.add_argument("effort", type=float, nargs="?", default=1.0)
    options = parser.parse_args()
    print(json.dumps(one(options.kind, options.wells, options.effort)))


if __name__ == "__main__":
    _main()
