"""The timeline of a run: a lane per device, and below it every addition in each group of wells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from ncrobot.plan import Shake, Transfer
from ncrobot.reports._colours import by_kind, paler
from ncrobot.reports._index import Index
from ncrobot.reports._svg import drawing, element, number, text
from ncrobot.reports._text import counted, exact_clock, significant, well_key, wells_in_short
from ncrobot.reports.run.axis import LEFT, WIDTH, Axis
from ncrobot.reports.run.lanes import (
    GAS,
    MIXING,
    MOVING,
    NEW_LOT,
    OTHER,
    READING,
    SAMPLES,
    TASK,
    TEMPERING,
    Block,
    Lane,
    Shaking,
    duration_s,
    kind_of,
    lanes,
    shakers,
    shaking,
)
from ncrobot.state import RunState

_LANE, _THIN = 30.0, 5.0
_HEAD = 22.0
_MOST_TITLES = 600
_OTHER_COLOURS = {
    SAMPLES: "#2F353B",
    MIXING: "#9A8FB0",
    MOVING: "#8A929B",
    READING: "#7A5195",
    TEMPERING: "#A66A4A",
    GAS: "#4C9F9A",
    TASK: "#2F4B7C",
    NEW_LOT: "#C0392B",
    OTHER: "#B5BCC3",
}


def kind_colours(index: Index) -> Mapping[str, str]:
    """A colour for each kind of block of this plan: stocks first, then what isn't a stock."""
    used = {kind_of(op) for op in index.operations.values() if not isinstance(op, Shake)}
    known = {**by_kind(use.stock for use in index.plan.stocks), **_OTHER_COLOURS}
    return {kind: colour for kind, colour in known.items() if kind in used}


def timeline_svg(index: Index, state: RunState) -> Markup:
    """A lane per device; above each, thin, what was planned; shakers with their pauses."""
    axis = _axis(index, state)
    colours = kind_colours(index)
    found = lanes(index, state, axis.seconds_of(0.6))
    runs = {name: shaking(index, state, name) for name in shakers(index)}
    height = _HEAD + _LANE * (len(found) + len(runs)) + 8
    parts: list[Markup] = axis.grid(_HEAD, height - 6)
    y = _HEAD
    for lane in found:
        parts += _lane(axis, lane, y, colours)
        y += _LANE
    for name, times in runs.items():
        parts += _shaker(axis, name, times, y)
        y += _LANE
    return drawing(WIDTH, height, parts, label="Timeline of the devices, planned and real")


def additions_svg(index: Index, state: RunState) -> Markup:
    """Every addition and sample at its real time, a row for each group of wells."""
    axis = _axis(index, state)
    colours = kind_colours(index)
    rows = _rows(index, state)
    step = 20.0 if len(rows) <= 16 else 9.0
    titled = sum(len(blocks) for blocks in rows.values()) <= _MOST_TITLES
    late = {lag.after for lag in state.broken_lags}
    parts: list[Markup] = axis.grid(_HEAD, _HEAD + step * len(rows) + 4)
    for number_, (wells, blocks) in enumerate(rows.items()):
        y = _HEAD + number_ * step + 3
        if len(rows) <= 16 or number_ % 8 == 0:
            parts.append(text(LEFT - 10, y + step / 2 + 1, wells, "soft end"))
        parts += _marks(axis, blocks, y, step - 5, colours, titled=titled)
        parts += [_late(axis, b, y, step - 5) for b in blocks if late.intersection(b.operations)]
    height = _HEAD + step * len(rows) + 10
    return drawing(WIDTH, height, parts, label="Additions in each group of wells over time")


def _axis(index: Index, state: RunState) -> Axis:
    """The axis of a run: its cuts are where neither plan nor run does anything but shake."""
    busy = [
        (entry.start_s, entry.end_s)
        for name, entry in index.entries.items()
        if not isinstance(index.operations.get(name), Shake)
    ]
    for name, ran in state.operations.items():
        if ran.start_s is not None and not isinstance(index.operations.get(name), Shake):
            busy.append((ran.start_s, ran.end_s if ran.end_s is not None else state.time_s))
    return Axis.over(duration_s(index.schedule, state), busy)


def is_cut(index: Index, state: RunState) -> bool:
    """Whether idle time is cut short in the drawings of this run."""
    return bool(_axis(index, state).cuts)


