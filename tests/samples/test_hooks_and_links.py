"""Hooks hear of everything, late rather than never; plug-ins get batches and deliver files."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from pydantic import ValidationError

from ncrobot.errors import LabError
from ncrobot.samples import (
    BatchState,
    Collector,
    Delivered,
    Hook,
    JobState,
    Submitter,
    load_factory,
    load_instruments,
    tell_hooks,
)
from ncrobot.samples import links as links_module
from samples import samples_kit as kit

LISTEN = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"


def heard(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_command_hears_every_moment_once(tmp_path):
    record, path = kit.record(tmp_path), tmp_path / "heard"
    hook = Hook(on=("sample_ready", "failed"), command=(sys.executable, "-c", LISTEN, str(path)))
    job = kit.job(kit.sample("A1"))
    record.queue([job], "a test")
    assert tell_hooks(record, [hook]) == ()
    record.move(job.id, JobState.SUBMITTED, by="a test")
    record.move(job.id, JobState.FAILED, by="a test", reason="the needle bent")
    assert tell_hooks(record, [hook]) == tell_hooks(record, [hook]) == ()
    told = heard(path)
    assert [each["moment"] for each in told] == ["sample_ready", "failed"]
    assert told[1]["reason"] == "the needle bent"
    assert told[1]["job"]["id"] == job.id


def test_what_a_hook_missed_is_told_next_time(tmp_path):
    record, path = kit.record(tmp_path), tmp_path / "heard"
    record.queue([kit.job(kit.sample(well)) for well in ("A1", "B1")], "a test")
    script = tmp_path / "hook.py"
    script.write_text("import sys; sys.exit(3)")
    hook = Hook(on=("sample_ready",), command=(sys.executable, str(script), str(path)))
    (wrong,) = tell_hooks(record, [hook])
    assert "ended with 3" in wrong
    script.write_text(LISTEN)
    assert tell_hooks(record, [hook]) == ()
    assert len(heard(path)) == 2
    gone = Hook(on=("sample_ready",), command=("/nowhere/at-all",))
    assert "nowhere" in tell_hooks(record, [gone])[0]
    slow = Hook.model_validate({"on": ["sample_ready"], "timeout": "0.2 s",
                                "command": [sys.executable, "-c", "import time; time.sleep(30)"]})  # fmt: skip
    assert "timed out" in tell_hooks(record, [slow])[0]


def test_an_address_is_told_as_json(tmp_path):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204 if len(got) > 1 else 500)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        record = kit.record(tmp_path)
        record.queue([kit.job(kit.sample("A1"))], "a test")
        hook = Hook(on=("sample_ready",), url=f"http://127.0.0.1:{server.server_port}/x")
        assert "500" in tell_hooks(record, [hook])[0]
        assert tell_hooks(record, [hook]) == ()
        server.shutdown()
    assert [each["moment"] for each in got] == ["sample_ready"] * 2


@pytest.mark.parametrize("given", [{}, {"command": ["x"], "url": "http://x"}, {"url": "ftp://x"}])
def test_hooks_that_lead_nowhere_are_refused(given):
    with pytest.raises(ValidationError):
        Hook.model_validate({"on": ["failed"], **given})


class Plugin:
    """An instrument reached by a plug-in; it knows batches by their names."""

    batches: ClassVar[dict[str, list[str]]] = {}

    def __init__(self, name, options):
        self.name, self.options = name, options

    def submit(self, batch, injections):
        self.batches.setdefault(batch, [each.job for each in injections])

    def delivered(self):
        for jobs in self.batches.values():
            for n, job in enumerate(jobs):
                at = kit.START + timedelta(hours=n)
                yield Delivered(f"{job}.csv", kit.chromatogram(n), at.isoformat())


def test_a_plugin_takes_batches_and_delivers(tmp_path, monkeypatch):
    Plugin.batches = {}
    monkeypatch.setattr(links_module, "load_factory", lambda name: {"ours": Plugin}[name])
    told = kit.settings(tmp_path, plugin="ours")
    told = told.model_copy(update={"worklist": None})
    record = kit.record(tmp_path)
    jobs = [kit.job(kit.sample(well)) for well in ("A1", "B1")]
    record.queue(jobs, "a test")
    (batch,) = Submitter(record, "hplc", told).submit("a test").batches
    assert (batch.state, batch.path) == (BatchState.DROPPED, "")
    assert Plugin.batches == {batch.id: [job.id for job in jobs]}
    collector = Collector(record, kit.store(tmp_path), "hplc", told)
    assert len(collector.collect("a test").assigned) == 2
    assert record.job(jobs[1].id).measured_at == (kit.START + timedelta(hours=1)).isoformat()
    again = collector.collect("a test")
    assert (again.assigned, len(again.duplicates)) == ([], 2)


def test_plugins_that_break_their_promise_or_are_missing(tmp_path, monkeypatch):
    with pytest.raises(LabError, match="no plug-in"):
        load_factory("sim.hplc_mass")
    monkeypatch.setattr(links_module, "load_factory", lambda _: lambda *_: object())
    told = kit.settings(tmp_path, plugin="ours")
    record = kit.record(tmp_path)
    record.queue([kit.job(kit.sample("A1"))], "a test")
    with pytest.raises(LabError, match="can't submit and deliver"):
        Submitter(record, "hplc", told).submit("a test")


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (("run: 40 min", "run: 40"), "duration", 5),
        (("serves: hplc_ms", "serves: nmr"), "serves", 4),
        (("    results:\n      folder: b", "    results:\n      folder: a"), "one folder", 12),
        (("    positions: {syntax: '{row}{column}', trays: {p: x}}\n", ""), "syntax of the sampler", None),
        (("    batch: {}\n", "    batch: {blank_every: 3}\n"), "where the blank stands", 7),
    ],
)  # fmt: skip
def test_wrong_settings_are_told_with_their_line(tmp_path, change, words, line):
    text = (
        "ncrobot: instruments/1\ninstruments:\n  hplc:\n    serves: hplc_ms\n    run: 40 min\n"
        "    positions: {syntax: '{row}{column}', trays: {p: x}}\n    batch: {}\n"
        "    worklist:\n      software: xcalibur\n      template: t.csv\n      folder: a\n"
        "    results:\n      folder: b\n      kind: mzml\n"
    )
    path = tmp_path / "instruments.yaml"
    path.write_text(text)
    assert load_instruments(path).named("hplc").worklist.folder == tmp_path / "a"
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(LabError, match=words) as caught:
        load_instruments(path)
    if line is not None:
        assert abs((caught.value.diagnostics[0].line or 0) - line) <= 1
    with pytest.raises(LabError, match="did you mean 'hplc'"):
        load_instruments(_back(path, text)).named("hplk")


def _back(path, text):
    path.write_text(text)
    return path
