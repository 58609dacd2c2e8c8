"""Signals end a process and no campaign; a campaign that is over says so; bad chemistry waits."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from campaigns.campaign_kit import SHIPPED, beside, carried_out, loaded, small, written
from ncrobot import cli
from ncrobot.campaigns import Ledger, Step, fold
from ncrobot.errors import LabError, RunError
from ncrobot.lab import Lab
from ncrobot.lab.campaign_exchange import take_suggestions
from ncrobot.lab.campaigning import Campaigning
from ncrobot.optimizers.checking import Offered
from ncrobot.optimizers.exchange import Received
from ncrobot_sim.world_log import WorldLog

ONE = {"stop": {"rounds": 1}}
ROW = Offered("mine", {"ligand_per_metal": 2.0, "base_per_metal": 5.0, "electrons_per_metal": 4.0,
                       "portions": 3}, {})  # fmt: skip


def broken_off(folder, number: int) -> int:
    """Carry a campaign out in a child that gets a signal in its run; what it left with."""
    child = os.fork()
    if child == 0:
        code, passed, write = 9, [0], WorldLog.write

        def changed(self: WorldLog, change: list) -> None:
            write(self, change)
            passed[0] += 1
            if passed[0] == 60:
                os.kill(os.getpid(), number)

        try:
            WorldLog.write = changed
            carried_out(folder, small(**ONE))
        except RunError as error:
            code = 0 if "nothing is told of it yet" in str(error) else 8
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    carried_out(folder, small(**ONE))
    return folder


def settled(folder) -> list[tuple]:
    with Ledger(folder / "small.ledger") as ledger:
        return [(e.round, e.step, e.data) for e in ledger.entries() if e.step is not Step.RUNNING]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_a_run_ends_the_process_and_not_the_campaign(number, finished, tmp_path):
    assert broken_off(tmp_path, number) == 0
    with Ledger(tmp_path / "small.ledger") as ledger:
        progress = fold(ledger.entries())
    assert progress.current.step is Step.RUNNING
    assert not progress.stopped
    carried_out(tmp_path, small(**ONE))
    assert settled(tmp_path) == settled(finished), "as if nobody had come in between"


def test_a_campaign_that_is_over_refuses_suggestions_and_says_why(finished):
    with Lab.open(finished / "runs.sqlite") as lab, Ledger(finished / "small.ledger") as ledger:
        work = Campaigning(loaded(finished, **ONE), lab, ledger)
        before = ledger.entries()
        found = take_suggestions(work, Received((ROW,), ()))
        assert found.accepted == ()
        assert found.refused[0].reason == "late"
        assert found.refused[0].message == "this campaign has ended: 1 of 1 rounds are done"
        with pytest.raises(LabError, match="1 of 1 rounds are done; it takes results") as refused:
            work.suggest(work.progress())
        assert refused.value.diagnostics[0].code == "campaign-over"
        assert ledger.entries() == before


def test_a_campaign_with_another_protocol_is_not_taken_up(tmp_path):
    data = small(**ONE)
    text = Path(data["protocol"]).read_text(encoding="utf-8")
    own = tmp_path / "own.protocol.yaml"

    def taken_up(text: str) -> None:
        own.write_text(text, encoding="utf-8")
        changed = loaded(tmp_path, **ONE, protocol=str(own))
        with Lab.open(tmp_path / "r.sqlite") as lab, Ledger(tmp_path / "own.ledger") as ledger:
            Campaigning(changed, lab, ledger)

    taken_up(text)
    taken_up(f"# a comment more\n{text}")
    with pytest.raises(LabError, match="the protocol isn't the one") as refused:
        taken_up(text.replace("final_volume: {value: 1 mL", "final_volume: {value: 0.9 mL"))
    assert refused.value.diagnostics[0].file == str(own)


def test_two_campaigns_of_one_name_never_take_each_others_runs(tmp_path):
    told = []
    for book, chemistry in (("small", None), ("Second try!", held_out(tmp_path))):
        with Lab.open(tmp_path / "db.sqlite") as lab, Ledger(tmp_path / f"{book}.ledger") as ledger:
            work = Campaigning(loaded(tmp_path, **ONE), lab, ledger, chemistry=chemistry)
            (at,) = work.run().rounds
            told.append((at.run, [item.measured for item in at.results]))
    assert [run for run, _ in told] == ["small-r01", "Second-try-r01"]
    assert told[0][1] != told[1][1], "each measured what reacted in its own wells"
    with Lab.open(tmp_path / "db.sqlite") as lab, Ledger(tmp_path / "a" / "small.ledger") as ledger:
        (at,) = Campaigning(loaded(tmp_path, **ONE), lab, ledger).run().rounds
    assert at.run == "small-r01-2", "a name that is taken gets a number"


def test_a_round_under_way_is_named_to_who_comes_late(tmp_path):
    with Lab.open(tmp_path / "runs.sqlite") as lab, Ledger(tmp_path / "small.ledger") as ledger:
        work = Campaigning(loaded(tmp_path), lab, ledger)
        work.suggest(work.progress())
        work.advance()
        (late,) = take_suggestions(work, Received((ROW,), ())).refused
    assert late.message == "round 1 is planned and takes no more suggestions"
    assert late.fix == "suggest for round 2, when the results of round 1 are told"


@pytest.mark.parametrize("command", ["status", "replay"])
def test_to_look_at_a_campaign_that_has_not_begun_begins_none(command, tmp_path, capsys):
    database = tmp_path / "runs" / "db.sqlite"
    assert cli.run(["campaign", command, str(written(tmp_path)), "--database", str(database)]) == 1
    assert "hasn't begun" in capsys.readouterr().err
    assert not database.parent.exists()


def test_what_a_plate_is_measured_with_is_looked_at_before_the_plate_is_made(tmp_path, capsys):
    data = beside()
    instruments = (SHIPPED.parent / "instruments.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(instruments.replace("xcalibur.csv", "nowhere.csv"))
    data["measuring"]["instruments"] = "own.yaml"
    file = tmp_path / "own.campaign.yaml"
    with file.open("w", encoding="utf-8") as text:
        YAML().dump(data, text)
    database = tmp_path / "runs" / "db.sqlite"
    assert cli.run(["campaign", "new", str(file), "--database", str(database)]) == 1
    assert "nowhere.csv: the template can't be read" in capsys.readouterr().err
    assert not database.parent.exists()


SLOW = {"k_grow": "{value: 0.001, assumed: a mere guess}"}


def held_out(folder, **constants) -> str:
    constants = constants or SLOW
    told = "".join(f"  {name}: {value}\n" for name, value in constants.items())
    path = folder / "held-out.yaml"
    path.write_text(f"ncrobot: chemistry/1\nname: x\nextends: gold_thiolate\nconstants:\n{told}")
    return str(path)


@pytest.mark.parametrize(
    ("constants", "said"),
    [
        ({"k_gorw": "{value: 1, assumed: a mere guess}"}, "did you mean 'k_grow'"),
        ({"k_grow": "{value: 1}"}, "held-out.yaml:5: "),
        ({"k_grow": "{value: .nan, assumed: a mere guess}"}, "constants.k_grow.value"),
        ({"k_grow": "{value: [}"}, "it is no YAML"),
        (None, "silver_nitrate"),
    ],
)
@pytest.mark.parametrize("command", ["new", "run"])
def test_a_bad_chemistry_is_refused_before_anything_is_opened(
    command, constants, said, tmp_path, capsys
):
    chemistry = "silver_dithiolate" if constants is None else held_out(tmp_path, **constants)
    database = tmp_path / "runs" / "db.sqlite"
    options = ["--chemistry", chemistry, "--database", str(database)]
    assert cli.run(["campaign", command, str(written(tmp_path)), *options]) == 1
    assert said in capsys.readouterr().err
    assert not database.parent.exists()
