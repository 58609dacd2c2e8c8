"""Samples take their time: a campaign waits for instruments, and takes up what has come."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest
from ruamel.yaml import YAML

from campaigns.campaign_kit import SHIPPED, beside
from ncrobot.campaigns import Ledger, Step, load_campaign
from ncrobot.lab import Lab
from ncrobot.lab.acquiring import acquire, load_response
from ncrobot.lab.campaign_measuring import measured_beside
from ncrobot.lab.campaigning import Campaigning
from ncrobot.lab.sampling import SAMPLES, Sampling
from ncrobot.samples import JobState, SampleRecord, load_instruments

RUN = "small-r01"


@contextmanager
def at_work(folder, data):
    data = data | {"measuring": {**data["measuring"], "instruments": _instruments(folder)}}
    path = folder / "small.campaign.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    with Lab.open(folder / "runs.sqlite") as lab, Ledger(folder / "small.ledger") as ledger:
        yield Campaigning(load_campaign(path), lab, ledger), lab


def _instruments(folder) -> str:
    """The instruments of the shipped campaign with folders of this test's own."""
    told = YAML(typ="safe").load((SHIPPED.parent / "instruments.yaml").read_text(encoding="utf-8"))
    worklist = told["instruments"]["hplc"]["worklist"]
    worklist["template"] = str((SHIPPED.parent / worklist["template"]).resolve())
    for name in ("hplc_results", "hplc_worklists"):
        (folder / name).mkdir(exist_ok=True)
    with (folder / "instruments.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(told, file)
    return "instruments.yaml"


def every_second() -> dict:
    data = beside(stop={"rounds": 1})
    return data | {"measuring": {**data["measuring"], "every": {"hplc": 2}}}


def as_if_real(record):
    """The record of a run whose samples nobody measures for us."""
    return replace(record, summary=replace(record.summary, simulated=False))


def test_it_waits_until_all_that_was_asked_for_is_measured_and_tells_what_there_is(tmp_path):
    with at_work(tmp_path, every_second()) as (work, lab):
        while work.advance() is not Step.RAN:
            pass
        record = lab.load(RUN)
        found = measured_beside(work.loaded, lab, as_if_real(record))
        assert found.waiting == "7 measurements of hplc", "every second of 13"
        assert found.judged == {}
        again = measured_beside(work.loaded, lab, as_if_real(record))
        assert again.waiting == found.waiting, "asking again queues nothing twice"
        _instrument_is_done(lab, work.loaded.instruments)
        found = measured_beside(work.loaded, lab, as_if_real(record))
        assert found.waiting == ""
        assert sum("area" in each.figures for each in found.judged.values()) == 7
        assert all("band680" in each.figures for each in found.judged.values())
        progress = work.run()
        told = progress.results()
        assert len(told) == 8
        assert {len(item.measured) for item in told} == {1, 2}


def _instrument_is_done(lab, instruments) -> None:
    samples = SampleRecord.open(lab.folder / SAMPLES)
    try:
        sampling = Sampling(lab, samples, load_instruments(instruments))
        acquire(sampling, RUN, load_response("sim.twin", lab.folder / f"{RUN}.world"), "a test")
        jobs = samples.jobs(run=RUN)
        assert {job.state for job in jobs} == {JobState.MEASURED, JobState.WITHDRAWN}
    finally:
        samples.close()


def test_a_campaign_that_waits_ends_its_turn_and_goes_on_when_it_is_called_again(
    tmp_path, monkeypatch
):
    said: list[str] = []
    with at_work(tmp_path, beside(stop={"rounds": 1})) as (work, lab):
        monkeypatch.setattr(work, "_say", said.append)
        load = lab.load
        monkeypatch.setattr(lab, "load", lambda run: as_if_real(load(run)))
        progress = work.run()
        assert progress.current.step is Step.RAN
        assert progress.stopped == ""
        assert any("waits for 13 measurements of hplc" in line for line in said)
        monkeypatch.setattr(lab, "load", load)
        assert work.run().stopped == "1 of 1 rounds are done"


def test_a_world_that_is_gone_is_told(tmp_path):
    with pytest.raises(Exception, match="world of this run is gone"):
        load_response("sim.twin", tmp_path / "no.world")(())
