"""What a campaign taught: effects that are really there, maps, sentences, pages and replays."""

from __future__ import annotations

import numpy as np
import pytest

from campaigns.campaign_kit import campaign
from ncrobot.campaigns import Progress, Round, Step, WellRecord, plated, told
from ncrobot.campaigns.insight import effects, fit, learnt_lines, phase_map, replay, summary
from ncrobot.campaigns.insight.models import plane
from ncrobot.campaigns.insight.pages import page
from ncrobot.campaigns.insight.replay import replay_lines
from ncrobot.campaigns.stopping import reason_to_stop
from ncrobot.errors import LabError
from ncrobot.optimizers import make_optimizer

PLATE = {"columns": 12, "replicates": 1, "controls": {"blank": 2},
         "reference": {"wells": 3, "values": {"ligand_per_metal": 3, "base_per_metal": 5,
                                              "electrons_per_metal": 4, "portions": 4}}}  # fmt: skip
CAMPAIGN = campaign(plate=PLATE)


def figures(values) -> dict[str, float]:
    """One parameter alone matters for the band; another decides what dominates."""
    ligand = np.log(values["ligand_per_metal"] / 2)
    electrons = np.log(values["electrons_per_metal"] / 4)
    return {
        "band680": float(0.1 * np.exp(-((electrons / 0.6) ** 2))),
        "band520": float(0.3 / (1 + np.exp(4 * ligand))),
        "band820": 0.0,
        "haze": 0.02,
    }


def a_round(number: int, of=CAMPAIGN, scale: float = 1.0) -> Round:
    optimizer = make_optimizer("sobol", of.search, layout=of.layout, seed=number)
    suggestions = tuple(
        item.model_copy(update={"id": f"r{number:02d}-{item.id}"}) for item in optimizer.suggest(60)
    )
    plate = plated(of, suggestions, number)
    by_id = {item.id: item.values for item in suggestions}
    wells = []
    for seat in plate.seats:
        values = by_id.get(seat.suggestion or "", {})
        found = figures(values) if values else {"band680": 0.05 + 0.001 * len(wells)}
        found = {name: scale * figure for name, figure in found.items()}
        wells.append(
            WellRecord(
                well=seat.well, suggestion=seat.suggestion, kind=seat.kind, status="measured",
                values=values, figures=found,
            )
        )  # fmt: skip
    results, failures = told(of, number, wells)
    return Round(
        number, Step.TOLD, suggestions=suggestions, calls=number, plated=plate, wells=tuple(wells),
        run_status="succeeded", results=tuple(results), failures=tuple(failures),
    )  # fmt: skip


@pytest.fixture(scope="module")
def progress() -> Progress:
    return Progress(rounds=[a_round(1), a_round(2)])


@pytest.fixture(scope="module")
def models(progress):
    return fit(CAMPAIGN, progress, ["band680", "band520", "band820"])


def test_the_parameter_that_matters_is_found_with_its_best_value(models):
    found = effects(models, "band680")
    assert found[0].parameter == "electrons_per_metal"
    assert found[0].share > 0.8
    assert sum(effect.share for effect in found[1:]) < 0.15
    best = found[0].levels[int(found[0].mean.argmax())]
    assert 3 < best < 5.5
    assert (found[0].spread >= 0).all()


def test_the_sentences_say_so(progress):
    lines = learnt_lines(CAMPAIGN, progress)
    assert "electrons_per_metal alone; best at" in lines[0]
    assert "not sure" not in lines[0]
    assert "little by itself" in lines[-1]
    assert "too few" in learnt_lines(CAMPAIGN, Progress())[0]


def test_the_map_tells_which_product_dominates_where(progress, models):
    at = models.grid.point(summary(CAMPAIGN, progress)["best"]["values"])
    found = phase_map(CAMPAIGN, models, "ligand_per_metal", "electrons_per_metal", at)
    names = np.array(found.products)[found.winner]
    assert names[:, 0].tolist().count("particles") > 0.5 * len(names)
    middle = len(found.rows) // 2
    assert names[middle, -1] == "au25", "enough ligand, and the right electrons"
    assert names[-1, -1] == "nothing"
    assert ((found.sure >= 0.5) & (found.sure <= 1)).all()


