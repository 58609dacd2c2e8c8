"""What a workcell consists of for a lock: its deck, and the way to each of its devices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ncrobot.deck import DeckLayout
from ncrobot.locking.holder import Holder, this_process
from ncrobot.locking.lock import Lock, holders_of, take_lock


def workcell_resources(layout: DeckLayout) -> tuple[str, ...]:
    """The names under which a workcell is locked, sorted.

    They are its deck, and each device's port: two layouts that share a device share a name. A
    device without a port is the only one of its driver on this machine.
    """
    parts = [(layout.arm.driver, layout.arm.port)]
    parts += [(device.driver, device.port) for device in layout.devices.values()]
    devices = {_device(driver, port) for driver, port in parts}
    return tuple(sorted({f"deck {layout.name}", *devices}))


def lock_workcell(
    layout: DeckLayout,
    *,
    run: str | None,
    since: datetime,
    control: str | None = None,
    folder: Path | None = None,
) -> Lock:
    """Take a workcell for a run on its devices, or for a brief check; simulated runs need none.

    ``run`` is the run's id; None: a check that is over within seconds.

    Raises:
        LabError: another controller holds it or shares a device with it; tells who, since when,
            and what to do.
    """
    if run is None:
        holder = this_process("check of the devices", since, brief=True)
    else:
        holder = this_process("run", since, run=run, control=control)
    whole = f"the workcell {layout.name!r}"
    return take_lock(workcell_resources(layout), holder, whole=whole, folder=folder)


def workcell_holders(layout: DeckLayout, *, folder: Path | None = None) -> tuple[Holder, ...]:
    """Who holds this workcell or a device of it at this moment; empty if it is free."""
    return holders_of(workcell_resources(layout), folder=folder)


def _device(driver: str, port: str | None) -> str:
    if port is None:
        return f"device {driver}"
    path = Path(port)
    # /dev/serial/by-id/... and /dev/ttyUSB0 may be the same cable.
    return f"port {path.resolve()}" if path.is_absolute() else f"port {_address(port)}"


def _address(port: str) -> str:
    """A host, with its port if one is given; how it is spoken to doesn't matter."""
    return port.strip().casefold().rpartition("://")[2].partition("/")[0]
