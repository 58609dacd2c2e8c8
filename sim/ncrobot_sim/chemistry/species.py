"""What can be in a well of the twin, and how much of everything, as one row of numbers.

Metal-bearing species are counted in µmol of metal atoms, so that their sum is what was dosed. The
others are in µmol of themselves.
"""

from __future__ import annotations

from enum import IntEnum


class Species(IntEnum):
    """Places in the row of amounts."""

    SALT = 0
    """The metal as it was brought, not bound by thiolate."""
    YOUNG = 1
    """Metal(I) thiolate complexes of mixed sizes, as they form at first."""
    RIPE = 2
    """The same after they have become one kind."""
    E2 = 3
    E4 = 4
    E6 = 5
    """Clusters on the way up, by their valence electrons."""
    RAW = 6
    """Clusters with all eight electrons, not yet in their final structure."""
    TARGET = 7
    SECOND = 8
    THIRD = 9
    """What acid makes of the target, step by step."""
    EXCHANGED = 10
    """The target with the incoming ligand."""
    OVER = 11
    """By-products of an exchange that went on too long."""
    BIG = 12
    """Clusters of ten electrons and more."""
    NANO = 13
    """Plasmonic particles."""
    SOLID = 14
    """What has fallen out."""
    LIGAND = 15
    INCOMING = 16
    """Free thiols: the ligand, and the one that is exchanged in."""
    DISULFIDE = 17
    HYDRIDE = 18
    BORATE = 19
    """What hydride becomes."""
    BASE = 20
    ACID = 21
    """Strong base and acid, as brought and as set free."""


METAL_SPECIES = tuple(Species(place) for place in range(Species.SALT, Species.SOLID + 1))
COUNT = len(Species)
