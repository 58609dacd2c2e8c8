"""Gas-tight seals: none over wells that still give hydrogen off, and no tip into a sealed well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ncrobot.chemistry import (
    BufferComponent,
    HydrideDecay,
    PhError,
    hydrogen_ul,
    ph_of,
)
from ncrobot.compiler.acidity import components
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.interlocks.substances import Substances
from ncrobot.compiler.interlocks.vessels import Arrival, Mixture, Vessels
from ncrobot.deck import Deck
from ncrobot.plan import AskPerson, Lag, MixWells, MovePlate, Operation, SetTemperature, Transfer
from ncrobot.protocol import Person, Protocol, step_ids
from ncrobot.units import Dimension, format_quantity

# Assumed: a hundredth of an atmosphere doesn't lift a seal; no maker's figure was found.
GAS_PER_HEADSPACE = 0.01
# Assumed: the coldest that a room is by itself; hydride lives longer in the cold.
ROOM_C = 20.0
# Assumed: below this share of water the rule for water says nothing.
LEAST_WATER = 0.9
# First pKa of boric acid at 25 °C (general lab knowledge); spent borohydride becomes borate.
BORIC_PKA = 9.24
_HIGHEST_PH = 14.0


@dataclass(frozen=True, slots=True)
class Evolving:
    """A well that still gives gas off when it is to be sealed."""

    address: str
    hydride_umol: float
    left_ul: float
    allowed_ul: float
    waited_s: float
    needed_s: float | None
    ph: float


class Seals:
    """Follows how the wells are closed, when the last hydride came, and how cold it was since."""

    def __init__(
        self,
        protocol: Protocol,
        substances: Substances,
        vessels: Vessels,
        waits: Waits,
        deck: Deck,
        wells: Sequence[str],
    ) -> None:
        self._protocol = protocol
        self._substances = substances
        self._vessels = vessels
        self._deck = deck
        self._wells = list(wells)
        self._waits = waits
        self._places = {name: index for index, name in enumerate(step_ids(protocol))}
        self._plate = wells[0].partition("/")[0] if wells else ""
        self._sealed_by: str | None = None
        self._told: set[str] = set()
        self._now_c = ROOM_C
        self._coldest_c: dict[str, float] = {}
        self._last_dose: dict[str, str] = {}

    def see(self, operation: Operation, findings: Findings) -> None:
        """Look at an operation before it is done."""
        if isinstance(operation, SetTemperature):
            if operation.device == self._deck.device_under(self._plate):
                self._tempered(operation.temperature_c)
        elif isinstance(operation, MovePlate):
            if operation.labware == self._plate:
                self._tempered(None)
        elif isinstance(operation, AskPerson):
            self._close(operation, findings)
        elif self._sealed_by is not None and isinstance(operation, Transfer | MixWells):
            self._check_reach(operation, findings)

    def dosed(self, arrivals: Iterable[Arrival]) -> None:
        """Note which wells got hydride."""
        for arrival in arrivals:
            if self._substances.has_hydride(arrival.brought):
                self._last_dose[arrival.address] = arrival.operation.id
                self._coldest_c[arrival.address] = self._now_c

    def _tempered(self, temperature_c: float | None) -> None:
        self._now_c = ROOM_C if temperature_c is None else temperature_c
        for address, coldest_c in self._coldest_c.items():
            self._coldest_c[address] = min(coldest_c, self._now_c)

    def _close(self, operation: AskPerson, findings: Findings) -> None:
        index = self._places.get(operation.step)
        step = self._protocol.steps[index] if index is not None else None
        if index is None or not isinstance(step, Person) or step.closure is None:
            return
        self._sealed_by = operation.step if step.closure == "gas_tight" else None
        if self._sealed_by is None:
            return
        waits_s = self._waits.until(operation.id)
        evolving = [
            found
            for address in self._wells
            if (found := self._evolving(address, waits_s)) is not None
        ]
        if evolving:
            _refuse(index, operation.step, evolving, findings)

    def _evolving(self, address: str, waits_s: dict[str, float]) -> Evolving | None:
        mixture = self._vessels.held(address)
        hydride_umol = self._substances.hydride_umol(mixture)
        if not self._substances.has_hydride(mixture):
            return None
        room_ul = self._deck.capacity_ul(address) - mixture.volume_ul
        allowed_ul = max(room_ul, 0.0) * GAS_PER_HEADSPACE
        gas_ul = hydrogen_ul(hydride_umol)
        if gas_ul <= allowed_ul:
            return None
        waited_s = waits_s.get(self._last_dose.get(address, ""), 0.0)
        ph, temperature_c = self._ph(mixture), self._coldest_c.get(address, ROOM_C)
        needed_s: float | None = None
        left_ul = gas_ul
        if self._is_watery(mixture) and allowed_ul > 0:
            decay = HydrideDecay()
            needed_s = decay.age_at_fraction(allowed_ul / gas_ul, temperature_c, ph)
            left_ul = gas_ul * decay.active_fraction(waited_s, temperature_c, ph)
            if waited_s >= needed_s:
                return None
        return Evolving(address, hydride_umol, left_ul, allowed_ul, waited_s, needed_s, ph)

    def _is_watery(self, mixture: Mixture) -> bool:
        water_ul = sum(mixture.solvent_ul.get(name, 0.0) for name in self._substances.waters)
        return water_ul >= LEAST_WATER * mixture.volume_ul

    def _ph(self, mixture: Mixture) -> float:
        """The highest pH while the hydride goes: of the mixture before, or of the borate after."""
        others = {n: a for n, a in mixture.umol.items() if n not in self._substances.hydrides}
        buffers, charge_umol = components(self._protocol, others)
        hydride_umol = self._substances.hydride_umol(mixture)
        borate = BufferComponent(hydride_umol, (BORIC_PKA,))
        try:
            before = ph_of(buffers, charge_umol, mixture.volume_ul)
            after = ph_of([*buffers, borate], charge_umol + hydride_umol, mixture.volume_ul)
        except PhError:
            return _HIGHEST_PH
        return max(before, after)

    def _check_reach(self, operation: Transfer | MixWells, findings: Findings) -> None:
        if isinstance(operation, MixWells):
            reached = {leg.well for leg in operation.legs}
        else:
            reached = {a for leg in operation.legs for a in (leg.source, leg.destination)}
        index = self._places.get(operation.step)
        if index is None or operation.step in self._told or not reached & set(self._wells):
            return
        self._told.add(operation.step)
        findings.error(
            "sealed-well",
            f"step {index + 1} ({operation.step}) goes into wells that {self._sealed_by} sealed",
            "steps",
            index,
            fix="have the seal taken off before: a person step with closure: open or vented",
        )


class Waits:
    """The least times between operations that the lags make sure of."""

    def __init__(self, operations: Sequence[Operation], lags: Sequence[Lag]) -> None:
        self._backwards = [operation.id for operation in reversed(operations)]
        self._behind: dict[str, list[Lag]] = {}
        for lag in lags:
            self._behind.setdefault(lag.before, []).append(lag)

    def until(self, end: str) -> dict[str, float]:
        """Seconds from the end of each operation that comes before ``end`` to its start, at least.

        How long operations take isn't counted: nobody promises it.
        """
        from_start: dict[str, float] = {end: 0.0}
        from_end: dict[str, float] = {}
        for name in self._backwards:
            for lag in self._behind.get(name, ()):
                if lag.after not in from_start:
                    continue
                reached_s = from_start[lag.after] + max(lag.min_s, 0.0)
                from_start[name] = max(from_start.get(name, 0.0), reached_s)
                if lag.point == "end":
                    from_end[name] = max(from_end.get(name, 0.0), reached_s)
        return from_end


def _refuse(index: int, name: str, evolving: Sequence[Evolving], findings: Findings) -> None:
    worst = max(evolving, key=lambda found: found.left_ul)
    well = worst.address.partition("/")[2]
    named = ", ".join(found.address.partition("/")[2] for found in evolving[:8])
    more = f" and {len(evolving) - 8} more" if len(evolving) > 8 else ""
    hydride = format_quantity(worst.hydride_umol, Dimension.AMOUNT)
    waited = format_quantity(worst.waited_s, Dimension.DURATION)
    if worst.needed_s is None:
        why = "the rule of its hydrolysis holds for water only, so nobody knows how much is left"
        fix = "keep the wells vented: closure: vented"
    else:
        why = (
            f"by the rule of Kreevoy and Jacobson for water of pH {worst.ph:.1f} it takes "
            f"{format_quantity(worst.needed_s, Dimension.DURATION)} until little enough is left"
        )
        fix = "wait that long between the last hydride and the seal, or use closure: vented"
    findings.error(
        "sealed-hydride",
        f"step {index + 1} ({name}) seals {named}{more} gas-tight while borohydride still gives "
        f"hydrogen off: {hydride} went into {well}, the steps between make sure of {waited}; {why}",
        "steps",
        index,
        well=well,
        quantity="hydrogen to come, at 25 °C and 1 atm",
        found=format_quantity(worst.left_ul, Dimension.VOLUME),
        allowed=f"{format_quantity(worst.allowed_ul, Dimension.VOLUME)}, a hundredth of the "
        "headspace",
        fix=fix,
    )
