"""Simulated instruments take their time, remember what they have in hand, and write real files."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from ncrobot.analysis.mass import ReadState, read_mzml
from ncrobot.analysis.optical import read_spectra
from ncrobot.samples import identity, read_template, write_worklist
from ncrobot_sim.instruments import MassScan, Run, Scan, SimulatedHplcMs, SimulatedUvVis, mzml
from samples import samples_kit as kit

KINDS = {"sample": "Unknown"}


def respond(line):
    minutes = np.linspace(0.0, 40.0, 401)
    mz = np.linspace(1600.0, 1610.0, 200)
    peak = np.exp(-0.5 * ((minutes - 24.2) / 0.2) ** 2)
    return Run(minutes, 100.0 * peak, (MassScan(24.2, mz, mz * 10.0), MassScan(24.3, mz, mz)))


def dropped(folder, software, names):
    (folder / "drop").mkdir(exist_ok=True)
    template = read_template(kit.TEMPLATES[software].encode(), software, {})
    injections = [kit.injection(name, f"P{n}") for n, name in enumerate(names)]
    data = write_worklist(template, injections, KINDS)
    (folder / "drop" / f"list_{names[0]}.csv").write_bytes(data)
    return injections


@pytest.mark.parametrize("software", kit.TEMPLATES)
def test_worklists_of_every_software_are_taken_and_measured_in_time(tmp_path, software):
    names = [identity(software, str(n)) for n in range(3)]
    injections = dropped(tmp_path, software, names)

    def instrument():
        return SimulatedHplcMs(
            watched=tmp_path / "drop", results=tmp_path / "results", software=software,
            run_s=2400.0, respond=respond,
        )  # fmt: skip

    assert instrument().work(kit.START) == kit.START + timedelta(seconds=2400)
    assert list((tmp_path / "drop").iterdir()) == []
    assert list((tmp_path / "results").glob("*.mzML")) == []
    instrument().work(kit.START + timedelta(seconds=4800))  # another process goes on
    written = sorted(path.stem for path in (tmp_path / "results").glob("*.mzML"))
    assert written == sorted(each.file_name for each in injections[:2])
    more = dropped(tmp_path, software, [identity(software, "late")])
    ends = [instrument().work(kit.START + timedelta(seconds=4900))]
    assert ends == [kit.START + timedelta(seconds=7200)]
    assert instrument().work(kit.START + timedelta(seconds=9600)) is None
    late = tmp_path / "results" / f"{more[0].file_name}.mzML"
    assert late.stat().st_mtime == pytest.approx(kit.START.timestamp() + 9600.0)
    assert read_mzml(late.read_bytes()).state is ReadState.OK


def test_foreign_worklists_stop_the_instrument(tmp_path):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "x.csv").write_text("a,b\n1,2\n")
    instrument = SimulatedHplcMs(
        watched=tmp_path / "drop", results=tmp_path / "results", software="xcalibur", run_s=1.0,
        respond=respond,
    )  # fmt: skip
    with pytest.raises(ValueError, match="no worklist"):
        instrument.work(kit.START)


def test_the_mzml_holds_what_was_measured():
    run = respond(None)
    outcome = read_mzml(mzml(run, 'a "name" & more', "sample <1>"))
    assert outcome.state is ReadState.OK, outcome.findings
    (pda, tic) = outcome.traces
    assert (pda.kind, tic.kind) == ("absorption", "total_ion")
    np.testing.assert_allclose(pda.signal, run.mau)
    assert [s.retention_min for s in outcome.spectra] == [24.2, 24.3]
    assert outcome.spectra[0].polarity == -1
    bare = read_mzml(mzml(Run(run.minutes, run.mau), "n", "s"))
    assert bare.state is ReadState.OK
    assert len(bare.traces) == 1


def reader(folder, **given):
    def response(place, waves):
        height = 5.0 if place.endswith("/B1") else 1.0
        return height * np.exp(-0.5 * ((np.asarray(waves) - 440.0) / 30.0) ** 2)

    return SimulatedUvVis(results=folder, run_s=600.0, respond=response, **given)


def test_plates_are_scanned_once_and_in_time(tmp_path):
    places = ["sample_plate/A1", "sample_plate/B1"]
    reader(tmp_path).load("PLATE1", places, kit.START)
    reader(tmp_path).load("PLATE1", places, kit.START)
    assert reader(tmp_path).work(kit.START + timedelta(seconds=599)) is not None
    assert list(tmp_path.glob("*.csv")) == []
    assert reader(tmp_path).work(kit.START + timedelta(seconds=600)) is None
    (path,) = tmp_path.glob("*.csv")
    outcome = read_spectra(path.read_bytes(), path.name, expected_nm=(300.0, 900.0))
    assert outcome.state is ReadState.OK, outcome.findings
    one, other = outcome.spectra
    assert one.spectrum.at(440.0) == pytest.approx(1.0, abs=1e-3)
    assert other.spectrum.saturated.any()
    assert path.stat().st_mtime == pytest.approx(kit.START.timestamp() + 600.0)


def test_files_can_be_spoilt(tmp_path):
    half = reader(
        tmp_path, scan=Scan((400.0, 500.0), 1.0), spoil=lambda _, data: data[: len(data) // 2]
    )
    half.load("PLATE1", ["sample_plate/A1"], kit.START)
    half.work(kit.START + timedelta(hours=1))
    (path,) = tmp_path.glob("*.csv")
    outcome = read_spectra(path.read_bytes(), expected_nm=(400.0, 500.0))
    assert outcome.state is ReadState.TRUNCATED
    none = reader(tmp_path, spoil=lambda *_: None)
    none.load("PLATE2", ["sample_plate/A1"], kit.START)
    assert none.work(kit.START + timedelta(hours=9)) is None
    assert len(list(tmp_path.glob("*.csv"))) == 1
