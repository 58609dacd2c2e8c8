"""Isotope envelopes, matches, mzML and peaks: time and rightness beside the bare libraries.

The bare match is what a short script would do: an envelope from the library, blurred to the
instrument's peak width, and its cosine with the spectrum over a grid of shifts. ncrobot's match
does more: background, overlapping candidates, noise, number of hydrogens, reasons.
"""

from __future__ import annotations

import base64
import gc
import tempfile
import warnings
import zlib
from pathlib import Path

import IsoSpecPy
import numpy as np
from molmass import Formula
from pybaselines import Baseline
from scipy.signal import find_peaks

from benchmarks.measuring import median_s
from ncrobot.analysis.chromatography import Chromatogram, PeakSettings, find_chromatographic_peaks
from ncrobot.analysis.mass import (
    Limits,
    Resolution,
    Spectrum,
    SpectrumMode,
    Verdict,
    envelope,
    exchange_series,
    identify,
    isotope_pattern,
    match_ion,
    parse_ion,
    read_mzml,
)
from ncrobot.analysis.mass import isotopes as patterns

IONS = (
    "[Ag29(BDT)12]3-",
    "[Au25(PET)18]-",
    "[Au25(SG)18 - 6H]7-",
    "[Ag44(p-MBA)30]4-",
    "[Ag53(BDT)12(DMBT)16]3-",
)
DIMERS = (
    "[Ag53(BDT)12(DMBT)16]3-",
    "[PdAg52(BDT)12(DMBT)16]3-",
    "[PtAg52(BDT)12(DMBT)16]3-",
    "[AuAg52(BDT)12(DMBT)16]3-",
    "[Ag53(BDT)12(DMBT)16H]3-",
    "[Ag53(BDT)12(DMBT)16 - H]3-",
)
POWER = 20_000.0
ELECTRON = 5.48579909065e-4
SHIFTS_PPM = np.linspace(-40.0, 40.0, 41)


def plain(ion):
    """The formula of an ion without ligands or charge, as the libraries read it."""
    return "".join(f"{element}{count}" for element, count in ion.counts.items())


def isospec_lines(formula):
    """Masses and shares by nucleon number, from IsoSpec's fine structure."""
    found = IsoSpecPy.IsoTotalProb(0.9999, formula, get_confs=False)
    masses, shares = found.np_masses(), found.np_probs()
    order = np.argsort(masses)
    masses, shares = masses[order], shares[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(masses) > 0.5) + 1))
    total = np.add.reduceat(shares, starts)
    return np.add.reduceat(masses * shares, starts) / total, total


def molmass_lines(formula):
    """Masses and shares by nucleon number, from molmass."""
    lines = list(Formula(formula).spectrum(min_fraction=1e-9).values())
    return np.array([each.mass for each in lines]), np.array([each.fraction for each in lines])


CACHES = (patterns._pattern, patterns._power, patterns._single)  # noqa: SLF001 - emptied to time


def forget():
    """Empty every cache of isotope patterns."""
    for cached in CACHES:
        cached.cache_clear()


def cold(ion):
    forget()
    return isotope_pattern(ion)


def envelopes():
    """Time per envelope, cold and with the powers of elements at hand, and the largest errors."""
    ions = [parse_ion(text) for text in IONS]
    formulas = [plain(ion) for ion in ions]
    per = 1e6 / len(ions)
    for ion in ions:
        isotope_pattern(ion)

    def warm():
        CACHES[0].cache_clear()
        return [isotope_pattern(ion) for ion in ions]

    figures = {
        "envelope_us": round(per * median_s(lambda: [cold(ion) for ion in ions], 20), 1),
        "envelope_elements_known_us": round(per * median_s(warm, 20), 1),
        "bare_isospec_us": round(
            per * median_s(lambda: [isospec_lines(f) for f in formulas], 20), 1
        ),
        "bare_molmass_us": round(
            per * median_s(lambda: [molmass_lines(f) for f in formulas], 5), 1
        ),
    }
    errors = [line_errors(ion) for ion in ions]
    return figures | {
        "largest_line_error_ppm_to_isospec": round(max(e[0] for e in errors), 4),
        "smallest_cosine_to_isospec": round(min(e[1] for e in errors), 7),
    }


def line_errors(ion):
    """Largest deviation in ppm of the lines above 1 %, and the cosine, to IsoSpec."""
    masses, shares = isospec_lines(plain(ion))
    pattern = isotope_pattern(ion)
    near = np.array([int(np.argmin(np.abs(pattern.mass_da - mass))) for mass in masses])
    strong = shares > 0.01 * shares.max()
    error = np.abs(pattern.mass_da[near] - masses) / masses * 1e6
    ours = pattern.abundance[near]
    cosine = float(ours @ shares / np.linalg.norm(ours) / np.linalg.norm(shares))
    return float(error[strong].max()), cosine


