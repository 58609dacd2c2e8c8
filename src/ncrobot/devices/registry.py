"""Finds drivers by entry point, so that the core never imports one."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

from ncrobot.plugins import installed, load

GROUP = "ncrobot.drivers"

DriverFactory = Callable[..., Any]


def known_drivers() -> dict[str, EntryPoint]:
    """All installed drivers by name (``<vendor>.<model>``), not yet loaded."""
    return installed(GROUP)


def load_driver(name: str) -> DriverFactory:
    """Return the driver class of this name.

    Raises:
        LabError: no such driver is installed, or its import fails.
    """
    factory: DriverFactory = load(GROUP, name, "driver")
    return factory
