"""Dose: the volume of every addition in every well, from ratios, amounts and concentrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength, metal_atoms
from ncrobot.errors import InternalError
from ncrobot.protocol import (
    Add,
    AdjustPh,
    Condition,
    Dosing,
    Protocol,
    Reduce,
    Role,
    acts,
)
from ncrobot.protocol.values import Given


@dataclass(frozen=True, slots=True)
class Dose:
    """One stock into one well: ``portions`` identical parts of ``volume_ul`` each."""

    step: int
    stock: str
    volume_ul: float
    portions: int = 1

    @property
    def total_ul(self) -> float:
        """All portions together."""
        return self.volume_ul * self.portions


@dataclass(frozen=True, slots=True)
class WellDoses:
    """All additions of one well by step index, and the amounts they were asked to bring."""

    condition: Condition
    doses: Mapping[int, Dose]
    nominal_umol: Mapping[int, float]


def value_of(given: Given, condition: Condition) -> float:
    """The number behind a value of the protocol for one row, in the canonical unit."""
    if given.parameter is not None:
        return condition.values[given.parameter]
    if given.value is None:
        msg = "a given value has neither number nor parameter"
        raise ValueError(msg)
    return given.value


def optional_value(given: Given | None, condition: Condition) -> float | None:
    """As :func:`value_of`, or None where nothing was given."""
    return None if given is None else value_of(given, condition)


class WellSolver:
    """Works out the doses of one well; lives for one call of :meth:`solve`.

    References of a ratio ("per gold", "per metal") count all that the protocol adds to the well,
    whatever the order, except the step's own addition. They are nominal: a control that omits the
    gold still gets the ligand that belongs to the gold it leaves out.
    """

    def __init__(
        self,
        protocol: Protocol,
        strengths: Mapping[str, Strength],
        condition: Condition,
        findings: Findings,
    ) -> None:
        self.protocol = protocol
        self.strengths = strengths
        self.condition = condition
        self.findings = findings
        self.final_ul = value_of(protocol.vessel.final_volume, condition)
        self.main_umol: dict[int, float] = {}
        self.volume_ul: dict[int, float] = {}

    @property
    def dosing(self) -> dict[int, Dosing]:
        """The row's steps that add a stock by a dose, make-up and calculated pH left out."""
        return {
            index: step
            for index, step in enumerate(self.protocol.steps)
            if isinstance(step, Dosing)
            and acts(step.only, self.condition.choices)
            and not (isinstance(step, Add) and step.make_up)
            and not (isinstance(step, AdjustPh) and step.to is not None)
        }

    def solve(self) -> dict[int, float]:
        """Total volume in µL of every plain dose, by step index.

        Rounds of substitution settle doses that refer to each other's materials.
        """
        pending = dict(self.dosing)
        while pending:
            settled = [index for index, step in pending.items() if self._try(index, step, pending)]
            if not settled:
                raise InternalError("doses wait for each other; reading the protocol refuses that")
            for index in settled:
                pending.pop(index)
        return self.volume_ul

    def _try(self, index: int, step: Dosing, pending: Mapping[int, Dosing]) -> bool:
        strength = self.strengths[step.stock]
        volume = optional_value(step.volume, self.condition)
        if volume is not None:
            self._settle(index, strength, volume_ul=volume)
            return True
        if strength.main_umol_per_ul <= 0:
            self.findings.error(
                "moles-of-a-solvent",
                f"{step.stock!r} is a plain solvent, which is dosed by volume only",
                "steps",
                index,
                fix="give volume: or make_up: true",
            )
            self._settle(index, strength, volume_ul=0.0)
            return True
        umol = self._umol(index, step, pending)
        if umol is None:
            return False
        self._settle(index, strength, volume_ul=umol / strength.main_umol_per_ul)
        return True

    def _settle(self, index: int, strength: Strength, *, volume_ul: float) -> None:
        self.volume_ul[index] = volume_ul
        self.main_umol[index] = volume_ul * strength.main_umol_per_ul

    def _umol(self, index: int, step: Dosing, pending: Mapping[int, Dosing]) -> float | None:
        amount = optional_value(step.amount, self.condition)
        if amount is not None:
            return amount
        concentration = optional_value(step.concentration, self.condition)
        if concentration is not None:
            return concentration * self.final_ul
        reference = self._reference_umol(index, step, pending)
        if reference is None:
            return None
        return self._from_ratio(index, step, reference)

    def _from_ratio(self, index: int, step: Dosing, reference_umol: float) -> float:
        equivalents = optional_value(step.equivalents, self.condition)
        if equivalents is not None:
            return equivalents * reference_umol
        inverse = optional_value(step.inverse_equivalents, self.condition)
        if inverse is not None:
            if inverse <= 0:
                self.findings.error(
                    "zero-ratio",
                    "a ratio of zero moles of the reference per mole added has no dose",
                    "steps",
                    index,
                    row=self.condition.name,
                    found=f"{inverse:g}",
                    allowed="above 0",
                )
                return 0.0
            return reference_umol / inverse
        electrons_each = self.protocol.materials[self.protocol.stocks[step.stock].of].electrons
        if not isinstance(step, Reduce) or step.electrons_per_metal is None or not electrons_each:
            self.findings.error(
                "no-electrons",
                f"material {self.protocol.stocks[step.stock].of!r} doesn't say how many electrons "
                "a molecule gives",
                "steps",
                index,
                fix="give materials.<name>.electrons (8 for NaBH4)",
            )
            return 0.0
        return value_of(step.electrons_per_metal, self.condition) * reference_umol / electrons_each

    def _reference_umol(
        self, index: int, step: Dosing, pending: Mapping[int, Dosing]
    ) -> float | None:
        counts_electrons = isinstance(step, Reduce) and step.electrons_per_metal is not None
        counted = "metal" if counts_electrons else step.per
        total = 0.0
        for other in self.dosing:
            if other == index:
                continue
            stock = self.dosing[other].stock
            weight = self._weight(stock, counted)
            if weight == 0:
                continue
            if other in pending and other not in self.volume_ul:
                return None
            total += weight * self.volume_ul[other]
        return total

    def _weight(self, stock: str, counted: str) -> float:
        """µmol of a material, of metal atoms or of all clusters in one µL of the stock."""
        content = self.strengths[stock].umol_per_ul
        materials = self.protocol.materials
        if counted == "metal":
            return sum(umol * metal_atoms(materials[name]) for name, umol in content.items())
        if counted == "cluster":
            return sum(
                umol for name, umol in content.items() if materials[name].role is Role.CLUSTER
            )
        return content.get(counted, 0.0)
