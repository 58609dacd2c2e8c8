"""The script around allotropy, as a converter: with a stand-in for the library, in a process of its own.

The stand-in returns documents of the shape that the library's own examples have: a data cube for a
spectrum, single figures for single wavelengths.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from ncrobot.analysis.optical import read_spectra
from ncrobot.samples import RawStore
from ncrobot.samples.converting import Conversions
from ncrobot.samples.instruments import Converter
from samples import samples_kit as kit

SCRIPT = (
    Path(__file__).resolve().parents[2] / "instruments" / "converters" / "allotropy_absorbance.py"
)
LIBRARY = """
import json
def allotrope_from_file(path, vendor):
    assert vendor == "gen5"
    return json.loads(open(path).read())
"""
WAVES = [300.0, 310.0, 320.0, 330.0, 340.0]


def cube(well, values):
    return {
        "absorption spectrum data cube": {
            "label": "absorption spectrum",
            "data": {"dimensions": [WAVES], "measures": [values]},
        },
        "sample document": {"location identifier": well, "sample identifier": "x"},
    }


def point(well, nm, value):
    setting = {"device type": "plate reader", "detector wavelength setting": {"value": nm}}
    return {
        "absorbance": {"value": value, "unit": "mAU"},
        "device control aggregate document": {"device control document": [setting]},
        "sample document": {"location identifier": well},
    }


def document(*measurements):
    inner = [
        {"measurement aggregate document": {"measurement document": [each]}}
        for each in measurements
    ]
    return {"plate reader aggregate document": {"plate reader document": inner}}


@pytest.fixture
def convert(tmp_path, monkeypatch):
    library = tmp_path / "library" / "allotropy"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("")
    (library / "to_allotrope.py").write_text(LIBRARY)
    (library / "parser_factory.py").write_text("Vendor = {'AGILENT_GEN5': 'gen5'}\n")
    monkeypatch.setenv("PYTHONPATH", str(library.parent))
    command = (sys.executable, str(SCRIPT), "AGILENT_GEN5", "{input}", "{output}")
    converter = Converter(command=command, timeout="1 min")
    store = RawStore(tmp_path / "raw")
    record = kit.record(tmp_path)

    def run(told):
        raw = store.put(json.dumps(told).encode())
        made = Conversions(record, store).make(raw, "plate.txt", converter, "a test")
        return made, store.get(made.made) if made.made else b""

    return run


def test_spectra_come_through(convert):
    made, data = convert(
        document(cube("A1", [0.1, 0.2, 0.4, 0.2, 0.1]), cube("H12", [0.3, 0.2, 0.1, 0.0, 0.5]))
    )
    assert made.name == "plate.csv"
    found = read_spectra(data, made.name)
    assert found.is_whole
    assert {each.well for each in found.spectra} == {"A1", "H12"}
    np.testing.assert_allclose(
        found.of_well("A1")[0].spectrum.absorbance, [0.1, 0.2, 0.4, 0.2, 0.1]
    )


def test_single_wavelengths_come_through_and_no_figure_is_no_zero(convert):
    told = document(
        *(point("B2", nm, None if nm == 320.0 else 0.5) for nm in WAVES), {"fluorescence": 3.0}
    )
    found = read_spectra(convert(told)[1], "plate.csv")
    (only,) = found.spectra
    assert only.well == "B2"
    assert only.spectrum.saturated.tolist() == [False, False, True, False, False]


def test_a_spectrometer_without_wells_is_told_by_its_samples(convert):
    told = cube("", [0.1, 0.2, 0.4, 0.2, 0.1])
    told["sample document"] = {"sample identifier": "9QZW1R0KCH8"}
    (only,) = read_spectra(convert(document(told))[1], "scan.csv").spectra
    assert (only.well, only.label) == (None, "9QZW1R0KCH8")
    made, _ = convert(document({**told, "sample document": {}}))
    assert "doesn't tell its well" in made.reason


def test_a_document_without_absorbance_is_told(convert):
    made, _ = convert(
        document({"fluorescence": {"value": 3.0}, "sample document": {"location identifier": "A1"}})
    )
    assert made.made is None
    assert "no absorbance is in this file" in made.reason
