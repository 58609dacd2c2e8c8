"""The ligands that cluster papers abbreviate: formulas bound and free, and the places they take.

A thiol loses the hydrogen of each S-H when it binds, so the bound formula is that of the thiolate.
A phosphine stays whole, and takes no place of a thiolate.

Sources: the abbreviations are those of the papers named beside them; the formulas follow from the
systematic names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_ACID_CHOICE = "Chem. Sci. 2025, 16, 2373"
_DITHIOLATE = "Chem. Sci. 2026, 17, 6931"
_INTERCLUSTER = "J. Phys. Chem. C, doi 10.1021/acs.jpcc.4c07077"
_PLANNING = "Nanoscale Horiz. 2025, 10, 2304"


@dataclass(frozen=True, slots=True)
class Ligand:
    """A ligand: ``sites`` is the number of thiolate places that one of it takes on a cluster."""

    symbol: str
    name: str
    free_formula: str
    bound_formula: str
    sites: int
    source: str


_ALL = (
    Ligand("PET", "2-phenylethanethiol", "C8H10S", "C8H9S", 1, _DITHIOLATE),
    Ligand("TBBT", "4-tert-butylbenzenethiol", "C10H14S", "C10H13S", 1, _DITHIOLATE),
    Ligand("IPBT", "4-isopropylbenzenethiol", "C9H12S", "C9H11S", 1, _PLANNING),
    # The 2,4- and the 3,5-isomer share the abbreviation and the mass.
    Ligand("DMBT", "2,4-dimethylbenzenethiol", "C8H10S", "C8H9S", 1, _INTERCLUSTER),
    Ligand("p-MBA", "4-mercaptobenzoic acid", "C7H6O2S", "C7H5O2S", 1, _PLANNING),
    Ligand("pMBA", "4-mercaptobenzoic acid", "C7H6O2S", "C7H5O2S", 1, _PLANNING),
    Ligand("MBA", "mercaptobenzoic acid", "C7H6O2S", "C7H5O2S", 1, _PLANNING),
    Ligand("MHA", "6-mercaptohexanoic acid", "C6H12O2S", "C6H11O2S", 1, _PLANNING),
    Ligand("SG", "glutathione", "C10H17N3O6S", "C10H16N3O6S", 1, _PLANNING),
    Ligand("SAdm", "1-adamantanethiol", "C10H16S", "C10H15S", 1, _PLANNING),
    Ligand("S-Adm", "1-adamantanethiol", "C10H16S", "C10H15S", 1, _PLANNING),
    Ligand("SC2H4Ph", "2-phenylethanethiol", "C8H10S", "C8H9S", 1, _PLANNING),
    Ligand("SCH2Ph", "phenylmethanethiol", "C7H8S", "C7H7S", 1, _PLANNING),
    Ligand("SC6H13", "1-hexanethiol", "C6H14S", "C6H13S", 1, _PLANNING),
    Ligand("SC12H25", "1-dodecanethiol", "C12H26S", "C12H25S", 1, _PLANNING),
    Ligand("BDT", "1,3-benzenedithiol", "C6H6S2", "C6H4S2", 2, _INTERCLUSTER),
    Ligand("BDTA", "3,5-dimercaptobenzoic acid", "C7H6O2S2", "C7H4O2S2", 2, _ACID_CHOICE),
    Ligand("EDT", "1,2-ethanedithiol", "C2H6S2", "C2H4S2", 2, _DITHIOLATE),
    Ligand("PDT", "1,3-propanedithiol", "C3H8S2", "C3H6S2", 2, _DITHIOLATE),
    Ligand("BuDT", "1,4-butanedithiol", "C4H10S2", "C4H8S2", 2, _DITHIOLATE),
    Ligand("HDT", "1,6-hexanedithiol", "C6H14S2", "C6H12S2", 2, _DITHIOLATE),
    Ligand("PPh3", "triphenylphosphine", "C18H15P", "C18H15P", 0, _ACID_CHOICE),
    Ligand("dppm", "bis(diphenylphosphino)methane", "C25H22P2", "C25H22P2", 0, _PLANNING),
    Ligand("dppe", "1,2-bis(diphenylphosphino)ethane", "C26H24P2", "C26H24P2", 0, _PLANNING),
    Ligand("dppp", "1,3-bis(diphenylphosphino)propane", "C27H26P2", "C27H26P2", 0, _PLANNING),
)

LIGANDS: Mapping[str, Ligand] = MappingProxyType({ligand.symbol: ligand for ligand in _ALL})
"""Ligands by the symbol that stands for them in a formula."""


def ligand_abbreviations(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Bound formulas by symbol, to read formulas with; ``extra`` are added, and stand before."""
    return {**{symbol: each.bound_formula for symbol, each in LIGANDS.items()}, **(extra or {})}