def drawn(mixture, noise, seed, off_ppm=0.0, low=3185.0, high=3240.0):
    """A profile spectrum of ions at given heights."""
    resolution = Resolution(power=POWER)
    mz = np.arange(low, high, low / POWER / 5.0)
    intensity = noise * np.random.default_rng(seed).standard_normal(mz.size)
    for text, height in mixture.items():
        profile = envelope(parse_ion(text)).profile(mz / (1.0 + off_ppm * 1e-6), resolution)
        intensity += height * profile / profile.max()
    return Spectrum(mz, intensity, SpectrumMode.PROFILE, -1)


def bare_cosine(spectrum, formula, charge, lines):
    """Best cosine of a blurred envelope with the raw spectrum over the shifts."""
    masses, shares = lines(formula)
    mz = (masses - charge * ELECTRON) / abs(charge)
    kept = shares > 1e-3 * shares.max()
    mz, shares = mz[kept], shares[kept]
    sigma = mz.mean() / POWER / 2.3548
    x, y = spectrum.between(mz[0] - 6 * sigma, mz[-1] + 6 * sigma)
    best = 0.0
    for shift in SHIFTS_PPM:
        blurred = np.exp(-0.5 * ((x[:, None] - mz * (1 + shift * 1e-6)) / sigma) ** 2) @ shares
        power = np.linalg.norm(blurred) * np.linalg.norm(y)
        best = max(best, float(blurred @ y / power) if power else 0.0)
    return best


def matches():
    """Time per spectrum for one candidate, six, and nineteen of an exchange series."""
    resolution, ions = Resolution(power=POWER), [parse_ion(text) for text in DIMERS]
    spectrum = drawn({DIMERS[0]: 100.0, DIMERS[3]: 40.0}, 2.0, 1)
    series = exchange_series("Au25", ("PET", "TBBT"), 18, -1)
    wide = drawn({series[0].name: 100.0, series[4].name: 60.0}, 1.0, 1, low=7300.0, high=8000.0)
    own = plain(ions[0])
    return {
        "match_one_ms": round(
            1e3 * median_s(lambda: match_ion(spectrum, ions[0], resolution), 20), 2
        ),
        "match_six_overlapping_ms": round(
            1e3 * median_s(lambda: identify(spectrum, ions, resolution), 10), 2
        ),
        "match_series_of_19_ms": round(
            1e3 * median_s(lambda: identify(wide, series, resolution), 10), 2
        ),
        "bare_isospec_match_one_ms": round(
            1e3 * median_s(lambda: bare_cosine(spectrum, own, -3, isospec_lines), 10), 2
        ),
        "bare_molmass_match_one_ms": round(
            1e3 * median_s(lambda: bare_cosine(spectrum, own, -3, molmass_lines), 10), 2
        ),
    }


STRANGERS = (
    "[Ag53(BDT)12(DMBT)16H3]3-",
    "[Ag54(BDT)11(DMBT)17]3-",
    "[CuAg52(BDT)12(DMBT)16 + K]3-",
)


def rightness(spectra=60):
    """How often one of six dimers in noise is named rightly, wrongly or not at all.

    The bare script names the candidate of the best cosine if that is 0.9 or more. In the second set
    the ion isn't among the candidates, and every name is wrong.
    """
    figures = {"dimers_in_noise_spectra": spectra}
    for label, species in (("dimers", DIMERS), ("strangers", STRANGERS)):
        ours, fewest, bare = named_in_noise(species, spectra)
        figures |= {f"{label}_{key}": value for key, value in ours.items()}
        figures |= {f"{label}_preferring_fewest_{key}": value for key, value in fewest.items()}
        figures |= {f"bare_{label}_{key}": value for key, value in bare.items()}
    return figures


