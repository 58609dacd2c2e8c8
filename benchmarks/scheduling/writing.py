"""Writes instances as files: seed 1 of each where they are shipped, or more seeds elsewhere."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from benchmarks.scheduling.catalogue import BENCHMARK, instance
from benchmarks.scheduling.files import FOLDER, instance_text

SEEDS = 10


def write_shipped() -> None:
    """Seed 1 of each, and the SHA-256 digests of ten seeds."""
    digests = []
    for name in BENCHMARK:
        for seed in range(1, SEEDS + 1):
            drawn = instance(name, seed)
            data = instance_text(drawn).encode("utf-8")
            digests.append(f"{hashlib.sha256(data).hexdigest()}  {drawn.name}.json")
            if seed == 1:
                (FOLDER / f"{drawn.name}.json").write_bytes(data)
    (FOLDER / "SHA256SUMS").write_text("\n".join(digests) + "\n", encoding="utf-8")


def write_to(folder: Path, seeds: int) -> None:
    """Seeds 1 to ``seeds`` of each into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in BENCHMARK:
        for seed in range(1, seeds + 1):
            drawn = instance(name, seed)
            (folder / f"{drawn.name}.json").write_text(instance_text(drawn), encoding="utf-8")
            print(folder / f"{drawn.name}.json")


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling.writing")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds 1 to this (with --to)")
    parser.add_argument("--to", type=Path, help="a folder (without: the shipped files)")
    options = parser.parse_args()
    if options.to is None:
        write_shipped()
    else:
        write_to(options.to, options.seeds)


if __name__ == "__main__":
    main()
