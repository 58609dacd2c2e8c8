"""Emulated workcells: the devices of a deck layout on ports of this computer, without hardware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ruamel.yaml import YAML

from ncrobot.deck import DeckLayout, load_deck
from ncrobot.devices import load_driver
from ncrobot.errors import Diagnostic, LabError
from ncrobot.workcells import simulated_driver

_HEAD = """\
# Made by 'ncrobot emulate' from {deck}: it holds as long as that command runs.
# Devices on a port are emulated; arm and all others are simulated, and know nothing of them.
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands for one device of the layout: an emulated one on a port, or a simulated one.

    ``instead_of`` is the driver of the layout that has no emulator.
    """

    device: str
    driver: str
    port: str | None = None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Emulation:
    """Running emulators, and a layout that leads to them. Use it as a context manager."""

    stands: tuple[Stand, ...]
    layout: str
    bench: Any

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bench.stop()


def emulate(deck: Path, *, speed: float = 1.0, folder: Path | None = None) -> Emulation:
    """Start emulators for all devices of a layout that have one.

    Their time, and their lines, run ``speed`` times as quick as real ones. ``folder`` is where
    their ports get their names.

    Raises:
        DeckError: the layout is wrong.
        LabError: no device of it has an emulator, or a port can't be made.

    """
    layout = load_deck(deck)
    devices = {name: device.model_dump() for name, device in layout.devices.items()}
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        bench = load_driver("sim.bench")(devices, speed=speed, folder=folder)
    except OSError as error:
        raise LabError(
            Diagnostic(
                code="no-emulated-port",
                message=f"a port can't be made: {error.strerror or error}",
                file=str(folder) if folder is not None else None,
                fix="give another folder for the ports",
            )
        ) from error
    if not bench.ports:
        bench.stop()
        stands = _stands(layout, {})
        raise LabError(
            Diagnostic(
                code="nothing-to-emulate",
                message=f"no device of deck {layout.name!r} has an emulator",
                found=", ".join(f"{each.device}: {each.instead_of}" for each in stands),
                fix="simulate such a deck: leave out --real",
            )
        )
    stands = _stands(layout, bench.ports)
    return Emulation(stands, _HEAD.format(deck=deck.name) + _changed(deck, stands, speed), bench)


def _stands(layout: DeckLayout, ports: Mapping[str, str]) -> tuple[Stand, ...]:
    arm = Stand(layout.arm.name, simulated_driver("arm"), instead_of=layout.arm.driver)
    others = (
        Stand(name, device.driver, ports[name])
        if name in ports
        else Stand(name, simulated_driver(device.kind), instead_of=device.driver)
        for name, device in layout.devices.items()
    )
    return (arm, *others)


def _changed(deck: Path, stands: tuple[Stand, ...], speed: float) -> str:
    """The layout with these drivers and ports; its comments and its order stay."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096  # a line that was one stays one
    root = yaml.load(deck.read_text(encoding="utf-8"))
    root["emulated_speed"] = speed
    for stand in stands:
        part = root["arm"] if stand is stands[0] else root["devices"][stand.device]
        part["driver"] = stand.driver
        part.pop("port", None)
        if stand.port is not None:
            part["port"] = stand.port
    text = StringIO()
    yaml.dump(root, text)
    return text.getvalue()
