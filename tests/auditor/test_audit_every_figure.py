"""Any figure that decides what happens in a well, changed by itself, is found; nothing crashes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from auditor.whole_plan import whole_plan
from ncrobot.auditor import audit_plan
from ncrobot.plan import Plan

Path = tuple[str | int, ...]
# The last word of the paths whose every change must be found.
DECISIVE = {
    "volume_ul", "source", "destination", "tip", "umol", "umol_per_ul", "positions_ul", "weigh_mg",
    "measure_ul", "min_s", "max_s", "target_s", "asked_umol", "final_volume_ul", "repetitions",
    "speed_rpm", "takes_s", "values", "purpose", "before", "after",
}  # fmt: skip


@cache
def document() -> dict[str, Any]:
    return whole_plan().model_dump(mode="json")


def leaves(part: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield from leaves(value, (*path, key))
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from leaves(value, (*path, index))
    else:
        yield path, part


@cache
def all_leaves() -> list[tuple[Path, Any]]:
    skipped = ("deck", "texts", "sha256", "compiler_version")
    return [(path, value) for path, value in leaves(document()) if path[0] not in skipped]


@cache
def decisive_leaves() -> list[tuple[Path, Any]]:
    return [
        (path, value)
        for path, value in all_leaves()
        if value is not None and {word for word in path[-2:] if isinstance(word, str)} & DECISIVE
    ]


def with_value(path: Path, value: Any) -> Plan | None:
    """The plan with one value changed and sealed anew; None if it is no plan then."""
    changed = copy.deepcopy(document())
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        return Plan.model_validate(changed).sealed()
    except ValidationError:
        return None


def another(value: Any) -> Any:
    """A value of the same kind."""
    if isinstance(value, str):
        others = {"dose": "sample", "dilution": "dose", "sample": "dose"}
        return others.get(value, "reaction_plate/C7" if "/" in value else "elsewhere")
    return value * 1.02 + 1 if value else 30.0


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6))
def test_a_decisive_figure_cannot_change_unseen(number):
    path, value = decisive_leaves()[number % len(decisive_leaves())]
    plan = with_value(path, another(value))
    assert plan is None or audit_plan(plan).differences, (path, value, another(value))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(
        [None, 0, -1, 7, 1e9, float("nan"), float("inf"), "", "x", "reaction_plate/A1", True]
    ),
)
def test_nonsense_never_crashes_the_audit(number, nonsense):
    path, _ = all_leaves()[number % len(all_leaves())]
    plan = with_value(path, nonsense)
    if plan is not None:
        report = audit_plan(plan)
        assert report.model_dump_json()
