"""Acid and borohydride in one well: only with a permission at the step, and open to the air."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ncrobot.chemistry import hydrogen_ul
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.interlocks.substances import Substances
from ncrobot.compiler.interlocks.vessels import Arrival
from ncrobot.protocol import Dilute, Dosing, Protocol, Sample, step_ids
from ncrobot.units import Dimension, format_quantity

_SHOWN_WELLS = 8


@dataclass(frozen=True, slots=True)
class Meeting:
    """Acid and hydride in one well: how much of both, and the gas that they give."""

    address: str
    acid_comes_second: bool
    hydride_umol: float
    acid_umol: float
    acid_solvent_ul: float

    @property
    def gas_ul(self) -> float:
        """µL of hydrogen at 25 °C and 1 atm if all of the hydride goes."""
        return hydrogen_ul(self.hydride_umol)


class Meetings:
    """Collects the meetings of one plan by step; the worst moment of each well counts."""

    def __init__(self, protocol: Protocol, substances: Substances) -> None:
        self._protocol = protocol
        self._substances = substances
        self._places = {name: index for index, name in enumerate(step_ids(protocol))}
        self._found: dict[int, dict[str, Meeting]] = {}

    def see(self, arrivals: Iterable[Arrival]) -> None:
        """Look at what a transfer brought together."""
        for arrival in arrivals:
            meeting = self._meeting(arrival)
            index = self._places.get(arrival.operation.step)
            if meeting is None or index is None:
                continue
            wells = self._found.setdefault(index, {})
            before = wells.get(arrival.address)
            if before is None or before.hydride_umol <= meeting.hydride_umol:
                wells[arrival.address] = meeting

    def _meeting(self, arrival: Arrival) -> Meeting | None:
        known = self._substances
        brought, met = arrival.brought, arrival.met
        acid_in, hydride_in = known.has_acid(brought), known.has_hydride(brought)
        acid_second = acid_in and known.has_hydride(met)
        if not (acid_second or (hydride_in and (acid_in or known.has_acid(met)))):
            return None
        whole = met.plus(brought)
        return Meeting(
            arrival.address,
            acid_second,
            known.hydride_umol(whole),
            known.acid_umol(whole),
            known.acid_solvent_ul(whole),
        )

    def report(self, plate: str, findings: Findings) -> list[str]:
        """Note what nobody permitted; returns the hazards of what somebody did."""
        hazards = []
        for index, wells in sorted(self._found.items()):
            step = self._protocol.steps[index]
            own = {
                address.removeprefix(f"{plate}/"): replace(
                    meeting, address=address.removeprefix(f"{plate}/")
                )
                for address, meeting in wells.items()
            }
            if isinstance(step, Dosing | Dilute | Sample) and step.permission:
                hazards.append(f"{_what(own)}: {_figures(own)} (permission: {step.permission})")
            else:
                self._refuse(index, own, findings)
        return hazards

    def _refuse(self, index: int, wells: dict[str, Meeting], findings: Findings) -> None:
        name = step_ids(self._protocol)[index]
        worst = max(wells.values(), key=lambda meeting: meeting.gas_ul)
        findings.error(
            "acid-after-hydride" if worst.acid_comes_second else "hydride-on-acid",
            f"step {index + 1} ({name}): {_what(wells)} in {_named(list(wells))}: "
            f"{_amounts(worst)} in {worst.address}; this needs a permission",
            "steps",
            index,
            well=worst.address,
            quantity="hydrogen at 25 °C and 1 atm, 4 for each borohydride",
            found=_gas(wells),
            allowed="with a permission, in open or vented wells",
            fix="write permission: who allows it, and why it is safe here; or keep them apart",
        )


def _what(wells: dict[str, Meeting]) -> str:
    if any(meeting.acid_comes_second for meeting in wells.values()):
        return "acid on borohydride gives hydrogen, foam and heat at once"
    return "borohydride in acid gives hydrogen, foam and heat at once"


def _figures(wells: dict[str, Meeting]) -> str:
    worst = max(wells.values(), key=lambda meeting: meeting.gas_ul)
    return f"{_amounts(worst)} in {worst.address}, hydrogen {_gas(wells)}"


def _amounts(meeting: Meeting) -> str:
    hydride = format_quantity(meeting.hydride_umol, Dimension.AMOUNT)
    if meeting.acid_umol > 0:
        acid = format_quantity(meeting.acid_umol, Dimension.AMOUNT) + " of acid"
    else:
        acid = format_quantity(meeting.acid_solvent_ul, Dimension.VOLUME) + " of an acid"
    return f"{hydride} of borohydride and {acid}"


def _gas(wells: dict[str, Meeting]) -> str:
    worst = max(wells.values(), key=lambda meeting: meeting.gas_ul)
    told = f"{format_quantity(worst.gas_ul, Dimension.VOLUME)} in {worst.address}"
    if len(wells) == 1:
        return told
    total_ul = sum(meeting.gas_ul for meeting in wells.values())
    return f"{told}, {format_quantity(total_ul, Dimension.VOLUME)} from {len(wells)} wells"


def _named(wells: Sequence[str]) -> str:
    shown = ", ".join(wells[:_SHOWN_WELLS])
    more = len(wells) - _SHOWN_WELLS
    return f"{shown} and {more} more" if more > 0 else shown
