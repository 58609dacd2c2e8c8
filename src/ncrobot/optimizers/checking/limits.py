"""What a constraint allows, in words for whoever broke it."""

from __future__ import annotations

from ncrobot.searchspace import Between, Constraint, Never


def limit_of(constraint: Constraint) -> str:
    """What a constraint allows, in words: ``2 a + b at most 700 µL``."""
    if isinstance(constraint, Never):
        told = (f"{name} {_told(each)}" for name, each in constraint.when.items())
        return f"not {' with '.join(told)}"
    if constraint.kind == "sum":
        whole = " + ".join(
            name if number == 1 else f"{number:g} {name}" for name, number in constraint.of.items()
        )
    else:
        whole = " x ".join(
            name if number == 1 else f"{name}^{number:g}" for name, number in constraint.of.items()
        )
    ends = (("at least", constraint.at_least), ("at most", constraint.at_most))
    return f"{whole} {', '.join(_end(word, end) for word, end in ends if end is not None)}"


def _told(condition: tuple[str, ...] | Between) -> str:
    if isinstance(condition, tuple):
        return " or ".join(condition)
    ends = (("above", condition.above), ("below", condition.below))
    return " and ".join(_end(word, end) for word, end in ends if end is not None)


def _end(word: str, end: str | float) -> str:
    return f"{word} {end}" if isinstance(end, str) else f"{word} {end:g}"
