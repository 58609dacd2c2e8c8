"""One figure tells of a plate: objectives, spectra and chromatograms, whatever of them there is."""

from __future__ import annotations

import pytest

from assays import assays_kit as kit
from ncrobot.assays import Results, analyse
from ncrobot.errors import LabError
from ncrobot.reports.outcomes import write_figure

WANTED = {
    "gold": {"from": {"measure": "band", "nm": 680}, "aim": "maximise", "unit": "AU"},
    "purity": {"from": {"measure": "purity", "of": "target"}, "aim": "maximise"},
}
SETTINGS = kit.settings(WANTED)


def results(*measured):
    wells = kit.wells(*(each.about for each in measured))
    return analyse(measured, wells, SETTINGS)


def optical(well, number=1):
    return kit.optical(kit.about(well, number=number, since_s=300.0 * number), (680.0, 35.0, 0.3))


def eluted(well, number=1):
    return kit.eluted(kit.about(well, number=number), [(24.2, 50.0)])


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_it_is_drawn_in_each_kind_of_file(tmp_path, suffix):
    found = results(optical("A1"), optical("A1", 2), optical("H12"), eluted("A1"), eluted("C4", 2))
    path = tmp_path / "deep" / f"plate.{suffix}"
    write_figure(found, SETTINGS.objectives, path, title="a plate", simulated=True)
    head = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(head)


def test_the_drawing_holds_each_part_once(tmp_path):
    found = results(optical("A1"), optical("B2"), eluted("A1"))
    path = tmp_path / "plate.svg"
    write_figure(found, SETTINGS.objectives, path, title="a plate", simulated=False)
    text = path.read_text()
    for words in ("gold, AU (maximise)", "purity (maximise)", "Absorbance", "Chromatograms"):
        assert text.count(f"<!-- {words}") == 1
    assert "SIMULATED" not in text


def test_what_was_not_measured_is_left_out(tmp_path):
    path = tmp_path / "plate.svg"
    write_figure(results(optical("P24")), SETTINGS.objectives, path, title="x", simulated=True)
    assert "Chromatograms" not in path.read_text()
    assert "SIMULATED" in path.read_text()
    with pytest.raises(LabError, match="nothing was measured"):
        write_figure(Results(), SETTINGS.objectives, path, title="x", simulated=False)


def test_a_kind_of_file_that_is_not_known_is_told(tmp_path):
    with pytest.raises(LabError, match="can't be written"):
        write_figure(
            results(optical("A1")),
            SETTINGS.objectives,
            tmp_path / "x.doc",
            title="x",
            simulated=False,
        )
