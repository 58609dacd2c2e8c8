"""Finds optimizers by entry point, and makes or restores them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any, cast

from ncrobot.optimizers.interface import Layout, Optimizer, OptimizerKind, OptimizerState
from ncrobot.plugins import installed, load
from ncrobot.searchspace import SearchSpace

GROUP = "ncrobot.optimizers"
DEFAULT = "thompson"


def known_optimizers() -> dict[str, EntryPoint]:
    """All installed optimizers by name, not yet loaded."""
    return installed(GROUP)


def load_kind(name: str) -> OptimizerKind:
    """Return the optimizer class of this name.

    Raises:
        LabError: no such optimizer is installed, or its import fails.
    """
    return cast(OptimizerKind, load(GROUP, name, "optimizer"))


def make_optimizer(
    name: str,
    space: SearchSpace,
    *,
    seed: int = 0,
    layout: Layout | None = None,
    options: Mapping[str, Any] | None = None,
) -> Optimizer:
    """A new optimizer.

    Raises:
        LabError: it is not installed, needs an extra that is absent, or refuses the options.
    """
    kind = load_kind(name)
    return kind(
        OptimizerState(
            optimizer=name,
            space=space,
            layout=layout or Layout(),
            seed=seed,
            options=dict(options or {}),
        )
    )


def restore_optimizer(state: OptimizerState) -> Optimizer:
    """The optimizer that a state was taken from, as it was; it goes on with the same suggestions.

    Raises:
        LabError: it is not installed, or needs an extra that is absent.
    """
    return load_kind(state.optimizer)(state)
