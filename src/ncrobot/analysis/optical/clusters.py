"""The table of clusters: where papers say that they absorb, and what else would tell them apart."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field
from ruamel.yaml import YAML

from ncrobot.model import Document

PEAK_TOLERANCE_NM = 8.0
SHOULDER_TOLERANCE_NM = 15.0


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
    """One row of the table. ``gap_ev`` is as printed; it isn't always that of the listed peak."""

    name: str
    metals: tuple[str, ...] = Field(min_length=1)
    source: str
    features: tuple[Expected, ...] = Field(min_length=1)
    solvent: str | None = None
    gap_ev: float | None = None
    note: str = ""
    elsewhere: tuple[OtherMethod, ...] = ()

    @property
    def peaks(self) -> tuple[Expected, ...]:
        """What has to be there if this cluster is."""
        return tuple(each for each in self.features if each.kind == "peak")


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
        """The table with a lab's own rows; one of the same name replaces the printed one."""
        own = {each.name: each for each in more}
        kept = tuple(each for each in self.clusters if each.name not in own)
        return self.model_copy(update={"clusters": (*kept, *own.values())})


@cache
def printed_clusters() -> ClusterTable:
    """The table as printed in the papers it names."""
    text = files("ncrobot.analysis.optical").joinpath("data/clusters.yaml").read_text("utf-8")
    return ClusterTable.model_validate(YAML(typ="safe", pure=True).load(text))