def test_a_plane_varies_two_parameters_and_holds_the_others(models):
    at = np.array([3, 5, 7, 1])
    columns, rows, points = plane(models, "ligand_per_metal", "portions", at, size=5)
    assert points.shape == (len(rows), len(columns), 4)
    assert (points[:, :, 1] == 5).all()
    assert (points[:, :, 0] == columns[None, :]).all()
    assert (points[:, :, 3] == rows[:, None]).all()


def test_the_page_is_whole(progress):
    one = page(CAMPAIGN, progress)
    assert one.count("<svg") == 4
    assert "Which product dominates where" in one
    assert "http://" not in one.replace("http://www.w3.org", "").replace(
        "http://purl.org", ""
    ).replace("http://creativecommons.org", "")
    assert "<svg" not in page(CAMPAIGN, Progress())


def test_a_replay_asks_only_for_what_was_measured_and_a_learner_is_quicker(progress):
    found = replay(CAMPAIGN, progress, ["random", "thompson"], batch=15, seeds=2)
    assert [(item.strategy, item.seed) for item in found] == [
        ("random", 0), ("random", 1), ("thompson", 0), ("thompson", 1),
    ]  # fmt: skip
    for item in found:
        assert list(item.best) == sorted(item.best)
        assert len(item.best) == 4, "until half of the 120 conditions are used"
    top = 0.0995
    learner = [item.used_to(top) or 999 for item in found if item.strategy == "thompson"]
    chance = [item.used_to(top) or 999 for item in found if item.strategy == "random"]
    assert sum(learner) < sum(chance)
    assert replay_lines(found)[-1].startswith("best so far")
    with pytest.raises(LabError, match="did you mean"):
        replay(CAMPAIGN, progress, ["thomson"])


# When it ends.


def test_a_campaign_ends_by_its_rules(progress):
    def reason(**rules) -> str:
        return reason_to_stop(campaign(plate=PLATE, stop={"rounds": 9, **rules}), progress)

    assert reason() == ""
    assert "2 of 2 rounds" in reason_to_stop(campaign(plate=PLATE, stop={"rounds": 2}), progress)
    assert "wells are used" in reason(wells=130)
    assert reason(wells=131) == ""
    assert "good enough" in reason(good_enough={"band680": 0.09})
    assert reason(good_enough={"band680": 0.2}) == ""


def test_a_run_that_ended_badly_ends_the_campaign_until_somebody_looks():
    broken = a_round(1)
    broken.run_status = "aborted"
    of = campaign(plate=PLATE, stop={"rounds": 9})
    assert reason_to_stop(of, Progress(rounds=[broken])) == "the run of round 1 ended as aborted"
    broken.run_status = ""
    assert reason_to_stop(of, Progress(rounds=[broken])) == "", "measured elsewhere"


def test_it_ends_when_nothing_gets_better_but_not_before():
    same = Progress(rounds=[a_round(1), a_round(1, scale=0.9), a_round(1, scale=0.8)])
    better = Progress(rounds=[a_round(1), a_round(1, scale=0.9), a_round(2, scale=1.2)])
    of = campaign(plate=PLATE, stop={"rounds": 9, "no_improvement_for": 2})
    assert "nothing better in 2 rounds" in reason_to_stop(of, same)
    assert reason_to_stop(of, better) == ""
    assert reason_to_stop(of, Progress(rounds=same.rounds[:2])) == ""


def test_a_round_without_results_is_not_one_in_which_nothing_got_better():
    done = [a_round(1), a_round(2, scale=1.2)]
    asked = Round(3, Step.ASKED, suggestions=a_round(3).suggestions)
    (trend,) = (line for line in _lines(done) if "has gained" in line)
    assert "nothing better" not in trend
    assert trend in _lines([*done, asked])
    assert any("nothing better for 1 round" in line for line in _lines([*done, a_round(1)]))


def _lines(rounds: list[Round]) -> list[str]:
    return summary(CAMPAIGN, Progress(rounds=rounds))["lines"]


def test_no_round_is_begun_that_would_use_up_a_stock(progress):
    for each in progress.rounds:
        each.drawn_ul = {"gold": 4000.0}
    of = {"rounds": 9, "stock_ul": {"gold": 11_999.0}}
    assert "3999 µL of gold are left" in reason_to_stop(campaign(plate=PLATE, stop=of), progress)
    of = {"rounds": 9, "stock_ul": {"gold": 12_000.0}}
    assert reason_to_stop(campaign(plate=PLATE, stop=of), progress) == ""
