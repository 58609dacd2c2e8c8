"""From suggestions to wells: replicates, controls and references, blocks, and what was executed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.campaign_kit import campaign, small
from ncrobot.campaigns import Given, Plated, executed_values, plated
from ncrobot.deck import load_deck
from ncrobot.lab.asked_wells import delivering
from ncrobot.optimizers import Suggestion, make_optimizer
from ncrobot.optimizers.checking import Undeliverable
from ncrobot.protocol import load_protocol, read_conditions

SMALL = campaign()
SOURCE = load_protocol(SMALL.protocol)
DECK = load_deck(SMALL.deck)


def filled(of=SMALL, number: int = 1, share: float = 1.0) -> tuple[list[Suggestion], Plated]:
    layout = of.layout
    optimizer = make_optimizer("sobol", of.search, layout=layout, seed=number)
    found = optimizer.suggest(max(1, round(share * layout.capacity)))
    return found, plated(of, found, number)


@settings(max_examples=20, deadline=None)
@given(
    columns=st.integers(2, 12),
    replicates=st.integers(1, 4),
    blanks=st.integers(0, 3),
    references=st.integers(0, 4),
    number=st.integers(1, 3),
    share=st.floats(0, 1),
    block=st.booleans(),
)
def test_every_suggestion_has_its_wells_and_the_table_is_one_of_the_protocol(
    columns, replicates, blanks, references, number, share, block
):
    search = small()["search"]
    if not block:
        del search["parameters"]["portions"]["scope"]
    values = {} if not block else small()["plate"]["reference"]["values"]
    of = campaign(
        search=search,
        blank=None,
        plate={
            "columns": columns,
            "replicates": replicates,
            "controls": {"blank": blanks},
            "reference": {"wells": references, "values": values},
        },
    )
    suggestions, plate = filled(of, number, share)
    for item in suggestions:
        assert len(plate.wells_of(item.id)) == replicates
        if block:
            assert {int(well[1:]) for well in plate.wells_of(item.id)} == {item.block}
    assert len(plate.of_kind("blank")) == blanks
    assert len(plate.of_kind("reference")) == references
    wells = [seat.well for seat in plate.seats]
    assert len(wells) == len(set(wells)) <= 8 * columns
    assert max(int(well[1:]) for well in wells) <= columns
    rows = read_conditions(plate.table, SOURCE, format="csv").rows
    assert [row.well for row in rows] == wells
    by_id = {item.id: item for item in suggestions}
    for row, seat in zip(rows, plate.seats, strict=True):
        if seat.suggestion is not None:
            asked = by_id[seat.suggestion].values
            assert {name: row.values[name] for name in asked} == pytest.approx(asked)
    kinds = Counter(row.kind for row in rows)
    assert kinds["blank"] == blanks


def test_chance_decides_places_and_a_round_repeats_itself():
    suggestions, one = filled()
    assert plated(SMALL, suggestions, 1) == one
    assert plated(SMALL, suggestions, 2) != one


# What was executed.

RULES = SMALL.executed


def given_well(*, portions: int = 3, active: float = 1.0, ligand_umol: float = 2.0) -> list[Given]:
    doses = [
        Given(step="add_gold", portion=None, umol={"gold": 1.0}, at_s=0.0),
        Given(
            step="add_ligand",
            portion=None,
            umol={"pmba": ligand_umol, "sodium_hydroxide": 4.4},
            at_s=10.0,
        ),
        Given(step="add_base", portion=None, umol={"sodium_hydroxide": 5.0}, at_s=900.0),
    ]
    hydride = {"sodium_borohydride": 0.1, "sodium_hydroxide": 0.2}
    doses += [
        Given(step="reduction", portion=k + 1, umol=hydride, at_s=1000.0 + k, active=active)
        for k in range(portions)
    ]
    return doses


ASKED = Suggestion(
    id="a",
    values={
        "ligand_per_metal": 3.0,
        "base_per_metal": 9.0,
        "electrons_per_metal": 4.0,
        "portions": 8,
    },
)


def test_what_was_delivered_is_told_not_what_was_asked():
    found = executed_values(ASKED, given_well(active=0.5), RULES, SMALL.search)
    assert found == {
        "ligand_per_metal": 2.0,
        "base_per_metal": 5.0,  # only what the step for base gave
        "electrons_per_metal": pytest.approx(8 * 3 * 0.1 * 0.5),
        "portions": 3,
    }


def test_a_well_without_metal_keeps_its_ratios_as_asked():
    found = executed_values(ASKED, given_well()[1:], RULES, SMALL.search)
    assert found["ligand_per_metal"] == 3.0


def test_an_interval_runs_from_the_last_of_one_step_to_the_first_of_the_other():
    rules = campaign(
        executed={
            "base_per_metal": {"kind": "interval", "after": "add_ligand", "until": "add_base"}
        }
    ).executed
    assert executed_values(ASKED, given_well(), rules, SMALL.search)["base_per_metal"] == 890.0


# What the deck makes of it.


def test_what_the_deck_can_deliver_is_left_as_it_is():
    assert delivering(ASKED.values | {"portions": 4}, SMALL, SOURCE, DECK) == ASKED.values | {
        "portions": 4
    }


def test_what_it_cannot_is_refused_with_the_reason():
    found = delivering(
        {
            "ligand_per_metal": 8.0,
            "base_per_metal": 20.0,
            "electrons_per_metal": 16.0,
            "portions": 8,
        }
        | {"ligand_per_metal": 8.0},
        campaign(protocol=SMALL.protocol),
        _narrow(),
        DECK,
    )
    assert isinstance(found, Undeliverable)
    assert found.message


def _narrow():
    """The protocol with a well that is too small for everything at once."""
    from ncrobot.protocol import read_protocol

    text = SOURCE.text.replace("final_volume: {value: 1 mL", "final_volume: {value: 0.5 mL")
    assert text != SOURCE.text
    return read_protocol(text)
