"""Reads mzML: spectra, chromatograms and diode-array scans, plain or gzipped.

The XML is read in one pass by the standard library, so that everything before a break is kept, and
each array is checked against its announced length. Terms are known by their accession in the
PSI-MS vocabulary, never by name. Format: Martens et al., Mol. Cell. Proteomics 2011, 10,
R110.000133.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import numpy as np

from ncrobot.analysis.mass._mzml_arrays import (
    ARRAYS,
    INTENSITY,
    MZ,
    TIME,
    WAVELENGTH,
    ArrayError,
    FloatArray,
    decode_array,
)
from ncrobot.analysis.mass._mzml_bytes import check_sum, in_known_encoding, unzipped
from ncrobot.analysis.mass.reading import (
    Findings,
    ReadOutcome,
    ReadState,
    TimeTrace,
    WavelengthScan,
)
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode

_PROFILE, _CENTROID = "MS:1000128", "MS:1000127"
_NEGATIVE, _POSITIVE = "MS:1000129", "MS:1000130"
_SCAN_TIME, _MS_LEVEL = "MS:1000016", "MS:1000511"
_TRACE_KINDS = {
    "MS:1000235": "total_ion", "MS:1000628": "base_peak", "MS:1000627": "selected_ion",
    "MS:1000812": "absorption",
}  # fmt: skip
_PER_MINUTE = {"UO:0000031": 1.0, "UO:0000010": 60.0, "UO:0000028": 60_000.0, "UO:0000032": 1 / 60}
_CUT = {"no element found", "unclosed token", "unclosed CDATA section", "partial character"}


@dataclass(frozen=True, slots=True)
class _Param:
    value: str
    unit: str


@dataclass(slots=True)
class _Parts:
    """What was read so far."""

    findings: Findings
    groups: dict[str, dict[str, _Param]] = field(default_factory=dict)
    spectra: list[Spectrum] = field(default_factory=list)
    traces: list[TimeTrace] = field(default_factory=list)
    scans: list[WavelengthScan] = field(default_factory=list)
    announced: int | None = None
    met: int = 0
    is_mzml: bool = False


def read_mzml(data: bytes, name: str = "") -> ReadOutcome:
    """Read the bytes of an mzML file; ``name`` stands in the findings. Bad data don't raise."""
    findings = Findings(name)
    parts = _Parts(findings)
    plain = unzipped(data, findings)
    check_sum(plain, findings)
    _read(in_known_encoding(plain, findings), parts)
    if not parts.is_mzml:
        findings.add(ReadState.NOT_THIS_FORMAT, "this is no mzML", fix="convert it to mzML")
    elif parts.announced is not None and parts.met < parts.announced:
        findings.add(
            ReadState.TRUNCATED, "spectra are missing", found=f"{parts.met} spectra",
            allowed=f"{parts.announced} as the file announces",
        )  # fmt: skip
    elif not (parts.spectra or parts.traces or parts.scans) and not findings.states:
        findings.add(ReadState.EMPTY, "the file has neither spectra nor chromatograms")
    return ReadOutcome(
        findings.state, tuple(findings.diagnostics), tuple(parts.spectra), tuple(parts.traces),
        tuple(parts.scans),
    )  # fmt: skip


def _read(data: bytes, parts: _Parts) -> None:
    try:
        for event, element in ET.iterparse(io.BytesIO(data), events=("start", "end")):  # noqa: S314 - no entities from elsewhere are loaded
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                _opened(tag, element, parts)
            else:
                _closed(tag, element, parts)
    except ET.ParseError as error:
        line = error.position[0]
        message = str(error).partition(":")[0]
        is_cut = message in _CUT and data.rstrip()[-9:] != b"</mzML>"
        if is_cut and parts.is_mzml:
            parts.findings.add(
                ReadState.TRUNCATED, "the file ends too early", line=line, fix="copy it again"
            )
        else:
            parts.findings.add(ReadState.MALFORMED, f"the XML is broken: {message}", line=line)


def _opened(tag: str, element: ET.Element, parts: _Parts) -> None:
    if tag in {"mzML", "indexedmzML"}:
        parts.is_mzml = True
    elif tag == "spectrumList":
        count = element.get("count", "")
        parts.announced = int(count) if count.isdecimal() and len(count) < 10 else None


def _closed(tag: str, element: ET.Element, parts: _Parts) -> None:
    if tag == "referenceableParamGroup":
        parts.groups[element.get("id", "")] = dict(_params(element, {}))
    elif tag in {"spectrum", "chromatogram"}:
        parts.met += tag == "spectrum"
        try:
            _keep(tag, element, parts)
        except ArrayError as error:
            state = ReadState.UNSUPPORTED if error.unsupported else ReadState.MALFORMED
            parts.findings.add(state, f"{tag} {element.get('id', '?')!r}: {error}")
        except ValueError as error:
            message = f"{tag} {element.get('id', '?')!r}: {error}"
            parts.findings.add(ReadState.MALFORMED, message)
        element.clear()


