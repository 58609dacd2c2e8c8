"""Tables split over plates: every row once, one value of the block a plate, sound tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.compiler_kit import changed, text_of
from ncrobot.errors import ConditionsError
from ncrobot.protocol import read_conditions, read_protocol, split_conditions

STEPS = changed()["steps"]
SOURCE = read_protocol(
    text_of(
        changed(
            parameters__speed={
                "quantity": "speed", "range": ["100 rpm", "1000 rpm"], "default": "400 rpm",
                "scope": "block",
            },
            steps=[*STEPS[:3], {"do": "stir", "speed": "$speed"}, *STEPS[4:]],
            parameters__wait=None,
        )
    )
)  # fmt: skip
ROWS = st.lists(st.sampled_from([100, 400, 700]), min_size=1, max_size=250)


@given(ROWS, st.integers(0, 5))
def test_every_row_goes_to_one_plate_and_controls_to_all(speeds, controls):
    lines = [f"r{number},,{speed}" for number, speed in enumerate(speeds)]
    lines += [f"blank{number},blank," for number in range(controls)]
    plates = split_conditions("\n".join(["name,kind,speed [rpm]", *lines, ""]), SOURCE)
    names = []
    for plate in plates:
        rows = read_conditions(plate.text, SOURCE, format="csv").rows
        assert len(rows) == plate.rows <= 96
        assert len({row.values["speed"] for row in rows}) == 1
        assert sum(row.kind == "blank" for row in rows) == controls
        made = [row for row in rows if row.kind == "synthesis"]
        assert all(row.values["speed"] == speeds[int(row.name[1:])] for row in made)
        names += [row.name for row in made]
    assert sorted(names) == sorted(f"r{number}" for number in range(len(speeds)))
    assert len({plate.name for plate in plates}) == len(plates)


def test_replicates_stay_with_their_original():
    rows = "".join(f"r{n},{100 if n % 2 else 700},\nr{n}_again,,r{n}\n" for n in range(100))
    plates = split_conditions(f"name,speed [rpm],replicate_of\n{rows}", SOURCE)
    assert [plate.rows for plate in plates] == [96, 4, 96, 4]
    for plate in plates:
        names = {row.name for row in read_conditions(plate.text, SOURCE, format="csv").rows}
        assert {name for name in names if name.endswith("again")} == {
            f"{name}_again" for name in names if not name.endswith("again")
        }


def test_a_table_without_blocks_is_split_by_its_length():
    rows = "".join(f"r{number}\n" for number in range(200))
    plates = split_conditions(f"name\n{rows}", SOURCE)
    assert [plate.rows for plate in plates] == [96, 96, 8]


@pytest.mark.parametrize(
    "text",
    [
        "name,speed [rpm]\na,5000\n",
        "name,velocity\na,1\n",
        "name,well,speed [rpm]\na,A1,100\nb,A1,100\n",
        "name,speed [rpm],replicate_of\na,100,\n" + "".join(f"b{n},,a\n" for n in range(96)),
    ],
)
def test_what_is_wrong_stays_wrong(text):
    with pytest.raises(ConditionsError):
        split_conditions(text, SOURCE)


def test_the_reader_says_how_to_split():
    with pytest.raises(ConditionsError) as caught:
        read_conditions("name,speed [rpm]\na,100\nb,400\n", SOURCE, format="csv")
    assert "ncrobot split" in caught.value.diagnostics[0].fix