def named_in_noise(species, spectra):
    """Outcomes for one species in each spectrum: ours in two ways, and the bare script's."""
    rng = np.random.default_rng(7)
    resolution, ions = Resolution(power=POWER), [parse_ion(text) for text in DIMERS]
    ours = {"right": 0, "wrong": 0, "cannot_tell": 0}
    fewest, bare = dict(ours), dict(ours)
    for seed in range(spectra):
        true = species[int(rng.integers(len(species)))]
        noise = float(np.exp(rng.uniform(np.log(1.0), np.log(60.0))))
        spectrum = drawn({true: 100.0}, noise, seed, float(rng.uniform(-10.0, 10.0)))
        ours[outcome(named(spectrum, ions, resolution), true)] += 1
        limits = Limits(prefer_fewest=True)
        fewest[outcome(named(spectrum, ions, resolution, limits=limits), true)] += 1
        cosines = {
            ion.name: bare_cosine(spectrum, plain(ion), ion.charge, isospec_lines) for ion in ions
        }
        best = max(cosines, key=cosines.__getitem__)
        bare[outcome([best] if cosines[best] >= 0.9 else [], true)] += 1
    return ours, fewest, bare


def named(spectrum, ions, resolution, **how):
    matches = identify(spectrum, ions, resolution, **how)
    return [each.ion for each in matches if each.verdict is Verdict.MATCHED]


def outcome(found, true):
    if not found:
        return "cannot_tell"
    return "right" if found == [true] else "wrong"


def mzml_array(values, accession, name):
    """One array as a converter writes it: 64 bits, zlib, base64."""
    text = base64.b64encode(zlib.compress(values.astype("<f8").tobytes(), 1)).decode()
    terms = (
        ("MS:1000523", "64-bit float"),
        ("MS:1000574", "zlib compression"),
        (accession, name),
    )
    inner = "".join(f'<cvParam cvRef="MS" accession="{a}" name="{n}"/>' for a, n in terms)
    body = f"{inner}<binary>{text}</binary>"
    return f'<binaryDataArray encodedLength="{len(text)}">{body}</binaryDataArray>'


def mzml_text(count, points):
    """An mzML file of profile spectra."""
    rng = np.random.default_rng(1)
    level = '<cvParam cvRef="MS" accession="MS:1000511" name="ms level" value="1"/>'
    mz = mzml_array(np.linspace(500.0, 4000.0, points), "MS:1000514", "m/z array")
    spectra = []
    for n in range(count):
        arrays = mz + mzml_array(rng.random(points), "MS:1000515", "intensity array")
        spectra.append(
            f'<spectrum index="{n}" id="scan={n + 1}" defaultArrayLength="{points}">{level}'
            f'<binaryDataArrayList count="2">{arrays}</binaryDataArrayList></spectrum>'
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">'
        '<cvList count="1"><cv id="MS" fullName="x" version="4.1.79" URI="u"/></cvList>'
        f'<run id="r"><spectrumList count="{count}">\n'
        + "\n".join(spectra)
        + "</spectrumList></run></mzML>"
    ).encode()


def reading(count=100, points=20_000):
    """Time per profile spectrum of an mzML file, beside pymzml."""
    data = mzml_text(count, points)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pymzml  # noqa: PLC0415 - it warns at import

        path = Path(folder) / "a.mzML"
        path.write_bytes(data)

        def theirs():
            return [(each.mz, each.i) for each in pymzml.run.Reader(str(path))]

        def ours():
            return read_mzml(path.read_bytes()).spectra

        assert len(theirs()) == len(ours()) == count
        figures = {
            "mzml_points_per_spectrum": points,
            "mzml_ms_per_spectrum": round(1e3 * median_s(ours, 3) / count, 3),
            "bare_pymzml_ms_per_spectrum": round(1e3 * median_s(theirs, 3) / count, 3),
        }
        gc.collect()
    return figures


def chromatograms():
    """Time per chromatogram of 3,500 points, beside scipy and pybaselines with their defaults."""
    time = np.arange(0.0, 35.0, 0.01)
    signal = 20.0 + 0.8 * time + np.random.default_rng(1).normal(0.0, 0.1, time.size)
    for centre, height in ((10.0, 80.0), (24.2, 300.0), (27.0, 100.0)):
        signal += height * np.exp(-0.5 * ((time - centre) / 0.15) ** 2)
    trace = Chromatogram(time, signal, "mAU")

    def bare():
        corrected = signal - Baseline(time).arpls(signal)[0]
        return find_peaks(corrected, prominence=1.0)

    assert len(find_chromatographic_peaks(trace).peaks) == 3
    return {
        "chromatogram_ms": round(
            1e3 * median_s(lambda: find_chromatographic_peaks(trace, PeakSettings()), 20), 2
        ),
        "bare_scipy_pybaselines_ms": round(1e3 * median_s(bare, 20), 2),
    }


def figures(*, spectra=60, count=100, points=20_000):
    """All figures of this part."""
    return {
        **envelopes(),
        **matches(),
        **rightness(spectra),
        **reading(count, points),
        **chromatograms(),
    }
