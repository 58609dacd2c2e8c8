"""Runs every benchmark and writes its figures to results/."""

from __future__ import annotations

from benchmarks import bench_compile, bench_simulate, journal


def main() -> None:
    """One after the other, so that they don't disturb each other."""
    bench_compile.main()
    bench_simulate.main()
    journal.main()


if __name__ == "__main__":
    main()
