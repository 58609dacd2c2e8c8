"""Names: which ones are taken by the language, and which ones are too alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ncrobot.protocol._parts import Parts
from ncrobot.protocol._table import ROW_COLUMNS, SYNTHESIS
from ncrobot.protocol._walk import child, child_names

# In a step's `per`: all metal atoms of the well together.
METAL = "metal"
# In a step's `per`: all clusters of the well together, in moles.
CLUSTER = "cluster"

_RESERVED: Mapping[str, Mapping[str, str]] = {
    "parameters": dict.fromkeys(ROW_COLUMNS, "is a column that every conditions table may have"),
    "choices": dict.fromkeys(ROW_COLUMNS, "is a column that every conditions table may have"),
    "controls": {SYNTHESIS: "is the kind of the rows that leave nothing out"},
    "materials": {
        METAL: "stands for all metal atoms together in a step's per",
        CLUSTER: "stands for all clusters together in a step's per",
    },
}


def check_names(parts: Parts) -> None:
    """Report reserved names and names that differ only in capital and small letters."""
    groups: dict[str, Iterable[str]] = {
        "materials": parts.materials,
        "stocks": parts.stocks,
        "parameters": parts.parameters,
        "choices": parts.choices,
        "controls": parts.controls,
    }
    for group, names in groups.items():
        _check_group(parts, group, names)
    _check_inputs(parts)
    _check_step_fields(parts)


def _check_inputs(parts: Parts) -> None:
    """Report a choice with the name of a parameter: both are columns of the table."""
    parameters = {name.casefold(): name for name in parts.parameters}
    for name in parts.choices:
        if name.casefold() in parameters:
            parts.error(
                ("choices", name),
                "name-collision",
                f'there is a parameter "{parameters[name.casefold()]}" as well, and both are '
                "columns of the table",
                on_key=True,
                fix="choose another name",
            )


def _check_step_fields(parts: Parts) -> None:
    """Report a field that is only called so in Python: the models accept both spellings."""
    steps = child(parts.tree.data, "steps")
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        for name in child_names(step, ()):
            if name.endswith("_"):
                parts.error(
                    ("steps", index, name),
                    "unknown-field",
                    f'"{name}" is not a field of {parts.label(("steps", index))}',
                    on_key=True,
                    fix=f"did you mean '{name.rstrip('_')}'?",
                )


def _check_group(parts: Parts, group: str, names: Iterable[str]) -> None:
    reserved = _RESERVED.get(group, {})
    first: dict[str, str] = {}
    for name in names:
        if name.casefold() in reserved:
            parts.error(
                (group, name),
                "reserved-name",
                f'{parts.label((group, name))} cannot have this name: "{name.casefold()}" '
                f"{reserved[name.casefold()]}",
                on_key=True,
                fix="choose another name",
            )
        earlier = first.setdefault(name.casefold(), name)
        if earlier != name:
            parts.error(
                (group, name),
                "name-collision",
                f'"{name}" and "{earlier}" differ only in capital and small letters',
                on_key=True,
                fix="choose names that differ in letters",
            )
