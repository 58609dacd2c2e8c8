"""Files of real instruments are read, or told to be what they are; cut or mixed up, they never vanish.

The files come from other projects' test data; ``make real-files`` fetches them.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from ncrobot.analysis.mass import ReadState, read_mzml
from ncrobot.analysis.optical import read_spectra

ROOT = Path(__file__).resolve().parents[2]
LISTED = YAML(typ="safe", pure=True).load((ROOT / "tests" / "data" / "real_files.yaml").read_text())
FILES = [pytest.param(each, id=Path(each["path"]).name) for each in LISTED["files"]]


def content(listed):
    place = ROOT / "build" / "real_files" / listed["sha256"]
    if not place.exists():
        pytest.skip("not here: 'make real-files' fetches it")
    return place.read_bytes()


def read(listed, data):
    name = Path(listed["path"]).name
    return read_mzml(data, name) if listed.get("kind") == "mzml" else read_spectra(data, name)


@pytest.mark.parametrize("listed", FILES)
def test_a_real_file_gives_what_it_holds(listed):
    found, gives = read(listed, content(listed)), listed["gives"]
    assert found.state.value == gives["state"], found.findings
    assert gives.get("says", "") in "; ".join(each.message for each in found.findings)
    assert (found.state is ReadState.OK) == (not found.findings)
    if "mass_spectra" in gives or "traces" in gives:
        assert len(found.spectra) == gives.get("mass_spectra", 0)
        assert len(found.traces) >= gives.get("traces", 0)
        return
    assert len(found.spectra) == gives.get("spectra", len(found.spectra))
    wells = {each.well for each in found.spectra}
    assert set(gives.get("wells", ())) <= wells
    if "range_nm" in gives:
        assert {each.spectrum.range_nm for each in found.spectra} == {
            tuple(map(float, gives["range_nm"]))
        }
    if "value" in gives:
        spectrum = found.of_well(gives["value"]["well"])[0].spectrum
        assert spectrum.at(gives["value"]["nm"]) == pytest.approx(gives["value"]["au"], abs=1e-9)
    if "saturated" in gives:
        spectrum = found.of_well(gives["saturated"]["well"])[0].spectrum
        at = np.flatnonzero(spectrum.wavelength_nm == gives["saturated"]["nm"])
        assert spectrum.saturated[at].all()


@pytest.mark.parametrize("listed", FILES)
def test_a_real_file_that_was_damaged_is_never_taken_for_a_whole_one(listed):
    data = content(listed)
    whole = read(listed, data)
    chance = random.Random(0)
    for _ in range(6):
        cut = data[: chance.randrange(len(data) // 4, len(data) - 2)]
        found = read(listed, cut)
        if found.state is ReadState.OK and whole.state is ReadState.OK:
            assert len(found.spectra) <= len(whole.spectra)
        assert found.state is ReadState.OK or found.findings
        place = chance.randrange(len(data))
        mixed = data[:place] + bytes([chance.randrange(256) for _ in range(8)]) + data[place + 8 :]
        assert read(listed, mixed).state in ReadState
