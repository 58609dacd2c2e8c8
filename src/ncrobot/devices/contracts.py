"""What the engine may ask of a device. A driver is one plain class that keeps such a promise.

All methods are coroutines; all of them are idempotent ("be at 500 rpm"), except aspirate and
dispense, which the engine never repeats without a fact. A failure raises
:class:`~ncrobot.errors.DeviceError` with its defined kind. Addresses are ``labware/well``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class TipPick:
    """One channel and the tip spot (``rack/A1``) it takes a tip from or puts it back to."""

    channel: int
    tip: str


@dataclass(frozen=True, slots=True)
class ChannelMove:
    """One channel's aspirate or dispense at a well address.

    ``touches`` tells for the whole transfer whether the tip touches the destination; a free
    dispense needs another liquid class, of which the aspirate is the first half. ``partial`` tells
    that more stays in the tip than this move dispenses. ``below_ul`` asks to draw from a layer: the
    tip ends where so much liquid lies below it, instead of near the surface.
    """

    channel: int
    address: str
    volume_ul: float
    flow_rate_ul_per_s: float
    touches: bool = False
    partial: bool = False
    below_ul: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself."""

    model: str
    serial_number: str
    firmware: str


@runtime_checkable
class Connectable(Protocol):
    """Every device: connect, identify, go to its safe state, disconnect."""

    name: str

    async def connect(self) -> None:
        """Open the link and find out how the device stands.

        Nothing is moved, heated or switched by it, so that a check may connect at any time. The
        arm is the exception: it may find its zeros.
        """

    async def identify(self) -> Identity:
        """Model, serial number and firmware."""

    async def safe_state(self) -> bool:
        """Stop motion, heat and flow; True if the device confirmed it."""

    async def disconnect(self) -> None:
        """Close the link; never raises."""


@runtime_checkable
class LiquidHandler(Connectable, Protocol):
    """An arm with channels, disposable tips and perhaps a gripper."""

    async def load(self, volumes_ul: Mapping[str, float]) -> None:
        """Tell the handler's own trackers what stands in these wells, at the start or corrected."""

    async def pick_up_tips(self, picks: Sequence[TipPick]) -> None:
        """Take a tip on each channel."""

    async def aspirate(self, moves: Sequence[ChannelMove]) -> None:
        """Draw liquid, all channels at once."""

    async def dispense(self, moves: Sequence[ChannelMove]) -> None:
        """Push liquid out, all channels at once."""

    async def mix(self, moves: Sequence[ChannelMove], repetitions: int) -> None:
        """Aspirate and dispense in place, ``repetitions`` times, all channels at once."""

    async def return_tips(self, picks: Sequence[TipPick]) -> None:
        """Put the empty tips back where they came from, for reuse."""

    async def discard_tips(self, channels: Sequence[int]) -> None:
        """Drop the tips with what is in them into the waste; a channel without a tip is skipped."""

    async def move_labware(self, labware: str, to: str) -> None:
        """Carry labware with the gripper to a device's nest or back to its place."""

    async def refill(self, volumes_ul: Mapping[str, float]) -> None:
        """Tell the trackers that a person has replaced the contents of these positions."""

    async def tracked_volumes_ul(self, addresses: Sequence[str]) -> Mapping[str, float]:
        """The volumes that the handler's own trackers believe in, by well address."""


@runtime_checkable
class Resumable(Protocol):
    """An arm that can be taken over in the middle of a run, after its controller died."""

    async def tips_present(self) -> Mapping[int, bool] | None:
        """Channels that carry a tip by the arm's own sensors; None if it has none."""

    async def adopt(
        self, tips: Mapping[int, str], places: Mapping[str, str], used: Collection[str]
    ) -> None:
        """Tell the trackers what an earlier process left behind; nothing moves.

        ``tips`` are on the channels, labware stands at ``places``, and the ``used`` spots
        (``rack/A1``) are empty.
        """


@runtime_checkable
class NeedleCarrier(Protocol):
    """An arm that carries the outlet of a pump from well to well."""

    async def place_needle(self, address: str) -> None:
        """Bring the outlet above a well, without touching it."""

    async def park_needle(self) -> None:
        """Bring the outlet out of the way, to where it may drip."""


@dataclass(frozen=True, slots=True)
class PumpLimits:
    """What a syringe pump can do: its syringe, its rates and the ports of its valve.

    ``resolution_ul`` is one step of the plunger. ``ports`` are the names that ``move_valve`` takes,
    as the device itself calls them (``input``, ``output``, ``1``); a pump without a valve has none.
    """

    syringe_ul: float
    rate_ul_per_s: tuple[float, float]
    resolution_ul: float
    ports: tuple[str, ...] = ()


