"""Steps that put liquid into a well, and what all steps share: names, lags, lateness."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, either, raise_all
from ncrobot.protocol.choosing import Only
from ncrobot.protocol.materials import Name
from ncrobot.protocol.on_fault import OnFault
from ncrobot.protocol.values import (
    Amount,
    Concentration,
    Count,
    Duration,
    Ratio,
    Volume,
)
from ncrobot.units import QuantityError, parse_repeated, repeated_pattern

StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Late = Literal["continue", "abandon", "stop"]
Batching = Literal["auto", "single", "repeat", "column", "multi_dispense", "pump"]
Permission = Annotated[str, Field(min_length=5)]
PERMISSION = "who allows that acid and hydride meet in this step, and why it is safe here"


def _also_repeated(schema: JsonDict) -> None:
    """Let editors accept "8 x 30 min" where a count stands."""
    forms = schema.get("anyOf")
    if isinstance(forms, list):
        forms.append({"type": "string", "pattern": repeated_pattern()})


def _one_of(given: list[str], ways: tuple[str, ...], what: str) -> list[FlawError]:
    """Return the flaw of a model that gives none or several of fields that exclude each other."""
    if len(given) == 1:
        return []
    return [
        FlawError(
            f"{what} is told in exactly one way",
            code="one-of",
            found=" and ".join(given) or "none",
            allowed=either(ways),
            fix="leave one" if given else "write one of them",
        )
    ]


class Timing(Document):
    """A lag to an earlier step: at least, at most, or a target with a tolerance."""

    after: StepId
    of: Literal["end", "start", "first", "last"] = Field(
        "end", description="first/last: the start of the first/last portion of a reduce step"
    )
    at_least: Duration | None = None
    at_most: Duration | None = None
    target: Duration | None = None
    tolerance: Duration | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> Timing:
        raise_all([*self._form_flaws(), *self._order_flaws()])
        return self

    def _form_flaws(self) -> list[FlawError]:
        bounds = self.at_least is not None or self.at_most is not None
        allowed = "at_least and/or at_most, or target with tolerance"
        if self.target is None and self.tolerance is None and not bounds:
            return [FlawError("a lag needs a bound", code="one-of", found="none", allowed=allowed)]
        flaws = []
        if (self.target is None) != (self.tolerance is None):
            missing = "target" if self.target is None else "tolerance"
            message = "target and tolerance belong together"
            fix = f"write {missing}: with a duration"
            flaws.append(FlawError(message, code="missing-field", allowed=allowed, fix=fix))
        if self.target is not None and bounds:
            message = "a lag has a target or bounds, not both"
            flaws.append(FlawError(message, code="one-of", at=("target",), allowed=allowed))
        return flaws

    def _order_flaws(self) -> list[FlawError]:
        low = self.at_least.value if self.at_least else None
        high = self.at_most.value if self.at_most else None
        if low is None or high is None or low <= high:
            return []
        return [
            FlawError(
                "at_most is shorter than at_least",
                code="range-order",
                at=("at_most",),
                found=str(self.at_most),
                allowed=f"{self.at_least} or longer",
            )
        ]


class StepBase(Document):
    """What all steps share: a name, lags, the policy for a broken lag, and a note."""

    id: StepId | None = Field(None, description="needed if another step refers to this one")
    only: Only = Field({}, description="done only in rows that chose these words; none: in all")
    timing: tuple[Timing, ...] = ()
    if_late: Late | None = Field(None, description="what to do with a well whose lag was broken")
    on_fault: OnFault = Field(
        default={}, description="what to do when a device fails, by defined error"
    )
    note: str | None = None


class Dosing(StepBase):
    """A dose of a stock, told in exactly one way."""

    stock: Name
    volume: Volume | None = None
    amount: Amount | None = None
    concentration: Concentration | None = Field(None, description="in the vessel's final volume")
    equivalents: Ratio | None = Field(None, description="moles added per mole of `per`")
    inverse_equivalents: Ratio | None = Field(None, description="moles of `per` per mole added")
    per: str = Field(
        "metal",
        description="a material, 'metal': all metal atoms in the well, or 'cluster': all clusters",
    )
    batching: Batching = Field(
        "auto", description="how the dose reaches its wells; auto: the quickest that is allowed"
    )
    over: Duration | None = Field(
        None, description="a pump adds it evenly over this time, each portion"
    )
    permission: Permission | None = Field(None, description=PERMISSION)

    @model_validator(mode="after")
    def _one_way(self) -> Dosing:
        raise_all(_one_of(list(self.given_ways()), type(self).ways(), "a dose"))
        return self

    @model_validator(mode="after")
    def _over_by_pump(self) -> Dosing:
        if self.over is not None and self.batching not in ("auto", "pump"):
            raise FlawError(
                "only a pump adds evenly over a time",
                code="one-of",
                at=("batching",),
                found=self.batching,
                allowed="auto, pump",
                fix="leave out batching, or over",
            )
        return self

    def given_ways(self) -> tuple[str, ...]:
        """Names of the fields that tell the dose; exactly one in a valid step."""
        given = {name for name, value in self if value is not None and value is not False}
        return tuple(way for way in type(self).ways() if way in given)

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """Names of the fields of which exactly one tells the dose."""
        return ("volume", "amount", "concentration", "equivalents", "inverse_equivalents")


class Add(Dosing):
    """Add a stock. ``make_up`` fills the well so that all additions end at the final volume."""

    do: Literal["add"]
    make_up: bool = False

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """As for any dose, or make-up."""
        return (*super().ways(), "make_up")


class Reduce(Dosing):
    """Add a reductant, in ``portions`` identical parts at an ``interval``."""

    do: Literal["reduce"]
    electrons_per_metal: Ratio | None = Field(None, description="electrons per metal atom")
    portions: Count | None = Field(
        None,
        description='how many; "8 x 30 min" gives the interval as well',
        json_schema_extra=_also_repeated,
    )
    interval: Duration | None = None
    tolerance: Duration | None = Field(None, description="allowed deviation of each portion")

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """As for any dose, or electrons per metal atom."""
        return (*super().ways(), "electrons_per_metal")

    @model_validator(mode="before")
    @classmethod
    def _split_repeated(cls, raw: object) -> object:
        """Read "8 x 30 min" as portions and interval; what is no such text is left as it is."""
        if isinstance(raw, dict) and isinstance(raw.get("portions"), str):
            with suppress(QuantityError):
                repeated = parse_repeated(raw["portions"])
                interval = (
                    {"interval": f"{repeated.interval_s!r} s"} if "interval" not in raw else {}
                )
                return {**raw, "portions": repeated.count, **interval}
        return raw

    @model_validator(mode="after")
    def _portions_need_interval(self) -> Reduce:
        fields = {"portions": self.portions, "interval": self.interval, "tolerance": self.tolerance}
        given = [name for name, value in fields.items() if value is not None]
        raise_all(
            [
                FlawError(
                    "portions, interval and tolerance belong together",
                    code="missing-field",
                    found=" and ".join(given),
                    fix=f"write {name}: too, or delete {' and '.join(given)}",
                )
                for name in fields
                if given and name not in given
            ]
        )
        return self


class Acidify(Dosing):
    """Add acid. Where it meets a hydride it needs ``permission``: who allows it, and why."""

    do: Literal["acidify"]


class Exchange(Dosing):
    """Add an incoming ligand or metal to a finished cluster, and let it act ``for`` a time."""

    do: Literal["exchange"]
    for_: Duration | None = Field(None, alias="for")
    tolerance: Duration | None = None


class Dilute(StepBase):
    """Add solvent to a total volume, or by a factor, or a plain volume."""

    do: Literal["dilute"]
    stock: Name
    volume: Volume | None = None
    factor: Ratio | None = Field(None, description="new volume / volume before")
    to_volume: Volume | None = None
    permission: Permission | None = Field(None, description=PERMISSION)

    @model_validator(mode="after")
    def _one_way(self) -> Dilute:
        ways = {"volume": self.volume, "factor": self.factor, "to_volume": self.to_volume}
        given = [name for name, value in ways.items() if value is not None]
        raise_all(_one_of(given, tuple(ways), "a dilution"))
        return self
