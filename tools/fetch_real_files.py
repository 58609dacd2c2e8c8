"""Fetches real instruments' files from public test data, for tests.

What they are, where they come from and their licences stand in ``tests/data/real_files.yaml``.
They are kept in ``build/real_files`` and are no part of ncrobot.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from urllib.parse import quote

import httpx
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
LISTED = ROOT / "tests" / "data" / "real_files.yaml"
FOLDER = ROOT / "build" / "real_files"


def main() -> int:
    """Fetch what isn't there; returns how many files couldn't be had."""
    listed = YAML(typ="safe", pure=True).load(LISTED.read_text(encoding="utf-8"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = 0
    for each in listed["files"]:
        place = FOLDER / each["sha256"]
        if place.exists():
            continue
        address = listed["sources"][each["source"]]["address"] + quote(each["path"])
        try:
            data = (
                httpx.get(address, timeout=60.0, follow_redirects=True).raise_for_status().content
            )
        except httpx.HTTPError as error:
            print(f"{each['path']}: {error}")
            missing += 1
            continue
        if hashlib.sha256(data).hexdigest() != each["sha256"]:
            print(f"{each['path']}: it isn't what it was")
            missing += 1
            continue
        place.write_bytes(data)
    print(f"{len(listed['files']) - missing} of {len(listed['files'])} files are in {FOLDER}")
    return missing


if __name__ == "__main__":
    sys.exit(main())
