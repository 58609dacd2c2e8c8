"""Runs in the environment of the opentrons package: simulates transfers and prints the times.

Reads a JSON list of [source, destination, volume_ul] triples (well names and µL) from the file that
it is given. Prints one JSON object: seconds of the simulation alone, and of importing the package.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from pathlib import Path

PROTOCOL = """
import json
requirements = {{"robotType": "OT-2", "apiLevel": "2.20"}}
MOVES = json.loads({moves!r})

def run(ctx):
    plate = ctx.load_labware("nest_96_wellplate_2ml_deep", "1")
    trough = ctx.load_labware("nest_12_reservoir_15ml", "2")
    racks = [ctx.load_labware("opentrons_96_tiprack_300ul", s) for s in ("4", "5")]
    small = [ctx.load_labware("opentrons_96_tiprack_20ul", "6")]
    p300 = ctx.load_instrument("p300_single_gen2", "left", tip_racks=racks)
    p20 = ctx.load_instrument("p20_single_gen2", "right", tip_racks=small)
    for arm in (p300, p20):
        arm.pick_up_tip()
    for source, destination, volume in MOVES:
        arm = p20 if volume < 20 else p300
        arm.aspirate(volume, trough[source])
        arm.dispense(volume, plate[destination].top(-2))
    for arm in (p300, p20):
        arm.drop_tip()
"""


def main() -> None:
    """Simulate the moves of the file once."""
    logging.disable(logging.CRITICAL)
    begin = time.perf_counter()
    from opentrons.simulate import simulate  # noqa: PLC0415 - its import is timed

    imported = time.perf_counter()
    moves = Path(sys.argv[1]).read_text(encoding="utf-8")
    simulate(io.StringIO(PROTOCOL.format(moves=moves)), "moves.py")
    end = time.perf_counter()
    print(json.dumps({"import_s": imported - begin, "simulate_s": end - imported}))


if __name__ == "__main__":
    main()
