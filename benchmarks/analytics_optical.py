"""Absorption spectra: read, taken up, unmixed and named, beside numpy, scipy and a short script."""

from __future__ import annotations

import io
import itertools
import tempfile
from pathlib import Path

import numpy as np
from scipy.optimize import nnls
from scipy.signal import find_peaks

from benchmarks.measuring import median_s
from ncrobot.analysis.optical import (
    AbsorptionSpectrum,
    find_features,
    match_clusters,
    printed_clusters,
    read_spectra,
    unmix,
)
from ncrobot.samples import (
    Collector,
    InstrumentSettings,
    RawStore,
    Sample,
    SampleFate,
    SampleRecord,
    Submitter,
    identity,
    job_of,
)

WAVES = np.arange(300.0, 901.0, 2.0)
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]
BANDS = {
    "silver": ((440.0, 26.0, 1.0), (320.0, 20.0, 1.2), (515.0, 22.0, 0.25)),
    "gold": ((680.0, 35.0, 0.4), (445.0, 30.0, 0.6), (320.0, 60.0, 1.5)),
    "particles": ((520.0, 40.0, 1.0),),
}


def absorbance(bands, noise=0.002, seed=0):
    """Gauss bands (place, width, height) with noise."""
    values = noise * np.random.default_rng(seed).standard_normal(WAVES.size)
    for place, width, height in bands:
        values = values + height * np.exp(-0.5 * ((WAVES - place) / width) ** 2)
    return values


def plate(seed=0):
    """96 mixtures of the three references: shares (96, 3) and absorbance (96, n)."""
    shares = np.random.default_rng(seed).uniform(0.0, 1.0, (96, 3))
    pure = np.array([absorbance(each, 0.0) for each in BANDS.values()])
    noise = 0.002 * np.random.default_rng(seed + 1).standard_normal((96, WAVES.size))
    return shares, shares @ pure + noise


def table(values):
    """A reader's export: wavelengths down, wells across."""
    head = ["Mode;Absorbance", "", ";".join(["Wavelength [nm]", *WELLS])]
    rows = [
        ";".join([f"{nm:g}", *(f"{v:.4f}" for v in column)])
        for nm, column in zip(WAVES, values.T, strict=True)
    ]
    return ("\r\n".join([*head, *rows]) + "\r\n").encode()


def reading():
    """Time for the table of a plate, beside numpy, which has to be told where it stands."""
    data = table(plate()[1])
    outcome = read_spectra(data)
    assert outcome.is_whole
    assert len(outcome.spectra) == 96

    def bare():
        return np.loadtxt(io.StringIO(data.decode()), delimiter=";", skiprows=3)

    assert bare().shape == (WAVES.size, 97)
    return {
        "plate_points": 96 * WAVES.size,
        "plate_read_ms": round(1e3 * median_s(lambda: read_spectra(data)), 1),
        "bare_numpy_loadtxt_ms": round(1e3 * median_s(bare), 1),
    }


def taking_up(folder):
    """Time from a file in the results folder to 96 measured jobs: kept, parsed, assigned."""
    numbers = itertools.count()
    results = folder / "results"
    results.mkdir()
    told = {"folder": str(results), "kind": "spectra", "per": "plate", "quiet": "0 s"}
    settings = InstrumentSettings.model_validate(
        {"serves": "uvvis", "run": "10 min", "results": told}
    )
    data = table(plate()[1])

    def once():
        place = folder / str(next(numbers))
        record = SampleRecord.open(place / "samples.sqlite")
        record.queue([job_of(_sample(well, place.name), "reader", None) for well in WELLS], "bench")
        (batch,) = Submitter(record, "reader", settings).submit("bench").batches
        path = results / f"{batch.id}.csv"
        path.write_bytes(data)
        found = Collector(record, RawStore(place / "raw"), "reader", settings).collect("bench")
        path.unlink()
        record.close()
        assert len(found.assigned) == 1

    return {"queue_submit_and_take_up_96_ms": round(1e3 * median_s(once, 3), 1)}


def _sample(well, run):
    return Sample(
        id=identity("bench", run, well), run=run, step="s", operation=well, well=well, name=well,
        kind="synthesis", place=f"sample_plate/{well}", serves="uvvis", number=1,
        fate=SampleFate.TAKEN, planned_ul=20.0, simulated=False,
    )  # fmt: skip


def unmixing():
    """Time to unmix a plate with verdicts, beside bare least squares; how far shares are off."""
    shares, values = plate()
    spectra = [AbsorptionSpectrum(WAVES, each) for each in values]
    pure = [AbsorptionSpectrum(WAVES, absorbance(b, 0.0), n) for n, b in BANDS.items()]
    matrix = np.column_stack([each.absorbance for each in pure])

    def ours():
        return [unmix(each, pure, 0.002) for each in spectra]

    def bare():
        return [nnls(matrix, each)[0] for each in values]

    found = np.array([[c.amount for c in each.components] for each in ours()])
    return {
        "unmix_96_ms": round(1e3 * median_s(ours, 3), 1),
        "bare_nnls_96_ms": round(1e3 * median_s(bare, 3), 1),
        "largest_share_error": round(float(np.abs(found - shares).max()), 4),
        "bare_largest_share_error": round(float(np.abs(np.array(bare()) - shares).max()), 4),
    }


def naming(count=300):
    """Spectra of one printed gold cluster, or of a band that no row has: who names what rightly.

    The script takes the row whose printed peak is nearest to the highest peak beyond 600 nm, if it
    is within 20 nm, as people do.
    """
    rows = printed_clusters().made_of(["Au"])
    chance = np.random.default_rng(7)
    tally = dict.fromkeys(
        (
            f"{who}_{what}"
            for who in ("ours", "script")
            for what in ("right", "wrong", "cannot_tell")
        ),
        0,
    )
    for number in range(count):
        stranger = number % 3 == 0
        row = rows[int(chance.integers(len(rows)))]
        place = (
            chance.uniform(600.0, 880.0) if stranger else row.peaks[0].nm + chance.normal(0.0, 2.0)
        )
        bands = ((330.0, 50.0, 1.0), (place, 35.0, chance.uniform(0.05, 0.4)))
        read = AbsorptionSpectrum(WAVES, absorbance(bands, 0.001, number))
        near = [
            each.name for each in rows if abs(each.peaks[0].nm - place) <= each.peaks[0].within_nm
        ]
        true = None if stranger or place > 895.0 else row.name
        ours = match_clusters(read, find_features(read, 0.001), rows).matched
        script = _script(read, rows)
        for who, named in (("ours", ours[0] if ours else None), ("script", script)):
            right = named == true or (stranger and named in near)
            tally[f"{who}_{'cannot_tell' if named is None else 'right' if right else 'wrong'}"] += 1
    return {"naming_spectra": count, **{f"naming_{key}": value for key, value in tally.items()}}


def _script(spectrum, rows):
    red = spectrum.wavelength_nm > 600.0
    values, waves = spectrum.absorbance[red], spectrum.wavelength_nm[red]
    peaks, _ = find_peaks(values, prominence=0.02)
    if not peaks.size:
        return None
    at = waves[peaks[np.argmax(values[peaks])]]
    nearest = min(rows, key=lambda each: abs(each.peaks[0].nm - at))
    return nearest.name if abs(nearest.peaks[0].nm - at) <= 20.0 else None


def figures(*, count=300):
    """All figures of this part."""
    with tempfile.TemporaryDirectory() as folder:
        return {**reading(), **taking_up(Path(folder)), **unmixing(), **naming(count)}
