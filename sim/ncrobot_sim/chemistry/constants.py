"""The constants of the twin: a file of named values, each with its source or a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot_sim.chemistry.isotopes import lines_of
from ncrobot_sim.chemistry.species import Species

_SETS = Path(__file__).parent / "sets"
_MOST_PARENTS = 5
Role = Literal["metal", "ligand", "incoming", "hydride", "base", "acid", "inert"]


class ChemistryError(LabError):
    """A file of constants can't be used."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Told(_Model):
    """Something that has a source, or is assumed for a reason; never both, never neither."""

    source: str | None = Field(None, min_length=5)
    assumed: str | None = Field(None, min_length=5)

    @model_validator(mode="after")
    def _one(self) -> _Told:
        if (self.source is None) == (self.assumed is None):
            raise ValueError("give either a source or assumed with the reason")
        return self


class Constant(_Told):
    """A number with its unit."""

    value: float = Field(allow_inf_nan=False)
    unit: str = ""


class Band(_Told):
    """An absorption band: a Gaussian in energy. Strength at its top, per metal, in 1/(mM cm)."""

    nm: float = Field(gt=100, lt=3000)
    width_ev: float = Field(gt=0)
    strength: float = Field(gt=0)


class Peak(_Told):
    """Where a species leaves the column, and how strongly the detector sees it."""

    minutes: float = Field(gt=0)
    strength: float = Field(1.0, gt=0)


class Ion(_Told):
    """An ion of a species: its formula, or its mean m/z and the spread of its masses in dalton."""

    formula: str | None = None
    mz: float | None = Field(None, gt=0)
    charge: int
    spread_da: float | None = Field(None, gt=0)
    strength: float = Field(1.0, gt=0)

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Ion:
        if (self.formula is None) == (self.mz is None or self.spread_da is None):
            raise ValueError("give either a formula, or mz and spread_da")
        if self.charge == 0:
            raise ValueError("an ion has a charge")
        if self.formula is not None:
            lines_of(self.formula, self.charge)
        return self


class Material(_Model):
    """What a material of the protocol is to the twin; amounts per molecule."""

    role: Role
    thiols: int = Field(1, ge=1, description="of a ligand: thiol groups of a molecule")
    acid_groups: int = Field(0, ge=0, description="of a ligand: carboxylic groups")


SpeciesName = Annotated[str, Field(pattern=r"^[a-z0-9]+$")]


class ParameterSet(_Model):
    """All that the twin needs to know of one chemistry. ``seed`` decides everything accidental."""

    ncrobot: Literal["chemistry/1"]
    name: str
    description: str = ""
    extends: str | None = None
    seed: int = Field(0, ge=0)
    materials: dict[str, Material]
    constants: dict[str, Constant]
    bands: dict[SpeciesName, tuple[Band, ...]]
    peaks: dict[SpeciesName, tuple[Peak, ...]] = {}
    ions: dict[SpeciesName, tuple[Ion, ...]] = {}

    @model_validator(mode="after")
    def _complete(self) -> ParameterSet:
        known = {item.name.lower() for item in Species}
        for table in (self.bands, self.peaks, self.ions):
            for name in table:
                if name not in known:
                    raise ValueError(f"there is no species {name!r}")
        for name in sorted(self.constants.keys() - NEEDED):
            near = nearest_word(name, NEEDED)
            raise ValueError(
                f"no constant is called {name!r}" + (f"; did you mean {near!r}?" if near else "")
            )
        if missing := sorted(NEEDED - self.constants.keys()):
            raise ValueError(f"constants are missing: {', '.join(missing)}")
        return self

    @cached_property
    def value(self) -> Mapping[str, float]:
        """The bare numbers by name."""
        return {name: constant.value for name, constant in self.constants.items()}


_NAMES = """
    metal_valence atoms_per_cluster thiols_per_metal electrons_per_hydride
    k_fix k_ripen k_disulfide k_grow k_overgrow k_burst k_bare k_fall_back k_finish k_decompose
    k_etch k_attack k_rich k_solid k_exchange k_over_exchange k_acid
    energy_grow energy_finish energy_decompose energy_other
    young_astray rich_ratio solid_ph acid_second acid_third acid_too_much
    hydroxide_half hydroxide_tames
    hydrolysis_slope hydrolysis_offset thiol_pka carboxylic_pka borate_pka
    mixing_at_rest mixing_half_rpm warming_s
    well_area_mm2 background_au noise_au noise_share drift_per_hour row_gradient edge_loss_per_hour
    most_au dud_chance turbidity retention_noise_min retention_drift_per_run mass_error_ppm
    sampler_c
"""
NEEDED = frozenset(_NAMES.split())
"""The constants that a set must give, and no others."""


def shipped_sets() -> tuple[str, ...]:
    """Names of the sets that come with the simulator."""
    return tuple(sorted(path.stem for path in _SETS.glob("*.yaml")))


def load_set(where: str | Path) -> ParameterSet:
    """The set of a shipped name, or in a file; one that extends another needs only what differs.

    Raises:
        ChemistryError: there is no such set, or it is not complete and sound.
    """
    data = _with_parents(where, ())
    try:
        return ParameterSet.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        told = first["msg"].removeprefix("Value error, ")
        place = ".".join(str(part) for part in first["loc"]) or None
        line = _line_of(_path_of(where, Path()), first["loc"])
        raise refused(where, told, quantity=place, line=line) from error


def _with_parents(where: str | Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    path = _path_of(where, seen[-1].parent if seen else Path())
    if path in seen or len(seen) > _MOST_PARENTS:
        raise refused(where, "it extends itself")
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refused(where, f"it can't be read: {error.strerror}") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise refused(where, f"it is no YAML: {error.problem}", line=line) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise refused(where, f"it is no YAML: {error}") from error
    if not isinstance(data, dict):
        raise refused(where, "it is no mapping")
    if not data.get("extends"):
        return data
    parent = _with_parents(str(data["extends"]), (*seen, path))
    for name, part in data.items():
        is_table = isinstance(part, dict) and isinstance(parent.get(name), dict)
        parent[name] = {**parent[name], **part} if is_table else part
    return parent


def _path_of(where: str | Path, beside: Path) -> Path:
    if str(where) in shipped_sets():
        return _SETS / f"{where}.yaml"
    path = Path(where)
    return path if path.is_absolute() or not (beside / path).exists() else beside / path


def _line_of(path: Path, at: Sequence[str | int]) -> int | None:
    """The line of a part of a file, or of the nearest part around it that the file has."""
    node, line = YAML().load(path.read_text(encoding="utf-8")), None
    for part in at:
        if not isinstance(node, CommentedMap | CommentedSeq) or part not in node.lc.data:
            break
        line = node.lc.data[part][0] + 1
        node = node[part]
    return line


def refused(
    where: str | Path, why: str, *, quantity: str | None = None, line: int | None = None
) -> ChemistryError:
    """The error about a set that can't be used, and why."""
    return ChemistryError(
        Diagnostic(
            code="bad-chemistry",
            message=f"this set of constants can't be used: {why}",
            file=str(where),
            line=line,
            quantity=quantity,
            fix=f"mend it, or name one that is shipped: {', '.join(shipped_sets())}",
        )
    )
