"""Simulated transfers a second, beside the same transfers in two peers, in one run.

The peers do less: a bare PyLabRobot handler prints its operations and tracks volumes; the opentrons
package checks geometry. ncrobot's figure includes its journal on disk (an intent before and an
outcome after each act, durable), the ledger, the cross-check of the trackers, the world and the
report.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from pylabrobot.liquid_handling import LiquidHandler
from pylabrobot.liquid_handling.backends import LiquidHandlerChatterboxBackend
from pylabrobot.resources import set_tip_tracking, set_volume_tracking

from benchmarks.measuring import write
from benchmarks.plates import ROOT, dense_plan
from ncrobot.deck import build_pylabrobot_deck, find_container
from ncrobot.lab import Lab, RunResult, schedule
from ncrobot.plan import Plan, Transfer


def run_ncrobot(plan: Plan) -> RunResult:
    """The plate in ncrobot's simulator."""
    times = schedule(plan)
    with tempfile.TemporaryDirectory() as folder, Lab.open(Path(folder) / "bench.sqlite") as lab:
        return lab.run(plan, times)


async def _chatter(plan: Plan) -> float:
    deck = build_pylabrobot_deck(plan.deck)
    for use in plan.stocks:
        for address, volume_ul in use.positions_ul.items():
            find_container(deck, address).tracker.set_volume(volume_ul)
    handler = LiquidHandler(
        backend=LiquidHandlerChatterboxBackend(num_channels=plan.deck.arm.channels), deck=deck
    )
    await handler.setup()
    begin = time.perf_counter()
    for operation in plan.operations:
        if not isinstance(operation, Transfer):
            continue
        channels = [leg.channel for leg in operation.legs]
        spots = [find_container(deck, leg.tip) for leg in operation.legs]
        volumes = [leg.volume_ul for leg in operation.legs]
        await handler.pick_up_tips(spots, use_channels=channels)
        for act, ends in (
            (handler.aspirate, [leg.source for leg in operation.legs]),
            (handler.dispense, [leg.destination for leg in operation.legs]),
        ):
            wells = [find_container(deck, end) for end in ends]
            await act(wells, vols=volumes, use_channels=channels)
        if operation.tip_use == "reuse":
            await handler.drop_tips(spots, use_channels=channels)
        else:
            await handler.discard_tips(use_channels=channels)
    return time.perf_counter() - begin


def run_chatterbox(plan: Plan) -> float:
    """Seconds for the same transfers through a bare PyLabRobot handler."""
    set_volume_tracking(enabled=True)
    set_tip_tracking(enabled=True)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return asyncio.run(_chatter(plan))
    finally:
        set_volume_tracking(enabled=False)
        set_tip_tracking(enabled=False)


def run_opentrons(plan: Plan) -> dict[str, float] | None:
    """Seconds for the same doses through opentrons.simulate, in its own environment."""
    python = ROOT / ".venv-opentrons" / "bin" / "python"
    if not python.exists():
        return None
    stocks = {use.stock: f"A{i % 12 + 1}" for i, use in enumerate(plan.stocks)}
    moves = [
        (stocks[op.stock], leg.destination.split("/")[1], leg.volume_ul)
        for op in plan.operations
        if isinstance(op, Transfer) and op.stock and op.purpose == "dose"
        for leg in op.legs
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "moves.json"
        path.write_text(json.dumps(moves), encoding="utf-8")
        done = subprocess.run(
            [python, ROOT / "benchmarks" / "opentrons_peer.py", path],
            capture_output=True, text=True, check=True,
            env={**os.environ, "OT_API_CONFIG_DIR": folder},
        )  # fmt: skip
    return {**json.loads(done.stdout.splitlines()[-1]), "moves": len(moves)}


def main() -> None:
    """One-channel plan on the OT-2 for the comparison, both decks for virtual against wall time."""
    figures: dict[str, object] = {"aim_12_h_plate_wall_s": 5.0}
    # The bare handler knows no trains: each dose by itself, on both sides.
    plan = dense_plan("ot2_96", batching="single")
    transfers = sum(len(op.legs) for op in plan.operations if isinstance(op, Transfer))
    ours = run_ncrobot(plan)
    assert ours.status == "succeeded", ours
    bare_s = run_chatterbox(plan)
    figures |= {
        "transfers": transfers,
        "ncrobot_transfers_per_s": round(transfers / ours.wall_s),
        "bare_pylabrobot_transfers_per_s": round(transfers / bare_s),
        "ncrobot_over_bare_pylabrobot": round(bare_s / ours.wall_s, 3),
    }
    peer = run_opentrons(plan)
    if peer is None:
        figures["opentrons"] = "not measured: make opentrons-env"
    else:
        rate = peer["moves"] / peer["simulate_s"]
        figures |= {
            "opentrons_simulate_transfers_per_s": round(rate),
            "opentrons_import_s": round(peer["import_s"], 2),
            "ncrobot_over_opentrons_simulate": round(transfers / ours.wall_s / rate, 2),
        }
    for deck, result in (("ot2_96", ours), ("starlet_96", run_ncrobot(dense_plan("starlet_96")))):
        assert result.status == "succeeded", result
        figures |= {
            f"{deck}_duration_h": result.duration_h,
            f"{deck}_wall_s": result.wall_s,
            f"{deck}_virtual_to_wall": round(result.duration_h * 3600 / result.wall_s),
        }
    write("simulate", figures)


if __name__ == "__main__":
    main()
