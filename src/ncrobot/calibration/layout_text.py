"""Writes calibrated times into a layout's text: only those figures change, all else stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode

from ncrobot.calibration.result import Calibration, Knowledge
from ncrobot.calibration.telling import milliseconds
from ncrobot.calibration.terms import RATES
from ncrobot.deck import read_deck
from ncrobot.errors import Diagnostic, InternalError, LabError

_DOUBTS = {
    Knowledge.NOT_TOLD_APART: "only sums of them are known, split as near to the earlier figures "
    "as these allow",
    Knowledge.UNCERTAIN: "uncertain by more than a quarter",
}
_UNTOLD = (Knowledge.TOO_FEW, Knowledge.NOT_OBSERVED, Knowledge.AT_BOUND)


def layout_with_times(text: str, calibration: Calibration, file: str | None = None) -> str:
    """The layout's text with the calibrated times and where they come from.

    Comments, order and line breaks stay as they are: ruamel.yaml tells where each figure stands,
    and only these places are written anew.

    Raises:
        DeckError: the text is no sound deck layout.
        LabError: its times stand behind a YAML alias, where no single place can be changed.
    """
    assumed_before = read_deck(text, file).arm.times.assumed
    times = _times_node(text, file)
    wanted: dict[str, str] = {
        name: _figure(name, value)
        for name, value in calibration.proposed.items()
        if name not in calibration.named(*_UNTOLD)
    }
    wanted["assumed"] = _quoted(origin(calibration, assumed_before))
    written = _replaced(text, times, wanted)
    made = read_deck(written, file).arm.times
    if any(
        _figure(name, getattr(made, name)) != wanted[name] for name in wanted if name != "assumed"
    ):
        raise InternalError("the calibrated times didn't arrive in the layout's text")
    return written


def origin(calibration: Calibration, assumed_before: str | None) -> str:
    """Where the times come from, in the words that the layout will carry."""
    kind = "simulated run" if calibration.simulated else "run"
    told = (
        f"calibrated from {kind} {calibration.run}, {calibration.observations} observations, "
        f"median error {milliseconds(calibration.median_error_s)}"
    )
    if calibration.simulated:
        told += "; these are the simulator's times, not an arm's"
    for knowledge, words in _DOUBTS.items():
        if names := calibration.named(knowledge):
            told += f"; {', '.join(names)}: {words}"
    if kept := [n for n in calibration.named(*_UNTOLD) if n in calibration.proposed]:
        told += f"; {', '.join(kept)}: as before ({assumed_before or 'no reason given'})"
    return told


def _times_node(text: str, file: str | None) -> MappingNode:
    node: Any = YAML().compose(text)
    for key in ("arm", "times"):
        node = _entries(node)[key][1]
    if text[node.start_mark.index : node.end_mark.index].count(":") == 0:
        raise _aliased(file)
    found: MappingNode = node
    return found


def _entries(node: MappingNode) -> Mapping[str, tuple[ScalarNode, Any]]:
    return {key.value: (key, value) for key, value in node.value}


def _replaced(text: str, times: MappingNode, wanted: Mapping[str, str]) -> str:
    """The text with new scalars; what the mapping lacks is put after its first entry."""
    entries = _entries(times)
    first_key, first_value = times.value[0]
    edits: list[tuple[int, int, str]] = []
    for name, scalar in wanted.items():
        if name in entries:
            value = entries[name][1]
            edits.append((value.start_mark.index, _end(text, value), scalar))
        else:
            gap = ", " if times.flow_style else "\n" + " " * first_key.start_mark.column
            end = _end(text, first_value)
            # A comment behind the first figure stays with it.
            if not times.flow_style:
                end = text.find("\n", end) if "\n" in text[end:] else len(text)
            edits.append((end, end, f"{gap}{name}: {scalar}"))
    for begin, end, scalar in sorted(edits, reverse=True):
        text = text[:begin] + scalar + text[end:]
    return text


def _end(text: str, value: Any) -> int:
    """Where a scalar ends; a block or plain one may claim the space behind it too."""
    begin, end = int(value.start_mark.index), int(value.end_mark.index)
    if value.style in ("|", ">"):
        return begin + len(text[begin:end].rstrip())
    return end


def _figure(name: str, value: float) -> str:
    """A figure as a layout states it: milliseconds, and rates to four digits."""
    return f"{value:.4g}" if name in RATES else f"{round(value, 3):g}"


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _aliased(file: str | None) -> LabError:
    return LabError(
        Diagnostic(
            code="aliased-times",
            message="the arm's times are an alias of another part of the layout, so that no single "
            "place can be changed",
            file=file,
            fix="write the times out below 'arm: times:'",
        )
    )
