"""A syringe pump's driver and its emulator, joined by a pseudo-terminal, in quick time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from drivers.wire_kit import worked_with
from ncrobot.errors import DeviceError
from ncrobot_sim.emulators import Emulated, FaultKind, WireFault

SPEED = 200.0


def pump_settings(**more: Any) -> dict[str, Any]:
    """The fields of a syringe pump in a deck layout."""
    return {
        "kind": "syringe_pump", "syringe_ul": 1000.0, "rate_ul_per_s": (1.0, 500.0),
        "inlet": "input", "waste": "output", "needle": None, "outlets": {}, "valve_s": 0.5, **more,
    }  # fmt: skip


def with_pump(
    kind: str,
    test: Callable[[Any, Emulated], Awaitable[Any]],
    *,
    faults: Iterable[WireFault] = (),
    speed: float = SPEED,
    connect: bool = True,
    **settings: Any,
) -> Any:
    """Run ``test(driver, emulator)``; the driver is connected before and disconnected after."""
    told = pump_settings(**settings)
    return worked_with(kind, told, test, name="pump", faults=faults, speed=speed, connect=connect)


def fault(kind: FaultKind, command: str = "", **more: Any) -> WireFault:
    return WireFault(kind, command=command, **more)


LINE_FAULTS = (
    FaultKind.DEAF, FaultKind.SILENCE, FaultKind.GARBAGE, FaultKind.NOISE, FaultKind.TRUNCATED,
    FaultKind.WRONG_CHECKSUM, FaultKind.DUPLICATE,
)  # fmt: skip


@dataclass(frozen=True)
class Dose:
    """One move in a property test: from which port to which place, and what goes wrong with it."""

    port: str
    target_ul: float
    fault: FaultKind | None


def doses(ports: Sequence[str], kinds: Iterable[FaultKind]) -> Any:
    """Strategy of a few moves to different places, each with a fault of its own, or none."""
    dose = st.tuples(st.sampled_from(list(ports)), st.none() | st.sampled_from(list(kinds)))
    places = st.permutations([100.0 * tenth for tenth in range(11)])
    return st.builds(
        lambda told, places: [Dose(port, ul, kind) for (port, kind), ul in zip(told, places, strict=False)],
        st.lists(dose, min_size=3, max_size=6),
        places,
    )  # fmt: skip


@dataclass(frozen=True)
class Account:
    """What a machine itself has done: where its plunger is, and how far it has gone in all (µL)."""

    place_ul: Callable[[], float]
    gone_ul: Callable[[], float]
    slack_ul: float


async def move_under_faults(
    pump: Any,
    emulated: Emulated,
    moves: Iterable[Dose],
    account: Account,
    *,
    order: str,
    rate: float,
    waste: str,
) -> None:
    """Do the moves; whatever goes wrong, none may go further than it should, nor be misreported.

    ``order`` finds the command that moves the plunger. A move whose outcome is unknown ends it all
    for pumps that can't be homed.
    """
    slack_ul = account.slack_ul
    for dose in moves:
        try:
            if await pump.read_plunger_ul() is None:
                await pump.initialise(waste)
            await pump.move_valve(dose.port)
        except DeviceError:
            continue
        before_ul, gone_ul = account.place_ul(), account.gone_ul()
        far_ul = abs(dose.target_ul - before_ul)
        if dose.fault is not None:
            late = dose.fault is FaultKind.LATE
            emulated.inject(WireFault(dose.fault, order, delay_s=40.0 if late else 0.3))
        try:
            await pump.move_plunger(dose.target_ul, rate)
        except DeviceError as error:
            went_ul = account.gone_ul() - gone_ul
            assert went_ul <= far_ul + slack_ul, f"went {went_ul} µL instead of {far_ul}"
            assert error.moved is not False or went_ul <= slack_ul, (
                f"{error}, but {went_ul} µL went"
            )
        else:
            assert abs(account.place_ul() - dose.target_ul) <= slack_ul
            assert abs(account.gone_ul() - gone_ul - far_ul) <= slack_ul
