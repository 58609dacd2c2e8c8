"""Writes docs/coverage.md from the catalogue of recipes and their protocols.

Run ``python tools/make_coverage.py`` to write the page anew; with ``--check`` nothing is written,
and the exit code is 1 if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ncrobot.recipes import load_catalogue
from ncrobot.recipes.coverage import coverage_page

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"


def main() -> int:
    """Write or check the page."""
    folder = ROOT / "protocols"
    page = coverage_page(load_catalogue(folder / "catalogue.yaml"), folder)
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
