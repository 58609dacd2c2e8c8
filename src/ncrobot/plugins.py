"""Plug-ins by entry point: what is installed in a group, and how one of them is loaded."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ncrobot.errors import Diagnostic, LabError, nearest_word


@functools.cache
def _points(group: str) -> Mapping[str, EntryPoint]:
    """As they were when first asked for: it takes a look at every installed package."""
    return {point.name: point for point in sorted(entry_points(group=group), key=_name)}


def _name(point: EntryPoint) -> str:
    return point.name


def installed(group: str) -> dict[str, EntryPoint]:
    """Everything that is installed in a group of entry points, by name, not yet loaded."""
    return dict(_points(group))


def load(group: str, name: str, what: str) -> Any:
    """What the entry point of this name stands for; ``what`` is the word for such a thing.

    Raises:
        LabError: none of this name is installed (``unknown-<what>``), or its import fails
            (``<what>-import``).
    """
    known = installed(group)
    code = what.replace(" ", "-")
    if name not in known:
        near = nearest_word(name, known)
        raise LabError(
            Diagnostic(
                code=f"unknown-{code}",
                message=f"no {what} {name!r} is installed",
                found=name,
                allowed=", ".join(known) or "none is installed",
                fix=f"did you mean {near!r}?" if near else "install the package that has it",
            )
        )
    try:
        return known[name].load()
    except Exception as error:
        raise LabError(
            Diagnostic(
                code=f"{code}-import",
                message=f"the {what} {name!r} can't be loaded: {error}",
                fix="install the extra or the package that it needs",
            )
        ) from error
