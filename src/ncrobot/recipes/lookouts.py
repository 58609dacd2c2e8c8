"""What the analysis of a recipe's samples is to look for: ions to match, bands, retention times.

All of it stands in the protocol (``expected``). Here the formulas become ions that
:mod:`ncrobot.analysis.mass` matches, and printed m/z are compared with what the formulas give.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from ncrobot.analysis.mass import Ion, average_mass_da, parse_ion
from ncrobot.chemistry import FormulaError
from ncrobot.model import Document
from ncrobot.protocol import Expected, Protocol
from ncrobot.protocol import Ion as PrintedIon

MZ_AGREES = 1.0
"""How far a printed m/z, often a whole number, may be off the mean m/z of its formula."""


class IonLookout(Document):
    """A peak to look for; ``mz_of_formula`` is the mean m/z that its formula gives."""

    species: str
    formula: str
    charge: int
    mz_printed: float | None = None
    mz_of_formula: float | None = None
    note: str | None = None

    @property
    def mz(self) -> float | None:
        """Where to look: what the formula gives, else what is printed."""
        return self.mz_of_formula if self.mz_of_formula is not None else self.mz_printed

    @property
    def agrees(self) -> bool | None:
        """Whether printed and calculated m/z are the same; None: only one is known."""
        if self.mz_printed is None or self.mz_of_formula is None:
            return None
        return abs(self.mz_printed - self.mz_of_formula) <= MZ_AGREES


class Lookout(Document):
    """One species, what it is in the reaction, and how instruments tell it."""

    species: str
    part: str
    absorption_nm: tuple[float, ...] = ()
    shoulders_nm: tuple[float, ...] = ()
    region_nm: tuple[float, float] | None = None
    emission_nm: tuple[float, ...] = ()
    excitation_nm: float | None = None
    retention_min: float | None = None
    region_mz: tuple[float, float] | None = None
    ions: tuple[IonLookout, ...] = ()
    same_as: tuple[str, ...] = Field((), description="species that look the same")

    @property
    def is_seen(self) -> bool:
        """Whether any figure tells it."""
        bands = (*self.absorption_nm, *self.shoulders_nm, *self.emission_nm)
        regions = (self.region_nm, self.region_mz)
        return bool(bands or self.ions or any(regions) or self.retention_min is not None)


def lookouts_of(protocol: Protocol) -> tuple[Lookout, ...]:
    """What to look for in samples of a protocol, by species; also the target's own ion."""
    found = [_lookout(each) for each in protocol.expected]
    target = protocol.target
    known = {each.species for each in found}
    if target is not None and target.formula not in known:
        ion = _ion_of(target.formula, target.charge)
        if ion is not None or target.absorption_nm:
            found.append(
                Lookout(
                    species=target.formula,
                    part="target",
                    absorption_nm=target.absorption_nm,
                    ions=() if ion is None else (ion,),
                )
            )
    return tuple(found)


def ions_to_match(protocol: Protocol) -> tuple[Ion, ...]:
    """The ions of a protocol for :func:`ncrobot.analysis.mass.identify`, each formula once."""
    found: dict[tuple[object, ...], Ion] = {}
    for lookout in lookouts_of(protocol):
        for each in lookout.ions:
            ion = _parsed(each.formula, each.charge)
            if ion is not None:
                found.setdefault((ion.key, ion.charge), ion)
    return tuple(found.values())


def figures(lookout: Lookout) -> Iterator[str]:
    """The figures of one species in words."""
    if lookout.absorption_nm:
        yield f"absorbs at {_listed(lookout.absorption_nm)} nm"
    if lookout.shoulders_nm:
        yield f"shoulders at {_listed(lookout.shoulders_nm)} nm"
    if lookout.region_nm is not None:
        yield "changes between {:g} and {:g} nm".format(*lookout.region_nm)
    if lookout.emission_nm:
        excited = f", excited at {lookout.excitation_nm:g} nm" if lookout.excitation_nm else ""
        yield f"emits at {_listed(lookout.emission_nm)} nm{excited}"
    if lookout.retention_min is not None:
        yield f"retained {lookout.retention_min:g} min"
    if lookout.region_mz is not None:
        yield "peaks between m/z {:g} and {:g}".format(*lookout.region_mz)
    for ion in lookout.ions:
        printed = f"m/z {ion.mz_printed:g}" if ion.mz_printed is not None else "no m/z printed"
        given = "" if ion.mz_of_formula is None else f", its formula gives {ion.mz_of_formula:.2f}"
        off = "; they differ" if ion.agrees is False else ""
        yield f"{ion.formula} ({ion.charge:+d}): {printed}{given}{off}"


def _lookout(expected: Expected) -> Lookout:
    return Lookout(
        species=expected.species,
        part=expected.part,
        absorption_nm=expected.absorption_nm,
        shoulders_nm=expected.shoulders_nm,
        region_nm=expected.region_nm,
        emission_nm=expected.emission_nm,
        excitation_nm=expected.excitation_nm,
        retention_min=expected.retention_min,
        region_mz=expected.region_mz,
        ions=tuple(_of_printed(expected.species, each) for each in expected.ions),
        same_as=expected.same_as,
    )


def _of_printed(species: str, printed: PrintedIon) -> IonLookout:
    formula = printed.formula or species
    parsed = _parsed(formula, printed.charge)
    return IonLookout(
        species=species,
        formula=formula,
        charge=printed.charge,
        mz_printed=None if printed.computed else printed.mz,
        mz_of_formula=printed.mz if printed.computed and parsed is None else _mean_mz(parsed),
        note=printed.note,
    )


def _ion_of(formula: str, charge: int) -> IonLookout | None:
    """The ion that a target is, if it has a charge and a formula that can be read."""
    parsed = _parsed(formula, charge) if charge else None
    if parsed is None:
        return None
    return IonLookout(
        species=formula, formula=formula, charge=charge, mz_of_formula=_mean_mz(parsed)
    )


def _parsed(formula: str, charge: int) -> Ion | None:
    """The ion; None where a formula stands for many, such as that of a thiolate SR."""
    try:
        ion = parse_ion(formula)
        return ion if ion.charge == charge else parse_ion(formula, charge)
    except (FormulaError, ValueError):
        return None


def _mean_mz(ion: Ion | None) -> float | None:
    return None if ion is None else round(ion.mz_of_mass(average_mass_da(ion.counts)), 3)


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
