"""Starting emulated devices, and the handle by which they are held."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import WireFault
from ncrobot_sim.emulators.server import Server
from ncrobot_sim.emulators.station import Exchange, Station
from ncrobot_sim.emulators.wires import PtyWire, TcpWire


class Emulated:
    """A running emulated device.

    ``port`` is what a driver opens. ``device`` is the machine itself, which tests look into; the
    thread behind it works on it at the same time, so take :attr:`lock` for more than one look.
    """

    def __init__(self, server: Server, port: str, folder: Path | None) -> None:
        self._server = server
        self._folder = folder
        self.port = port
        self.device: Any = server.station.device
        self.lock = server.lock

    @property
    def kind(self) -> str:
        """The driver that it is for."""
        return str(self.device.kind)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The commands that were heard, oldest first, with their replies."""
        with self.lock:
            return tuple(self._server.station.exchanges)

    def now_s(self) -> float:
        """The device's own time."""
        return self._server.now_s()

    def inject(self, *faults: WireFault) -> None:
        """Switch faults on, from the next command on."""
        with self.lock:
            for fault in faults:
                self._server.station.switches.switch_on(fault)

    def inject_by_chance(self, rate: float, faults: Iterable[WireFault], seed: int) -> None:
        """Strike each command with this probability by one of these faults."""
        with self.lock:
            self._server.station.switches.by_chance(rate, tuple(faults), seed)

    def clear_faults(self) -> None:
        """Switch all faults off; a pulled cable stays pulled."""
        with self.lock:
            self._server.station.switches.clear()

    def unplug(self) -> None:
        """Pull the cable; the device goes on."""
        self._server.unplug()

    def plug_in(self) -> None:
        """Plug the cable in again."""
        self._server.plug_in()

    def stop(self) -> None:
        """End it: its port is gone. A second call does nothing."""
        self._server.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


@functools.cache
def _machines() -> Mapping[str, type[Emulator]]:
    """All machines by the driver that they are for: ``DEVICE`` of each ``<vendor>_<model>``."""
    package = importlib.import_module("ncrobot_sim.emulators")
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if "_" in module.name]
    modules = (importlib.import_module(f"ncrobot_sim.emulators.{name}") for name in names)
    return {module.DEVICE.kind: module.DEVICE for module in modules}


def known_emulators() -> tuple[str, ...]:
    """The drivers for which there is an emulator, by their names."""
    return tuple(sorted(_machines()))


def emulator_class(kind: str) -> type[Emulator]:
    """Return the machine for a driver.

    Raises:
        LabError: there is none.

    """
    machines = _machines()
    if kind not in machines:
        nearest = nearest_word(kind, machines)
        raise LabError(
            Diagnostic(
                code="no-emulator",
                message=f"there is no emulator for the driver {kind!r}",
                found=kind,
                allowed=", ".join(sorted(machines)),
                fix=f"did you mean {nearest!r}?" if nearest else "use a driver that has one",
            )
        )
    return machines[kind]


def start_emulator(
    kind: str,
    settings: Mapping[str, Any] | None = None,
    faults: Iterable[WireFault] = (),
    *,
    speed: float = 1.0,
    link: Path | None = None,
    over: Literal["pty", "tcp"] = "pty",
) -> Emulated:
    """Start the emulator for a driver in a thread of its own and return the handle to it.

    ``settings`` are those of the device in the deck layout; each machine takes what concerns it.
    Its time and its bytes run ``speed`` times as quick as real ones. ``link`` is the name of the
    port to be made; without one it stands in a folder for temporary files.

    Raises:
        LabError: there is no emulator for this driver.

    """
    device = emulator_class(kind)(settings or {})
    station = Station(device, faults)
    if over == "tcp":
        wire = TcpWire()
        return Emulated(Server(station, wire, speed), wire.port, None)
    folder = Path(tempfile.mkdtemp(prefix="ncrobot-")) if link is None else None
    pty = PtyWire(link or (folder or Path()) / kind)
    return Emulated(Server(station, pty, speed), pty.port, folder)