@runtime_checkable
class SyringePump(Connectable, Protocol):
    """A syringe on a valve.

    A plunger position is absolute, in µL of syringe that stand behind it: 0 is empty, the syringe's
    volume is full. So a move that was broken off can be asked for again and ends where it should.
    A failed move tells what it knows in ``DeviceError.moved``; the readback tells the rest.
    """

    limits: PumpLimits

    async def initialise(self, port: str | None = None) -> None:
        """Find the plunger's zero, pushing what is in the syringe out of ``port``.

        It is the one call that moves liquid by an unknown amount; ``connect`` doesn't do it.
        """

    async def move_valve(self, port: str) -> None:
        """Turn the valve to a port; nothing flows. Returns when it is there."""

    async def read_valve(self) -> str | None:
        """Port that the valve stands at; None if it stands at none or the pump has no valve."""

    async def move_plunger(self, position_ul: float, rate_ul_per_s: float) -> None:
        """Bring the plunger to an absolute position: up draws, down dispenses.

        Returns when it is there, by the device's own readback.
        """

    async def read_plunger_ul(self) -> float | None:
        """Absolute position of the plunger; None if it isn't initialised and can't tell."""

    async def stop(self) -> None:
        """Stop the plunger where it is; its position stays known if the device can say it."""


@runtime_checkable
class Shaker(Connectable, Protocol):
    """Shakes one labware, or stirs what stands on it; may heat it.

    A speed belongs to the device: that of a stirrer's magnet is none of an orbit, and nobody
    converts the one into the other.
    """

    async def shake(self, speed_rpm: float) -> None:
        """Reach the speed; 0 stops and homes the plate."""

    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""


@runtime_checkable
class TemperatureControl(Connectable, Protocol):
    """Holds a temperature."""

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint and return at once; None switches the control off."""

    async def read_temperature_c(self) -> float:
        """Readback of the temperature."""


@runtime_checkable
class PlateReader(Connectable, Protocol):
    """Measures absorbance of a plate in its nest."""

    async def read_absorbance(
        self, labware: str, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Mapping[str, Sequence[float]]:
        """Absorbance (AU, raw, no blank or path length correction) by well, one per wavelength."""


@runtime_checkable
class Drawer(Protocol):
    """A device whose nest moves out to be reached, such as the drawer of a plate reader."""

    async def open_drawer(self) -> None:
        """Move the nest out; returns when it stands there."""

    async def close_drawer(self) -> None:
        """Move the nest in; returns when it stands there."""

    async def read_drawer_open(self) -> bool | None:
        """Whether the nest stands outside; None while it moves, or if the device can't tell."""


@runtime_checkable
class GasFlow(Connectable, Protocol):
    """A valve or mass-flow controller for a gas.

    Nothing flows unless its watchdog is armed: then it shuts by itself when it hears nothing of its
    controller for the time-out. Every call of ``set_flow`` and ``feed_watchdog`` is heard.
    """

    async def arm_watchdog(self, timeout_s: float) -> None:
        """Let the device shut by itself after a silence of ``timeout_s``."""

    async def feed_watchdog(self) -> None:
        """Be heard, and change nothing."""

    async def read_watchdog_s(self) -> float | None:
        """Readback of the time-out; None if the watchdog isn't armed."""

    async def set_flow(self, flow_ml_per_min: float) -> None:
        """Let gas flow; 0 shuts. Refused without an armed watchdog."""

    async def read_flow_ml_per_min(self) -> float:
        """Readback of the flow."""


@runtime_checkable
class StopButton(Connectable, Protocol):
    """An emergency-stop button beside the deck. ``connect`` refuses while it is pressed."""

    async def wait_pressed(self) -> None:
        """Return as soon as it is pressed.

        Raises:
            DeviceError: it can't be read any more, so that nobody could stop anything by it.

        """


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: it always has a default answer and a time at which that holds.

    ``expected_s`` is how long the task takes. Before the answer is ``done``, the person has
    emptied the positions of ``refill_ul`` and filled them anew with ``stock``, and has taken liquid
    out of the wells of ``leave_ul`` until no more than that is left.
    """

    text: str
    choices: tuple[str, ...]
    default: str
    answer_within_s: float
    expected_s: float
    stock: str | None = None
    refill_ul: Mapping[str, float] = field(default_factory=dict)
    leave_ul: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class Operator(Connectable, Protocol):
    """A person at the workcell, through a terminal, a page, or simulated."""

    async def ask(self, question: Question) -> str | None:
        """Ask and wait; None if nobody answered in time."""
