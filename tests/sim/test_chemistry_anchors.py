"""The directions that are reported of such syntheses, one by one, in the twin."""

from __future__ import annotations

import pytest

from ncrobot_sim.chemistry import Species, Surroundings, load_set
from ncrobot_sim.chemistry.kinetics import hydrolysis_per_s
from ncrobot_sim.chemistry.mixture import dosed
from sim.twin_kit import add, clusters, made, mean_electrons, recipe, shares

GOLD = load_set("gold_thiolate")
SILVER = load_set("silver_dithiolate")


def gold(**changes: object):
    return made(recipe(**changes), GOLD)


def target(**changes: object) -> float:
    return shares(gold(**changes))["TARGET"]


# Metal to ligand.


@pytest.mark.parametrize("metal_per_ligand", [8, 5, 3])
def test_much_metal_for_the_ligand_makes_plasmonic_particles(metal_per_ligand):
    found = gold(ligand_per_metal=1 / metal_per_ligand)
    assert shares(found)["NANO"] > 0.5
    assert shares(found)["NANO"] > clusters(found)


@pytest.mark.parametrize("ligand_per_metal", [1, 2])
def test_one_or_two_ligands_for_a_metal_make_clusters(ligand_per_metal):
    found = gold(ligand_per_metal=ligand_per_metal)
    assert clusters(found) > 0.8
    assert shares(found)["NANO"] < 0.15


def test_much_ligand_slows_reduction_and_ends_in_particles():
    few, many = recipe(ligand_per_metal=2), recipe(ligand_per_metal=8)
    assert clusters(made(many, GOLD, after_portion=3)) < clusters(made(few, GOLD, after_portion=3))
    assert shares(made(many, GOLD))["NANO"] > 3 * shares(made(few, GOLD))["NANO"]


# Hydride: how much, and in how many portions.


def test_electrons_below_the_need_leave_complexes_and_far_above_it_larger_impurities():
    below, right, above = (gold(electrons_per_metal=dose) for dose in (1.0, 3.5, 12.0))
    assert shares(below)["YOUNG"] + shares(below)["RIPE"] > 0.5
    assert shares(right)["TARGET"] > 2 * max(shares(below)["TARGET"], shares(above)["TARGET"])
    assert shares(above)["BIG"] + shares(above)["NANO"] > 0.5


def test_gold_three_needs_two_more_electrons_than_gold_one():
    """The least is 0.32 electrons a gold atom for gold(I), and 2.32 for gold(III)."""
    assert clusters(gold(electrons_per_metal=0.3)) < 0.2
    assert clusters(gold(electrons_per_metal=2.6)) > 0.8


def test_portions_show_growth_by_two_electrons_at_a_time():
    asked = recipe(electrons_per_metal=4.0)
    means = [mean_electrons(made(asked, GOLD, after_portion=count)) for count in (1, 3, 4, 5, 8)]
    assert means == sorted(means)
    assert means[0] < 3
    assert means[-1] > 7
    half_way = shares(made(asked, GOLD, after_portion=4))
    assert min(half_way[name] for name in ("E2", "E4", "E6")) > 0.03, "short-lived ones are seen"
    end = shares(made(asked, GOLD))
    assert max(end[name] for name in ("E2", "E4", "E6")) < 0.05, "and gone in the end"


@pytest.mark.parametrize("electrons", [3.0, 4.0, 6.0])
def test_portions_are_cleaner_than_one_shot(electrons):
    slow = gold(electrons_per_metal=electrons)
    fast = gold(electrons_per_metal=electrons, portions=1, rest_s=7.5 * 1800.0)
    assert shares(slow)["NANO"] < shares(fast)["NANO"]
    eight = [shares(well)["RAW"] + shares(well)["TARGET"] for well in (slow, fast)]
    assert eight[0] > eight[1]


# Acid and base.


def test_hydride_lives_longer_in_base_and_shorter_when_warm():
    """Half-lives of the rule: about 37 s at pH 8, an hour at pH 10, four days at pH 12; 25 °C."""
    rates = [hydrolysis_per_s(ph, 25.0, GOLD.value) for ph in (8, 10, 12)]
    lives = [0.6931 / rate for rate in rates]
    assert lives == pytest.approx([37, 3660, 4.3 * 86400], rel=0.05)
    cold = hydrolysis_per_s(10, 0.0, GOLD.value)
    assert rates[1] / cold == pytest.approx(7, rel=0.05)


def test_without_base_hydride_is_lost_and_little_grows():
    assert clusters(gold(base_per_metal=0.0, base_with_ligand=1.0)) < 0.1
    assert clusters(gold()) > 0.8


def test_base_is_a_balance_between_saved_hydride_and_etching():
    doses = (0.5, 2.0, 20.0)
    low, right, high = (target(base_per_metal=dose) for dose in doses)
    assert right > 1.5 * low
    assert right > 1.5 * high


