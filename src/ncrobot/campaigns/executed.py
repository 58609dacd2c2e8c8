"""The values of parameters as they were executed: from what was really delivered, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.optimizers.interface import Suggestion
from ncrobot.searchspace import Integer, SearchSpace, Value


class Given(Document):
    """One delivery into a well: by which step, what and when; ``active`` is the share alive."""

    step: str
    portion: int | None
    umol: dict[str, float]
    at_s: float | None
    active: float = 1.0


class ExecutedRatio(Document):
    """Moles of one material for each of another, counted in some steps, times a factor."""

    kind: Literal["ratio"]
    of: str
    per: str
    steps: tuple[str, ...] = Field((), description="only what these steps gave; empty: all")
    times: float = Field(1.0, gt=0)
    active: bool = Field(False, description="count only what was not decayed by then")

    def found(self, given: Sequence[Given]) -> float | None:
        """The executed value, None if it can't be told."""
        above = sum(
            item.umol.get(self.of, 0.0) * (item.active if self.active else 1.0)
            for item in given
            if not self.steps or item.step in self.steps
        )
        below = sum(item.umol.get(self.per, 0.0) for item in given)
        return self.times * above / below if below > 0 else None


class ExecutedAmount(Document):
    """Moles of a material, in µmol."""

    kind: Literal["amount"]
    of: str
    steps: tuple[str, ...] = ()

    def found(self, given: Sequence[Given]) -> float | None:
        """The executed value."""
        return sum(
            item.umol.get(self.of, 0.0)
            for item in given
            if not self.steps or item.step in self.steps
        )


class ExecutedInterval(Document):
    """Seconds from the last delivery of one step to the first of another."""

    kind: Literal["interval"]
    after: str
    until: str

    def found(self, given: Sequence[Given]) -> float | None:
        """The executed value, None if one of the steps gave nothing, or times aren't known."""
        begin = [item.at_s for item in given if item.step == self.after and item.at_s is not None]
        end = [item.at_s for item in given if item.step == self.until and item.at_s is not None]
        return min(end) - max(begin) if begin and end else None


class ExecutedCount(Document):
    """How many portions a step really gave."""

    kind: Literal["count"]
    step: str

    def found(self, given: Sequence[Given]) -> float | None:
        """The executed value."""
        return float(len({item.portion for item in given if item.step == self.step}))


Executed = Annotated[
    ExecutedRatio | ExecutedAmount | ExecutedInterval | ExecutedCount, Field(discriminator="kind")
]


def executed_values(
    suggestion: Suggestion,
    given: Sequence[Given],
    rules: Mapping[str, Executed],
    space: SearchSpace,
) -> dict[str, Value]:
    """The values that a suggestion really got; what can't be told stays as asked."""
    values = dict(suggestion.values)
    for name, rule in rules.items():
        found = rule.found(given)
        if found is None:
            continue
        is_whole = isinstance(space.parameters[name], Integer)
        values[name] = round(found) if is_whole else float(f"{found:.9g}")
    return values


def steps_of(rules: Iterable[Executed]) -> set[str]:
    """All steps that the rules name."""
    found: set[str] = set()
    for rule in rules:
        if isinstance(rule, ExecutedRatio | ExecutedAmount):
            found.update(rule.steps)
        elif isinstance(rule, ExecutedInterval):
            found.update((rule.after, rule.until))
        else:
            found.add(rule.step)
    return found
