"""Devices of a deck layout that labware stands on: shakers, temperature blocks, plate readers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.deck.parts import DeckPart, Millimetres, Options


class Shaker(DeckPart):
    """A (heater-)shaker that carries one labware."""

    kind: Literal["shaker"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    speed_rpm: tuple[float, float]
    temperature_c: tuple[float, float] | None = None
    stop_s: float = Field(gt=0, description="from running to standing still and homed")
    start_s: float = Field(gt=0)
    turns_rpm: float | None = Field(
        None,
        gt=0,
        description="a magnet that turns at this speed through every run; the arm may reach in",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    orbit_mm: float | None = Field(
        None, gt=0, description="diameter of its orbit: then wells that would spill are refused"
    )
    nest: str | None = Field(None, description="nest of the labware catalogue: where labware sits")
    at_mm: Millimetres | None = Field(
        None,
        description="corner of the nest in deck coordinates, if it stands on no carrier",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    safe_state: Literal["stopped", "stopped_heater_off"] = "stopped_heater_off"
    assumed: str | None = None


class TemperatureBlock(DeckPart):
    """A block that holds labware at a temperature."""

    kind: Literal["temperature_block"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    temperature_c: tuple[float, float]
    settle_s: float = Field(gt=0, description="time to reach a new setpoint")
    nest: str | None = Field(None, description="nest of the labware catalogue: where labware sits")
    at_mm: Millimetres | None = Field(
        None,
        description="corner of the nest in deck coordinates, if it stands on no carrier",
        exclude_if=lambda given: given is None,  # plans of before keep their hash
    )
    safe_state: Literal["off", "hold"] = "off"
    assumed: str | None = None


class Reader(DeckPart):
    """A plate reader; plates are moved to it by the gripper, or by a person."""

    kind: Literal["reader"]
    driver: str
    port: str | None = None
    options: Options = Field(default={})
    wavelength_nm: tuple[float, float]
    read_s_per_wavelength: float = Field(gt=0)
    overhead_s: float = Field(gt=0)
    nest: str | None = Field(None, description="nest of the labware catalogue: where labware sits")
    at_mm: Millimetres | None = Field(
        None, description="corner of the nest in deck coordinates, if the gripper reaches it"
    )
    safe_state: Literal["closed"] = "closed"
    assumed: str | None = None
