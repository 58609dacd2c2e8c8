"""Profiles for hypothesis: quick and reproducible in CI, thorough on request."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "thorough", parent=settings.get_profile("quick"), derandomize=False, max_examples=2000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

REAL_TIME = ("cli", "control", "drivers", "emulators", "locking", "notifications", "starts")
"""Rooms whose tests talk through lines, servers and signals in real time, with deadlines that a
starved machine misses."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try tests in real time once more; the summary names each that needed it, as RERUN."""
    rooms = [Path(__file__).parent / room for room in REAL_TIME]
    for item in items:
        if any(item.path.is_relative_to(room) for room in rooms):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
