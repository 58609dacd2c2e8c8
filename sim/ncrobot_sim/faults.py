"""What goes wrong in a simulated run: a list of faults, by hand or drawn from a seed.

A fault hits the n-th act of its kind on a device. It may only cost time (``delay_s`` with no
``kind``), or raise the defined error. Where the device can't tell whether liquid moved
(``moved=None``), ``happened`` or ``part`` decide what the world does, which nobody but the world
knows. A device that is gone and ``stays`` so answers nothing any more, not even how it is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.errors import DeviceError, DeviceErrorKind


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. ``channels`` empty: the whole act; ``nth`` counts from 1.

    ``part`` is the share of the volume that moved although the act failed.
    """

    device: str
    act: str
    nth: int
    kind: DeviceErrorKind | None = None
    moved: bool | None = False
    channels: tuple[int, ...] = ()
    delay_s: float = 0.0
    happened: bool = False
    part: float = 0.0
    stays: bool = False

    @property
    def share(self) -> float:
        """The share of the act that the world carried out although it failed."""
        return 1.0 if self.happened else self.part

    def error(self) -> DeviceError:
        """Return the error that the device reports."""
        if self.kind is None:
            message = "a fault that only costs time has no error"
            raise ValueError(message)
        return DeviceError(
            f"simulated fault in {self.act} number {self.nth}",
            device=self.device,
            kind=self.kind,
            moved=self.moved,
            channels=self.channels,
        )


class FaultPlan:
    """The faults of one run; counts the acts as they happen."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = {(fault.device, fault.act, fault.nth): fault for fault in faults}
        self._acts: Counter[tuple[str, str]] = Counter()
        self.struck: list[Fault] = []
        self.gone: set[str] = set()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults of the plan, those that have struck and those that have not."""
        return tuple(self._faults.values())

    def next(self, device: str, act: str) -> Fault | None:
        """Count an act and return the fault that hits it, if any."""
        self._acts[device, act] += 1
        nth = self._acts[device, act]
        if device in self.gone:
            return Fault(device, act, nth, DeviceErrorKind.DEVICE_GONE, moved=None)
        fault = self._faults.get((device, act, nth))
        if fault is not None:
            self.struck.append(fault)
            if fault.stays and fault.kind is DeviceErrorKind.DEVICE_GONE:
                self.gone.add(device)
        return fault

    def check(self, device: str, act: str) -> None:
        """Count something that is only asked, or done at once.

        Raises:
            DeviceError: a fault hits it, or the device is gone.

        """
        fault = self.next(device, act)
        if fault is not None and fault.kind is not None:
            raise fault.error()

    def acts(self) -> dict[tuple[str, str], int]:
        """How often each act of each device was asked for so far."""
        return dict(self._acts)

    @classmethod
    def drawn(
        cls, seed: int, acts: Mapping[tuple[str, str], int], number: int, channels: int = 8
    ) -> FaultPlan:
        """Draw faults for devices and acts, each within the number of acts that are expected."""
        chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        places = sorted(acts)
        return cls(_draw(chance, *chance.choice(places), acts, channels) for _ in range(number))


POSSIBLE: Mapping[str, Sequence[DeviceErrorKind]] = {
    "pick_up_tips": (DeviceErrorKind.TIP_NOT_PICKED_UP, DeviceErrorKind.STALL),
    "drop_tips": (DeviceErrorKind.STALL,),
    "aspirate": (
        DeviceErrorKind.NO_LIQUID,
        DeviceErrorKind.CLOT,
        DeviceErrorKind.OVERPRESSURE,
        DeviceErrorKind.STALL,
        DeviceErrorKind.TIMEOUT,
    ),
    "dispense": (DeviceErrorKind.OVERPRESSURE, DeviceErrorKind.STALL, DeviceErrorKind.TIMEOUT),
    "mix": (DeviceErrorKind.CLOT, DeviceErrorKind.STALL),
    "place_needle": (DeviceErrorKind.STALL, DeviceErrorKind.TIMEOUT),
    "park_needle": (DeviceErrorKind.STALL, DeviceErrorKind.TIMEOUT),
    "shake": (DeviceErrorKind.SHAKER_NOT_HOMED, DeviceErrorKind.STALL, DeviceErrorKind.TIMEOUT),
    "set_temperature": (
        DeviceErrorKind.TIMEOUT,
        DeviceErrorKind.REFUSED,
        DeviceErrorKind.TEMPERATURE_NOT_REACHED,
    ),
    "read_absorbance": (DeviceErrorKind.TIMEOUT, DeviceErrorKind.REFUSED),
    "move_labware": (DeviceErrorKind.STALL, DeviceErrorKind.TIMEOUT),
    "set_flow": (
        DeviceErrorKind.FLOW_NOT_REACHED,
        DeviceErrorKind.VALVE_ERROR,
        DeviceErrorKind.TIMEOUT,
    ),
    "read_flow": (DeviceErrorKind.FLOW_NOT_REACHED, DeviceErrorKind.TIMEOUT),
    "feed_watchdog": (DeviceErrorKind.TIMEOUT,),
    "move_valve": (DeviceErrorKind.VALVE_ERROR, DeviceErrorKind.TIMEOUT),
    "initialise": (DeviceErrorKind.STALL, DeviceErrorKind.TIMEOUT),
    "move_plunger": (
        DeviceErrorKind.OVERPRESSURE,
        DeviceErrorKind.STALL,
        DeviceErrorKind.TIMEOUT,
    ),
}
"""Which defined errors an act can end with, beyond a device that is gone or refuses."""

CERTAIN = frozenset(
    {DeviceErrorKind.NO_LIQUID, DeviceErrorKind.TIP_NOT_PICKED_UP, DeviceErrorKind.REFUSED}
)
"""Errors that are found before anything moves."""


def _draw(
    chance: random.Random,
    device: str,
    act: str,
    acts: Mapping[tuple[str, str], int],
    channels: int,
) -> Fault:
    kind = chance.choice([None, *POSSIBLE.get(act, ()), DeviceErrorKind.DEVICE_GONE])
    moved = False if kind in CERTAIN else chance.choice([False, None])
    liquid = act in ("pick_up_tips", "aspirate", "dispense", "mix")
    return Fault(
        device=device,
        act=act,
        nth=chance.randint(1, max(acts[device, act], 1)),
        kind=kind,
        moved=moved,
        channels=(chance.randrange(channels),) if liquid and chance.random() < 0.7 else (),
        delay_s=chance.choice([0.0, 5.0, 60.0, 600.0]),
        happened=moved is None and chance.random() < 0.5,
    )
