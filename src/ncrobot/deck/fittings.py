"""Devices of a deck layout that carry no labware: pumps, gas, probes, buttons, balances."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.deck.parts import DeckPart, DeviceName, Options


class SyringePump(DeckPart):
    """A syringe pump with a valve that doses one stock.

    ``source`` is the position on the deck that its tube draws from, always with this ``stock``.
    ``needle`` is the port of an outlet that the arm carries from well to well; ``outlets`` are
    ports whose outlets are fixed over wells of the reaction plate. Priming goes out of ``waste``.
    """

    kind: Literal["syringe_pump"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    stock: str
    source: str = Field(description="labware and well, such as bottle/A1")
    syringe_ul: float = Field(gt=0)
    rate_ul_per_s: tuple[float, float] = Field(description="slowest and fastest of the plunger")
    fill_ul_per_s: float = Field(gt=0)
    dispense_ul_per_s: float = Field(gt=0)
    dose_ul: float = Field(gt=0, description="smallest dose")
    dead_volume_ul: float = Field(ge=0, description="of tube and valve, from source to outlet")
    prime_ul: float = Field(ge=0, description="pushed out before the doses of an operation")
    air_gap_ul: float = Field(
        0.0,
        ge=0,
        description="drawn back after a dose, so that a carried outlet doesn't drip on its way",
        exclude_if=lambda given: given == 0,  # plans of before keep their hash
    )
    valve_s: float = Field(gt=0, description="from port to port")
    inlet: str = "input"
    waste: str = "waste"
    needle: str | None = Field(None, description="port of an outlet that the arm carries")
    outlets: dict[str, str] = Field(default={}, description="port -> well of the reaction plate")
    safe_state: Literal["stopped"] = "stopped"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A pump carries no labware."""
        return None

    def port_for(self, well: str) -> str | None:
        """The port whose outlet reaches a reaction well; None if there is none."""
        fixed = next((port for port, place in self.outlets.items() if place == well), None)
        return self.needle if fixed is None else fixed


class Gas(DeckPart):
    """A valve or mass-flow controller that lets a gas over the deck, such as nitrogen.

    It shuts by itself when its controller is silent for ``watchdog_s``: a process that dies, or a
    cable that falls out, must not leave gas flowing. Without a watchdog there is no gas. One that
    harms flows in a ``cabinet`` only, with a ``shut_off`` that needs no software.
    """

    kind: Literal["gas"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    gas: str = Field(description="nitrogen, argon, helium or air; others need cabinet and shut_off")
    flow_ml_per_min: tuple[float, float] = Field(
        description="smallest and largest, at the standard conditions of the controller"
    )
    over: DeviceName | None = Field(
        None,
        description="labware that it flows over; none: the reaction plate at its place",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    settle_s: float = Field(
        0.0,
        ge=0,
        description="from an order until it flows steadily, or is shut",
        exclude_if=lambda given: given == 0,
    )
    cabinet: str | None = Field(
        None,
        min_length=10,
        description="of a gas that harms: the closed, ventilated space around the deck",
        exclude_if=lambda given: given is None,
    )
    shut_off: str | None = Field(
        None,
        min_length=10,
        description="of a gas that harms: what detects it and shuts it off without any software",
        exclude_if=lambda given: given is None,
    )
    watchdog_s: float = Field(
        gt=0, le=60, description="the device shuts by itself when it hears nothing for this long"
    )
    safe_state: Literal["closed"] = "closed"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A valve carries no labware."""
        return None


class PhProbe(DeckPart):
    """A pH electrode mounted beside the outlet of a pump, so that it reads what that doses into.

    It is dipped at ``rinse``, if there is one, before each well.
    """

    kind: Literal["ph_probe"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    beside: DeviceName = Field(description="the pump whose outlet it is mounted at")
    read_s: float = Field(gt=0, description="time of one reading")
    rinse: str | None = Field(None, description="labware and well that it is dipped into")
    rinse_s: float = Field(5.0, gt=0, description="how long it is dipped there")
    safe_state: Literal["none"] = "none"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A probe carries no labware."""
        return None


class StopButton(DeckPart):
    """An emergency-stop button: as soon as it is pressed, or its cable breaks, the run is halted.

    It ends what the software does. It doesn't replace the button that cuts the power of the robot.
    """

    kind: Literal["stop_button"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    line: Literal["cts", "dsr", "cd"] = Field(
        "cts", description="input line of the serial port that the closed contact holds up"
    )
    safe_state: Literal["watched"] = "watched"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A button carries no labware."""
        return None


class Balance(DeckPart):
    """A balance beside the deck. A run sees that it answers; no step of a protocol weighs with it.

    It is listed, identified and read by ``ncrobot devices``, and emulated as other devices are.
    """

    kind: Literal["balance"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    safe_state: Literal["none"] = "none"
    assumed: str | None = None

    @property
    def nest(self) -> None:
        """A balance carries no labware of the deck."""
        return None
