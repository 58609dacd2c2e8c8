"""Records of the Open Reaction Database in JSON or text form: what an import reads of them.

Field names follow the public schema (``reaction.proto``), in camelCase or with underscores, as
protobuf writes either. What isn't read here is ignored: the schema grows.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from ncrobot.errors import Diagnostic, ProtocolError
from ncrobot.importers.ord.text_form import TextFormError, read_pairs, shaped

_MOST_BYTES = 50_000_000
_SECONDS = {"DAY": 86400.0, "HOUR": 3600.0, "MINUTE": 60.0, "SECOND": 1.0}
_UL = {"LITER": 1e6, "MILLILITER": 1e3, "MICROLITER": 1.0, "NANOLITER": 1e-3}
_MG = {"KILOGRAM": 1e6, "GRAM": 1e3, "MILLIGRAM": 1.0, "MICROGRAM": 1e-3}
_UMOL = {"MOLE": 1e6, "MILLIMOLE": 1e3, "MICROMOLE": 1.0, "NANOMOLE": 1e-3}


class Message(BaseModel):
    """A message of the schema; unknown fields are ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=AliasGenerator(
            validation_alias=lambda name: AliasChoices(name, to_camel(name))
        ),
    )


class Quantity(Message):
    """A value in a unit of the schema."""

    value: float | None = None
    units: str = "UNSPECIFIED"

    def in_units(self, factors: dict[str, float]) -> float | None:
        """The value in the canonical unit; None: no value, or no unit of this kind."""
        factor = factors.get(self.units)
        return None if self.value is None or factor is None else self.value * factor

    @property
    def seconds(self) -> float | None:
        """Of a time."""
        return self.in_units(_SECONDS)

    @property
    def celsius(self) -> float | None:
        """Of a temperature."""
        if self.value is None:
            return None
        readings = {
            "CELSIUS": self.value,
            "KELVIN": self.value - 273.15,
            "FAHRENHEIT": (self.value - 32) / 1.8,
        }
        return readings.get(self.units)


class Amount(Message):
    """How much: a mass, moles, or a volume."""

    mass: Quantity | None = None
    moles: Quantity | None = None
    volume: Quantity | None = None
    volume_includes_solutes: bool | None = None

    @property
    def mg(self) -> float | None:
        """The mass in mg, if it is one."""
        return self.mass.in_units(_MG) if self.mass else None

    @property
    def umol(self) -> float | None:
        """The amount in µmol, if it is one."""
        return self.moles.in_units(_UMOL) if self.moles else None

    @property
    def ul(self) -> float | None:
        """The volume in µL, if it is one."""
        return self.volume.in_units(_UL) if self.volume else None


class Identifier(Message):
    """One name of a substance."""

    type: str = "UNSPECIFIED"
    value: str = ""


class Compound(Message):
    """A substance with its amount and role."""

    identifiers: tuple[Identifier, ...] = ()
    amount: Amount = Amount()
    reaction_role: str = "UNSPECIFIED"

    def named(self, *kinds: str) -> str | None:
        """The first identifier of these kinds, in their order."""
        for kind in kinds:
            for each in self.identifiers:
                if each.type == kind and each.value.strip():
                    return each.value.strip()
        return None


class Speed(Message):
    """How an input was added."""

    type: str = "UNSPECIFIED"
    details: str = ""


class Input(Message):
    """Something that was added: one substance, or a solution."""

    components: tuple[Compound, ...] = ()
    crude_components: tuple[dict[str, Any], ...] = ()
    addition_order: int = 0
    addition_time: Quantity | None = None
    addition_speed: Speed | None = None
    addition_duration: Quantity | None = None
    addition_temperature: Quantity | None = None


class Control(Message):
    """The kind of a condition, with words."""

    type: str = "UNSPECIFIED"
    details: str = ""


class Temperature(Message):
    """The temperature of a reaction."""

    control: Control | str | None = None
    setpoint: Quantity | None = None

    @property
    def kind(self) -> str:
        """The bath, as the schema names it."""
        return self.control.type if isinstance(self.control, Control) else self.control or ""


class Rate(Message):
    """How fast something is stirred."""

    type: str = "UNSPECIFIED"
    rpm: int | None = None


