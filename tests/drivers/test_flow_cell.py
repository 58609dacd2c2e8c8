"""A flow cell draws each sample once, writes raw counts, and tells what it lacks.

The library is a stand-in with the methods of seabreeze that are used; commands are a script that
moves the state of a make-believe cell.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from ncrobot.analysis.optical import read_spectra
from ncrobot.errors import LabError
from ncrobot.samples import (
    Collector,
    InstrumentSettings,
    JobState,
    Submitter,
    link_to,
)
from ncrobot_drivers.ocean.flow_cell import FlowCell
from samples import samples_kit as kit

WAVES = np.linspace(200.0, 850.0, 500)
MOVE = """
import pathlib, sys
state = pathlib.Path(sys.argv[1])
with (state / "log").open("a") as log:
    log.write(" ".join(sys.argv[2:]) + "\\n")
word, *rest = sys.argv[2:]
if (state / "break").exists() and word == "draw":
    print("the pump is stuck", file=sys.stderr)
    sys.exit(1)
if word == "draw":
    (state / "cell").write_text(rest[0])
if word == "rinse":
    (state / "cell").write_text("")
if word == "lamp":
    (state / "lamp").write_text(rest[0])
"""


class StandIn:
    """A spectrometer that looks at the make-believe cell."""

    serial_number = "FLMS00001"
    max_intensity = 65535.0
    state: Path
    opened = 0

    @classmethod
    def from_first_available(cls):
        cls.opened += 1
        return cls()

    @classmethod
    def from_serial_number(cls, serial):
        raise RuntimeError(f"no device {serial}")

    def integration_time_micros(self, micros):
        assert micros == 10_000

    def wavelengths(self):
        return WAVES

    def intensities(self):
        dark = np.full(WAVES.size, 1000.0)
        if (self.state / "lamp").read_text() == "off":
            return dark
        lamp = 50_000.0 * np.exp(-0.5 * ((WAVES - 550.0) / 180.0) ** 2)
        return dark + lamp * 10.0 ** -self.absorbed((self.state / "cell").read_text())

    @staticmethod
    def absorbed(cell):
        height = {"": 0.0, "A1": 0.5, "B1": 1.0, "C1": 6.0}[cell.rpartition("/")[2]]
        return height * np.exp(-0.5 * ((WAVES - 680.0) / 30.0) ** 2)

    def close(self):
        pass


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """The folder, and settings of the instrument."""
    (tmp_path / "cell").write_text("")
    (tmp_path / "lamp").write_text("on")
    (tmp_path / "move.py").write_text(MOVE)
    StandIn.state, StandIn.opened = tmp_path, 0
    module = types.ModuleType("seabreeze.spectrometers")
    module.Spectrometer = StandIn
    monkeypatch.setitem(sys.modules, "seabreeze", types.ModuleType("seabreeze"))
    monkeypatch.setitem(sys.modules, "seabreeze.spectrometers", module)
    move = f"{sys.executable} {tmp_path / 'move.py'} {tmp_path}"
    told = {
        "serves": "uvvis", "run": "2 min", "plugin": "ocean.flow_cell",
        "options": {
            "fill": f"{move} draw {{position}}", "rinse": f"{move} rinse", "lamp": f"{move} lamp {{state}}",
            "settle_s": 0.0, "averages": 2.0, "reference_every": 2.0,
        },
        "results": {"folder": str(tmp_path / "results"), "kind": "spectra", "quiet": "0 s"},
    }  # fmt: skip
    return tmp_path, InstrumentSettings.model_validate(told)


def sent(folder, settings, wells):
    record = kit.record(folder)
    jobs = [kit.job(kit.sample(well, serves="uvvis"), "cell") for well in wells]
    record.queue(jobs, "a test")
    Submitter(record, "cell", settings).submit("a test")
    return record, jobs


def test_every_sample_is_drawn_once_measured_and_comes_home(cell):
    folder, settings = cell
    record, jobs = sent(folder, settings, ("A1", "B1", "C1"))
    link = link_to("cell", settings)
    assert link.measure(lambda _: None) == 3
    found = Collector(record, kit.store(folder), "cell", settings).collect("a test")
    assert len(found.assigned) == 3
    heights = {}
    for job in jobs:
        done = record.job(job.id)
        assert done.state is JobState.MEASURED
        spectrum = read_spectra(kit.store(folder).get(done.file)).spectra[0].spectrum
        heights[job.well] = spectrum
    assert heights["A1"].at(680.0) == pytest.approx(0.5, abs=0.01)
    assert heights["B1"].at(680.0) == pytest.approx(1.0, abs=0.01)
    assert heights["A1"].at(450.0) == pytest.approx(0.0, abs=0.01)
    dark_band = np.abs(WAVES - 680.0) < 10.0
    assert heights["C1"].saturated[dark_band].all()  # six AU leave no light
    log = (folder / "log").read_text().splitlines()
    assert [line for line in log if "draw" in line] == [
        f"draw sample_plate/{w}" for w in ("A1", "B1", "C1")
    ]
    assert log.count("lamp off") == 2  # a new reference after two
    assert link.measure(lambda _: None) == 0
    assert StandIn.opened == 1


def test_what_was_begun_is_never_drawn_again(cell):
    folder, settings = cell
    record, jobs = sent(folder, settings, ("A1", "B1"))
    (folder / "break").touch()
    link = link_to("cell", settings)
    with pytest.raises(LabError, match="the pump is stuck"):
        link.measure(lambda _: None)
    (folder / "break").unlink()
    told = []
    assert link_to("cell", settings).measure(told.append) == 1
    assert any("was begun and has no spectrum" in line for line in told)
    assert [line for line in (folder / "log").read_text().splitlines() if "draw" in line].count(
        "draw sample_plate/A1"
    ) == 1
    Collector(record, kit.store(folder), "cell", settings).collect("a test")
    assert [record.job(job.id).state for job in jobs] == [JobState.SUBMITTED, JobState.MEASURED]
    record.move(jobs[0].id, JobState.FAILED, by="a test")
    record.retry(jobs[0].id, "a test")
    Submitter(record, "cell", settings).submit("a test")
    assert link_to("cell", settings).measure(told.append) == 1  # as a new job, on somebody's word


def test_without_the_library_the_extra_is_named(cell, monkeypatch):
    folder, settings = cell
    sent(folder, settings, ("A1",))
    monkeypatch.setitem(sys.modules, "seabreeze.spectrometers", None)
    with pytest.raises(LabError, match="seabreeze, which isn't installed") as refused:
        link_to("cell", settings).measure(lambda _: None)
    assert "ncrobot[seabreeze]" in refused.value.diagnostics[0].fix
    assert not list((folder / "results").glob("*.begun"))


def test_a_spectrometer_that_is_not_there_is_told(cell):
    folder, settings = cell
    options = {**settings.options, "serial": "X1"}
    sent(folder, settings, ("A1",))
    with pytest.raises(LabError, match="X1 doesn't answer: RuntimeError: no device X1"):
        link_to("cell", settings.model_copy(update={"options": options})).measure(lambda _: None)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"fill": None}, "fill"), ({"averages": 0}, "averages"), ({"speed": 3}, "speed")],
)
def test_wrong_options_are_told(tmp_path, change, word):
    options = {
        "folder": str(tmp_path),
        "fill": "a {position}",
        "rinse": "b",
        "lamp": "c {state}",
        **change,
    }
    options = {key: value for key, value in options.items() if value is not None}
    with pytest.raises(LabError, match=word):
        FlowCell("cell", options)
