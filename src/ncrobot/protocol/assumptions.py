"""Everything that a protocol assumes, so that no report can leave it out."""

from __future__ import annotations

from ncrobot.protocol._tree import Path
from ncrobot.protocol._walk import dotted, givens
from ncrobot.protocol.source import ProtocolSource, step_ids


def assumptions_of(source: ProtocolSource) -> tuple[str, ...]:
    """Return each assumption with its path, value, line and reason, in the order of the file."""
    protocol = source.protocol
    found: list[tuple[int, str]] = []
    for path, given in givens(protocol):
        if given.assumed is not None:
            found.append(_told(source, path, str(given), given.assumed))
    for name, parameter in protocol.parameters.items():
        if parameter.assumed is not None:
            default = parameter.default
            value = f"{default:g}" if isinstance(default, float) else default
            text = f"{value} (range {parameter.allowed})"
            found.append(_told(source, ("parameters", name), text, parameter.assumed))
    for name, choice in protocol.choices.items():
        if choice.assumed is not None:
            text = f"{choice.default} (of {', '.join(choice.of)})"
            found.append(_told(source, ("choices", name), text, choice.assumed))
    for index, text in enumerate(protocol.assumptions):
        line = source.line_of("assumptions", index)
        found.append((line or 0, f"line {line}: {text}" if line else text))
    return tuple(text for _, text in sorted(found, key=lambda item: item[0]))


def _told(source: ProtocolSource, path: Path, value: str, reason: str) -> tuple[int, str]:
    line = source.line_of(*path)
    where = f" (line {line})" if line else ""
    if path[0] == "steps" and isinstance(path[1], int):
        path = ("steps", step_ids(source.protocol)[path[1]], *path[2:])
    return line or 0, f"{dotted(path)} = {value}{where}: {reason}"
