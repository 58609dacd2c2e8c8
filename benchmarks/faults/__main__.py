"""The fault campaign: every defined error in every act, and seeded random sequences of faults.

    python -m benchmarks.faults [--sequences 10000] [--whole 60] [--publish]

Each run is the real engine on simulated devices in virtual time. Afterwards a judge compares what
the simulated world really holds with what a run without faults holds, and with what the plan allows
for each dose. A sequence is repeated by ``--first SEED --sequences 1``.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.faults.campaign import MOST_TOLD, WORKERS, campaign, summary
from benchmarks.faults.publishing import publish
from benchmarks.measuring import write


def main() -> None:
    """Run the campaign, print the figures, write results/faults.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=10_000, help="random ones, small plates")
    parser.add_argument("--whole", type=int, default=60, help="random ones, plates of 96 wells")
    parser.add_argument("--first", type=int, default=0, help="seed of the first random sequence")
    parser.add_argument("--skip-every", action="store_true", help="leave out the first set")
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--publish", action="store_true", help="write the table into the docs")
    asked = parser.parse_args()
    begin = time.perf_counter()
    tallies, plates, problems = campaign(
        asked.sequences, asked.whole, every=not asked.skip_every, first=asked.first,
        workers=asked.workers,
    )  # fmt: skip
    figures = summary(tallies, plates, problems)
    figures["wall_s"] = round(time.perf_counter() - begin, 1)
    write("faults", figures)
    for problem in problems[:MOST_TOLD]:
        print("problem:", problem)
    if asked.publish:
        publish(figures)
    if problems:
        raise SystemExit(f"{len(problems)} runs with problems")


if __name__ == "__main__":
    main()
