"""The twin as a piece of machinery: balances, instruments, files, and the world that it follows."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from ncrobot.clock import VirtualClock, run_virtual
from ncrobot_sim.chemistry import (
    METAL_SPECIES,
    ChemistryError,
    Mixture,
    Species,
    Surroundings,
    Twin,
    absorbance,
    chromatogram,
    load_set,
    mass_spectrum,
    shipped_sets,
)
from ncrobot_sim.chemistry.acidity import ph_of
from ncrobot_sim.chemistry.imperfections import activity_of
from ncrobot_sim.chemistry.mixture import dosed
from ncrobot_sim.reader import SimulatedReader
from ncrobot_sim.world import World
from sim.twin_kit import made, recipe

GOLD, SILVER = load_set("gold_thiolate"), load_set("silver_dithiolate")
NM = list(range(300, 1001, 10))


def only(species: Species, chemistry=GOLD, mm: float = 1.0) -> Mixture:
    mixture = Mixture(200.0)
    mixture.amounts[species] = 0.2 * mm
    return mixture


# Balances.


@settings(max_examples=30, deadline=None)
@given(
    ligand=st.floats(0.1, 10),
    base=st.floats(0, 20),
    electrons=st.floats(0, 16),
    warm=st.floats(0, 60),
    speed=st.floats(0, 1200),
)
def test_metal_hydride_and_thiols_are_neither_made_nor_lost(ligand, base, electrons, warm, speed):
    asked = recipe(
        ligand_per_metal=ligand, base_per_metal=base, electrons_per_metal=electrons,
        temperature_c=warm, speed_rpm=speed, portions=2, interval_s=600.0, rest_s=600.0,
    )  # fmt: skip
    well = made(asked, GOLD)
    assert well.metal_umol == pytest.approx(1.0, rel=1e-3)
    assert (well.amounts >= 0).all()
    hydride = well.of(Species.HYDRIDE) + well.of(Species.BORATE)
    assert hydride == pytest.approx(electrons / 8, rel=1e-3, abs=1e-6)
    assert well.of(Species.LIGAND) + 2 * well.of(Species.DISULFIDE) <= ligand * 1.001


@given(
    strong=st.floats(-0.1, 0.1),
    weak=st.lists(st.tuples(st.floats(0, 0.1), st.floats(2, 12)), max_size=3),
)
def test_the_ph_balances_charges_as_a_plain_solver_finds_it(strong, weak):
    def charge(ph):
        held = sum(amount / (1 + 10 ** (pka - ph)) for amount, pka in weak)
        return strong + 10**-ph - 1e-14 / 10**-ph - held

    if charge(0) < 0 or charge(14) > 0:
        return
    assert ph_of(strong, weak) == pytest.approx(optimize.brentq(charge, 0, 14), abs=1e-3)


def test_waiting_once_or_in_pieces_is_the_same():
    one, other = (made(recipe(), GOLD, after_portion=2) for _ in range(2))
    one.wait(1000.0, GOLD, Surroundings())
    for _ in range(4):
        other.wait(250.0, GOLD, Surroundings())
    assert one.amounts == pytest.approx(other.amounts, rel=1e-2, abs=1e-5)


def test_what_is_taken_out_and_poured_back_is_as_before():
    well = made(recipe(), GOLD)
    before = well.amounts.copy()
    part = well.taken(120.0)
    assert part.volume_ul == pytest.approx(120.0)
    well.poured(part)
    assert well.amounts == pytest.approx(before)
    assert well.taken(1e9).volume_ul > 900
    assert well.volume_ul == pytest.approx(0.0)


# Instruments.


def peak_nm(species: Species, low: int, high: int, chemistry=GOLD) -> int:
    nm = list(range(low, high + 1, 2))
    return nm[int(absorbance(only(species, chemistry), nm, chemistry, 1.0).argmax())]


def test_bands_are_where_they_are_reported():
    assert peak_nm(Species.TARGET, 600, 900) == pytest.approx(680, abs=10)
    assert peak_nm(Species.BIG, 700, 1000) == pytest.approx(820, abs=15)
    assert peak_nm(Species.TARGET, 400, 600, SILVER) == pytest.approx(440, abs=6)


def test_absorbance_is_proportional_to_amount_and_path():
    one = absorbance(only(Species.TARGET), NM, GOLD, 1.0)
    assert absorbance(only(Species.TARGET, mm=2.0), NM, GOLD, 0.5) == pytest.approx(one)
    assert absorbance(Mixture(100.0), NM, GOLD, 1.0) == pytest.approx(0.0)


def test_absorbance_cannot_tell_the_three_silver_clusters_and_mass_sees_only_one():
    names = (Species.TARGET, Species.SECOND, Species.THIRD)
    spectra = [absorbance(only(name, SILVER), NM, SILVER, 1.0) for name in names]
    assert spectra[1] == pytest.approx(spectra[0])
    assert spectra[2] == pytest.approx(spectra[0])
    counts = [counts_near(only(name, SILVER), 1779.56, SILVER) for name in names]
    assert counts[0] > 20 * max(counts[1:])


def counts_near(mixture: Mixture, mz: float, chemistry) -> float:
    found = mass_spectrum(mixture, chemistry, sample="s")
    return float(found.counts[np.abs(found.mz - mz) < 4].sum())


def test_isotope_lines_are_a_third_apart_for_a_charge_of_three():
    found = mass_spectrum(only(Species.TARGET, SILVER, mm=5), SILVER, sample="s")
    near = np.abs(found.mz - 1779.56) < 1.0
    lines = found.mz[near & (found.counts > 50)]
    assert np.median(np.diff(lines)) == pytest.approx(0.3344, abs=0.002)


def test_the_incoming_ligand_elutes_before_the_target_and_areas_follow_amounts():
    def trace(species: Species, mm: float):
        return chromatogram(only(species, mm=mm), GOLD, sample="s")

    late, early = trace(Species.TARGET, 1.0), trace(Species.EXCHANGED, 1.0)
    assert late.minutes[late.mau.argmax()] == pytest.approx(27.0, abs=0.3)
    assert early.minutes[early.mau.argmax()] == pytest.approx(24.2, abs=0.3)
    nothing = trace(Species.NANO, 1.0).mau
    areas = [float((trace(Species.TARGET, mm).mau - nothing).sum()) for mm in (1.0, 3.0)]
    assert areas[1] / areas[0] == pytest.approx(3.0, rel=0.02)


# A world, and what the reader shows of it.


def poured_world(world: World, clock: VirtualClock | None = None) -> None:
    """Gold and ligand in two wells of a plate on a shaker; time passes by itself."""
    world.put("plate", "shaker")
    world.define_stock("gold", {"gold": 0.02})
    world.define_stock("pmba", {"pmba": 0.05, "sodium_hydroxide": 0.11})
    world.define_stock("hydride", {"sodium_borohydride": 0.01, "sodium_hydroxide": 0.1})
    for name in ("gold", "pmba", "hydride"):
        world.fill(f"trough_{name}", name, 5000.0)
    world.set_speed("shaker", 600.0)


def dose(world: World, stock: str, well: str, volume_ul: float) -> None:
    world.pick_up_tip(0)
    world.aspirate(0, f"trough_{stock}", volume_ul)
    world.dispense(0, f"plate/{well}", volume_ul)
    world.shed_tip(0)


async def synthesis(world: World, clock: VirtualClock, wells=("A1", "D6")) -> None:
    poured_world(world)
    for stock, volume_ul in (("gold", 50.0), ("pmba", 60.0), ("hydride", 40.0)):
        for well in wells:
            dose(world, stock, well, volume_ul)
        await clock.sleep(1800.0)
    await clock.sleep(7200.0)


def in_world(tmp_path, story, *, chemistry: str | None = "gold_thiolate", name="run"):
    log = tmp_path / f"{name}.world"
    if chemistry is not None:
        (tmp_path / f"{name}.chemistry").write_text(
            json.dumps({"ncrobot": "chemistry/1", "name": "mine", "extends": chemistry})
        )

    async def main(clock: VirtualClock):
        world = World(log=log)
        world.use_clock(clock)
        return await story(world, clock)

    return run_virtual(main)


def reader_of(world: World, clock: VirtualClock) -> SimulatedReader:
    layout = {
        "wavelength_nm": [220, 1000],
        "read_s_per_wavelength": 1,
        "overhead_s": 10,
        "response": "blank",
    }
    return SimulatedReader(name="reader", clock=clock, settings=layout, world=world)


def test_the_twin_holds_as_much_of_every_liquid_as_the_world(tmp_path):
    async def story(world: World, clock: VirtualClock) -> None:
        await synthesis(world, clock)
        world.flow("plate/A1", "plate/B1", 30.0)
        world.take_out("plate/D6", 100.0)
        twin = Twin(world, GOLD)
        for well in ("A1", "B1", "D6"):
            found = twin.mixture(f"plate/{well}")
            assert found.volume_ul == pytest.approx(world.volume_ul(f"plate/{well}"))
            gold_umol = world.umol(f"plate/{well}")["gold"]
            assert found.metal_umol == pytest.approx(gold_umol, rel=1e-3)
        assert twin.mixture("plate/A1").share(Species.SALT) < 0.1, "it has reacted"

    in_world(tmp_path, story)


def test_a_reader_in_a_world_with_chemistry_sees_it_and_one_without_sees_solvent(tmp_path):
    async def story(world: World, clock: VirtualClock):
        await synthesis(world, clock)
        return await reader_of(world, clock).read_absorbance("plate", ["A1", "C3"], NM)

    found = in_world(tmp_path, story)
    assert max(found["A1"]) > 0.2
    assert max(found["C3"]) < 0.1, "nothing was poured there"
    assert found == in_world(tmp_path, story, name="again"), "a run that is repeated reads equal"
    blank = in_world(tmp_path, story, chemistry=None, name="blank")
    assert set(blank["A1"]) == {0.0}


def test_a_world_that_is_taken_up_has_reacted_as_if_nothing_had_been(tmp_path):
    async def story(world: World, clock: VirtualClock):
        await synthesis(world, clock)
        return Twin(world, GOLD).mixture("plate/D6").amounts, world.chronicle.now_s()

    async def later(world: World, clock: VirtualClock):
        twin = Twin(world, GOLD)
        return twin.mixture("plate/D6", end_s).amounts

    amounts, end_s = in_world(tmp_path, story)
    assert in_world(tmp_path, later) == pytest.approx(amounts)


def test_a_plate_on_a_warm_device_reacts_faster(tmp_path):
    def story(setpoint_c: float | None):
        async def told(world: World, clock: VirtualClock):
            poured_world(world)
            world.set_setpoint("shaker", setpoint_c)
            dose(world, "gold", "D6", 50.0)
            dose(world, "pmba", "D6", 60.0)
            await clock.sleep(600.0)
            return Twin(world, GOLD).mixture("plate/D6").share(Species.RIPE)

        return told

    cold, room, warm = (in_world(tmp_path, story(at), name=f"at{at}") for at in (4.0, None, 45.0))
    assert cold < room < warm


# Imperfections.


def test_readings_scatter_and_saturate_and_equal_places_and_times_read_equal(tmp_path):
    async def story(world: World, clock: VirtualClock):
        await synthesis(world, clock, wells=("D6",))
        twin = Twin(world, GOLD)
        one, same = (twin.absorbance_au("plate/D6", [320.0, 900.0]) for _ in range(2))
        await clock.sleep(60.0)
        return one, same, twin.absorbance_au("plate/D6", [320.0, 900.0])

    one, same, later = in_world(tmp_path, story)
    assert one == same
    assert one[0] == later[0] == GOLD.value["most_au"]
    assert 0.1 > abs(one[1] - later[1]) > 0


def test_about_one_well_in_a_hundred_fails_and_the_seed_decides_which():
    wells = [
        f"plate{k}/{row}{column}"
        for k in range(20)
        for row in "ABCDEFGH"
        for column in range(1, 13)
    ]
    duds = [well for well in wells if activity_of(well, GOLD) < 1]
    assert 0.003 < len(duds) / len(wells) < 0.03
    other = GOLD.model_copy(update={"seed": 5})
    assert duds != [well for well in wells if activity_of(well, other) < 1]


# Files.


def held_out(tmp_path, **parts):
    path = tmp_path / "set.yaml"
    told = {"ncrobot": "chemistry/1", "name": "held out", "extends": "gold_thiolate", **parts}
    path.write_text(json.dumps(told))
    return path


def test_every_constant_that_is_shipped_has_a_source_or_a_reason():
    assert set(shipped_sets()) == {"gold_thiolate", "silver_dithiolate"}
    for name in shipped_sets():
        chemistry = load_set(name)
        tables = (chemistry.bands, chemistry.peaks, chemistry.ions)
        told = [*chemistry.constants.values()]
        told += [item for table in tables for row in table.values() for item in row]
        assert all(bool(item.source) != bool(item.assumed) for item in told)


def test_a_held_out_set_changes_what_it_names_and_so_the_response(tmp_path):
    grow = {"value": 0.005, "unit": "1/(mM s)", "assumed": "drawn, unseen by the loop"}
    changed = load_set(held_out(tmp_path, constants={"k_grow": grow}, seed=7))
    assert changed.value["k_grow"] == 0.005
    assert changed.seed == 7
    same = {name: x for name, x in changed.value.items() if name != "k_grow"}
    assert same == {name: x for name, x in GOLD.value.items() if name != "k_grow"}
    slow, quick = made(recipe(), changed), made(recipe(), GOLD)
    assert slow.share(Species.TARGET) < 0.5 * quick.share(Species.TARGET)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"constants": {"k_grwo": {"value": 1, "assumed": "a slip"}}}, "k_grwo"),
        ({"constants": {"k_grow": {"value": 1}}}, "source or assumed"),
        ({"constants": {"k_grow": {"value": "x", "assumed": "a word"}}}, "k_grow"),
        (
            {"bands": {"gold": [{"nm": 500, "width_ev": 1, "strength": 1, "assumed": "none"}]}},
            "gold",
        ),
        ({"extends": "nowhere.yaml"}, "can't be read"),
        ({"extends": "set.yaml"}, "extends itself"),
        ({"ncrobot": "chemistry/2"}, "ncrobot"),
    ],
)
def test_a_wrong_set_is_refused_with_its_place(tmp_path, parts, word):
    with pytest.raises(ChemistryError, match=word):
        load_set(held_out(tmp_path, **parts))


def test_materials_that_the_set_does_not_know_do_nothing():
    assert dosed(GOLD, {"glitter": 1.0}, 100.0).amounts.sum() == 0
    assert set(METAL_SPECIES) < set(Species)
