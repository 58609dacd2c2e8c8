"""However a layout is damaged, it is either sound or refused with findings that stand in the file."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.deck import Deck, read_deck
from ncrobot.errors import DeckError

FOLDER = Path(__file__).parents[2] / "deck_layouts"
LINES = {
    name: (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    for name in ("starlet_96", "ot2_96")
}
WORDS = st.sampled_from(
    [
        "0",
        "-1",
        "7",
        "1e9",
        ".nan",
        "[]",
        "{}",
        "null",
        "true",
        "x",
        "[1, 2, 3]",
        "shaker",
        "A1",
        '"',
        ":",
        "&a",
        "*a",
    ]
)


@st.composite
def damaged(draw):
    lines = list(LINES[draw(st.sampled_from(sorted(LINES)))])
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        line = lines[index]
        match draw(st.sampled_from(["delete", "repeat", "value", "cut", "swap"])):
            case "delete":
                del lines[index]
            case "repeat":
                lines.insert(index, line)
            case "value":
                places = [at for at, character in enumerate(line) if character == ":"]
                if places:
                    at = draw(st.sampled_from(places))
                    end = min(
                        (e for e in (line.find(",", at), line.find("}", at)) if e > 0),
                        default=len(line),
                    )
                    lines[index] = f"{line[: at + 1]} {draw(WORDS)}{line[end:]}"
            case "cut":
                lines[index] = line[: draw(st.integers(0, len(line)))]
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[index], lines[other] = lines[other], line
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(damaged())
def test_damaged_layout_is_sound_or_refused(text):
    layout, found = read(text)
    last = text.count("\n") + 2
    assert all(finding.file == "lab.yaml" and finding.message for finding in found)
    assert all(finding.line is None or 1 <= finding.line <= last for finding in found)
    if layout is None:
        assert found
        return
    subject = Deck(layout)
    for placed in layout.labware:
        if placed.role != "tips":
            assert subject.working_volume_ul(f"{placed.name}/A1") > 0


def read(text):
    try:
        return read_deck(text, "lab.yaml"), ()
    except DeckError as error:
        return None, error.diagnostics
