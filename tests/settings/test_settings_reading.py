"""Settings files: every mistake at its line, with the field and what would mend it."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from ncrobot.errors import LabError
from ncrobot.model import Document
from ncrobot.settings import (
    EnvironmentName,
    FlawsError,
    Seconds,
    TimeOfDay,
    Word,
    Zone,
    load_settings,
    read_settings,
)


class Cat(Document):
    kind: Literal["cat"]
    sleeps_s: Seconds = Field(alias="sleeps")


class Dog(Document):
    kind: Literal["dog"]
    secret_from: EnvironmentName | None = None


class House(Document):
    zone: Zone = "UTC"
    opens: TimeOfDay = time(8)
    rooms: int = Field(3, ge=1)
    pets: dict[Word, Annotated[Cat | Dog, Field(discriminator="kind")]] = Field(
        default_factory=dict
    )
    guests: tuple[Dog, ...] = ()


def findings(text: str):
    with pytest.raises(LabError) as caught:
        read_settings(House, text, "house.yaml")
    return caught.value.diagnostics


def test_a_sound_file_becomes_its_model():
    read = read_settings(
        House, 'opens: "07:30"\nzone: Europe/Zurich\npets: {tom: {kind: cat, sleeps: 1 h 30 min}}\n'
    )
    assert read.settings.pets["tom"] == Cat(kind="cat", sleeps="90 min")
    assert read.settings.pets["tom"].sleeps_s == 5400
    assert read.settings.opens == time(7, 30)
    assert House.model_validate(read.settings.model_dump(by_alias=True)) == read.settings


@pytest.mark.parametrize(
    ("text", "line", "quantity", "code", "words"),
    [
        ("rooms: 2\nroms: 3\n", 2, "roms", "unknown-field", "rooms"),
        ("pets:\n  tom:\n    kind: cat\n", 2, "pets.tom", "missing-field", "sleeps"),
        ("pets:\n  tom: {kind: cow}\n", 2, "pets.tom.kind", "unknown-word", "cat or dog"),
        ("pets:\n  tom: {}\n", 2, "pets.tom", "missing-field", "kind"),
        ("pets:\n  Tom: {kind: dog}\n", 2, "pets.Tom", "bad-name", "rename"),
        ("pets:\n  rex:\n    kind: dog\n    secret: x\n", 4, "pets.rex.secret", "unknown-field", "secret_from"),
        ("pets:\n  rex: {kind: dog, secret_from: a b}\n", 2, "pets.rex.secret_from", "bad-name", "rename"),
        ("guests:\n- {kind: dog}\n- {kind: dog, x: 1}\n", 3, "guests.1.x", "unknown-field", "delete"),
        ("pets:\n  tom: {kind: cat, sleeps: 10}\n", 2, "pets.tom.sleeps", "wrong-kind", "10 min"),
        ("pets:\n  tom: {kind: cat, sleeps: 10 mL}\n", 2, "pets.tom.sleeps", "wrong-dimension", "volume"),
        ("opens: 24:00\n", 1, "opens", "bad-time", "22:00"),
        ("rooms: 2\nzone: Mars/Olympus\n", 2, "zone", "bad-zone", "Europe/Zurich"),
        ("rooms: 0\n", 1, "rooms", "bad-value", "greater than or equal to 1"),
        ("rooms: 1\nrooms: 2\n", 2, None, "duplicate-key", "twice"),
        ("rooms: [1\n", 2, None, "yaml-syntax", "]"),
        ("- rooms\n", None, None, "no-settings", "name: value"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_place(text, line, quantity, code, words):
    (found,) = findings(text)
    assert (found.line, found.quantity, found.code) == (line, quantity, code)
    assert words in str(found)
    assert found.file == "house.yaml"


def test_all_mistakes_are_told_at_once():
    assert [f.line for f in findings("zone: x\nopens: y\nrooms: z\n")] == [1, 2, 3]


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    try:
        read_settings(House, text)
    except LabError as error:
        assert all(found.message for found in error.diagnostics)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(LabError, match="no such file"):
        load_settings(House, tmp_path / "house.yaml")


def test_flaws_are_value_errors_so_that_pydantic_collects_them():
    assert issubclass(FlawsError, ValueError)
