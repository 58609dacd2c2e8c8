"""Choices: words of the table that tell which of several ways a row goes, and the steps of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic.config import JsonDict

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, described
from ncrobot.protocol.materials import Name
from ncrobot.protocol.parameters import Scope


class Choice(Document):
    """A word that a row of the table picks: which ligand, which solvent, where the acid comes."""

    of: tuple[Name, ...] = Field(min_length=2, description="the words to choose from")
    default: Name
    scope: Scope = Scope.WELL
    description: str = ""
    assumed: str | None = Field(None, description="why the words or the default were chosen")

    @property
    def default_value(self) -> str:
        """The word of a row that picks none."""
        return self.default

    @field_validator("of")
    @classmethod
    def _each_once(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        folded = [word.casefold() for word in words]
        for index, word in enumerate(folded):
            if word in folded[:index]:
                message = f'"{words[index]}" is there twice'
                raise FlawError(message, code="name-collision", at=(index,), found=words[index])
        return words

    @model_validator(mode="after")
    def _default_is_one(self) -> Choice:
        if self.default not in self.of:
            raise FlawError(
                "the default is none of the words to choose from",
                code="unknown-word",
                at=("default",),
                found=self.default,
                allowed=", ".join(self.of),
            )
        return self


def _words(raw: object) -> object:
    """Read one word, or a list of them."""
    if isinstance(raw, dict):
        return {name: (words,) if isinstance(words, str) else words for name, words in raw.items()}
    raise FlawError(
        f"only: tells for a choice which of its words are meant, not {described(raw)}",
        code="wrong-kind",
        found=described(raw),
        fix="write only: {solvent: water}, or only: {solvent: [water, ethanol]}",
    )


_WORD: JsonDict = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"}
_Words = Annotated[
    tuple[Name, ...],
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_WORD, {"type": "array", "items": _WORD, "minItems": 1}]}),
]
Only = Annotated[dict[Name, _Words], BeforeValidator(_words)]
"""Choices and the words of each for which a step is done; none: always."""


def acts(only: Mapping[str, tuple[str, ...]], chosen: Mapping[str, str]) -> bool:
    """Whether a step is done in a row that chose these words."""
    return all(chosen.get(name) in words for name, words in only.items())


def never_together(
    one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]
) -> bool:
    """Whether no row can do both of two steps."""
    return any(not set(words) & set(other[name]) for name, words in one.items() if name in other)
