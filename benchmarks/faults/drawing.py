"""Which faults: every defined error in every act, and random sequences by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.faults.plates import SMALL, WHOLE
from benchmarks.faults.running import reference
from ncrobot.errors import DeviceErrorKind
from ncrobot_sim import Fault
from ncrobot_sim.faults import CERTAIN, POSSIBLE

EVERY = ("eight channels", "one tip for many wells", "a rigid head", "a pump", "gases")
"""Plates on which every error is tried in every act: all kinds of arms and devices."""

CHANNELED = ("pick_up_tips", "aspirate", "dispense", "mix", "drop_tips")
"""Acts in which single channels may fail."""
RARE = 0.1
"""How often a fault before the start is drawn, against one of the run."""
BURST = 8
"""Most failures of one act in a row: more than any ladder has rungs."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One run: its plate, its seed (also the person's), and what fails."""

    plate: str
    seed: int
    faults: tuple[Fault, ...]


def acts_of(plate: str) -> dict[tuple[str, str], int]:
    """How often every act of every device is asked for when nothing fails; a person too."""
    return {**reference(plate).world.faults.acts(), ("person", "ask"): 2}


def every_error() -> Iterator[Drawn]:
    """Every defined error in every act of every device, once and for good, known and unknown."""
    seed = 0
    for plate in EVERY:
        for (device, act), times in sorted(acts_of(plate).items()):
            for kind in DeviceErrorKind:
                for moved in (False, None):
                    if moved is None and kind in CERTAIN:
                        continue
                    for burst in (1, BURST):
                        seed += 1
                        chance = random.Random(f"every {seed}")
                        first = chance.randint(1, times)
                        one = act in CHANNELED and chance.random() < 0.5
                        faults = tuple(
                            Fault(
                                device, act, first + n, kind, moved,
                                channels=(chance.randrange(_channels(plate)),) if one else (),
                                happened=moved is None and chance.random() < 0.5,
                                stays=kind is DeviceErrorKind.DEVICE_GONE and burst > 1,
                            )
                            for n in range(burst)
                        )  # fmt: skip
                        yield Drawn(plate, seed, faults)


def random_sequences(number: int, *, first: int = 0, whole: bool = False) -> Iterator[Drawn]:
    """Random sequences, each of one to six bursts of faults on one plate; more on a whole plate."""
    names = sorted(WHOLE if whole else SMALL)
    for seed in range(first, first + number):
        chance = random.Random(f"sequence {seed}")
        name = names[seed % len(names)]
        most = 20 if whole else 6
        bursts = [_burst(chance, name) for _ in range(chance.randint(1, most))]
        yield Drawn(name, seed, tuple(fault for burst in bursts for fault in burst))


def _burst(chance: random.Random, plate: str) -> Sequence[Fault]:
    acts = acts_of(plate)
    places = sorted(acts)
    weights = [RARE if act in ("connect", "identify") else 1.0 for _, act in places]
    device, act = chance.choices(places, weights)[0]
    kinds = [*POSSIBLE.get(act, ()), None]
    odd = chance.random() < 0.15
    kind = chance.choice(list(DeviceErrorKind)) if odd else chance.choice(kinds)
    first = chance.randint(1, acts[device, act])
    length = 1 if chance.random() < 0.6 else chance.randint(2, BURST)
    channels: tuple[int, ...] = ()
    if act in CHANNELED and chance.random() < 0.7:
        channels = tuple(sorted(chance.sample(range(_channels(plate)), chance.choice([1, 1, 2]))))
    return [_fault(chance, (device, act, first + n), kind, channels) for n in range(length)]


def _fault(
    chance: random.Random,
    place: tuple[str, str, int],
    kind: DeviceErrorKind | None,
    channels: tuple[int, ...],
) -> Fault:
    device, act, nth = place
    moved = False if kind in CERTAIN else chance.choice([False, None])
    happened = moved is None and chance.random() < 0.4
    part = chance.choice([0.0, 0.3, 0.8]) if moved is None and not happened else 0.0
    return Fault(
        device, act, nth, kind, moved, channels,
        delay_s=chance.choice([0.0, 0.0, 5.0, 60.0, 600.0]),
        happened=happened, part=part,
        stays=kind is DeviceErrorKind.DEVICE_GONE and chance.random() < 0.5,
    )  # fmt: skip


def _channels(plate: str) -> int:
    return reference(plate).plan.deck.arm.channels
