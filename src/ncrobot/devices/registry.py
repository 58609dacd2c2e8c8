"""Finds drivers by entry point, so that the core never imports one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ncrobot.errors import Diagnostic, LabError, nearest_word

GROUP = "ncrobot.drivers"

DriverFactory = Callable[..., Any]


def known_drivers() -> dict[str, EntryPoint]:
    """All installed drivers by name (``<vendor>.<model>``), not yet loaded."""
    return dict(_installed())


@functools.cache
def _installed() -> Mapping[str, EntryPoint]:
    """As they were when first asked for: it takes a look at every installed package."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load_driver(name: str) -> DriverFactory:
    """Return the driver class of this name.

    Raises:
        LabError: no such driver is installed, or its import fails.
    """
    drivers = known_drivers()
    if name not in drivers:
        nearest = nearest_word(name, drivers)
        raise LabError(
            Diagnostic(
                code="unknown-driver",
                message=f"no driver {name!r} is installed",
                found=name,
                allowed=", ".join(sorted(drivers)) or "none is installed",
                fix=f"did you mean {nearest!r}?" if nearest else "install the package that has it",
            )
        )
    try:
        factory: DriverFactory = drivers[name].load()
    except (ImportError, AttributeError) as error:
        raise LabError(
            Diagnostic(
                code="driver-import",
                message=f"driver {name!r} can't be loaded: {error}",
                fix="install the extra that it needs",
            )
        ) from error
    return factory
