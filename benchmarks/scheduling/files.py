"""Instances and timetables as JSON, one task, window or block on a line; docs tell the format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, PositiveInt

from benchmarks.scheduling.instance import Instance
from ncrobot.timetable import Block, Problem, Task, Window
from ncrobot.timetable.problem import Kind

FOLDER = Path(__file__).with_name("instances")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Task(_Record):
    name: str
    duration: NonNegativeInt
    resources: tuple[str, ...] = ("arm",)
    job: str | None = None
    release: NonNegativeInt = 0
    deadline: int | None = None
    tails: tuple[NonNegativeInt, ...] = ()


class _Window(_Record):
    before: str
    after: str
    low: int
    high: int | None = None
    target: int | None = None
    kind: Kind = "order"


class _Block(_Record):
    resource: str
    start: NonNegativeInt
    length: PositiveInt


class _Instance(_Record):
    format: Literal["ncrobot-instance/1"]
    name: str
    seed: int
    tick_s: PositiveFloat
    horizon: PositiveInt
    tasks: tuple[_Task, ...]
    windows: tuple[_Window, ...]
    blocks: tuple[_Block, ...]


class _Starts(_Record):
    format: Literal["ncrobot-timetable/1"]
    instance: str
    starts: dict[str, int]


def instance_text(instance: Instance) -> str:
    """An instance as JSON; what is as usual is left out."""
    problem = instance.problem
    lists: dict[str, list[_Task] | list[_Window] | list[_Block]] = {
        "tasks": [_Task.model_validate(_fields(task)) for task in problem.tasks],
        "windows": [_Window.model_validate(_fields(window)) for window in problem.windows],
        "blocks": [_Block.model_validate(_fields(block)) for block in problem.blocks],
    }
    head = {
        "format": "ncrobot-instance/1",
        "name": problem.name,
        "seed": instance.seed,
        "tick_s": problem.tick_s,
        "horizon": instance.horizon,
    }
    parts = [f'"{key}": {json.dumps(value)}' for key, value in head.items()]
    for key, records in lists.items():
        lines = [record.model_dump_json(exclude_defaults=True) for record in records]
        parts.append(f'"{key}": [\n' + ",\n".join(lines) + "\n]")
    return "{" + ",\n".join(parts) + "}\n"


def _fields(record: Task | Window | Block) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__slots__}


def read_instance(text: str) -> Instance:
    """The instance that ``instance_text`` wrote.

    Raises:
        ValueError: it isn't of this format, or a window names a task that isn't there.
    """
    read = _Instance.model_validate_json(text)
    tasks = tuple(Task(**task.model_dump()) for task in read.tasks)
    names = {task.name for task in tasks}
    if len(names) < len(tasks):
        raise ValueError(f"{read.name}: two tasks have the same name")
    unknown = {name for w in read.windows for name in (w.before, w.after)} - names
    if unknown:
        raise ValueError(f"{read.name}: windows name tasks that aren't there: {sorted(unknown)}")
    windows = tuple(Window(**window.model_dump()) for window in read.windows)
    blocks = tuple(Block(**block.model_dump()) for block in read.blocks)
    problem = Problem(read.name, tasks, windows, blocks, read.tick_s)
    return Instance(read.seed, problem, read.horizon)


def starts_text(instance: Instance, starts: Mapping[str, int]) -> str:
    """A timetable as JSON: the start of every task, one on a line, the earliest first."""
    ordered = sorted(starts.items(), key=lambda item: (item[1], item[0]))
    lines = ",\n".join(f"{json.dumps(name)}: {start}" for name, start in ordered)
    head = f'"format": "ncrobot-timetable/1",\n"instance": {json.dumps(instance.name)}'
    return "{" + head + ',\n"starts": {\n' + lines + "\n}}\n"


def read_starts(text: str) -> dict[str, int]:
    """The starts that ``starts_text`` wrote.

    Raises:
        ValueError: it isn't of this format.
    """
    return _Starts.model_validate_json(text).starts


def path_of(instance: Instance) -> Path:
    """Where the file of an instance stands."""
    return FOLDER / f"{instance.name}.json"
