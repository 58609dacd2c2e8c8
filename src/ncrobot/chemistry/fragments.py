"""What chemists abbreviate in cluster formulas, written out."""

from __future__ import annotations

from collections.abc import Mapping

# Ligands as they sit on a cluster: the thiol(s) without the hydrogen of each S-H.
# DMBT is ambiguous: 2,4-dimethylbenzenethiolate in some papers, the 3,5-isomer in others. Their
# masses are equal, the substances are not, so a protocol names them in full.
LIGAND_FRAGMENTS: Mapping[str, str] = {
    "DMBT": "C8H9S",
    "PET": "C8H9S",
    "TBBT": "C10H13S",
    "IPBT": "C9H11S",
    "MBA": "C7H5O2S",
    "pMBA": "C7H5O2S",
    "p-MBA": "C7H5O2S",
    "MHA": "C6H11O2S",
    "SG": "C10H16N3O6S",
    "BDT": "C6H4S2",
    "BDTA": "C7H4O2S2",
    "PDT": "C3H6S2",
    "BuDT": "C4H8S2",
    "PPh3": "C18H15P",
    "dppe": "C26H24P2",
    "dppp": "C27H26P2",
    "PPh4": "C24H20P",
    "TOA": "C32H68N",
    "OAc": "C2H3O2",
}
"""Ligands and counter-ions by the names that cluster papers use, as they stand in a formula."""

ORGANIC_GROUPS: Mapping[str, str] = {
    "Me": "CH3",
    "Et": "C2H5",
    "Bu": "C4H9",
    "tBu": "C4H9",
    "Ph": "C6H5",
    "Bn": "C7H7",
    "Cy": "C6H11",
}
"""Organic groups whose short names are no element symbols (Ac and Pr are, so they aren't here)."""
