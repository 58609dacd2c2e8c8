"""Substances that imported recipes may name without saying what they are."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pydantic import Field
from ruamel.yaml import YAML

from ncrobot.model import Document
from ncrobot.protocol import Role

_CAS = re.compile(r"\d{2,7}-\d{2}-\d")


class Known(Document):
    """A substance with its registry number, formula and usual role."""

    name: str
    formula: str
    cas: str
    role: Role
    density: float | None = Field(None, description="g/mL of the neat liquid, 25 °C")
    electrons: int | None = None
    also: tuple[str, ...] = ()


@cache
def known_substances() -> tuple[Known, ...]:
    """Every substance of the shipped list."""
    text = files("ncrobot.importers").joinpath("data/substances.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe").load(text)
    return tuple(Known.model_validate(each) for each in raw["substances"])


@cache
def _by_word() -> dict[str, Known]:
    return {
        _folded(word): each
        for each in known_substances()
        for word in (each.name, each.cas, *each.also)
    }


def find_substance(*words: str | None) -> Known | None:
    """The substance that one of these names or registry numbers means; None: it isn't listed."""
    for word in words:
        found = _by_word().get(_folded(word)) if word else None
        if found is not None:
            return found
    return None


def as_cas(text: str) -> str | None:
    """The registry number that a text is, if it is one."""
    text = text.strip()
    return text if _CAS.fullmatch(text) else None


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())
