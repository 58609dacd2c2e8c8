"""Follows everything that happens in a simulated world, and lets it react."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ncrobot_sim.chemistry.constants import ParameterSet
from ncrobot_sim.chemistry.imperfections import activity_of, as_read, concentrated
from ncrobot_sim.chemistry.mixture import Mixture, Surroundings, dosed
from ncrobot_sim.chemistry.spectra import absorbance, path_cm
from ncrobot_sim.chronicle import Happened
from ncrobot_sim.world import AMBIENT_C, World

_HOUR_S = 3600.0


@dataclass(slots=True)
class _Vessel:
    mixture: Mixture = field(default_factory=Mixture)
    since_s: float = 0.0
    filled_s: float = 0.0


@dataclass(slots=True)
class _Place:
    """What a labware has felt: its carrier, and a clock of how long it was moved."""

    carrier: str | None = None
    since_s: float = 0.0
    mixed: float = 0.0
    temperature_c: float = AMBIENT_C
    marks: dict[str, tuple[float, float]] = field(default_factory=dict)


class Twin:
    """The reactive side of a world; it reads the world's chronicle and changes nothing in it."""

    def __init__(self, world: World, chemistry: ParameterSet) -> None:
        self.chemistry = chemistry
        self._world = world
        self._done = 0
        self._stocks: dict[str, Mapping[str, float]] = {}
        self._vessels: dict[str, _Vessel] = {}
        self._tips: dict[Any, Mixture] = {}
        self._places: dict[str, _Place] = {}
        self._homes: dict[str, str | None] = {}
        self._speeds: dict[str, float] = {}
        self._setpoints: dict[str, float | None] = {}

    def mixture(self, address: str, time_s: float | None = None) -> Mixture:
        """What is in a vessel now, or at a later time of the world (seconds since it began)."""
        self._follow()
        now_s = self._world.chronicle.now_s() if time_s is None else time_s
        vessel = copy.deepcopy(self._vessels.get(address, _Vessel()))
        self._react(vessel, address, now_s)
        return vessel.mixture

    def absorbance_au(
        self, address: str, wavelengths_nm: Sequence[float], time_s: float | None = None
    ) -> list[float]:
        """What a plate reader shows of a well, in AU, at wavelengths in nm."""
        now_s = self._world.chronicle.now_s() if time_s is None else time_s
        mixture = self.mixture(address, now_s)
        depth_cm = path_cm(mixture.volume_ul, self.chemistry)
        true = absorbance(mixture, wavelengths_nm, self.chemistry, depth_cm)
        hours = (now_s - self._filled_s(address)) / _HOUR_S
        true = true * concentrated(address, hours, self.chemistry)
        nm = np.asarray(wavelengths_nm, dtype=np.float64)
        return [float(x) for x in as_read(true, nm, address, now_s, self.chemistry)]

    def _filled_s(self, address: str) -> float:
        vessel = self._vessels.get(address)
        return 0.0 if vessel is None else vessel.filled_s

    # Following the world.

    def _follow(self) -> None:
        history = self._world.chronicle.history
        while self._done < len(history):
            happened = history[self._done]
            if happened.change in _FOLLOWED:
                getattr(self, f"_{happened.change}")(happened, *happened.arguments)
            self._done += 1

    def _vessel(self, address: str, now_s: float) -> _Vessel:
        """A vessel as it is now, having reacted until now."""
        if address not in self._vessels:
            self._vessels[address] = _Vessel(since_s=now_s, filled_s=now_s)
            self._mark(address, now_s)
        vessel = self._vessels[address]
        self._react(vessel, address, now_s)
        self._mark(address, now_s)
        return vessel

    def _react(self, vessel: _Vessel, address: str, now_s: float) -> None:
        duration_s = now_s - vessel.since_s
        if duration_s > 0:
            around = self._around(address, vessel.since_s, now_s)
            vessel.mixture.wait(
                duration_s, self.chemistry, around, activity_of(address, self.chemistry)
            )
            vessel.since_s = now_s

    def _place(self, address: str) -> _Place:
        return self._places.setdefault(address.split("/", maxsplit=1)[0], _Place())

    def _mark(self, address: str, now_s: float) -> None:
        """Remember how long the labware had been mixed when this vessel was last looked at."""
        place = self._place(address)
        self._settle(place, now_s)
        place.marks[address] = (now_s, place.mixed)

    def _around(self, address: str, since_s: float, now_s: float) -> Surroundings:
        """Temperature and mean mixing of a labware over a time; pauses of a shaker count."""
        place = copy.copy(self._place(address))
        self._settle(place, now_s)
        _, mixed = place.marks.get(address, (since_s, place.mixed))
        mean = (place.mixed - mixed) / (now_s - since_s) if now_s > since_s else 0.0
        value = self.chemistry.value
        resting = value["mixing_at_rest"]
        return Surroundings(place.temperature_c, resting + (1.0 - resting) * min(max(mean, 0), 1))

    def _settle(self, place: _Place, now_s: float) -> None:
        """Let a place feel its carrier until now."""
        gone_s = now_s - place.since_s
        if gone_s <= 0:
            return
        carrier = place.carrier or ""
        speed_rpm = self._speeds.get(carrier, 0.0)
        value = self.chemistry.value
        place.mixed += gone_s * speed_rpm / (speed_rpm + value["mixing_half_rpm"])
        target_c = self._setpoints.get(carrier)
        target_c = AMBIENT_C if target_c is None else target_c
        off_c = place.temperature_c - target_c
        place.temperature_c = target_c + off_c * math.exp(-gone_s / value["warming_s"])
        place.since_s = now_s

    def _settle_all(self, now_s: float, device: str | None = None) -> None:
        for name, place in self._places.items():
            if device is None or place.carrier == device:
                if self._setpoint_matters(place):
                    self._react_on(name, now_s)
                self._settle(place, now_s)

    def _setpoint_matters(self, place: _Place) -> bool:
        carrier = place.carrier or ""
        target_c = self._setpoints.get(carrier)
        target_c = AMBIENT_C if target_c is None else target_c
        return abs(place.temperature_c - target_c) > 0.5

    def _react_on(self, labware: str, now_s: float) -> None:
        """Let all vessels of a labware react until now, before its surroundings change."""
        for address in self._vessels:
            if address.split("/", maxsplit=1)[0] == labware:
                self._vessel(address, now_s)

    # One method for each change that matters.

    def _define_stock(self, told: Happened, stock: str, umol_per_ul: Mapping[str, float]) -> None:
        del told
        self._stocks[stock] = umol_per_ul

    def _fill(self, told: Happened, address: str, stock: str, volume_ul: float) -> None:
        made = dosed(self.chemistry, self._stocks[stock], volume_ul)
        self._vessels[address] = _Vessel(made, told.time_s, told.time_s)
        self._mark(address, told.time_s)

    def _take_out(self, told: Happened, address: str, left_ul: float) -> None:
        mixture = self._vessel(address, told.time_s).mixture
        mixture.taken(max(mixture.volume_ul - left_ul, 0.0))

    def _pick_up_tip(self, told: Happened, channel: int) -> None:
        del told
        self._tips[channel] = Mixture()

    def _shed_tip(self, told: Happened, channel: int) -> None:
        del told
        self._tips.pop(channel, None)

    def _aspirate(self, told: Happened, channel: int, address: str, volume_ul: float) -> None:
        taken = self._vessel(address, told.time_s).mixture.taken(volume_ul)
        self._tips.setdefault(channel, Mixture()).poured(taken)

    def _dispense(self, told: Happened, channel: int, address: str, volume_ul: float) -> None:
        given = self._tips.setdefault(channel, Mixture()).taken(volume_ul)
        self._vessel(address, told.time_s).mixture.poured(given)

    def _flow(self, told: Happened, source: str, destination: str | None, volume_ul: float) -> None:
        given = self._vessel(source, told.time_s).mixture.taken(volume_ul)
        if destination is not None:
            self._vessel(destination, told.time_s).mixture.poured(given)

    def _put(self, told: Happened, labware: str, device: str | None) -> None:
        self._homes[labware] = device
        self._places[labware] = _Place(device, told.time_s)

    def _carry(self, told: Happened, labware: str, to: str) -> None:
        place = self._place(labware)
        self._react_on(labware, told.time_s)
        self._settle(place, told.time_s)
        place.carrier = self._homes.get(labware) if to == "home" else to

    def _set_speed(self, told: Happened, device: str, speed_rpm: float) -> None:
        self._settle_all(told.time_s, device)
        self._speeds[device] = speed_rpm

    def _set_setpoint(self, told: Happened, device: str, setpoint_c: float | None) -> None:
        for name, place in self._places.items():
            if place.carrier == device:
                self._react_on(name, told.time_s)
                self._settle(place, told.time_s)
        self._setpoints[device] = setpoint_c


_FOLLOWED = frozenset(
    {
        "define_stock", "fill", "take_out", "pick_up_tip", "shed_tip", "aspirate", "dispense",
        "flow", "put", "carry", "set_speed", "set_setpoint",
    }
)  # fmt: skip
"""Changes of a world that matter to chemistry; each has a method of its name here."""
