"""Analysis of spectra and chromatograms beside the bare libraries; writes results/analytics.json.

Each part is a module with a function ``figures``; its names go into one table.
"""

from __future__ import annotations

from benchmarks import analytics_mass, analytics_optical
from benchmarks.measuring import write

PARTS = {"mass": analytics_mass, "optical": analytics_optical}


def main() -> None:
    """One part after the other, so that they don't disturb each other."""
    write(
        "analytics",
        {
            f"{name}.{key}": value
            for name, part in PARTS.items()
            for key, value in part.figures().items()
        },
    )


if __name__ == "__main__":
    main()
