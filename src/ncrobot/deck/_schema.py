"""What the document model finds wrong, told as diagnostics in the words of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ncrobot.deck._source import Path, Source
from ncrobot.deck.layout import (
    Arm,
    ArmTimes,
    Balance,
    Carrier,
    DeckLayout,
    Gas,
    Head,
    Instrument,
    PhProbe,
    Placed,
    Reader,
    Shaker,
    StopButton,
    SyringePump,
    TemperatureBlock,
    TipType,
)
from ncrobot.errors import Diagnostic, nearest_word

_DEVICES: Mapping[str, type[BaseModel]] = {
    "shaker": Shaker,
    "temperature_block": TemperatureBlock,
    "reader": Reader,
    "syringe_pump": SyringePump,
    "gas": Gas,
    "ph_probe": PhProbe,
    "stop_button": StopButton,
    "balance": Balance,
}
# The innermost first.
_MODELS: tuple[tuple[Path, type[BaseModel]], ...] = (
    (("arm", "times"), ArmTimes),
    (("arm", "tips"), TipType),
    (("arm", "heads"), Head),
    (("arm",), Arm),
    (("carriers",), Carrier),
    (("labware",), Placed),
)


def schema_diagnostics(error: ValidationError, source: Source) -> tuple[Diagnostic, ...]:
    """One diagnostic for each thing that the model refuses."""
    return tuple(_diagnostic(details, source) for details in error.errors(include_url=False))


def _diagnostic(details: ErrorDetails, source: Source) -> Diagnostic:
    path = _path(details["loc"])
    code, message, found, allowed, fix = _explained(details, path)
    place = source.place(path)
    return Diagnostic(
        code=code,
        message=message,
        file=source.file,
        line=place[0],
        column=place[1],
        quantity=".".join(str(part) for part in path) or None,
        found=found,
        allowed=allowed,
        fix=fix,
    )


def _path(location: tuple[int | str, ...]) -> Path:
    """The path in the file: without the device kind and the marks that pydantic puts in."""
    path = tuple(part for part in location if part != "[key]")
    if len(path) > 2 and path[0] == "devices" and path[2] in _DEVICES:
        return (*path[:2], *path[3:])
    return path


def _model(location: tuple[int | str, ...]) -> type[BaseModel]:
    """The model whose field is at the end of this location."""
    parents = location[:-1]
    for start, model in _MODELS:
        if parents[: len(start)] == start:
            return model
    if len(parents) == 2 and parents[0] == "instruments":
        return Instrument
    if len(parents) > 2 and parents[0] == "devices":
        return _DEVICES.get(str(parents[2]), DeckLayout)
    return DeckLayout


_Explained = tuple[str, str, str | None, str | None, str | None]


def _explained(details: ErrorDetails, path: Path) -> _Explained:
    """Code, message, found, allowed and fix of one refusal."""
    kind, context, given = details["type"], details.get("ctx", {}), details["input"]
    field = str(path[-1]) if path else "the document"
    if kind == "missing":
        described = _model(details["loc"]).model_fields[field].description
        fix = f"add {field}: {described}" if described else f"add {field}"
        return "missing-field", f"{field!r} is missing", None, None, fix
    if kind == "extra_forbidden":
        known = tuple(_model(details["loc"]).model_fields)
        nearest = nearest_word(field, known)
        fix = f"did you mean {nearest!r}?" if nearest else "delete it"
        return "unknown-field", f"{field!r} is no field here", field, ", ".join(known), fix
    if kind in {"literal_error", "union_tag_invalid"}:
        return _not_one_of(field, given, context)
    if kind == "union_tag_not_found":
        kinds = ", ".join(_DEVICES)
        return "missing-field", f"device {field!r} doesn't say its kind", None, kinds, "add kind"
    if kind == "string_pattern_mismatch":
        message = f"{field} must be a word in small letters, digits and underscores"
        return "bad-name", message, str(given), str(context["pattern"]), "rename it"
    return "bad-value", f"{field}: {details['msg']}", _shown(given), None, None


def _not_one_of(field: str, given: Any, context: Mapping[str, Any]) -> _Explained:
    # pydantic writes the allowed words as: 'a', 'b' or 'c'
    expected = str(context.get("expected") or context.get("expected_tags", ""))
    known = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
    word = str(context.get("tag", given))
    nearest = nearest_word(word, known)
    fix = f"did you mean {nearest!r}?" if nearest else None
    if field == "robot" and word == "tecan.evo":
        fix = "write tecan.evo100, tecan.evo150 or tecan.evo200, by the width of its deck"
    if "tag" in context:
        field = f"the kind of {field}"
    return "unknown-word", f"{field} can't be {word!r}", word, ", ".join(known), fix


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
