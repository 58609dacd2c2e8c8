"""Isotope patterns agree with two independent libraries, line by line, and with published figures."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import IsoSpecPy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from molmass import ELEMENTS, Formula
from ruamel.yaml import YAML

from ncrobot.analysis.mass.envelopes import envelope, monoisotopic_mz
from ncrobot.analysis.mass.ions import parse_ion
from ncrobot.analysis.mass.isotopes import average_mass_da, isotope_pattern, monoisotopic_mass_da
from ncrobot.analysis.mass.resolution import Analyser, Resolution

FIGURES = Path(__file__).parents[2] / "data" / "recipe_figures.yaml"
CLUSTERS = [
    "[Ag29(BDT)12]3-",
    "[Ag29(BDTA)12]3-",
    "[Ag53(BDT)12(DMBT)16]3-",
    "[PtAg52(BDT)12(DMBT)16]3-",
    "[PdAg28(BDT)12]4-",
    "[Au25(p-MBA)18]-",
    "[Au25(SG)18 - 6H]7-",
    "[Ag44(p-MBA)30]4-",
    "[Au25(PET)18 + 2Cs]2+",
    "[Au13(dppe)5Cl2]3+",
    "[Ag33(BDTA)12(PPh3)11]+",
]
HEAVY = [e.symbol for e in ELEMENTS if e.number <= 83 and e.symbol not in {"Tc", "Pm"}]


@cache
def figures():
    return YAML(typ="safe").load(FIGURES.read_text("utf-8"))


def isospec_lines(counts, coverage=0.9999999):
    """Share, mean mass and spread by nucleon number, from IsoSpec's fine structure.

    Isotope masses are ours, so that the two differ by the calculation alone.
    """
    nuclides = [ELEMENTS[e].isotopes for e in counts]
    found = IsoSpecPy.IsoTotalProb(
        coverage,
        atomCounts=list(counts.values()),
        isotopeMasses=[[n.mass for n in each.values()] for each in nuclides],
        isotopeProbabilities=[[n.abundance for n in each.values()] for each in nuclides],
        get_confs=False,
    )
    masses, shares = np.array(list(found.masses)), np.array(list(found.probs))
    order = np.argsort(masses)
    masses, shares = masses[order], shares[order]
    number = np.concatenate(([0], np.cumsum(np.diff(masses) > 0.5)))
    lines = {}
    for each in np.unique(number):
        at = number == each
        mean = np.average(masses[at], weights=shares[at])
        spread = np.sqrt(np.average((masses[at] - mean) ** 2, weights=shares[at]))
        lines[float(mean)] = (float(shares[at].sum()), float(spread))
    return lines


@pytest.mark.parametrize("text", CLUSTERS)
def test_each_line_is_that_of_isospec(text):
    counts = parse_ion(text).counts
    pattern = isotope_pattern(counts)
    for mass, (share, spread) in isospec_lines(counts).items():
        if share < 1e-4:
            continue
        at = int(np.argmin(np.abs(pattern.mass_da - mass)))
        assert pattern.mass_da[at] == pytest.approx(mass, abs=2e-5)
        assert pattern.abundance[at] == pytest.approx(share, rel=1e-3)
        assert pattern.spread_da[at] == pytest.approx(spread, rel=0.02, abs=1e-5)


@pytest.mark.parametrize("text", CLUSTERS)
def test_each_line_is_that_of_molmass(text):
    counts = parse_ion(text).counts
    pattern = isotope_pattern(counts)
    formula = "".join(f"{element}{count}" for element, count in counts.items())
    ours = dict(
        zip(
            pattern.nucleons.tolist(),
            zip(pattern.mass_da, pattern.abundance, strict=True),
            strict=True,
        )
    )
    for number, line in Formula(formula).spectrum(min_fraction=1e-9).items():
        if line.fraction < 1e-4:
            continue
        mass, share = ours[number]
        assert mass == pytest.approx(line.mass, abs=2e-4)
        assert share == pytest.approx(line.fraction, rel=1e-3)


COUNTS = st.dictionaries(st.sampled_from(HEAVY), st.integers(1, 60), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_a_pattern_is_a_distribution_with_the_right_mean(counts):
    pattern = isotope_pattern(counts)
    assert pattern.abundance.sum() == pytest.approx(1.0, abs=1e-9)
    assert (pattern.abundance > 0.0).all()
    assert (np.diff(pattern.mass_da) > 0.0).all()
    assert pattern.average_mass_da == pytest.approx(average_mass_da(counts), rel=1e-11)
    variance = np.average(
        (pattern.mass_da - pattern.average_mass_da) ** 2 + pattern.spread_da**2,
        weights=pattern.abundance,
    )
    expected = sum(number * _variance(e) for e, number in counts.items())
    assert variance == pytest.approx(expected, rel=1e-6, abs=1e-9)


def _variance(element):
    nuclides = ELEMENTS[element].isotopes.values()
    mean = sum(n.mass * n.abundance for n in nuclides)
    return sum(n.abundance * (n.mass - mean) ** 2 for n in nuclides)


@given(COUNTS, COUNTS)
@settings(max_examples=30, deadline=None)
def test_the_pattern_of_a_sum_is_the_convolution_of_the_parts(one, other):
    both = {e: one.get(e, 0) + other.get(e, 0) for e in {*one, *other}}
    a, b, whole = isotope_pattern(one), isotope_pattern(other), isotope_pattern(both)
    shares = {}
    for n, p in zip(a.nucleons.tolist(), a.abundance, strict=True):
        for m, q in zip(b.nucleons.tolist(), b.abundance, strict=True):
            shares[n + m] = shares.get(n + m, 0.0) + p * q
    found = dict(zip(whole.nucleons.tolist(), whole.abundance, strict=True))
    for number, share in shares.items():
        assert found.get(number, 0.0) == pytest.approx(share, abs=1e-10)


def test_deuterium_and_atoms_of_one_isotope():
    heavy_water = isotope_pattern({"D": 2, "O": 1})
    assert heavy_water.mass_da[0] == pytest.approx(20.0231181, abs=1e-6)
    gold = isotope_pattern({"Au": 25})
    assert gold.mass_da.size == 1
    assert gold.spread_da[0] == 0.0
    with pytest.raises(ValueError, match="without atoms"):
        isotope_pattern({"H": 0})


@pytest.mark.parametrize(
    "row", [r for r in figures()["ions_printed"] if "mz" in r], ids=lambda r: r["ion"]
)
def test_envelopes_of_published_ions_lie_where_papers_saw_them(row):
    found = envelope(parse_ion(row["ion"]), least_share=1e-9)
    assert found.mean_mz == pytest.approx(row["mz"], abs=0.06)
    low, high = found.window(Resolution(power=20000))
    if row.get("fits", True):
        assert low < row["printed"] + 1.0
        assert high > row["printed"] - 1.0


@pytest.mark.parametrize("row", figures()["ions_predicted"], ids=lambda r: r["ion"])
def test_envelopes_of_further_ions(row):
    assert envelope(parse_ion(row["ion"])).mean_mz == pytest.approx(row["mz"], abs=0.06)


@pytest.mark.parametrize(("species", "mass"), figures()["neutral_masses"].items())
def test_masses_of_neutral_clusters(species, mass):
    pattern = isotope_pattern(parse_ion(species))
    assert pattern.average_mass_da == pytest.approx(mass, abs=0.4)


def test_the_spacing_of_a_printed_ion():
    found = envelope(parse_ion("[Ag29(BDTA)12]3-"))
    assert found.spacing_mz == pytest.approx(0.33, abs=0.005)
    # The paper prints one peak of the envelope, not its strongest.
    assert np.abs(found.mz - 1779.56).min() < 0.06
    assert found.strongest_mz == pytest.approx(1779.2755, abs=1e-3)


def test_the_monoisotopic_line_of_a_silver_cluster_is_all_but_absent():
    ion = parse_ion("[Ag29(BDT)12]3-")
    pattern = isotope_pattern(ion)
    lightest = np.argmin(np.abs(pattern.mass_da - monoisotopic_mass_da(ion.counts)))
    assert pattern.abundance[lightest] < 1e-6
    gold = parse_ion("[Au25(PET)18]-")
    assert monoisotopic_mz(gold) < envelope(gold).strongest_mz


@pytest.mark.parametrize("text", CLUSTERS)
@pytest.mark.parametrize("power", [1_000, 20_000, 500_000])
def test_a_profile_keeps_the_area_and_the_centre(text, power):
    resolution = Resolution(power=power)
    found = envelope(parse_ion(text))
    low, high = found.window(resolution)
    width = float(resolution.fwhm(low))
    grid = np.arange(low - 3 * width, high + 3 * width, width / 8)
    profile = found.profile(grid, resolution)
    assert np.trapezoid(profile, grid) == pytest.approx(found.kept, rel=1e-6)
    centre = np.trapezoid(profile * grid, grid) / np.trapezoid(profile, grid)
    assert centre == pytest.approx(found.mean_mz, abs=1e-6 * found.mean_mz)
    shuffled = np.random.default_rng(1).permutation(grid.size)
    assert found.profile(grid[shuffled], resolution) == pytest.approx(
        profile[shuffled], abs=1e-6 * profile.max()
    )


def test_contrast_tells_whether_lines_are_resolved():
    found = envelope(parse_ion("[Ag29(BDT)12]3-"))
    contrasts = [found.contrast(Resolution(power=p)) for p in (1_000, 3_000, 6_000, 12_000, 30_000)]
    assert contrasts == sorted(contrasts)
    assert contrasts[0] < 1e-3
    assert contrasts[-1] > 0.9
    assert envelope(parse_ion("Au+")).contrast(Resolution(power=100)) == 1.0


def test_resolving_power_along_mz():
    at = np.array([500.0, 2000.0])
    assert Resolution(power=10_000).fwhm(at) == pytest.approx([0.05, 0.2])
    orbitrap = Resolution(power=10_000, analyser=Analyser.ORBITRAP, at_mz=500.0)
    assert orbitrap.fwhm(at) == pytest.approx([0.05, 0.4])
    icr = Resolution(power=10_000, analyser=Analyser.ICR, at_mz=500.0)
    assert icr.fwhm(at) == pytest.approx([0.05, 0.8])
    with pytest.raises(ValueError, match="needs its at_mz"):
        Resolution(power=10_000, analyser=Analyser.ORBITRAP)
