"""Names of steps that were given none."""

from __future__ import annotations


def default_id(do: str, number: int) -> str:
    """Return the id of a step that was given none; ``number`` counts all steps from 1."""
    return f"{do}_{number}"
