"""Reads the attributes of XDL steps; what is missing or unreadable is told."""

from __future__ import annotations

from ncrobot.importers.draft import Dose, Findings
from ncrobot.importers.xdl.quantities import read_amount, read_mass_mg, read_quantity
from ncrobot.importers.xdl.reading import XdlElement
from ncrobot.units import Dimension


class Attributes:
    """The attributes of one step in canonical units; None where there is none."""

    def __init__(self, step: XdlElement, findings: Findings) -> None:
        self.step = step
        self.findings = findings

    def time_s(self) -> float | None:
        """How long it takes; a step without a time is told."""
        written = self.step.get("time")
        if written is None:
            message = f"{self.step.tag} tells no time"
            self.findings.missing(message, self.step.line, fix="write its time")
            return None
        read = read_quantity(written, Dimension.DURATION)
        if read is None:
            self._unreadable("time", written, "a number with s, min or h")
        return read.value if read else None

    def temperature_c(self) -> float | None:
        """The temperature, if it tells one."""
        written = self.step.get("temp")
        if written is None:
            return None
        read = read_quantity(written, Dimension.TEMPERATURE)
        if read is None:
            self._unreadable("temp", written, "a number with °C")
        elif read.note:
            self.findings.changed(read.note, self.step.line)
        return read.value if read else None

    def speed_rpm(self) -> float | None:
        """The speed of its own stirrer, if it tells one."""
        written = self.step.get("stir_speed")
        read = read_quantity(written, Dimension.SPEED) if written else None
        if written and read is None:
            self._unreadable("stir_speed", written, "a number with rpm")
        return read.value if read else None

    def volume_ul(self) -> float | None:
        """The volume, if it tells one as a figure."""
        written = self.step.get("volume", "amount")
        read = read_quantity(written, Dimension.VOLUME) if written else None
        return read.value if read else None

    def ph(self) -> float | None:
        """The pH, if it is one."""
        try:
            return float(self.step.get("pH", "ph") or "")
        except ValueError:
            return None

    def dose(self, reagent: str) -> Dose | None:
        """How much of a reagent comes; a step that doesn't tell is told."""
        for attribute in ("volume", "mass", "amount"):
            written = self.step.get(attribute)
            if written is None:
                continue
            found = read_amount(written)
            if found is None and attribute == "mass" and (mass := read_mass_mg(written)):
                found = ("mass_mg", mass)
            if found is None and attribute == "volume" and (bare := self.volume_ul()):
                found = ("volume_ul", bare)
            if found is not None and found[1] > 0:
                by, value = found
                return Dose(reagent=reagent, by=by, value=value, line=self.step.line)
            self._unreadable(attribute, written, "a number above 0 with its unit")
            return None
        message = f"{self.step.tag} of {reagent} tells no amount"
        self.findings.missing(message, self.step.line, fix="write volume, mass or amount")
        return None

    def _unreadable(self, attribute: str, written: str, allowed: str) -> None:
        message = f'{attribute} of {self.step.tag} can\'t be read: "{written}"'
        self.findings.missing(message, self.step.line, fix=f"write {allowed}")
