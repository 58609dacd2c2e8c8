"""What checks the documentation finds what is wrong with it."""

from __future__ import annotations

import pytest

from docs.docs_kit import base_protocol, completed, missing_from, shown, slug

OUTPUT = """simulated run 20261121-013457-43d7 succeeded: 96 wells ok
report: runs/20261121-013457-43d7.html
"""


@pytest.mark.parametrize(
    ("documented", "missing"),
    [
        ("simulated run 20250101-000000-0000 succeeded: 12 wells ok", None),
        ("simulated run 20261121-013457-43d7 succeeded:\n  96 wells ok", None),
        ("simulated ... report: runs/20261121-013457-43d7.html", None),
        ("simulated run 20261121-013457-43d7 failed", "simulated run RUN failed"),
        ("report: ... simulated", "simulated"),
        ("report: elsewhere", "report: elsewhere"),
    ],
)
def test_output_is_compared_but_for_figures(documented, missing):
    assert missing_from(documented, OUTPUT) == missing


def test_commands_are_told_from_their_output():
    text = "$ ncrobot plan a \\\n    -o b  # makes b\nb: done\n$ echo $?\n0\n"
    assert [(item.command, item.output) for item in shown(text)] == [
        ("ncrobot plan a -o b", "b: done"),
        ("echo $?", "0"),
    ]


def test_anchors_are_those_of_the_site():
    assert slug("How much: doses") == "how-much-doses"
    assert slug("adjust_ph") == "adjust_ph"
    assert slug("`run` and [a link](x.md)") == "run-and-a-link"


def test_a_snippet_replaces_steps_of_the_same_name_and_keeps_the_rest():
    fill = {"do": "add", "id": "fill", "stock": "water", "volume": "500 uL"}
    hold = {"do": "hold", "for": "5 min"}
    document = completed([hold, fill])
    assert document["steps"] == [fill, base_protocol()["steps"][1], hold]
    with pytest.raises(AssertionError, match="no part"):
        completed({"stepz": []})
