"""Order: steps have one id each, and lags and samples refer to steps before them."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.errors import nearest_word
from ncrobot.protocol._ids import default_id
from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol._walk import child
from ncrobot.protocol.choosing import never_together
from ncrobot.protocol.steps import Add, Age, Hold, Reduce, Sample, Step, Stir


def check_order(parts: Parts) -> None:
    """Report step ids that collide, references to later steps, and a second make-up."""
    ids = _check_ids(parts)
    for index, step in parts.numbered_steps():
        path: Path = ("steps", index)
        if step.timing and isinstance(step, Hold | Age | Stir) and not _is_away(step):
            parts.error(
                (*path, "timing"),
                "timing-without-act",
                f"{step.do} does nothing at one moment of a well, so no lag can count to it",
                fix="write the timing on the next step that adds or takes something",
            )
        for number, timing in enumerate(step.timing):
            place = (*path, "timing", number)
            _check_earlier(parts, (*place, "after"), timing.after, index, ids)
            if timing.of in {"first", "last"}:
                _check_portions(parts, (*place, "of"), timing.after, f"of: {timing.of}", ids)
        if isinstance(step, Sample):
            _check_sample(parts, index, step, ids)
    _check_one_make_up(parts)


def _is_away(step: Step) -> bool:
    """Whether a person carries the plate away, which is an act at a moment."""
    return isinstance(step, Age) and step.where == "off_deck"


def _check_ids(parts: Parts) -> Mapping[str, int]:
    """Report ids that two steps share; return the index of each given id."""
    taken: dict[str, int] = {}
    given: dict[str, int] = {}
    steps = child(parts.tree.data, "steps")
    for index, name in enumerate(parts.given_ids()):
        word = child(child(steps, index), "do")
        effective = name or default_id(str(word), index + 1)
        if effective in taken:
            parts.error(
                ("steps", index, "id") if name else ("steps", index),
                "duplicate-step-id",
                f'steps {taken[effective] + 1} and {index + 1} have the same id "{effective}"',
                found=effective,
                fix="give each step an id of its own",
            )
        taken.setdefault(effective, index)
        if name:
            given.setdefault(name, index)
    return given


def _check_earlier(parts: Parts, path: Path, name: str, index: int, ids: Mapping[str, int]) -> None:
    earlier = [known for known, place in ids.items() if place < index]
    if name in earlier:
        return
    steps = child(parts.tree.data, "steps")
    numbered = {
        default_id(str(child(child(steps, place), "do")), place + 1): place
        for place in range(index)
    }
    if name in ids:
        where = "this step itself" if ids[name] == index else f"step {ids[name] + 1}, a later step"
        message = f'{parts.label(path)}: "{name}" is {where}; a lag runs from an earlier step'
        code, fix = "later-step", "refer to an earlier step, or move this step behind it"
    elif name in numbered:
        message = f"{parts.label(path)}: step {numbered[name] + 1} has no id of its own"
        code, fix = "unknown-step-id", f"write id: {name} in step {numbered[name] + 1}"
    else:
        near = nearest_word(name, earlier)
        message = f'{parts.label(path)}: no earlier step has the id "{name}"'
        code = "unknown-step-id"
        fix = f"did you mean '{near}'?" if near else f"write id: {name} in the step that is meant"
    parts.error(path, code, message, found=name, allowed=", ".join(earlier) or None, fix=fix)


def _check_portions(parts: Parts, path: Path, name: str, what: str, ids: Mapping[str, int]) -> None:
    place = ids.get(name)
    step = parts.steps[place] if place is not None else None
    if step is None or isinstance(step, Reduce):
        return
    parts.error(
        path,
        "not-a-reduce-step",
        f'"{what}" speaks of portions, but step "{name}" has none',
        found=f"do: {step.do}",
        allowed="a reduce step",
    )


def _check_sample(parts: Parts, index: int, step: Sample, ids: Mapping[str, int]) -> None:
    path: Path = ("steps", index)
    if step.after is not None:
        _check_earlier(parts, (*path, "after"), step.after, index, ids)
    if step.after_each_portion_of is not None:
        name, place = step.after_each_portion_of, (*path, "after_each_portion_of")
        _check_earlier(parts, place, name, index, ids)
        _check_portions(parts, place, name, "after_each_portion_of", ids)
    if step.after is not None and step.after_each_portion_of is not None:
        message = f"{parts.label(path)} counts from one step, or from each portion of one"
        fix = "leave one of after and after_each_portion_of"
        parts.error((*path, "after"), "one-of", message, on_key=True, fix=fix)


def _check_one_make_up(parts: Parts) -> None:
    found = [i for i, step in parts.numbered_steps() if isinstance(step, Add) and step.make_up]
    for place, index in enumerate(found):
        earlier = [
            other
            for other in found[:place]
            if not never_together(parts.steps[other].only, parts.steps[index].only)  # type: ignore[union-attr]  # found are steps
        ]
        if not earlier:
            continue
        parts.error(
            ("steps", index, "make_up"),
            "second-make-up",
            f"step {index + 1} makes up to the final volume, as step {earlier[0] + 1} already does",
            fix="keep one make_up and give the other step a volume, or let no row do both (only:)",
        )
