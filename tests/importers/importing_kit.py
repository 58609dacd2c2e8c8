"""Small XDL files and records, and what becomes of them on a deck."""

from __future__ import annotations

import json
from pathlib import Path

from ncrobot.errors import UserError
from ncrobot.importers import Asked, import_recipe, load_supplement
from ncrobot.importers.draft import Findings
from ncrobot.importers.ord import draft_of_record, read_reaction
from ncrobot.importers.xdl import draft_of_xdl, read_xdl
from ncrobot.protocol import read_protocol

ROOT = Path(__file__).resolve().parents[2]
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"
REAGENTS = """
    <Reagent name="gold" cas="16961-25-4" concentration="10 mM"/>
    <Reagent name="NaBH4" concentration="20 mM"/>
    <Reagent name="NaOH (0.1 M)"/>
    <Reagent name="water"/>
"""
STEPS = """
    <Add vessel="reactor" reagent="water" volume="8 mL"/>
    <Add vessel="reactor" reagent="gold" volume="1 mL"/>
    <Stir vessel="reactor" time="10 min" stir_speed="400 RPM"/>
    <Add vessel="reactor" reagent="NaBH4" volume="1 mL"/>
"""


def xdl(steps=STEPS, reagents=REAGENTS, head='<?xdl version="2.0"?>'):
    """The bytes of an XDL file."""
    return (
        f'{head}<XDL><Synthesis><Hardware><Component id="reactor" type="reactor"/></Hardware>'
        f"<Reagents>{reagents}</Reagents><Procedure>{steps}</Procedure></Synthesis></XDL>"
    ).encode()


def drafted(text, file="made.xdl"):
    """The draft of an XDL text, and its findings."""
    findings = Findings(file)
    return draft_of_xdl(read_xdl(text, file), findings), findings


def imported(tmp_path, text, *, supplement=None, deck=DECK, **asked):
    """What an XDL text becomes on a deck, and its protocol."""
    path = tmp_path / "made.xdl"
    path.write_bytes(text)
    made = import_recipe(
        path,
        lambda raw, file, findings: draft_of_xdl(read_xdl(raw, file), findings),
        Asked(deck=deck, supplement=_supplement(tmp_path, supplement), **asked),
    )
    return made, read_protocol(made.protocol).protocol


def imported_record(tmp_path, record, *, supplement=None, which=None, deck=DECK, **asked):
    """What a record becomes on a deck, and its protocol."""
    path = tmp_path / "record.json"
    path.write_text(record if isinstance(record, str) else json.dumps(record))
    made = import_recipe(
        path,
        lambda raw, file, found: draft_of_record(read_reaction(raw, file, which), file, found),
        Asked(deck=deck, supplement=_supplement(tmp_path, supplement), **asked),
    )
    return made, read_protocol(made.protocol).protocol


def refused(call, *arguments, **more):
    """What stands in the way, as texts."""
    try:
        call(*arguments, **more)
    except UserError as error:
        return [str(each) for each in error.diagnostics]
    raise AssertionError("nothing stood in the way")


def steps_of(protocol):
    """The steps as ``do`` with what they do, for comparing."""
    return [(step.do, getattr(step, "stock", None)) for step in protocol.steps]


def _supplement(tmp_path, text):
    if text is None:
        return None
    path = tmp_path / "with.yaml"
    path.write_text(f"ncrobot: supplement/1\nreagents:\n{text}")
    return load_supplement(path)
