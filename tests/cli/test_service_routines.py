"""What the service of a lab does again and again, wired with its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.errors import LabError
from ncrobot.lab import Lab
from ncrobot.lab.looking_after import routines_of
from ncrobot.lab.sampling import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = ROOT / "instruments" / "example.yaml"


def told_to_nobody(told):
    del told


def routines(database, **given):
    with Lab.open(database) as lab:
        yield from routines_of(lab, database, told_to_nobody, **given)


def test_a_lab_without_devices_and_instruments_watches_disk_and_stocks_and_backs_up(tmp_path):
    found = list(routines(tmp_path / "lab.sqlite"))
    assert {each.name for each in found} == {"disk", "stocks", "backup"}
    for each in found:
        each.do()
    assert list((tmp_path / "backups").iterdir())


def test_instruments_are_polled(tmp_path):
    settings = tmp_path / "instruments.yaml"
    text = INSTRUMENTS.read_text(encoding="utf-8")
    settings.write_text(text, encoding="utf-8")
    found = list(routines(tmp_path / "lab.sqlite", instruments=settings))
    (poll,) = (each for each in found if each.name == "poll instruments")
    assert poll.every_s == 60
    with pytest.raises(LabError):
        poll.do()  # the folders of the example aren't there; the service tells that
    assert (tmp_path / SAMPLES).exists()


def test_a_mistake_in_the_settings_is_told_before_the_night(tmp_path):
    wrong = tmp_path / "instruments.yaml"
    wrong.write_text("ncrobot: instruments/1\ninstruments: 3\n", encoding="utf-8")
    with pytest.raises(LabError):
        list(routines(tmp_path / "lab.sqlite", instruments=wrong))
