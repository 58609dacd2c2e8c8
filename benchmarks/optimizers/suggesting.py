"""Time and memory of one optimizer for 96 suggestions after 384 results, in a fresh process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from benchmarks.optimizers.racing import WELLS, measured, response_named
from benchmarks.plates import ROOT
from ncrobot.optimizers import make_optimizer

KNOWN = 384
RESPONSE = "ratios"
_LIMIT_S = 3600


def suggesting(optimizer: str) -> dict[str, Any]:
    """Wall time and peak memory of one suggestion of 96, with 384 known results."""
    command = [sys.executable, "-m", "benchmarks.optimizers.suggesting", optimizer]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"optimizer": optimizer, "error": f"not done in {_LIMIT_S} s"}
    if done.returncode:
        return {"optimizer": optimizer, "error": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _measure(optimizer: str) -> dict[str, Any]:
    response = response_named(RESPONSE)
    before_mb = _peak_mb()
    known = make_optimizer("sobol", response.space, seed=1).suggest(96)
    rng = np.random.default_rng(1)
    source = make_optimizer("random", response.space, seed=2)
    known += [item for _ in range(KNOWN // WELLS - 1) for item in source.suggest(WELLS)]
    results, failures, _ = measured(response, tuple(known), rng)
    learner = make_optimizer(optimizer, response.space, seed=3, layout=response.layout)
    learner.observe(results, failed=failures)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    suggestions = learner.suggest(WELLS)
    wall_s, cpu_s = time.perf_counter() - begin, time.process_time() - begin_cpu
    return {
        "optimizer": optimizer,
        "known": len(results),
        "suggested": len(suggestions),
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "peak_mb": round(_peak_mb()),
        "before_mb": round(before_mb),
    }


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024**2)


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
