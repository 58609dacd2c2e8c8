"""A plate of acetic acid on a deck with a pump for base, a probe beside its outlet, and a shaker."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from compiler.compiler_kit import changed, plan_for
from ncrobot.chemistry import BufferComponent, ph_of
from ncrobot.deck import DeckLayout

ROOT = Path(__file__).resolve().parents[2]
WELLS = {"A1": 4.0, "B1": 4.5, "C1": 5.0, "D1": 5.5}
MOST_UL = 150.0
TOLERANCE_PH = 0.1
ACETIC_UMOL = 10.0


def steering_layout(pump=None, **probe):
    """The shipped deck with a pump, which holds base, and a probe that is a bit off."""
    told = YAML(typ="safe", pure=True).load(ROOT / "deck_layouts" / "ot2_96_pump.yaml")
    told["arm"]["driver"] = "sim.liquid_handler"
    of_hydride = told["devices"].pop("hydride_pump")
    told["devices"]["base_pump"] = {
        **of_hydride, "stock": "base", "dispense_ul_per_s": 20, "dose_ul": 1.0, **(pump or {}),
    }  # fmt: skip
    told["devices"]["probe"] = {
        "kind": "ph_probe", "driver": "atlas.ezo_ph", "beside": "base_pump", "read_s": 1.0,
        "rinse": "water_trough/A1",
        "options": {"noise_ph": 0.02, "drift_ph_per_h": 0.03, "offset_ph": 0.03}, **probe,
    }  # fmt: skip
    for labware in told["labware"]:
        if "holds" in labware:
            labware["holds"] = {"A1": "base"}
    return DeckLayout.model_validate(told)


def steering_protocol(**steered):
    """Acetic acid that is brought to the pH of each row."""
    document = changed()
    document["materials"] = {
        "acetic": {"name": "acetic acid", "role": "acid", "formula": "C2H4O2", "acidic_pka": [4.76]},
        "base": document["materials"]["base"],
        "water": document["materials"]["water"],
    }  # fmt: skip
    document["stocks"] = {
        "water": {"of": "water", "neat": True},
        "acetic": {"of": "acetic", "concentration": "100 mM", "solvent": "water"},
        "base": {"of": "base", "concentration": "100 mM", "solvent": "water"},
    }
    document["controls"] = {}
    document["parameters"] = {"ph": {"quantity": "ph", "range": [3, 10], "default": 5}}
    document["steps"] = [
        {"do": "add", "id": "fill", "stock": "water", "volume": "500 uL"},
        {"do": "add", "id": "acid_in", "stock": "acetic", "amount": f"{ACETIC_UMOL} umol"},
        {
            "do": "adjust_ph", "id": "sweet", "stock": "base", "to": "$ph",
            "max_volume": f"{MOST_UL} uL",
            "steered": {
                "within": TOLERANCE_PH, "doses": 12, "wait": "10 s", "mix_speed": "500 rpm",
                "mix_for": "10 s", **steered,
            },
        },
    ]  # fmt: skip
    return document


def steered_plan(pump=None, steered=None):
    """The plan of the plate."""
    table = "name,ph\n" + "".join(f"x{well},{ph}\n" for well, ph in WELLS.items())
    return plan_for(steering_protocol(**(steered or {})), table, steering_layout(pump))


def true_ph(world, well):
    """The pH of a well by the core's own charge balance, from what the world holds."""
    place = f"reaction_plate/{well}"
    umol, volume_ul = world.umol(place), world.volume_ul(place)
    return ph_of([BufferComponent(umol["acetic"], (4.76,))], umol.get("base", 0.0), volume_ul)
