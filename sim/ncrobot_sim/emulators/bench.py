"""All serial devices of a deck layout, emulated at once on ports of stable names."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ncrobot_sim.emulators.starting import Emulated, known_emulators, start_emulator


class Bench:
    """Emulated devices by the names of a layout. Use it as a context manager, or call ``stop``."""

    def __init__(self, folder: Path, *, keeps_folder: bool) -> None:
        self.folder = folder
        self.devices: dict[str, Emulated] = {}
        self._keeps_folder = keeps_folder
        self._held = ExitStack()

    @property
    def ports(self) -> dict[str, str]:
        """What a driver opens, by the device's name."""
        return {name: emulated.port for name, emulated in self.devices.items()}

    def add(self, name: str, kind: str, settings: Mapping[str, Any], speed: float) -> None:
        """Start one device."""
        link = self.folder / name
        emulated = start_emulator(kind, settings, speed=speed, link=link)
        self.devices[name] = self._held.enter_context(emulated)

    def stop(self) -> None:
        """End all devices: their ports are gone. A second call does nothing."""
        self._held.close()
        if not self._keeps_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_bench(
    devices: Mapping[str, Mapping[str, Any]], *, speed: float = 1.0, folder: Path | None = None
) -> Bench:
    """Start an emulator for each device whose driver has one; the others are left out.

    ``devices`` are the settings by name, ``driver`` among them. The ports are links of these names
    in ``folder``, which must exist; without one they stand in a folder for temporary files. Time
    and bytes run ``speed`` times as quick as real ones.

    Raises:
        OSError: a port can't be made; none is left behind.

    """
    known = known_emulators()
    made = Bench(
        folder or Path(tempfile.mkdtemp(prefix="ncrobot-")), keeps_folder=folder is not None
    )
    try:
        for name, settings in devices.items():
            if settings.get("driver") in known:
                made.add(name, settings["driver"], settings, speed)
    except BaseException:
        made.stop()
        raise
    return made
