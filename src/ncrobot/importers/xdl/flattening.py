"""The steps of an XDL procedure in one row: sections opened, repetitions written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ncrobot.importers.draft import Findings
from ncrobot.importers.xdl.reading import XdlElement

_SECTIONS = {"Prep", "Reaction", "Workup", "Purification", "Steps"}
_MOST_REPEATS = 100


def flat_steps(steps: Iterable[XdlElement], findings: Findings) -> Iterator[XdlElement]:
    """Every step in the order in which it is done."""
    for step in steps:
        if step.tag in _SECTIONS:
            yield from flat_steps(step.children, findings)
        elif step.tag == "Repeat":
            times = _repeats(step, findings)
            for _ in range(times):
                yield from flat_steps(step.children, findings)
        elif step.children:
            findings.refused(
                f"{step.tag} holds steps of its own; only Repeat is written out",
                step.line,
                fix="write its steps one after the other",
            )
        else:
            yield step


def _repeats(step: XdlElement, findings: Findings) -> int:
    written = step.get("repeats")
    if step.get("loop_variables", "iterative") is not None or written is None:
        message = "a Repeat without a fixed number of times depends on something outside the file"
        findings.refused(message, step.line, fix="write repeats, or its steps one by one")
        return 0
    if not written.isdigit() or not 0 < int(written) <= _MOST_REPEATS:
        findings.refused(
            f"a Repeat of {written} times isn't written out",
            step.line,
            fix=f"write a whole number up to {_MOST_REPEATS}",
        )
        return 0
    return int(written)


def reaction_vessel(steps: Iterable[XdlElement]) -> str | None:
    """The vessel into which most reagents go; it becomes the well."""
    counts = Counter(
        vessel
        for step in steps
        if step.tag in {"Add", "AddSolid", "Dissolve"} and (vessel := step.get("vessel"))
    )
    return counts.most_common(1)[0][0] if counts else None
