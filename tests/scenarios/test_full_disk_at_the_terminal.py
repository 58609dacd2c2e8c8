"""A disk that fills in mid-run: the terminal says what happened and what takes the run up."""

from __future__ import annotations

import json

import pytest

from control.control_kit import plate
from ncrobot import cli
from ncrobot.lab import Lab, carrying

LATE = 200


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path / "state"))


class FillingJournal(carrying.Journal):
    """Its database may not grow any more from a flush on."""

    flushes = 0

    def flush(self):
        type(self).flushes += 1
        if self.flushes == LATE:
            with self._database.reading() as connection:
                pages = connection.exec_driver_sql("pragma page_count").scalar()
            self._connection.exec_driver_sql(f"pragma max_page_count={pages}")
            self._connection.rollback()
        super().flush()


def test_a_full_disk_ends_the_run_and_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    plan, _ = plate()
    file, database = tmp_path / "plan.json", tmp_path / "runs.sqlite"
    file.write_text(plan.model_dump_json(), encoding="utf-8")
    where = ["--database", str(database), "--json"]
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "Journal", FillingJournal)
        assert cli.run(["run-plan", str(file), "--run", "night", *where]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert "no room left" in error["message"]
    assert "safe state" in error["message"]
    assert "ncrobot resume night" in error["message"]
    with Lab.open(database) as lab:
        (summary,) = lab.listed()
        assert summary.status == "died"
    assert cli.run(["resume", "night", *where]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["wells_ok"] + result["wells_flagged"] == 96
