"""PyLabRobot's own catalogue, by name. The import is lazy: it costs a fraction of a second.

This is the only place that looks up PyLabRobot's functions by name. Opentrons' parts are left out:
they are downloaded when called, so ncrobot ships its own figures of them.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from ncrobot.errors import DeckError, Diagnostic

TECAN_LABWARE = frozenset({"TecanPlate", "TecanTipRack"})
LABWARE_TYPES = TECAN_LABWARE | {"Plate", "Trough", "TipRack", "TubeRack", "ContainerRack"}
TECAN_CARRIERS = frozenset({"TecanTipCarrier", "TecanPlateCarrier"})
CARRIER_TYPES = TECAN_CARRIERS | {
    "TipCarrier", "PlateCarrier", "TroughCarrier", "TubeCarrier", "MFXCarrier",
}  # fmt: skip
MODULE_TYPES = frozenset({"PlateHolder", "ResourceHolder"})
_LEFT_OUT = ("pylabrobot.resources.opentrons",)
_MODULES = ("pylabrobot.resources", "pylabrobot.resources.hamilton", "pylabrobot.resources.tecan")

Factory = Callable[..., Any]


@cache
def resources() -> Any:
    """The module ``pylabrobot.resources``."""
    return import_module("pylabrobot.resources")


@cache
def source() -> str:
    """Name and version of the installed PyLabRobot, as definitions quote it."""
    return f"pylabrobot {version('pylabrobot')}"


@cache
def factories(kinds: frozenset[str]) -> dict[str, Factory]:
    """All catalogue functions that return one of these kinds, by name."""
    found: dict[str, Factory] = {}
    for module in map(import_module, _MODULES):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if not function.__module__.startswith(("pylabrobot.resources.",)):
                continue
            if function.__module__.startswith(_LEFT_OUT):
                continue
            returned = function.__annotations__.get("return")
            if getattr(returned, "__name__", returned) in kinds:
                found[name] = function
    return found


def call(name: str, factory: Factory, *arguments: Any) -> Any:
    """Build a fresh resource.

    Raises:
        DeckError: the function is deprecated, unfinished, or its figures are warned about.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return factory(*arguments)
        except (Warning, NotImplementedError, ValueError, TypeError, OSError) as error:
            raise DeckError(
                Diagnostic(
                    code="unusable-definition",
                    message=f"{source()} offers {name!r}, but it can't be used: {error}",
                    found=name,
                    fix="choose another definition",
                )
            ) from error
