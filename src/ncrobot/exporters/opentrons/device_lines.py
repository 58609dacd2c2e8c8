"""Modules and people as calls of the Protocol API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ncrobot.deck.layout import DeckLayout, Shaker, TemperatureBlock
from ncrobot.errors import InternalError
from ncrobot.exporters.opentrons.levels import Levels
from ncrobot.exporters.opentrons.liquid_lines import number
from ncrobot.exporters.opentrons.names import MODULES, ModuleName
from ncrobot.exporters.opentrons.order import Moment
from ncrobot.plan import AskPerson, Plan, Refill, SetTemperature, Shake


class DeviceLines:
    """Writes what modules and people do; ``names`` are the variables of the modules."""

    def __init__(self, plan: Plan, names: Mapping[str, str], levels: Levels) -> None:
        self._plan = plan
        self._names = names
        self._levels = levels

    def lines(self, moment: Moment) -> Iterator[str]:
        """The lines of one moment of a shake, a temperature, a question or a refill."""
        operation = moment.operation
        if isinstance(operation, Shake):
            yield from self._shake(operation)
        elif isinstance(operation, SetTemperature):
            yield from self._temperature(operation, moment)
        elif isinstance(operation, AskPerson):
            yield from self._person(operation)
        elif isinstance(operation, Refill):
            yield from self._refill(operation)
        else:
            message = f"{operation.id}: a {operation.kind} can't be exported"
            raise InternalError(message)

    def initial(self) -> Iterator[str]:
        """Temperatures that are reached before the first operation."""
        wanted = self._plan.initial_temperatures_c
        for device, temperature_c in wanted.items():
            yield from self._setpoint(device, temperature_c)
        for device, temperature_c in wanted.items():
            yield self._wait(device, temperature_c)

    def safe(self) -> Iterator[str]:
        """The safe state of every module, as the layout asks for it."""
        for device, name in self._names.items():
            layout = self._plan.deck.devices[device]
            if isinstance(layout, Shaker):
                yield f"{name}.deactivate_shaker()"
                if layout.safe_state == "stopped_heater_off":
                    yield f"{name}.deactivate_heater()"
            elif isinstance(layout, TemperatureBlock):
                if layout.safe_state == "off":
                    yield f"{name}.deactivate()"
                else:
                    yield f"# {name} holds its temperature: the layout's safe state."

    def _shake(self, operation: Shake) -> Iterator[str]:
        name = self._names[operation.device]
        if operation.speed_rpm == 0:
            yield f"{name}.deactivate_shaker()"
        else:
            yield f"{name}.set_and_wait_for_shake_speed({operation.speed_rpm:.0f})"

    def _temperature(self, operation: SetTemperature, moment: Moment) -> Iterator[str]:
        if moment.begins:
            yield from self._setpoint(operation.device, operation.temperature_c)
        if moment.part == "wait" and operation.temperature_c is not None:
            yield self._wait(operation.device, operation.temperature_c)

    def _setpoint(self, device: str, temperature_c: float | None) -> Iterator[str]:
        name, heats = self._names[device], self._module(device).api == "heater_shaker"
        if temperature_c is None:
            yield f"{name}.deactivate_heater()" if heats else f"{name}.deactivate()"
        elif heats:
            yield f"{name}.set_target_temperature({number(temperature_c)})"
        else:
            yield f"{name}.start_set_temperature({number(temperature_c)})"

    def _wait(self, device: str, temperature_c: float) -> str:
        name = self._names[device]
        if self._module(device).api == "heater_shaker":
            return f"{name}.wait_for_temperature()"
        return f"{name}.await_temperature({number(temperature_c)})"

    def _module(self, device: str) -> ModuleName:
        return module_of(self._plan.deck, device)

    def _person(self, operation: AskPerson) -> Iterator[str]:
        if operation.max_fraction_left is not None:
            for well in operation.wells or [planned.well for planned in self._plan.wells]:
                address = f"{self._plan.vessel_labware}/{well}"
                left_ul = operation.max_fraction_left * self._levels.volume_ul(address)
                self._levels.put(address, left_ul)
        minds = f" Mind: {'; '.join(operation.hazards)}." if operation.hazards else ""
        takes = f" (about {operation.takes_s / 60:.0f} min)" if operation.takes_s >= 60 else ""
        yield f"protocol.pause({f'{operation.task}{takes}.{minds} Then resume.'!r})"

    def _refill(self, operation: Refill) -> Iterator[str]:
        for address, volume_ul in operation.wells_ul.items():
            self._levels.put(address, volume_ul)
        places = ", ".join(f"{number(ul)} µL in {at}" for at, ul in operation.wells_ul.items())
        text = (
            f"Throw away what is left of {operation.stock} and put in the newly made lot "
            f"{operation.lot}: {places}. Then resume."
        )
        yield f"protocol.pause({text!r})"


def module_of(layout: DeckLayout, device: str) -> ModuleName:
    """The module of Opentrons that a device of the layout is."""
    return MODULES[layout.devices[device].nest or ""]
