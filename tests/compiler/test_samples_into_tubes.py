"""Samples go into tubes and autosampler vials of a rack as into the wells of a plate."""

from pathlib import Path

import pytest

from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.deck.layout import DeckLayout
from ncrobot.errors import UserError
from ncrobot.lab.sample_jobs import check_trays
from ncrobot.plan import Transfer
from ncrobot.protocol import load_protocol, read_conditions
from ncrobot.samples import Instruments

ROOT = Path(__file__).resolve().parents[2]
TABLE = {
    "opentrons_24_tuberack_nest_2ml_snapcap": "polypropylene",
    "agilent_54_vialplate_2ml": "borosilicate",
    "generic_48_vialplate_2ml": "borosilicate",
}


def planned(definition):
    """A plan of a few wells whose samples go into such a rack."""
    vials = {
        "name": "vials", "definition": definition, "role": "samples", "slot": 6,
        "material": TABLE[definition], "dead_volume_ul": 50, "max_volume_ul": 1500, "assumed": "a test",
    }  # fmt: skip
    layout = load_deck(ROOT / "deck_layouts" / "ot2_96.yaml").model_dump(by_alias=True, mode="json")
    layout["labware"] = [
        vials if each["name"] == "sample_plate" else each for each in layout["labware"]
    ]
    protocol = ROOT / "protocols" / "au25_pmba_portions.yaml"
    table = protocol.with_suffix(".csv").read_text().splitlines()[:13]
    source = load_protocol(protocol)
    conditions = read_conditions("\n".join(table), source, format="csv")
    return compile_plan(source, conditions, DeckLayout.model_validate(layout))


@pytest.mark.parametrize("definition", TABLE)
def test_every_sample_has_a_tube_of_its_own(definition):
    plan = planned(definition)
    tubes = [
        leg.destination
        for operation in plan.operations
        if isinstance(operation, Transfer) and operation.purpose == "sample"
        for leg in operation.legs
    ]
    assert len(tubes) == len(set(tubes)) == len(plan.wells)
    assert all(each.startswith("vials/") for each in tubes)
    assert audit_plan(plan).differences == ()


def instruments(syntax, **tray):
    return Instruments.model_validate(
        {
            "ncrobot": "instruments/1",
            "instruments": {
                "hplc": {
                    "serves": "hplc_ms", "run": "40 min",
                    "positions": {"syntax": syntax, "trays": {"vials": {"name": "1", **tray}}},
                    "results": {"folder": "results", "kind": "mzml", "pattern": "*.mzML"},
                }
            },
        }
    )  # fmt: skip


def test_a_sampler_that_would_count_the_vials_wrongly_is_refused():
    plan = planned("agilent_54_vialplate_2ml")
    check_trays(plan, instruments("{tray}-{number}", rows=6, columns=9))
    check_trays(plan, instruments("{tray}-{row}{column}"))  # letters mean the same in any tray
    with pytest.raises(UserError, match="count the places of 'vials' wrongly"):
        check_trays(plan, instruments("{tray}-{number}"))
    with pytest.raises(UserError, match="6 rows and 9 columns"):
        check_trays(plan, instruments("{number_by_column}", rows=6, columns=8))
