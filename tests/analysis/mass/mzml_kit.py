"""Writes small mzML files, as converters do: profile spectra, chromatograms, diode-array scans."""

from __future__ import annotations

import base64
import hashlib
import zlib

import numpy as np

TYPES = {"<f8": ("MS:1000523", "64-bit float"), "<f4": ("MS:1000521", "32-bit float"),
         "<i4": ("MS:1000519", "32-bit integer"), "<i8": ("MS:1000522", "64-bit integer")}  # fmt: skip
# Some readers go by the names.
NAMES = {"MS:1000514": "m/z array", "MS:1000515": "intensity array", "MS:1000595": "time array",
         "MS:1000574": "zlib compression", "MS:1000576": "no compression",
         "MS:1000128": "profile spectrum", "MS:1000127": "centroid spectrum"}  # fmt: skip
UNITS = {"minute": "UO:0000031", "second": "UO:0000010"}


def param(accession, name="", value="", unit=""):
    names = {accession: name for name, accession in UNITS.items()}
    unit_text = f' unitAccession="{unit}" unitName="{names.get(unit, unit)}"' if unit else ""
    name = name or NAMES.get(accession, "")
    return f'<cvParam cvRef="MS" accession="{accession}" name="{name}" value="{value}"{unit_text}/>'


def array(values, accession, *, kind="<f8", zipped=True, unit="", raw=None, method=None):
    data = np.asarray(values).astype(kind).tobytes() if raw is None else raw
    data = zlib.compress(data) if zipped else data
    how = method or ("MS:1000574" if zipped else "MS:1000576")
    inner = param(accession, unit=unit) + param(*TYPES[kind]) + param(how)
    text = base64.b64encode(data).decode()
    return (
        f'<binaryDataArray encodedLength="{len(text)}">{inner}<binary>{text}</binary>'
        "</binaryDataArray>"
    )


def scan(number, arrays, *, length, params="", time_min=None, time_unit="minute"):
    start = ""
    if time_min is not None:
        value = float(time_min) * (60.0 if time_unit == "second" else 1.0)
        start = param("MS:1000016", "scan start time", repr(value), UNITS.get(time_unit, ""))
    return (
        f'<spectrum index="{number}" id="scan={number + 1}" defaultArrayLength="{length}">{params}'
        f'<scanList count="1"><scan>{start}</scan></scanList>'
        f'<binaryDataArrayList count="{len(arrays)}">{"".join(arrays)}</binaryDataArrayList>'
        "</spectrum>"
    )


def spectrum(number, mz, intensity, *, time_min=0.0, negative=True, profile=True, level=1, **how):
    params = param("MS:1000511", "ms level", str(level))
    params += param("MS:1000129" if negative else "MS:1000130")
    params += param("MS:1000128" if profile else "MS:1000127")
    time_unit = how.pop("time_unit", "minute")
    arrays = [array(mz, "MS:1000514", **how), array(intensity, "MS:1000515", **how)]
    return scan(
        number, arrays, length=len(mz), params=params, time_min=time_min, time_unit=time_unit
    )


def wavelength_scan(number, nm, signal, *, time_min):
    arrays = [array(nm, "MS:1000617"), array(signal, "MS:1000515")]
    return scan(number, arrays, length=len(nm), params=param("MS:1000804"), time_min=time_min)


def chromatogram(name, time_min, signal, *, accession="MS:1000235", unit="minute"):
    times = np.asarray(time_min) * (60.0 if unit == "second" else 1.0)
    arrays = [array(times, "MS:1000595", unit=UNITS.get(unit, "")), array(signal, "MS:1000515")]
    return (
        f'<chromatogram id="{name}" defaultArrayLength="{len(time_min)}">{param(accession)}'
        f'<binaryDataArrayList count="2">{"".join(arrays)}</binaryDataArrayList></chromatogram>'
    )


def document(spectra=(), chromatograms=(), *, encoding="utf-8", indexed=False, head="", count=None):
    """The bytes of a file; ``indexed`` wraps it and adds its SHA-1."""
    inner = (
        '<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">'
        f'<cvList count="1"><cv id="MS" fullName="PSI-MS" version="4.1.79" URI="x"/></cvList>{head}'
        '<run id="run">'
    )
    number = len(spectra) if count is None else count
    if spectra or count:
        inner += f'<spectrumList count="{number}">\n{chr(10).join(spectra)}</spectrumList>'
    if chromatograms:
        traces = "".join(chromatograms)
        inner += f'<chromatogramList count="{len(chromatograms)}">{traces}</chromatogramList>'
    inner += "</run></mzML>"
    start = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    if not indexed:
        return (start + inner).encode(encoding)
    text = f'{start}<indexedmzML xmlns="http://psi.hupo.org/ms/mzml">{inner}<fileChecksum>'
    digest = hashlib.sha1(text.encode(encoding)).hexdigest()
    return (text + digest + "</fileChecksum></indexedmzML>\n").encode(encoding)
