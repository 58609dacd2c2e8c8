"""Kills a run at every point, resumes it, and counts what was doubled, lost or left unsaid.

A process carries out a plate of 96 wells in virtual time and is killed by SIGKILL: just after
events got durable (the boundary of every act, announced and not begun), just after something moved
in the simulated world (inside of every act), or when it has just taken an event. A ``change`` is
what one channel does, so every fourth of them is two points in an act of eight channels. Another
process resumes the run. What is then in the wells is read from the world's own log; the ledger, the
record and the list of unknown acts are held against it.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from benchmarks.crash.killing import PLATES, ROOT
from benchmarks.crash.measuring import measure

PAGE = ROOT / "docs" / "resuming.md"
RESULTS = ROOT / "results"


def publish(name: str, figures: dict[str, Any]) -> None:
    """Write the table into the documentation, between the marks of its plate."""
    rows = {
        "Points at which the process was killed": figures["points"],
        "Doses that were doubled": figures["doubled"],
        "Durable facts that were lost": figures["lost"],
        "Acts without an outcome, and how many of them were told": (
            f"{figures['unknown']}, {figures['unknown_reported']}"
        ),
        "Positions where ledger and world differ, unknown acts apart": figures["ledger_mismatches"],
        "Wells that counted as ok and weren't": figures["wells_wrongly_ok"],
        "Runs that came to their end": figures["ended"].get("succeeded", 0),
    }
    table = ["", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"<!-- {name} -->")
    after = rest.partition(f"<!-- /{name} -->")[2]
    middle = "\n".join([f"<!-- {name} -->", *table, "", f"<!-- /{name} -->"])
    PAGE.write_text(before + middle + after, encoding="utf-8")


def main() -> None:
    """Read the command line, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plate", choices=PLATES, default="portions", help="what is killed")
    parser.add_argument("--step", type=int, default=1, help="every how many points one is taken")
    parser.add_argument("--publish", action="store_true", help="write the table into the docs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    figures = measure(options.plate, options.step, options.workers)
    print(json.dumps(figures, indent=1))
    RESULTS.mkdir(exist_ok=True)
    name = "crash" if options.plate == "portions" else f"crash_{options.plate}"
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.publish:
        publish(name, figures)


if __name__ == "__main__":
    main()