def _params(
    element: ET.Element, groups: Mapping[str, Mapping[str, _Param]]
) -> Iterator[tuple[str, _Param]]:
    """Accessions that stand directly in an element, those of its groups first."""
    for child in element:
        tag = child.tag.rpartition("}")[2]
        if tag == "referenceableParamGroupRef":
            yield from groups.get(child.get("ref", ""), {}).items()
    for child in element:
        if child.tag.rpartition("}")[2] == "cvParam":
            yield (
                child.get("accession", ""),
                _Param(child.get("value", ""), child.get("unitAccession", "")),
            )


def _inside(element: ET.Element, tag: str) -> Iterator[ET.Element]:
    return (each for each in element.iter() if each.tag.rpartition("}")[2] == tag)


def _keep(tag: str, element: ET.Element, parts: _Parts) -> None:
    """Decode one spectrum or chromatogram and put it where it belongs."""
    params = dict(_params(element, parts.groups))
    arrays = _arrays(element, parts)
    name = element.get("id", "")
    if tag == "chromatogram":
        if TIME not in arrays or INTENSITY not in arrays:
            raise ArrayError("it has no times or no intensities")
        (time, unit), (signal, signal_unit) = arrays[TIME], arrays[INTENSITY]
        kinds = [kind for accession, kind in _TRACE_KINDS.items() if accession in params]
        kind = kinds[0] if kinds else "other"
        minutes = time / _per_minute(unit)
        parts.traces.append(TimeTrace(name, kind, minutes, signal, signal_unit))
    elif WAVELENGTH in arrays and INTENSITY in arrays:
        scan = WavelengthScan(_time(element, parts), arrays[WAVELENGTH][0], arrays[INTENSITY][0])
        parts.scans.append(scan)
    elif MZ in arrays and INTENSITY in arrays:
        parts.spectra.append(_spectrum(element, parts, params, arrays))
    else:
        raise ArrayError("it has no m/z or no intensities")


def _spectrum(
    element: ET.Element,
    parts: _Parts,
    params: Mapping[str, _Param],
    arrays: Mapping[str, tuple[FloatArray, str]],
) -> Spectrum:
    modes = {_PROFILE: SpectrumMode.PROFILE, _CENTROID: SpectrumMode.CENTROID}
    signs = {_NEGATIVE: -1, _POSITIVE: 1}
    level = params[_MS_LEVEL].value if _MS_LEVEL in params else "1"
    return Spectrum(
        arrays[MZ][0],
        arrays[INTENSITY][0],
        mode=next((mode for accession, mode in modes.items() if accession in params), None),
        polarity=next((sign for accession, sign in signs.items() if accession in params), None),
        retention_min=_time(element, parts),
        ms_level=int(level),
        name=element.get("id", ""),
    )


def _arrays(element: ET.Element, parts: _Parts) -> dict[str, tuple[FloatArray, str]]:
    """Arrays of an element by accession, each with the accession of its unit."""
    usual = element.get("defaultArrayLength", "")
    found: dict[str, tuple[FloatArray, str]] = {}
    for each in _inside(element, "binaryDataArray"):
        params = dict(_params(each, parts.groups))
        kind = next((accession for accession in ARRAYS if accession in params), None)
        if kind is None:
            continue
        length = each.get("arrayLength", usual)
        if not length.isdecimal():
            raise ArrayError("it doesn't tell how many values it has")
        text = "".join(binary.text or "" for binary in _inside(each, "binary"))
        found[kind] = (decode_array(text, params, int(length)), params[kind].unit)
    sizes = {values.size for values, _ in found.values()}
    if len(sizes) > 1:
        raise ArrayError(f"its arrays differ in length: {sorted(sizes)}")
    if any(not np.isfinite(values).all() for values, _ in found.values()):
        raise ArrayError("its arrays hold values that are no finite numbers")
    return found


def _time(element: ET.Element, parts: _Parts) -> float | None:
    """Retention time in minutes of the first scan, or None if the file doesn't tell."""
    for scan in _inside(element, "scan"):
        start = dict(_params(scan, parts.groups)).get(_SCAN_TIME)
        if start is not None and start.unit in _PER_MINUTE:
            return float(start.value) / _PER_MINUTE[start.unit]
    return None


def _per_minute(unit: str) -> float:
    if unit not in _PER_MINUTE:
        raise ArrayError("its times have no unit that is known")
    return _PER_MINUTE[unit]
