"""The table of clusters: where papers say that they absorb, and what else would tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field
from ruamel.yaml import YAML

from ncrobot.model import Document

PEAK_TOLERANCE_NM = 8.0
SHOULDER_TOLERANCE_NM = 15.0
_CORE = re.compile(r"\[?((?:(?:Ag|Au|Cd|Co|Cu|Hg|Ni|Pd|Pt|Rh)[0-9]*)+)(?![a-z])")


class Expected(Document):
    """One printed place. ``tolerance_nm`` None: that of its kind (assumed, see the table)."""

    nm: float = Field(gt=100, lt=3000)
    kind: Literal["peak", "shoulder"]
    tolerance_nm: float | None = Field(None, gt=0)

    @property
    def within_nm(self) -> float:
        """How far a feature may be from the printed place."""
        usual = PEAK_TOLERANCE_NM if self.kind == "peak" else SHOULDER_TOLERANCE_NM
        return usual if self.tolerance_nm is None else self.tolerance_nm


class OtherMethod(Document):
    """A method that may tell what absorption can't, with the printed figures if there are any."""

    method: str
    nm: float | None = None
    quantum_yield_percent: float | None = None


class Cluster(Document):
    """One row of the table. ``gap_ev`` is as printed; it isn't always that of the listed peak.

    ``same_as`` are clusters that absorb alike, in the table or not: beside them it is never named.
    """

    name: str
    metals: tuple[str, ...] = Field(min_length=1)
    source: str
    features: tuple[Expected, ...] = Field(min_length=1)
    solvent: str | None = None
    gap_ev: float | None = None
    note: str = ""
    same_as: tuple[str, ...] = ()
    elsewhere: tuple[OtherMethod, ...] = ()

    @property
    def peaks(self) -> tuple[Expected, ...]:
        """What has to be there if this cluster is."""
        return tuple(each for each in self.features if each.kind == "peak")

    @property
    def core(self) -> str:
        """The metal atoms with which its name begins, such as Au24Pt; empty if it doesn't."""
        found = _CORE.match(self.name)
        return found[1] if found else ""


class ClusterTable(Document):
    """All rows, and the papers that they come from."""

    sources: dict[str, str]
    clusters: tuple[Cluster, ...]

    def named(self, name: str) -> Cluster:
        """One row.

        Raises:
            KeyError: there is none of this name.
        """
        found = next((each for each in self.clusters if each.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def made_of(self, metals: Iterable[str]) -> tuple[Cluster, ...]:
        """The rows that hold no other metals than these."""
        there = set(metals)
        return tuple(each for each in self.clusters if set(each.metals) <= there)

    def with_rows(self, more: Iterable[Cluster]) -> ClusterTable:
        """The table with a lab's own rows, in place of the printed ones of the same metal atoms.

        So a printed Au25(SR)18 isn't held against a lab's own Au25(PET)18.
        """
        own = {each.name: each for each in more}
        cores = {each.core for each in own.values()} - {""}
        kept = tuple(
            each for each in self.clusters if each.name not in own and each.core not in cores
        )
        return self.model_copy(update={"clusters": (*kept, *own.values())})


@cache
def printed_clusters() -> ClusterTable:
    """The table as printed in the papers it names."""
    text = files("ncrobot.analysis.optical").joinpath("data/clusters.yaml").read_text("utf-8")
    return ClusterTable.model_validate(YAML(typ="safe", pure=True).load(text))
