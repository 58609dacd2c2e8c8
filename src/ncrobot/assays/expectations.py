"""What a protocol itself tells the analysis: species that are expected, and objectives.

An analysis file, if there is one, goes before: its windows and candidates stand in place of those
that follow from what is expected, and its objectives in place of those of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from ncrobot.analysis.chromatography import RetentionWindow
from ncrobot.analysis.mass import Resolution, parse_ion
from ncrobot.analysis.optical import Cluster, OtherMethod
from ncrobot.analysis.optical import Expected as Place
from ncrobot.assays.settings import AnalysisSettings, ElutionSettings, MassSettings
from ncrobot.chemistry import FormulaError, element_counts
from ncrobot.errors import Diagnostic, LabError
from ncrobot.protocol import Expected, Protocol

METALS = ("Ag", "Au", "Cd", "Co", "Cu", "Hg", "Ni", "Pd", "Pt", "Rh")
_HALF_WIDTH_SHARE = 0.05
_NEIGHBOUR_SHARE = 0.45
_ASSUMED = (
    "windows are 5 % to either side of the retention times that the protocol's source prints, or "
    "less where a neighbour is near; on another column they are others"
)


def told_by_protocol(
    protocol: Protocol, own: AnalysisSettings | None = None, resolution: Resolution | None = None
) -> AnalysisSettings:
    """The settings of an analysis, from a protocol and the lab's own file, if there is one.

    ``resolution`` is that of the mass spectrometer; without it ions of the protocol aren't sought.

    Raises:
        LabError: an objective names what has no window, reference or candidate.
    """
    own = own or AnalysisSettings(ncrobot="analysis/1", protocol=protocol.name)
    named = {each.name for each in own.optical.clusters}
    rows = [each for each in expected_clusters(protocol) if each.name not in named]
    metals = own.optical.metals or metals_of(protocol)
    told = {"clusters": (*own.optical.clusters, *rows), "metals": metals}
    optical = own.optical.model_copy(update=told)
    settings = own.model_copy(
        update={
            "optical": optical,
            "elution": own.elution or expected_elution(protocol),
            "mass": own.mass or expected_ions(protocol, resolution),
            "objectives": {**protocol.objectives, **own.objectives},
        }
    )
    try:
        return AnalysisSettings.model_validate(settings.model_dump(by_alias=True))
    except ValidationError as error:
        raise LabError([_told(each["msg"]) for each in error.errors()]) from error


def expected_clusters(protocol: Protocol) -> Iterator[Cluster]:
    """A row of the table for each expected species whose absorption is told."""
    for each in protocol.expected:
        metals = metals_in(each.species)
        places = [
            *(Place(nm=nm, kind="peak") for nm in each.absorption_nm),
            *(Place(nm=nm, kind="shoulder") for nm in each.shoulders_nm),
        ]
        if each.absorption_nm and metals:
            yield Cluster(
                name=each.species, metals=metals, source=f"protocol {protocol.name}",
                features=tuple(places), note=each.note or "", same_as=each.same_as,
                elsewhere=tuple(_elsewhere(each)),
            )  # fmt: skip


def expected_elution(protocol: Protocol) -> ElutionSettings | None:
    """A retention window for each expected species that has a time; None if none has."""
    times = {each.species: each.retention_min for each in protocol.expected if each.retention_min}
    windows = []
    for name, time in times.items():
        others = [abs(time - other) for key, other in times.items() if key != name]
        half = min([_HALF_WIDTH_SHARE * time, *(_NEIGHBOUR_SHARE * gap for gap in others)])
        if half > 0.0:
            windows.append(RetentionWindow(name=name, start_min=time - half, end_min=time + half))
    return ElutionSettings(windows=tuple(windows), assumed=_ASSUMED) if windows else None


def expected_ions(protocol: Protocol, resolution: Resolution | None) -> MassSettings | None:
    """The ions of all expected species whose formulas can be read; None without any."""
    names = [name for each in protocol.expected for name in each.ion_names() if _is_ion(name)]
    if not names or resolution is None:
        return None
    return MassSettings(candidates=tuple(dict.fromkeys(names)), resolution=resolution)


def metals_in(species: str) -> tuple[str, ...]:
    """The metals of a species' formula; none if it is no formula."""
    try:
        counts = parse_ion(species).counts
    except ValueError:
        try:
            counts = element_counts(species)
        except FormulaError:
            return tuple(metal for metal in METALS if _begins_with(species, metal))
    return tuple(metal for metal in METALS if metal in counts)


def metals_of(protocol: Protocol) -> tuple[str, ...]:
    """All metals of what is expected, of the target and of the materials."""
    told = [each.species for each in protocol.expected]
    told += [each.formula for each in protocol.materials.values() if each.formula]
    told += [protocol.target.formula] if protocol.target is not None else []
    return tuple(dict.fromkeys(metal for each in told for metal in metals_in(each)))


def _begins_with(species: str, metal: str) -> bool:
    """Such as Au25(SR)18, whose ligand is left open."""
    rest = species.lstrip("[").removeprefix(metal)
    return rest != species.lstrip("[") and not rest[:1].islower()


def _elsewhere(expected: Expected) -> Iterator[OtherMethod]:
    for nm in expected.emission_nm:
        quantum_yield = expected.quantum_yield_percent
        yield OtherMethod(method="emission", nm=nm, quantum_yield_percent=quantum_yield)
    if expected.ions:
        yield OtherMethod(method="ESI-MS")


def _is_ion(name: str) -> bool:
    try:
        return parse_ion(name).charge is not None
    except ValueError:
        return False


def _told(message: str) -> Diagnostic:
    return Diagnostic(
        code="objective", message=message.removeprefix("Value error, "),
        fix="tell retention_min or ions of the species under expected, the resolving power of the "
        "instrument under resolution, or windows and candidates in an analysis file",
    )  # fmt: skip


def is_anything_told(settings: AnalysisSettings) -> bool:
    """Whether an analysis has anything to look for."""
    parts = (settings.objectives, settings.elution, settings.mass, settings.optical.clusters)
    return any(parts)
