"""What a deck layout says of a syringe pump, checked against what the pump can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ncrobot.devices import PumpLimits
from ncrobot.errors import DeviceError, DeviceErrorKind, Diagnostic, LabError


@dataclass(frozen=True, slots=True)
class PumpSettings:
    """The fields of a syringe pump in the deck layout that a driver needs.

    ``ports`` are all the ports that the layout uses, without repetition; ``fastest`` and
    ``slowest`` bound the rate (µL/s).
    """

    name: str
    syringe_ul: float
    slowest: float
    fastest: float
    inlet: str
    waste: str
    ports: tuple[str, ...]

    @classmethod
    def read(cls, name: str, settings: Mapping[str, Any]) -> PumpSettings:
        """Take them from the device's settings."""
        slowest, fastest = settings["rate_ul_per_s"]
        needle = settings.get("needle")
        outlets = [*settings.get("outlets", {}), *([needle] if needle else [])]
        inlet, waste = str(settings["inlet"]), str(settings["waste"])
        return cls(
            name=name,
            syringe_ul=float(settings["syringe_ul"]),
            slowest=float(slowest),
            fastest=float(fastest),
            inlet=inlet,
            waste=waste,
            ports=tuple(dict.fromkeys((inlet, waste, *map(str, outlets)))),
        )

    def limits(self, steps: int, ports: Sequence[str]) -> PumpLimits:
        """Limits of a pump with this many steps a stroke and these ports."""
        return PumpLimits(
            syringe_ul=self.syringe_ul,
            rate_ul_per_s=(self.slowest, self.fastest),
            resolution_ul=self.syringe_ul / steps,
            ports=tuple(ports),
        )

    def wrong_rates(self, slowest: float, fastest: float) -> list[Diagnostic]:
        """Findings if the layout asks for rates beyond these of the device (µL/s)."""
        if slowest * (1 - 1e-9) <= self.slowest <= self.fastest <= fastest * (1 + 1e-9):
            return []
        return [
            self.finding(
                "pump-rate",
                f"with a syringe of {self.syringe_ul:g} µL it can't run at such rates",
                quantity="rate_ul_per_s",
                found=f"{self.slowest:g} to {self.fastest:g} µL/s",
                allowed=f"{slowest:.4g} to {fastest:.4g} µL/s",
                fix="narrow rate_ul_per_s in the deck layout, or use another syringe",
            )
        ]

    def wrong_ports(self, ports: Sequence[str]) -> list[Diagnostic]:
        """Findings for each port of the layout that the device doesn't have, or can't pump to."""
        return [
            self.finding(
                "pump-port",
                f"its valve has no port {port!r} that the plunger can work on",
                quantity="port",
                found=port,
                allowed=", ".join(ports) or "none",
                fix="correct inlet, waste, needle and outlets of the deck layout",
            )
            for port in self.ports
            if port not in ports
        ]

    def finding(self, code: str, message: str, **told: str) -> Diagnostic:
        """A finding about this pump."""
        return Diagnostic(code=code, message=f"pump {self.name!r}: {message}", **told)  # type: ignore[arg-type]


def refuse_if_any(findings: Sequence[Diagnostic]) -> None:
    """Refuse a layout that the device can't do.

    Raises:
        LabError: with all findings, if there are any.

    """
    if findings:
        raise LabError(findings)


def check_move(name: str, limits: PumpLimits, position_ul: float, rate_ul_per_s: float) -> None:
    """Check a plunger move against the limits, before anything is sent.

    Raises:
        DeviceError: it is beyond them; nothing moved.

    """
    slowest, fastest = limits.rate_ul_per_s
    if not -1e-9 <= position_ul <= limits.syringe_ul * (1 + 1e-9):
        raise refused(name, f"can't go to {position_ul:g} of {limits.syringe_ul:g} µL")
    if not slowest * (1 - 1e-9) <= rate_ul_per_s <= fastest * (1 + 1e-9):
        raise refused(
            name, f"can't move at {rate_ul_per_s:g} µL/s, only at {slowest:g} to {fastest:g} µL/s"
        )


def refused(name: str, reason: str) -> DeviceError:
    """An order that isn't sent at all."""
    return DeviceError(reason, device=name, kind=DeviceErrorKind.REFUSED, moved=False)
