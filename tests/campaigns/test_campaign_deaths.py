"""A campaign that is killed anywhere and taken up again ends in the same ledger."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from campaigns.campaign_kit import beside, carried_out, loaded
from ncrobot.campaigns import Ledger, Progress, Step, fold
from ncrobot.campaigns.insight import summary
from ncrobot.samples import RawStore
from ncrobot_sim.instruments.memory import Memory
from ncrobot_sim.world_log import WorldLog

STEPS_OF_A_ROUND = 6
LEDGER_WRITES = 1 + 2 * STEPS_OF_A_ROUND + 1


def kill_at(place: str, number: int, folder: Path, data: dict[str, Any] | None = None) -> bool:
    """Carry the campaign out in a child that is killed at a point; False if it got to its end."""
    child = os.fork()
    if child == 0:
        try:
            _deadly(place, number)
            carried_out(folder, data)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _deadly(place: str, number: int) -> None:
    counted: Counter[str] = Counter()
    book, world, saved, put = Ledger.write, WorldLog.write, Memory.save, RawStore.put

    def passes(at: str) -> None:
        counted[at] += 1
        if at == place and counted[at] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self: Ledger, *arguments: Any, **more: Any) -> None:
        passes("before the ledger")
        book(self, *arguments, **more)
        passes("after the ledger")

    def changed(self: WorldLog, change: list[Any]) -> None:
        world(self, change)
        passes("in a run")

    def injected(self: Memory) -> None:
        passes("before an injection")
        saved(self)
        passes("after an injection")

    def stored(self: RawStore, *arguments: Any) -> str:
        found = put(self, *arguments)
        passes("a file was taken up")
        return found

    Ledger.write = write
    WorldLog.write = changed
    Memory.save = injected
    RawStore.put = stored


def settled(folder: Path) -> tuple[list[Any], Progress]:
    """The ledger without the runs that died."""
    with Ledger(folder / "small.ledger") as ledger:
        entries = ledger.entries()
    told = [
        (entry.round, entry.step, entry.data) for entry in entries if entry.step is not Step.RUNNING
    ]
    return told, fold(entries)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    carried_out(folder)
    return settled(folder)


def test_two_rounds_run_to_their_end(undisturbed, tmp_path):
    entries, progress = undisturbed
    assert len(entries) + 2 == LEDGER_WRITES
    assert progress.stopped == "2 of 2 rounds are done"
    found = summary(loaded(tmp_path).campaign, progress)
    assert found["wells"] == 2 * (8 + 5)
    assert found["told"] == 2 * 8
    assert found["told_once"]
    assert found["best"]["wells"] == 2
    assert [each["run_status"] for each in found["rounds"]] == ["succeeded"] * 2
    assert [each["by"] for each in found["rounds"]] == [["sobol"], ["sobol"]]


POINTS = [
    ("before the ledger", 4),
    *[("after the ledger", number) for number in (1, 3, 5, 10)],
    ("in a run", 150),
]


@pytest.mark.parametrize(("place", "number"), POINTS)
def test_a_campaign_that_is_killed_and_taken_up_ends_in_the_same_ledger(
    place, number, undisturbed, tmp_path
):
    assert kill_at(place, number, tmp_path)
    carried_out(tmp_path)
    entries, progress = settled(tmp_path)
    assert entries == undisturbed[0]
    told = [item.id for item in progress.results()] + [item.id for item in progress.failures()]
    assert len(told) == len(set(told)) == 16
    assert not list(tmp_path.glob("*.chemistry")), "nothing is left lying about"
    assert not list(tmp_path.glob("*.world"))


def test_death_after_death_is_survived(undisturbed, tmp_path):
    deaths = 0
    for number in (3, 4, 2):
        deaths += kill_at("after the ledger", number, tmp_path)
        deaths += kill_at("in a run", 40 * number, tmp_path)
    assert deaths >= 4
    carried_out(tmp_path)
    assert settled(tmp_path)[0] == undisturbed[0]


ONE_ROUND: dict[str, Any] = {"stop": {"rounds": 1}}
BESIDE = [
    ("before an injection", 1),
    ("after an injection", 9),
    ("a file was taken up", 7),
]


@pytest.fixture(scope="module")
def injected_undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("injected")
    carried_out(folder, beside(**ONE_ROUND))
    return folder, settled(folder)


def test_samples_are_injected_analysed_and_told_with_errors(injected_undisturbed):
    folder, (_, progress) = injected_undisturbed
    assert progress.stopped == "1 of 1 rounds are done"
    results = progress.results()
    assert len(results) == 8
    for item in results:
        assert item.measured.keys() == {"band680", "purity"}
        assert 0.0 <= item.measured["purity"] <= 1.0
        assert item.sem.keys() == {"band680", "purity"}
    (at,) = progress.rounds
    blanks = [well for well in at.wells if well.kind == "blank"]
    assert all(well.figures["area"] < 0.1 for well in blanks)
    known = [well for well in at.wells if well.kind == "reference"]
    assert all(well.figures["ion"] > 0.9 for well in known), "the mass spectrometer agrees"
    assert not list(folder.glob("*.world")), "nothing is left lying about"
    assert not list((folder / "simulated").iterdir())


@pytest.mark.parametrize(("place", "number"), BESIDE)
def test_a_death_between_sample_and_figure_changes_nothing(
    place, number, injected_undisturbed, tmp_path
):
    data = beside(**ONE_ROUND)
    assert kill_at(place, number, tmp_path, data)
    carried_out(tmp_path, data)
    assert settled(tmp_path)[0] == injected_undisturbed[1][0]
