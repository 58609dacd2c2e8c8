"""Options of a Cavro pump in the deck layout, and what it can do with a given syringe and valve."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.errors import Diagnostic
from ncrobot_drivers.cavro.dialect import PULSES_PER_STROKE, VALVES, Dialect
from ncrobot_drivers.options import LineOptions
from ncrobot_drivers.pump_settings import PumpSettings, refuse_if_any

SYRINGES_UL = (50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0)
FORCES = {"full": 0, "half": 1, "third": 2}


class CavroOptions(LineOptions):
    """Options of a pump that speaks Cavro's language.

    ``valve`` is the kind that is mounted and configured. ``homes_out_of`` owns up to where homing
    pushes the syringe's content out of, if the waste isn't there: valves with words always home out
    of ``output``. ``tolerance_steps`` is how far from its target the encoder may see the plunger.
    """

    address: int = Field(0, ge=0, le=14, description="the pump's address switch")
    protocol: Literal["oem", "dt"] | None = None
    valve: Literal["none", "3-port", "4-port", "3-port-distribution", "6-port", "9-port"] = "3-port"
    ports_counted: Literal["clockwise", "counter_clockwise"] = "clockwise"
    homes_out_of: Literal["output"] | None = None
    force: Literal["full", "half", "third"] | None = None
    steps: int | None = Field(None, gt=0, description="of a stroke, if the model leaves it open")
    tolerance_steps: int = Field(2, ge=0, le=50)

    @property
    def ports(self) -> tuple[str, ...]:
        """Ports of the valve."""
        return VALVES[self.valve]

    @property
    def numbered(self) -> bool:
        """Whether it is a distribution valve, whose ports have numbers."""
        return bool(self.ports) and self.ports[0].isdecimal()

    def force_code(self, syringe_ul: float) -> int:
        """Force of homing: as asked, or as the manual advises for the syringe."""
        if self.force is not None:
            return FORCES[self.force]
        return 0 if syringe_ul >= 1000 else 1 if syringe_ul >= 250 else 2

    def settled(self, pump: PumpSettings, dialect: Dialect) -> CavroOptions:
        """The same options with what the model tells filled in.

        Raises:
            LabError: with all that this pump can't do.

        """
        refuse_if_any(self._findings(pump, dialect))
        filled = {"protocol": self.protocol or dialect.protocols[0]}
        return self.model_copy(update={**filled, "steps": dialect.steps or self.steps})

    def _findings(self, pump: PumpSettings, dialect: Dialect) -> list[Diagnostic]:
        """What of the layout this pump can't do."""
        low, high = (speed * pump.syringe_ul / PULSES_PER_STROKE for speed in dialect.speeds)
        usable = [port for port in self.ports if port != "bypass"]
        found = [*pump.wrong_rates(low, high), *pump.wrong_ports(usable)]
        if pump.syringe_ul not in SYRINGES_UL:
            found.append(
                pump.finding(
                    "pump-syringe",
                    "there is no such syringe for it",
                    quantity="syringe_ul",
                    found=f"{pump.syringe_ul:g} µL",
                    allowed=", ".join(f"{size:g}" for size in SYRINGES_UL) + " µL",
                )
            )
        if not self.numbered and "output" not in (pump.waste, self.homes_out_of):
            found.append(
                pump.finding(
                    "pump-homing",
                    "this valve homes the plunger out of 'output', whatever the waste port is",
                    quantity="waste",
                    found=pump.waste,
                    allowed="output",
                    fix="lead 'output' to the waste, use a distribution valve, or say "
                    "options: {homes_out_of: output} if its outlet stands over a waste then",
                )
            )
        if self.protocol is not None and self.protocol not in dialect.protocols:
            found.append(
                pump.finding(
                    "pump-protocol",
                    "it doesn't speak this protocol",
                    quantity="options.protocol",
                    found=self.protocol,
                    allowed=", ".join(dialect.protocols),
                )
            )
        if (dialect.steps or self.steps) is None or self.steps not in (
            None,
            dialect.steps or self.steps,
        ):
            found.append(
                pump.finding(
                    "pump-steps",
                    "how many steps make a stroke has to be told as the pump has them",
                    quantity="options.steps",
                    found=str(self.steps),
                    allowed=str(dialect.steps or "as its label and manual say"),
                )
            )
        return found
