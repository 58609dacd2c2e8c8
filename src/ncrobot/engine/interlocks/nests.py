"""Conditions that forbid an act for as long as they hold: no arm into a plate that moves.

The order of the operations already keeps shaker and arm apart; this is the second look, at the
readback of the device, right before the act. Gas is let flow only by a valve whose watchdog is
armed, by its own readback.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from ncrobot.clock import Clock
from ncrobot.deck import DeckLayout
from ncrobot.deck.layout import Gas, Reader
from ncrobot.deck.layout import Shaker as ShakerLayout
from ncrobot.devices import Drawer, GasFlow, Shaker
from ncrobot.engine.interlocks.sharing import Nest
from ncrobot.engine.workcell import Workcell
from ncrobot.errors import DeviceError, DeviceErrorKind

POLL_S = 0.5
"""How often a readback is asked for while an act waits."""

PATIENCE_S = 120.0
"""How long an act waits for an interlock before it is refused; longer than any shaker needs."""


class Interlocks:
    """The nests that arm and devices share.

    A device that moves its nest, and a gripper, hold it alone; tips and outlets of pumps reach into
    it together, so that a slow addition out of a fixed outlet keeps no tip away.

    ``check`` raises if the run is ending; ``before_wait`` makes the record durable.
    """

    def __init__(
        self,
        deck: DeckLayout,
        workcell: Workcell,
        clock: Clock,
        *,
        check: Callable[[], None],
        before_wait: Callable[[], None],
    ) -> None:
        self._layout = deck
        self._workcell = workcell
        self._clock = clock
        self._check = check
        self._before_wait = before_wait
        self._nests: dict[str, Nest] = defaultdict(Nest)
        self._under = {placed.name: placed.on for placed in deck.labware}
        self._homes = dict(self._under)

    def device_under(self, labware: str) -> str | None:
        """Return the device that carries a labware now."""
        return self._under.get(labware)

    def moved(self, labware: str, to: str) -> None:
        """Note that labware was carried to a device, or home."""
        self._under[labware] = self._homes.get(labware) if to == "home" else to

    async def arm_watchdogs(self) -> None:
        """Arm the watchdog of every gas valve, and see that it is: before anything flows.

        Raises:
            DeviceError: a valve can't be left alone; nothing flows.

        """
        for name, layout in self._layout.devices.items():
            if isinstance(layout, Gas):
                await self.gas(name, layout.watchdog_s)

    async def gas(self, name: str, watchdog_s: float) -> GasFlow:
        """Return a gas valve with its watchdog armed, by its readback.

        Raises:
            DeviceError: it has none, it doesn't arm, or only for a longer silence.

        """
        valve: object = self._workcell.devices.get(name)
        if not isinstance(valve, GasFlow):
            raise _refused(name, "interlock: it is no gas valve with a watchdog")
        await valve.arm_watchdog(watchdog_s)
        armed_s = await valve.read_watchdog_s()
        if armed_s is None or armed_s > watchdog_s:
            found = "asleep" if armed_s is None else f"set to {armed_s:g} s"
            message = f"interlock: no gas, its watchdog is {found} and not at {watchdog_s:g} s"
            raise _refused(name, message)
        return valve

    @asynccontextmanager
    async def nest(self, device: str) -> AsyncIterator[None]:
        """Hold a device's nest while the device itself acts."""
        await self._acquire(device, shared=False)
        try:
            yield
        finally:
            self._nests[device].release()

    @asynccontextmanager
    async def reaching(self, labware: Iterable[str]) -> AsyncIterator[None]:
        """Hold the nests under these labware, standing still, while tips or an outlet are in them.

        Raises:
            DeviceError: one goes on moving, doesn't tell, or is a reader's; nothing was done.
            StoppedError: the run is ending.

        """
        devices = sorted({on for name in labware if (on := self._under.get(name)) is not None})
        for device in devices:
            if isinstance(self._layout.devices.get(device), Reader):
                message = f"interlock: no tip goes into a plate that stands in {device}"
                raise _refused(self._workcell.arm.name, message)
        async with AsyncExitStack() as held:
            for device in devices:
                await self._still(device, held, shared=True)
            yield

    @asynccontextmanager
    async def handing(self, labware: str, to: str) -> AsyncIterator[tuple[str, ...]]:
        """Hold the nests that a plate is carried from and to, standing still; yields the devices.

        Raises:
            DeviceError: one goes on moving, or doesn't tell; nothing was done.
            StoppedError: the run is ending.

        """
        target = self._homes.get(labware) if to == "home" else to
        places = {self._under.get(labware), target}
        devices = tuple(sorted(name for name in places if name and name in self._layout.devices))
        async with AsyncExitStack() as held:
            for device in devices:
                await self._still(device, held, shared=False)
            yield devices

    def drawer(self, device: str) -> Drawer | None:
        """Return a device whose nest moves out to be reached; None if it has none that tells."""
        found: object = self._workcell.devices.get(device)
        return found if isinstance(found, Drawer) else None

    async def is_open(self, device: str) -> bool:
        """Whether the gripper may come into a device: it has no drawer, or that stands outside."""
        drawer = self.drawer(device)
        return drawer is None or await drawer.read_drawer_open() is True

    async def check_open(self, device: str) -> None:
        """See that the gripper may come into a device, by its readback.

        Raises:
            DeviceError: its drawer is shut, moves, or doesn't tell.

        """
        if not await self.is_open(device):
            message = f"interlock: the drawer of {device} doesn't stand open"
            raise _refused(self._workcell.arm.name, message)

    async def _still(self, device: str, held: AsyncExitStack, *, shared: bool) -> None:
        layout = self._layout.devices.get(device)
        shaker = self._workcell.devices.get(device)
        if isinstance(layout, ShakerLayout) and layout.turns_rpm is not None:
            shaker = None  # only a magnet turns: what stands on it stands still
        give_up_s = self._clock.now_s() + PATIENCE_S
        while True:
            await self._acquire(device, shared=shared)
            speed_rpm = 0.0
            try:
                if isinstance(shaker, Shaker):
                    speed_rpm = await shaker.read_speed_rpm()
            except BaseException:
                self._nests[device].release()
                raise
            if speed_rpm == 0:
                held.callback(self._nests[device].release)
                return
            self._nests[device].release()
            if self._clock.now_s() >= give_up_s:
                raise self._refused(device, speed_rpm)
            self._before_wait()
            await self._clock.sleep(POLL_S)
            self._check()

    async def _acquire(self, device: str, *, shared: bool) -> None:
        nest = self._nests[device]
        if nest.must_wait(shared=shared):
            self._before_wait()
        await (nest.shared() if shared else nest.alone())

    def _refused(self, device: str, speed_rpm: float) -> DeviceError:
        message = f"interlock: {device} still moves at {speed_rpm:g} rpm after {PATIENCE_S:g} s"
        return _refused(self._workcell.arm.name, message)


def _refused(device: str, message: str) -> DeviceError:
    return DeviceError(message, device=device, kind=DeviceErrorKind.REFUSED, moved=False)
