"""Finds optimizers by entry point, and makes or restores them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.optimizers.interface import Layout, Optimizer, OptimizerKind, OptimizerState
from ncrobot.searchspace import SearchSpace

GROUP = "ncrobot.optimizers"
DEFAULT = "thompson"


def known_optimizers() -> dict[str, EntryPoint]:
    """All installed optimizers by name, not yet loaded."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load_kind(name: str) -> OptimizerKind:
    """Return the optimizer class of this name.

    Raises:
        LabError: no such optimizer is installed, or its import fails.
    """
    known = known_optimizers()
    if name not in known:
        near = nearest_word(name, known)
        raise LabError(
            Diagnostic(
                code="unknown-optimizer",
                message=f"no optimizer {name!r} is installed",
                found=name,
                allowed=", ".join(sorted(known)) or "none is installed",
                fix=f"did you mean {near!r}?" if near else "install the package that has it",
            )
        )
    try:
        return cast(OptimizerKind, known[name].load())
    except (ImportError, AttributeError) as error:
        raise LabError(
            Diagnostic(
                code="optimizer-import",
                message=f"the optimizer {name!r} can't be loaded: {error}",
                fix="install the package that it needs",
            )
        ) from error


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
