"""Objectives in protocols: each names what is expected and a step that takes samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.errors import ProtocolError
from ncrobot.protocol import read_protocol

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "protocols" / "exchange" / "au24pt_one_step.yaml").read_text()
TARGET = "of: Au24Pt(TBBT)12(PDT)3"


def findings(text):
    with pytest.raises(ProtocolError) as refused:
        read_protocol(text, "p.yaml")
    return refused.value.diagnostics


def test_they_are_read_with_unit_and_direction():
    wanted = read_protocol(TEXT).protocol.objectives
    assert set(wanted) == {"yield_proxy", "purity", "selectivity", "split_band"}
    assert wanted["yield_proxy"].unit == "mAU min"
    assert {each.aim for each in wanted.values()} == {"maximise"}
    assert wanted["purity"].range == (0.0, 1.0)


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("{measure: purity, of: Au24Pt(TBBT)12(PDT)3}", "{measure: purity, of: Au24Pt(TBBT)12(PTD)3}", "PTD"),
        ("step: followed\n    aim: maximise\n    range", "step: start\n    aim: maximise\n    range", "'start'"),
        ("measure: purity", "measure: purty", "purty"),
        ("aim: maximise\n    range: [0, 1]", "aim: target\n    range: [0, 1]", "target"),
        ("range: [0, 1]", "range: [1, 0]", "width"),
        ("to: [Au24Pt(TBBT)18]", "to: [nothing]", "nothing"),
    ],
)  # fmt: skip
def test_what_can_not_be_measured_is_told_at_its_line(before, after, word):
    assert before in TEXT
    found = findings(TEXT.replace(before, after, 1))
    assert any(word in f"{each.message} {each.found}" for each in found)
    first, last = (
        TEXT.count("\n", 0, TEXT.index("objectives:")),
        TEXT.count("\n", 0, TEXT.index("materials:")),
    )
    assert all(first < each.line <= last for each in found)


def test_an_ion_is_named_with_its_charge():
    text = (ROOT / "protocols" / "silver" / "mag24_dmbt.yaml").read_text()
    ions = [name for each in read_protocol(text).protocol.expected for name in each.ion_names()]
    assert ions == ["[PtAg24(DMBT)18]2-", "[PdAg24(DMBT)18]2-", "[Ag25(DMBT)18]-"]
    wanted = "objectives:\n  pt: {from: {measure: ion_share, of: '[PtAg24(DMBT)18]2-'}, aim: maximise}\nmaterials:\n"
    assert read_protocol(text.replace("materials:\n", wanted, 1)).protocol.objectives
    found = findings(text.replace("materials:\n", wanted.replace("]2-", "]3-"), 1))
    assert found[0].fix == "did you mean '[PtAg24(DMBT)18]2-'?"
