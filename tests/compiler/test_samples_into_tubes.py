"""Samples go into tubes of a rack as into the wells of a plate."""

from pathlib import Path

from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import Transfer
from ncrobot.protocol import load_protocol, read_conditions

ROOT = Path(__file__).resolve().parents[2]
VIALS = {
    "name": "vials", "definition": "opentrons_24_tuberack_nest_2ml_snapcap", "role": "samples",
    "slot": 6, "material": "polypropylene", "dead_volume_ul": 50, "max_volume_ul": 1900,
    "assumed": "a test",
}  # fmt: skip


def test_every_sample_has_a_tube_of_its_own():
    layout = load_deck(ROOT / "deck_layouts" / "ot2_96.yaml").model_dump(by_alias=True, mode="json")
    layout["labware"] = [
        VIALS if each["name"] == "sample_plate" else each for each in layout["labware"]
    ]
    protocol = ROOT / "protocols" / "au25_pmba_portions.yaml"
    table = protocol.with_suffix(".csv").read_text().splitlines()[:13]
    source = load_protocol(protocol)
    plan = compile_plan(
        source,
        read_conditions("\n".join(table), source, format="csv"),
        DeckLayout.model_validate(layout),
    )
    tubes = [
        leg.destination
        for operation in plan.operations
        if isinstance(operation, Transfer) and operation.purpose == "sample"
        for leg in operation.legs
    ]
    assert len(tubes) == len(set(tubes)) == len(plan.wells)
    assert all(each.startswith("vials/") for each in tubes)
    assert audit_plan(plan).differences == ()