class Stirring(Message):
    """How something is stirred."""

    method: Control | str | None = None
    type: str = ""
    rate: Rate | None = None

    @property
    def kind(self) -> str:
        """The way of stirring, as the schema names it."""
        if isinstance(self.method, Control):
            return self.method.type
        return self.method or self.type


class Pressure(Message):
    """The pressure and the gas over a reaction."""

    control: Control | str | None = None
    atmosphere: Control | None = None

    @property
    def kind(self) -> str:
        """How the pressure is held, as the schema names it."""
        return self.control.type if isinstance(self.control, Control) else self.control or ""


class Conditions(Message):
    """The conditions of a reaction."""

    temperature: Temperature | None = None
    pressure: Pressure | None = None
    stirring: Stirring | None = None
    illumination: Control | None = None
    electrochemistry: dict[str, Any] | None = None
    flow: dict[str, Any] | None = None
    reflux: bool | None = None
    conditions_are_dynamic: bool | None = None
    details: str = ""


class Workup(Message):
    """One step after the reaction."""

    type: str = "UNSPECIFIED"
    details: str = ""
    duration: Quantity | None = None
    input: Input | None = None
    amount: Amount | None = None
    temperature: Temperature | None = None
    stirring: Stirring | None = None
    target_ph: float | None = None


class Outcome(Message):
    """What was found, and when."""

    reaction_time: Quantity | None = None


class Provenance(Message):
    """Where a record comes from."""

    doi: str = ""
    patent: str = ""
    publication_url: str = ""


class Notes(Message):
    """What else was written down."""

    procedure_details: str = ""
    safety_notes: str = ""


class Reaction(Message):
    """One record."""

    identifiers: tuple[Identifier, ...] = ()
    inputs: dict[str, Input] = {}
    conditions: Conditions = Conditions()
    notes: Notes = Notes()
    workups: tuple[Workup, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    provenance: Provenance = Provenance()
    reaction_id: str = ""


class _DataSet(Message):
    """Several records in one file."""

    reactions: tuple[Reaction, ...] = ()


def read_reaction(text: bytes, file: str | None, which: str | None = None) -> Reaction:
    """Read a record, or one out of a data set: ``which`` is its id, or its number from 1.

    Raises:
        ProtocolError: it is neither JSON nor protobuf's text form, no record, or a data set of
            which one has to be named.
    """
    if len(text) > _MOST_BYTES:
        raise _error(file, "the file is too large for a record", f"{_MOST_BYTES:,} bytes")
    raw = _parsed(text, file)
    if isinstance(raw, dict) and isinstance(raw.get("reactions"), list):
        raw = _chosen(raw["reactions"], file, which)
    if not isinstance(raw, dict) or "inputs" not in raw:
        raise _error(file, "this is no record of a reaction", "an object with inputs")
    try:
        return Reaction.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _error(file, f"the record can't be read: {first['msg']} (at {place})", None) from None


def _parsed(text: bytes, file: str | None) -> Any:
    """The text as JSON, else as protobuf writes messages in words."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    fix = "records in protobuf's binary form are written as JSON by ord-schema's message_helpers"
    allowed = "a record in JSON or in protobuf's text form"
    if text.lstrip()[:1] in (b"{", b"["):
        raise _error(file, "the file is no JSON", allowed, fix)
    try:
        pairs = read_pairs(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, TextFormError) else "its bytes are no text"
        raise _error(file, f"the file can't be read: {why}", allowed, fix) from None
    is_data_set = any(name == "reactions" for name, _ in pairs)
    return shaped(_DataSet if is_data_set else Reaction, pairs)


def _chosen(reactions: list[Any], file: str | None, which: str | None) -> Any:
    if which is None and len(reactions) == 1:
        return reactions[0]
    for number, each in enumerate(reactions, start=1):
        ids = each.get("reactionId") or each.get("reaction_id") if isinstance(each, dict) else None
        if which is not None and which in {ids, str(number)}:
            return each
    message = f"the data set holds {len(reactions)} reactions"
    raise _error(file, message, f"1 to {len(reactions)}, or an id", "name one with --reaction")


def _error(
    file: str | None, message: str, allowed: str | None, fix: str | None = None
) -> ProtocolError:
    return ProtocolError(
        Diagnostic(code="bad-record", message=message, file=file, allowed=allowed, fix=fix)
    )