def test_acid_before_the_hydride_wastes_it():
    assert clusters(gold(acid_before=5.0)) < 0.5 * clusters(gold())


def test_free_thiol_etches_larger_clusters_and_base_speeds_it():
    def etched(base: float, thiol: float) -> float:
        well = dosed(GOLD, {"gold": 1e-3}, 1000.0)
        well.amounts[Species.BIG], well.amounts[Species.SALT] = well.amounts[Species.SALT], 0.0
        add(well, GOLD, pmba=thiol, sodium_hydroxide=base + 2 * thiol)
        well.wait(4 * 3600.0, GOLD, Surroundings())
        return 1.0 - well.share(Species.BIG)

    assert etched(0.1, 0.0) < 1e-6
    assert etched(0.1, 2.0) > etched(0.1, 0.5) > 0.01
    assert etched(10.0, 2.0) > 1.2 * etched(0.1, 2.0)


def test_an_acidic_well_precipitates_and_base_dissolves_that_again():
    sour = made(recipe(base_per_metal=0.0, base_with_ligand=0.0, electrons_per_metal=0.0), GOLD)
    assert shares(sour)["SOLID"] > 0.8
    add(sour, GOLD, sodium_hydroxide=15.0)
    sour.wait(6 * 3600.0, GOLD, Surroundings())
    assert shares(sour)["SOLID"] < 0.05


# Temperature, stirring, time.


def test_forty_degrees_are_best_and_it_decomposes_faster_above():
    temperatures = (15, 25, 40, 50, 60)
    one_shot = {"portions": 1, "interval_s": 3600.0, "rest_s": 3600.0, "electrons_per_metal": 3.0}
    found = [target(temperature_c=float(at), **one_shot) for at in temperatures]
    assert temperatures[found.index(max(found))] == 40
    assert found[-1] < 0.7 * max(found)
    assert found[0] < 0.7 * max(found)


def test_decomposition_gains_more_from_warmth_than_formation():
    assert GOLD.value["energy_decompose"] > GOLD.value["energy_finish"] > 0


def test_slow_stirring_gives_smaller_clusters():
    """Reported for one system: 100 rpm a four-electron, 400 rpm ten-electron clusters."""
    asked = {"electrons_per_metal": 5.0, "base_per_metal": 1.5}
    speeds = (0.0, 100.0, 400.0, 1000.0)
    found = [gold(speed_rpm=speed, **asked) for speed in speeds]
    means = [mean_electrons(mixture) for mixture in found]
    assert means == sorted(means)
    big = [shares(mixture)["BIG"] for mixture in found]
    assert big[-1] > 1.5 * big[0]


def test_short_complexation_gives_larger_ones_as_well_and_long_is_purer():
    one_shot = {"portions": 1, "rest_s": 3600.0, "electrons_per_metal": 3.0}
    short = shares(gold(complexation_s=15.0, **one_shot))
    long = shares(gold(complexation_s=7 * 86400.0, **one_shot))
    assert short["TARGET"] > 0.3, "the same product"
    assert short["BIG"] > 1.1 * long["BIG"]
    assert long["TARGET"] > short["TARGET"]


# Exchange, and acid after the synthesis.


def exchanged(minutes: float, thiol: float = 1.0):
    well = dosed(GOLD, {"gold": 1e-3}, 1000.0)
    well.amounts[Species.TARGET], well.amounts[Species.SALT] = well.amounts[Species.SALT], 0.0
    add(well, GOLD, incoming_thiol=thiol, sodium_hydroxide=0.5)
    well.wait(60.0 * minutes, GOLD, Surroundings())
    return shares(well)


def test_exchange_goes_on_with_time_and_by_products_grow_after_the_main_product():
    by_time = {minutes: exchanged(minutes) for minutes in (0, 5, 20, 60, 180)}
    left = [found["TARGET"] for found in by_time.values()]
    assert left == sorted(left, reverse=True)
    assert by_time[20]["EXCHANGED"] > 0.5
    over = [found["OVER"] for found in by_time.values()]
    assert over == sorted(over)
    assert by_time[5]["OVER"] < 0.05 < by_time[180]["OVER"]


def silver(acid: float):
    asked = recipe(
        metal="silver_nitrate", ligand="bdta", ligand_per_metal=0.8, base_with_ligand=0.0,
        base_per_metal=1.5, electrons_per_metal=2.0, portions=2, acid_after=acid, rest_s=6 * 3600.0,
    )  # fmt: skip
    return shares(made(asked, SILVER))


def test_the_dose_of_acid_selects_among_three_silver_clusters():
    names = ("TARGET", "SECOND", "THIRD")
    winners = []
    for acid in (0.0, 4.5, 7.0):
        found = silver(acid)
        winners.append(max(names, key=lambda name: found[name]))
        assert found[winners[-1]] > 0.3, found
    assert winners == list(names)
    assert silver(18.0)["SOLID"] > 0.5, "too much spoils it"
