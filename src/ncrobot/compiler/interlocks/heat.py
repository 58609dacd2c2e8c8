"""Temperatures: no labware warmer than its material bears, no well near its boiling point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ncrobot.chemistry import (
    BOILING_MARGIN_C,
    EVAPORATION_MARGIN_C,
    Boiling,
    HazardSeverity,
    first_to_boil,
    hazards_of_vessel,
)
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.interlocks.substances import Substances
from ncrobot.compiler.interlocks.vessels import Arrival, Vessels
from ncrobot.deck import Deck
from ncrobot.deck.layout import Placed
from ncrobot.labware import material_limit
from ncrobot.plan import AskPerson, Operation, SetTemperature, StockUse
from ncrobot.protocol import Person, Protocol, Role, step_ids

# Up to here no limit of a material and no boiling point need be known: the room is as warm.
WARM_C = 30.0
# Assumed: less of a solvent than this share of a well doesn't decide when it boils.
LEAST_SHARE = 0.01
_VESSEL = ("vessel", "temperature")


@dataclass(frozen=True, slots=True)
class _Hot:
    """A temperature that something is held at: who asked for it, and how it is closed."""

    temperature_c: float
    where: str
    path: tuple[str | int, ...]
    is_tight: bool


class Heat:
    """Follows the setpoint under the reaction plate and what is in its wells."""

    def __init__(
        self,
        protocol: Protocol,
        substances: Substances,
        vessels: Vessels,
        deck: Deck,
        wells: Sequence[str],
    ) -> None:
        self._protocol = protocol
        self._substances = substances
        self._vessels = vessels
        self._deck = deck
        self._wells = list(wells)
        self._plate = wells[0].partition("/")[0] if wells else ""
        self._under = deck.device_under(self._plate) if wells else None
        self._places = {name: index for index, name in enumerate(step_ids(protocol))}
        self._stated_c = {
            material.name: material.boiling_point.value
            for material in protocol.materials.values()
            if material.boiling_point is not None and material.boiling_point.value is not None
        }
        self._closure = protocol.vessel.closure
        self._setpoint_c: float | None = None
        self._told: set[tuple[str, object, frozenset[str]]] = set()
        self._hydride_told: set[str] = set()

    def see(self, operation: Operation, findings: Findings) -> None:
        """Look at a setpoint, or at a person who opens or closes the wells."""
        if isinstance(operation, AskPerson):
            index = self._places.get(operation.step)
            step = self._protocol.steps[index] if index is not None else None
            if isinstance(step, Person) and step.closure is not None:
                self._closure = step.closure
                self._check_wells(self._wells, operation.step, findings)
            return
        if not isinstance(operation, SetTemperature) or operation.device != self._under:
            return
        self._setpoint_c = operation.temperature_c
        if operation.temperature_c is not None:
            placed = self._deck.labware(self._plate)
            path = self._path(operation.step)
            self._check_labware(placed, operation.temperature_c, path, findings)
            self._check_wells(self._wells, operation.step, findings)
            held = (self._vessels.held(address) for address in self._wells)
            if any(self._substances.has_hydride(mixture) for mixture in held):
                self._hot_hydride(operation.step, findings, is_fresh=False)

    def arrived(self, arrivals: Iterable[Arrival], findings: Findings) -> None:
        """Look at wells that got something while they are held at a temperature."""
        for arrival in arrivals:
            if arrival.address in self._wells:
                self._check_wells([arrival.address], arrival.operation.step, findings)
                if self._substances.has_hydride(arrival.brought):
                    self._hot_hydride(arrival.operation.step, findings, is_fresh=True)

    def _hot_hydride(self, step: str, findings: Findings, *, is_fresh: bool) -> None:
        """What is dosed into hot water goes at once; what was there may be spent by now."""
        if self._setpoint_c is None or step in self._hydride_told:
            return
        self._hydride_told.add(step)
        for finding in hazards_of_vessel("open", self._setpoint_c, hydride=True):
            if finding.severity is HazardSeverity.FORBID and is_fresh:
                fix = "lower the temperature before the hydride comes"
                findings.error(finding.code, finding.message, *self._path(step), fix=fix)
            else:
                findings.warn(finding.code, finding.message, *self._path(step))

    def stocks(self, uses: Iterable[StockUse], findings: Findings) -> None:
        """Look at the stocks that are kept at a temperature."""
        for use in uses:
            if use.keep_at_c is None or use.working_of is not None:
                continue
            path = ("stocks", use.stock, "keep_at")
            names = dict.fromkeys(address.partition("/")[0] for address in use.positions_ul)
            for name in names:
                self._check_labware(self._deck.labware(name), use.keep_at_c, path, findings)
            hot = _Hot(use.keep_at_c, f"stock {use.stock}", path, is_tight=False)
            self._check_solvents(use.solvent_fraction, hot, None, findings)

    def _path(self, step: str) -> tuple[str | int, ...]:
        index = self._places.get(step)
        return _VESSEL if index is None else ("steps", index)

    def _check_labware(
        self, placed: Placed, temperature_c: float, path: tuple[str | int, ...], findings: Findings
    ) -> None:
        limit = material_limit(placed.material)
        most_c = placed.max_temperature_c
        source = "as the deck layout says"
        if most_c is None and limit is not None:
            most_c, source = limit.max_temperature_c, limit.source
        if temperature_c <= (WARM_C if most_c is None else most_c):
            return
        if most_c is None:
            findings.error(
                "labware-limit-unknown",
                f"nobody has said how warm {placed.name} of {placed.material} may get",
                *path,
                found=f"{temperature_c:g} °C",
                allowed=f"up to {WARM_C:g} °C without that",
                fix=f"write max_temperature_c at {placed.name} in the deck layout",
            )
            return
        findings.error(
            "too-hot-for-labware",
            f"{placed.name} of {placed.material} doesn't bear this temperature ({source})",
            *path,
            found=f"{temperature_c:g} °C",
            allowed=f"up to {most_c:g} °C",
            fix="lower the temperature, or use a deck layout with labware of another material",
        )

    def _check_wells(self, addresses: Sequence[str], step: str, findings: Findings) -> None:
        if self._setpoint_c is None:
            return
        tight = self._closure == "gas_tight"
        hot = _Hot(self._setpoint_c, self._plate, self._path(step), is_tight=tight)
        for address in addresses:
            self._check_solvents(self._vessels.held(address).solvent_ul, hot, address, findings)

    def _check_solvents(
        self,
        shares: dict[str, float],
        hot: _Hot,
        address: str | None,
        findings: Findings,
    ) -> None:
        """Compare with what boils first; each kind of mixture is told once at each place."""
        materials = self._protocol.materials
        whole = sum(shares.values())
        if whole <= 0:
            return
        names = frozenset(
            materials[name].name
            for name, share in shares.items()
            if share >= LEAST_SHARE * whole and materials[name].role is Role.SOLVENT
        )
        if not names or (hot.where, hot.path, names) in self._told:
            return
        well = None if address is None else address.partition("/")[2]
        try:
            boiling = first_to_boil(names, self._stated_c)
        except KeyError as unknown:
            if hot.temperature_c > WARM_C:
                self._told.add((hot.where, hot.path, names))
                _refuse_unknown(str(unknown.args[0]), hot, well, findings)
            return
        if boiling is not None and _tell(boiling, hot, well, findings):
            self._told.add((hot.where, hot.path, names))


def _refuse_unknown(name: str, hot: _Hot, well: str | None, findings: Findings) -> None:
    findings.error(
        "boiling-point-unknown",
        f"nobody has said at what temperature {name} boils, and {hot.where} is held at "
        f"{hot.temperature_c:g} °C",
        *hot.path,
        well=well,
        found=name,
        allowed=f"up to {WARM_C:g} °C without that",
        fix="write boiling_point: in that material",
    )


def _tell(boiling: Boiling, hot: _Hot, well: str | None, findings: Findings) -> bool:
    """Refuse what is too near to its boiling point, warn of what dries up; whether anything."""
    parts = " with ".join(boiling.of)
    below_c = boiling.temperature_c - hot.temperature_c
    boils = f"{parts} boils at {boiling.temperature_c:g} °C ({boiling.source})"
    if below_c < (0.0 if hot.is_tight else BOILING_MARGIN_C):
        closed = "closed gas-tight, which no plate bears" if hot.is_tight else "open to the air"
        most_c = boiling.temperature_c - (0.0 if hot.is_tight else BOILING_MARGIN_C)
        findings.error(
            "near-boiling",
            f"{hot.where} is held at {hot.temperature_c:g} °C, {closed}; {boils}",
            *hot.path,
            well=well,
            found=f"{hot.temperature_c:g} °C",
            allowed=f"up to {most_c:g} °C",
            fix="lower the temperature, or take another solvent",
        )
        return True
    if not hot.is_tight and below_c < EVAPORATION_MARGIN_C and hot.temperature_c > WARM_C:
        findings.warn(
            "evaporates",
            f"{hot.where} is held at {hot.temperature_c:g} °C, open to the air; {boils}, so "
            "volumes shrink while it stands",
            *hot.path,
            well=well,
        )
        return True
    return False
