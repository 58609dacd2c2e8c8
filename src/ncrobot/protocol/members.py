"""Libraries: the members of one, numbered or listed."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, described
from ncrobot.protocol.materials import NAME_SCHEMA, Name

MOST_MEMBERS = 10_000


def _members(raw: object) -> object:
    """Read a list of words, or a prefix with a count: ``{prefix: s, count: 96}`` is s1 to s96."""
    if not isinstance(raw, dict):
        return raw
    unknown = [key for key in raw if key not in ("prefix", "count", "first")]
    prefix, count, first = raw.get("prefix"), raw.get("count"), raw.get("first", 1)
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (count, first))
    if unknown or not isinstance(prefix, str) or not whole:
        raise FlawError(
            "numbered members have a prefix and a count",
            code="wrong-kind",
            found=described(raw),
            fix="write members: {prefix: s, count: 96}, or list the names",
        )
    if not 2 <= int(count or 0) <= MOST_MEMBERS:
        raise FlawError(
            "a library has several members, and not more than can be kept apart",
            code="out-of-range",
            at=("count",),
            found=str(count),
            allowed=f"2 to {MOST_MEMBERS}",
        )
    return tuple(f"{prefix}{number}" for number in range(int(first), int(first) + int(count or 0)))


class Library(Document):
    """The members of a library: one material at one strength, in a vessel for each member."""

    members: Annotated[
        tuple[Name, ...],
        BeforeValidator(_members),
        Field(min_length=2, max_length=MOST_MEMBERS),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "array", "items": NAME_SCHEMA, "minItems": 2},
                    {
                        "type": "object",
                        "properties": {
                            "prefix": NAME_SCHEMA,
                            "count": {"type": "integer", "minimum": 2},
                            "first": {"type": "integer"},
                        },
                        "required": ["prefix", "count"],
                        "additionalProperties": False,
                    },
                ]
            }
        ),
    ] = Field(description="names, or {prefix, count, first}: {prefix: s, count: 96} is s1 to s96")
    labware: str = Field("library", description="role of the labware in whose wells they stand")

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        for index, member in enumerate(members):
            if member.casefold() in seen:
                message = f'"{member}" is there twice'
                raise FlawError(message, code="name-collision", at=(index,), found=member)
            seen.add(member.casefold())
        return members