def legend_items(index: Index) -> list[tuple[str, str]]:
    """Kind and colour of everything in the timeline."""
    return list(kind_colours(index).items())


def _lane(axis: Axis, lane: Lane, y: float, colours: Mapping[str, str]) -> list[Markup]:
    parts = [text(LEFT - 10, y + 19, lane.device, "end")]
    parts += _paths(
        axis, lane.planned, y + 3, _THIN, {k: paler(c, 0.35) for k, c in colours.items()}
    )
    parts += _marks(
        axis, lane.done, y + 10, _LANE - 15, colours, titled=len(lane.done) <= _MOST_TITLES
    )
    return parts


def _shaker(axis: Axis, name: str, runs: Sequence[Shaking], y: float) -> list[Markup]:
    parts = [text(LEFT - 10, y + 19, name, "end")]
    for run in runs:
        x, width = axis.x(run.start_s), axis.x(run.end_s) - axis.x(run.start_s)
        told = (
            f"{significant(run.speed_rpm)} rpm, {exact_clock(run.start_s)} to "
            f"{exact_clock(run.end_s)}"
        )
        parts.append(
            element(
                "rect", element("title", told), x=x, y=y + 10, width=max(width, 0.3),
                height=_LANE - 15, class_="shaking",
            )
        )  # fmt: skip
    if not runs:
        parts.append(text(LEFT, y + 19, "did not run", "soft"))
    return parts


def _rows(index: Index, state: RunState) -> dict[str, list[Block]]:
    """Blocks by the wells of their group, in order of the plate."""
    wells = _wells_by_group(index)
    ordered = sorted(wells.values(), key=lambda names: min(well_key(name) for name in names))
    rows: dict[str, list[Block]] = {wells_in_short(names): [] for names in ordered}
    for operation in index.plan.operations:
        ran = state.operations.get(operation.id)
        if not isinstance(operation, Transfer) or not operation.wells or ran is None:
            continue
        if ran.start_s is not None and ran.result != "skipped":
            end_s = ran.end_s if ran.end_s is not None else ran.start_s
            block = Block(ran.start_s, end_s, kind_of(operation), (operation.id,))
            rows[wells_in_short(wells[_group(operation)])].append(block)
    return rows


def _wells_by_group(index: Index) -> dict[str, list[str]]:
    """All wells that the transfers of each group concern."""
    found: dict[str, dict[str, None]] = {}
    for operation in index.plan.operations:
        if isinstance(operation, Transfer) and operation.wells:
            found.setdefault(_group(operation), {}).update(dict.fromkeys(operation.wells))
    return {group: list(wells) for group, wells in found.items()}


def _group(operation: Transfer) -> str:
    return operation.group or wells_in_short(operation.wells)


def _marks(
    axis: Axis,
    blocks: Iterable[Block],
    y: float,
    height: float,
    colours: Mapping[str, str],
    *,
    titled: bool,
) -> list[Markup]:
    if not titled:
        return _paths(axis, blocks, y, height, colours)
    return [
        element(
            "rect", element("title", _told(block)), x=axis.x(block.start_s), y=y,
            width=_width(axis, block), height=height, fill=colours[block.kind],
        )
        for block in blocks
    ]  # fmt: skip


def _paths(
    axis: Axis, blocks: Iterable[Block], y: float, height: float, colours: Mapping[str, str]
) -> list[Markup]:
    """All blocks of a kind as one path: small, but without a title for each."""
    paths: dict[str, list[str]] = {}
    for block in blocks:
        x, width = axis.x(block.start_s), _width(axis, block)
        paths.setdefault(block.kind, []).append(
            f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h{number(-width)}z"
        )
    return [element("path", d="".join(path), fill=colours[kind]) for kind, path in paths.items()]


def _late(axis: Axis, block: Block, y: float, height: float) -> Markup:
    """A frame around what was out of its bounds."""
    x, width = axis.x(block.start_s) - 2, _width(axis, block) + 4
    return element("rect", x=x, y=y - 2, width=width, height=height + 4, class_="late")


def _width(axis: Axis, block: Block) -> float:
    return max(axis.x(block.end_s) - axis.x(block.start_s), 1.2)


def _told(block: Block) -> str:
    times = f"{exact_clock(block.start_s)} to {exact_clock(block.end_s)}"
    names = block.operations[0]
    if len(block.operations) > 1:
        names = f"{counted(len(block.operations), 'operation')} from {names}"
    return f"{block.kind}: {names}, {times}"
