"""Calibrating a layout and drawing a schedule, as a chemist and a script meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ncrobot import cli
from ncrobot.deck import load_deck

ROOT = Path(__file__).resolve().parents[2]
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"
GLASS = ROOT / "deck_layouts" / "starlet_96_glass.yaml"
OTHER_ROBOT = ROOT / "deck_layouts" / "ot2_96.yaml"
FILES = [
    str(ROOT / "protocols" / "ag25_dmbt.yaml"),
    *("--conditions", str(ROOT / "protocols" / "ag25_dmbt.csv")),
    *("--deck", str(GLASS)),
]


def run(capsys, *arguments):
    code = cli.run([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a plan, its schedule and the record of a simulated run."""
    folder = tmp_path_factory.mktemp("lab")
    database = ["--database", str(folder / "lab.sqlite")]
    assert cli.run(["plan", *FILES, "-o", str(folder / "plan.json")]) == 0
    made = ["schedule", str(folder / "plan.json"), "-o", str(folder / "schedule.json")]
    assert cli.run(made) == 0
    assert cli.run(["run", *FILES, *database]) == 0
    return folder


@pytest.fixture
def database(made):
    return ["--database", made / "lab.sqlite"]


@pytest.fixture
def run_id(database, capsys):
    _, out, _ = run(capsys, "runs", *database, "--json")
    return json.loads(out)["runs"][0]["run"]


def test_a_simulated_run_shows_the_layouts_own_times_again(run_id, database, capsys):
    code, out, _ = run(capsys, "calibrate", run_id, *database, "--json")
    found = json.loads(out)
    times = load_deck(GLASS).arm.times
    assert (code, found["simulated"], found["outliers"]) == (0, True, 0)
    assert found["observations"] > 100
    assert found["p95_error_s"] < 1e-3
    for figure in found["figures"]:
        if figure["value"] is not None:
            assert figure["value"] == pytest.approx(getattr(times, figure["name"]), rel=1e-4)
    for combination in found["combinations"]:
        assert combination["value_s"] == pytest.approx(combination["layout_s"], rel=1e-4)
    known = [f for f in found["figures"] if f["value"] is not None]
    assert len(known) + len(found["combinations"]) >= 5
    for name, value in found["proposed"].items():
        assert value == pytest.approx(getattr(times, name), rel=1e-4)


def test_a_person_reads_what_is_known_and_what_is_not(run_id, database, capsys):
    code, out, _ = run(capsys, "calibrate", run_id, *database)
    assert code == 0
    assert out.startswith(f"SIMULATED run {run_id}")
    assert "aspirate_ul_per_s" in out
    assert "pick_up_tips_s + travel_s = 7.5 s (layout 7.5 s)" in out


def test_a_layout_is_written_with_its_comments_and_is_sound(run_id, database, tmp_path, capsys):
    target = tmp_path / "new" / "layout.yaml"
    changed = tmp_path / "deck.yaml"
    changed.write_text(DECK.read_text("utf-8").replace("travel_s: 1.5", "travel_s: 9  # slow"))
    code, out, _ = run(
        capsys, "calibrate", run_id, *database, "--deck", changed, "-o", target
    )  # fmt: skip
    assert code == 0
    assert f"layout: {target}" in out
    written = load_deck(target)
    assert "# slow" in target.read_text("utf-8")
    assert run_id in (written.arm.times.assumed or "")
    times = written.arm.times
    assert times.travel_s + times.pick_up_tips_s == pytest.approx(7.5, abs=2e-3)
    assert times.travel_s + times.touch_down_s == pytest.approx(3.5, abs=2e-3)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-o", "x.yaml"], "no-deck", "--deck"),
        (["--deck", str(OTHER_ROBOT)], "other-robot", "opentrons.ot2"),
        (["--deck", "nowhere.yaml"], "unreadable-file", "nowhere.yaml"),
    ],
)
def test_wrong_input_is_told(run_id, database, capsys, arguments, code, words):
    left, out, _ = run(capsys, "calibrate", run_id, *database, *arguments, "--json")
    told = json.loads(out)["errors"][0]
    assert (left, told["code"]) == (1, code)
    assert words in json.dumps(told)


def test_an_unknown_run_is_told(database, capsys):
    code, _, err = run(capsys, "calibrate", "nobody", *database)
    assert code == 1
    assert "there is no run 'nobody'" in err


def test_a_schedule_is_drawn_from_its_file_or_made_on_the_fly(made, tmp_path, capsys):
    given, fresh = tmp_path / "given.html", tmp_path / "fresh.html"
    plan, schedule = made / "plan.json", made / "schedule.json"
    code, out, _ = run(capsys, "gantt", plan, "--schedule", schedule, "-o", given)
    assert (code, f"gantt: {given}" in out) == (0, True)
    code, _, _ = run(capsys, "gantt", plan, "-o", fresh)
    assert code == 0
    page = given.read_text("utf-8")
    assert page == fresh.read_text("utf-8")
    assert len(page) < 1_000_000
    for entry in json.loads(schedule.read_text())["entries"]:
        assert entry["operation"].startswith("shake-") or f"{entry['operation']}: " in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.update(plan_sha256="0" * 64), "belongs to another plan"),
        (lambda data: data.update(entries=data["entries"][:-1]), "doesn't fit the plan"),
        (lambda data: data.update(makespan="long"), "it is no schedule"),
    ],
)
def test_a_schedule_that_is_not_the_plans_is_refused(made, tmp_path, capsys, change, words):
    data = json.loads((made / "schedule.json").read_text())
    change(data)
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(data))
    target = tmp_path / "x.html"
    code, _, err = run(capsys, "gantt", made / "plan.json", "-s", wrong, "-o", target)
    assert (code, target.exists()) == (1, False)
    assert words in err
    assert "fix: make it anew with 'ncrobot schedule'" in err


def test_a_missing_schedule_is_told(made, capsys):
    code, _, err = run(capsys, "gantt", made / "plan.json", "-s", "nowhere.json")
    assert code == 1
    assert "can't be read" in err


@pytest.mark.parametrize("command", ["calibrate", "gantt"])
def test_help_tells_the_options(command, capsys):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert "--output" in out
