"""The devices of a run, by the names that plan and schedule use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ncrobot.devices import (
    Connectable,
    GasFlow,
    LiquidHandler,
    NeedleCarrier,
    Operator,
    PHProbe,
    PlateReader,
    Shaker,
    SyringePump,
    TemperatureControl,
)
from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.plan.operations import LetGas, Operation, PumpDose, Read, SetTemperature, Shake


@dataclass
class Workcell:
    """One arm, its other devices by name, and a person. Belongs to one run at a time."""

    arm: LiquidHandler
    devices: Mapping[str, Shaker | TemperatureControl | PlateReader | SyringePump] = field(
        default_factory=dict
    )
    operator: Operator = field(kw_only=True)

    def everything(self) -> Iterator[tuple[str, Connectable]]:
        """All devices with their names; the arm comes first, so that it is out of the way."""
        yield self.arm.name, self.arm
        yield from self.devices.items()
        yield self.operator.name, self.operator

    def shaker(self, name: str) -> Shaker:
        """Return a device as a shaker.

        Raises:
            LabError: there is none of this name, or it doesn't shake.

        """
        device = self.devices.get(name)
        if not isinstance(device, Shaker):
            raise self._lacks(name, "shakes")
        return device

    def pump(self, name: str) -> SyringePump:
        """Return a device as a syringe pump.

        Raises:
            LabError: there is none of this name, or it is no pump.

        """
        device = self.devices.get(name)
        if not isinstance(device, SyringePump):
            raise self._lacks(name, "pumps")
        return device

    def needle(self) -> NeedleCarrier:
        """Return the arm as the carrier of a pump's outlet.

        Raises:
            LabError: the arm's driver carries none.

        """
        if not isinstance(self.arm, NeedleCarrier):
            raise LabError(
                Diagnostic(
                    code="needle-missing",
                    message=f"the driver of {self.arm.name!r} can't carry a pump's outlet",
                    fix="use fixed outlets in the deck layout, or leave out the pump",
                )
            )
        return self.arm

    def temperature(self, name: str) -> TemperatureControl:
        """Return a device as a temperature control.

        Raises:
            LabError: there is none of this name, or it holds no temperature.

        """
        device = self.devices.get(name)
        if not isinstance(device, TemperatureControl):
            raise self._lacks(name, "holds a temperature")
        return device

    def reader(self, name: str) -> PlateReader:
        """Return a device as a plate reader.

        Raises:
            LabError: there is none of this name, or it doesn't read plates.

        """
        device = self.devices.get(name)
        if not isinstance(device, PlateReader):
            raise self._lacks(name, "reads plates")
        return device

    def gas(self, name: str) -> GasFlow:
        """Return a device as a gas valve.

        Raises:
            LabError: there is none of this name, or it lets no gas flow.

        """
        device: object = self.devices.get(name)
        if not isinstance(device, GasFlow):
            raise self._lacks(name, "lets gas flow")
        return device

    def probe(self, name: str) -> PHProbe:
        """Return a device as a pH probe.

        Raises:
            LabError: there is none of this name, or it reads no pH.

        """
        device: object = self.devices.get(name)
        if not isinstance(device, PHProbe):
            raise self._lacks(name, "reads a pH")
        return device

    def _lacks(self, name: str, ability: str) -> LabError:
        nearest = nearest_word(name, self.devices)
        return LabError(
            Diagnostic(
                code="device-missing",
                message=f"the workcell has no device {name!r} that {ability}",
                found=name,
                allowed=", ".join(sorted(self.devices)) or "no devices besides the arm",
                fix=f"did you mean {nearest!r}?" if nearest else "add it to the deck layout",
            )
        )


def check_abilities(workcell: Workcell, operations: Iterable[Operation]) -> None:
    """Check that the workcell has every device that the operations need.

    Raises:
        LabError: one is missing, or is of another kind.

    """
    for operation in operations:
        if isinstance(operation, PumpDose):
            workcell.pump(operation.pump)
            if operation.device == workcell.arm.name:
                workcell.needle()
            if operation.steering is not None:
                workcell.probe(operation.steering.probe)
                if operation.steering.shaker is not None:
                    workcell.shaker(operation.steering.shaker)
        elif isinstance(operation, Shake):
            workcell.shaker(operation.device)
        elif isinstance(operation, SetTemperature):
            workcell.temperature(operation.device)
        elif isinstance(operation, Read):
            workcell.reader(operation.device)
        elif isinstance(operation, LetGas):
            workcell.gas(operation.device)
