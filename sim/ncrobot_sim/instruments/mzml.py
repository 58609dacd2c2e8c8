"""Writes mzML 1.1 as converters of vendors' files do: spectra, total ions, and absorption."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import ArrayLike, NDArray

_TIME, _MZ, _INTENSITY = "MS:1000595", "MS:1000514", "MS:1000515"
_NAMES = {_TIME: "time array", _MZ: "m/z array", _INTENSITY: "intensity array"}


@dataclass(frozen=True, slots=True)
class MassScan:
    """One mass spectrum of negative mode: m/z that rise, and intensities, shape (n,)."""

    retention_min: float
    mz: NDArray[np.float64]
    intensity: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """What one injection gave: an absorption trace in mAU, and mass spectra."""

    minutes: NDArray[np.float64]
    mau: NDArray[np.float64]
    scans: tuple[MassScan, ...] = ()


def mzml(run: Run, name: str, sample: str) -> bytes:
    """The bytes of the file of an injection."""
    spectra = "".join(_spectrum(number, scan) for number, scan in enumerate(run.scans))
    traces = _trace("PDA", "MS:1000812", "absorption chromatogram", run.minutes, run.mau)
    count = 1
    if run.scans:
        times = [scan.retention_min for scan in run.scans]
        sums = [float(scan.intensity.sum()) for scan in run.scans]
        traces += _trace("TIC", "MS:1000235", "total ion current chromatogram", times, sums)
        count = 2
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0" id={quoteattr(name)}>'
        f'<sampleList count="1"><sample id="s1" name={quoteattr(sample)}/></sampleList>'
        f"<run id={quoteattr(name)}>"
        f'<spectrumList count="{len(run.scans)}">{spectra}</spectrumList>'
        f'<chromatogramList count="{count}">{traces}</chromatogramList></run></mzML>\n'
    )
    return text.encode()


def _spectrum(number: int, scan: MassScan) -> str:
    arrays = _array(_MZ, scan.mz) + _array(_INTENSITY, scan.intensity)
    return (
        f'<spectrum index="{number}" id="scan={number + 1}" defaultArrayLength="{scan.mz.size}">'
        f"{_param('MS:1000511', 'ms level', '1')}{_param('MS:1000129', 'negative scan')}"
        f"{_param('MS:1000128', 'profile spectrum')}"
        '<scanList count="1"><scan><cvParam cvRef="MS" accession="MS:1000016" '
        f'name="scan start time" value="{scan.retention_min!r}" unitCvRef="UO" '
        'unitAccession="UO:0000031" unitName="minute"/></scan></scanList>'
        f'<binaryDataArrayList count="2">{arrays}</binaryDataArrayList></spectrum>'
    )


def _trace(
    name: str, accession: str, kind: str, minutes: ArrayLike, signal: Sequence[float] | ArrayLike
) -> str:
    time = np.asarray(minutes, dtype=np.float64)
    arrays = _array(_TIME, time) + _array(_INTENSITY, np.asarray(signal, dtype=np.float64))
    return (
        f'<chromatogram id="{name}" defaultArrayLength="{time.size}">{_param(accession, kind)}'
        f'<binaryDataArrayList count="2">{arrays}</binaryDataArrayList></chromatogram>'
    )


def _array(accession: str, values: NDArray[np.float64]) -> str:
    text = base64.b64encode(zlib.compress(values.astype("<f8").tobytes())).decode()
    unit = ' unitCvRef="UO" unitAccession="UO:0000031" unitName="minute"'
    named = (
        f'<cvParam cvRef="MS" accession="{accession}" name="{_NAMES[accession]}" value=""'
        f"{unit if accession == _TIME else ''}/>"
    )
    return (
        f'<binaryDataArray encodedLength="{len(text)}">{named}'
        f"{_param('MS:1000523', '64-bit float')}{_param('MS:1000574', 'zlib compression')}"
        f"<binary>{text}</binary></binaryDataArray>"
    )


def _param(accession: str, name: str, value: str = "") -> str:
    return f'<cvParam cvRef="MS" accession="{accession}" name="{name}" value="{value}"/>'
