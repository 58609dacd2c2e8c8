"""From the steps of an XDL procedure to the actions of a draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ncrobot.importers.draft import (
    Action,
    Aliquot,
    ByPerson,
    Dose,
    Exposure,
    Findings,
    Recipe,
    Stirring,
    Waiting,
)
from ncrobot.importers.xdl.attributes import Attributes
from ncrobot.importers.xdl.flattening import flat_steps, reaction_vessel
from ncrobot.importers.xdl.reading import XdlElement, XdlFile
from ncrobot.importers.xdl.reagents import reagent_of, reagents_of

_PARTING = {
    "Filter", "FilterThrough", "Separate", "Evaporate", "WashSolid", "Dry", "Centrifuge",
    "Centrifugate", "Decant", "Precipitate", "Crystallize", "RunColumn", "Distill", "Sublimate",
}  # fmt: skip
_EXPOSING = {"Irradiate": "light", "Sonicate": "ultrasound", "Microwave": "microwaves"}
_INERT = {"Purge", "StartPurge", "StopPurge", "EvacuateAndRefill"}
_NOTHING = {"CleanVessel", "Comment", "ResetHandling"}
_ROOM_C = 25.0


def draft_of_xdl(xdl: XdlFile, findings: Findings) -> Recipe:
    """The reagents and actions of an XDL file, each problem among the findings."""
    return _Drafting(xdl, findings).recipe()


class _Drafting:
    def __init__(self, xdl: XdlFile, findings: Findings) -> None:
        self.xdl = xdl
        self.findings = findings
        self.steps = tuple(flat_steps(xdl.procedure, findings))
        self.vessel = reaction_vessel(self.steps)
        self.reagents = dict(reagents_of(xdl, findings))
        self.actions: list[Action] = []
        self.parted: XdlElement | None = None
        self.inert = False
        self.stirs = False  # until something stops it
        self.handlers: Mapping[str, Callable[[XdlElement, Attributes], None]] = {
            "Add": self._add,
            "AddSolid": self._add,
            "Dissolve": self._dissolve,
            "AdjustPH": self._adjust_ph,
            "StartStir": self._start_stir,
            "StopStir": self._stop_stir,
            "Stir": self._stir,
            "Wait": self._wait,
            "HeatChill": self._heat_chill,
            "HeatChillToTemp": self._to_temperature,
            "StartHeatChill": self._to_temperature,
            "StopHeatChill": self._stop_heating,
            "Confirm": self._confirm,
        }

    def recipe(self) -> Recipe:
        if self.vessel is None:
            fix = "an Add with vessel, reagent and volume"
            self.findings.missing("nothing is added to any vessel", fix=fix)
        for step in self.steps:
            self._take(step)
        about = self.xdl.metadata.get("description", "product") if self.xdl.metadata else None
        cite = self.xdl.metadata.get("publication") if self.xdl.metadata else None
        path = Path(self.xdl.file or "imported.xdl")
        name = re.sub(r"[^a-z0-9]+", "_", path.stem.casefold()).strip("_")
        return Recipe(
            name=name if name[:1].isalpha() else f"imported_{name}".rstrip("_"),
            title=about or f"Imported from {path.name}",
            source=cite or f"XDL file {path.name}",
            where="the whole file",
            inert=self.inert,
            reagents=self.reagents,
            actions=tuple(self.actions),
        )

    def _take(self, step: XdlElement) -> None:
        if step.tag in _NOTHING:
            self.findings.changed(f"{step.tag} is left out: each well is used once", step.line)
        elif self.parted is not None:
            self._after_parting(step, self.parted)
        elif step.tag in _PARTING:
            self._part(step)
        elif step.tag in _EXPOSING:
            self._expose(step)
        elif step.tag in _INERT:
            self._keep_inert(step)
        elif step.tag == "Transfer":
            self._transfer(step)
        elif step.tag in self.handlers and self._is_here(step):
            self.handlers[step.tag](step, Attributes(step, self.findings))
        elif step.tag not in self.handlers:
            fix = "leave it out here, and write a person step for it in the protocol"
            message = f"there is no such step on a deck: {step.tag}"
            self.findings.refused(message, step.line, fix=fix)

    def _is_here(self, step: XdlElement) -> bool:
        """Whether a step is about the reaction vessel."""
        vessel = step.get("vessel")
        if vessel is None or vessel == self.vessel:
            return True
        self._elsewhere(f"{step.tag} is about {vessel}", vessel, step)
        return False

    def _elsewhere(self, what: str, vessel: str | None, step: XdlElement) -> None:
        self.findings.refused(
            f"{what}, but a well is one vessel ({self.vessel})",
            step.line,
            fix=f"make what is in {vessel} beforehand, and add it as a reagent",
        )

    # doses

    def _add(self, step: XdlElement, read: Attributes) -> None:
        self._dose(step, read, step.get("reagent"))

    def _dissolve(self, step: XdlElement, read: Attributes) -> None:
        self._dose(step, read, step.get("solvent"))
        if step.get("time") is not None:
            self._stir(step, read)

    def _dose(self, step: XdlElement, read: Attributes, name: str | None) -> None:
        if name is None:
            message = f"{step.tag} names no reagent"
            self.findings.missing(message, step.line, fix="write its reagent")
            return
        self._make_known(name, step)
        dose = read.dose(name)
        if dose is None:
            return
        if step.is_true("stir") and not self.stirs:
            self._start_stir(step, read)
        for slow in ("dropwise", "time", "portions"):
            value = step.get(slow)
            if step.tag != "Dissolve" and value is not None and value.casefold() != "false":
                told = "drop by drop" if slow == "dropwise" else f"{slow} {value}"
                message = f"{name} comes in one go, not slowly ({told}): a tip empties in seconds"
                self.findings.changed(message, step.line)
        self.actions.append(dose)

    def _adjust_ph(self, step: XdlElement, read: Attributes) -> None:
        name, ph = step.get("reagent"), read.ph()
        if name is None or ph is None:
            fix = "write reagent and pH"
            self.findings.missing("an AdjustPH lacks its reagent or its pH", step.line, fix=fix)
            return
        self._make_known(name, step)
        self.actions.append(Dose(reagent=name, to_ph=ph, line=step.line))

    def _make_known(self, name: str, step: XdlElement) -> None:
        if name not in self.reagents:
            self.reagents[name] = reagent_of(name, XdlElement("Reagent", {}, step.line))

    def _transfer(self, step: XdlElement) -> None:
        source, target = step.get("from_vessel"), step.get("to_vessel")
        read = Attributes(step, self.findings)
        if source is not None and source == self.vessel:
            volume_ul = read.volume_ul()
            if volume_ul is None:
                self._part(step)
            else:
                self.actions.append(Aliquot(volume_ul=volume_ul, line=step.line))
        elif source in self.reagents and target == self.vessel:
            self._dose(step, read, source)
        else:
            self._elsewhere(f"{source} isn't a reagent of the file", source, step)

    # stirring, waiting, temperature

    def _start_stir(self, step: XdlElement, read: Attributes) -> None:
        self.stirs = True
        self.actions.append(Stirring(speed_rpm=read.speed_rpm(), line=step.line))

    def _stop_stir(self, step: XdlElement, read: Attributes) -> None:
        del read
        self.stirs = False
        self.actions.append(Stirring(speed_rpm=0.0, line=step.line))

    def _stir(self, step: XdlElement, read: Attributes) -> None:
        duration_s = read.time_s()
        if duration_s is None:
            return
        self.actions.append(
            Stirring(
                speed_rpm=read.speed_rpm(),
                duration_s=duration_s,
                temperature_c=read.temperature_c(),
                line=step.line,
            )
        )
        self.stirs = self.stirs or step.is_true("continue_stirring")
        if not self.stirs:
            self.actions.append(Stirring(speed_rpm=0.0, line=step.line))

    def _wait(self, step: XdlElement, read: Attributes) -> None:
        duration_s = read.time_s()
        if duration_s is not None:
            self.actions.append(Waiting(duration_s=duration_s, line=step.line))

    def _heat_chill(self, step: XdlElement, read: Attributes) -> None:
        if step.is_true("stir"):
            self._stir(step, read)
            return
        duration_s, at_c = read.time_s(), read.temperature_c()
        if duration_s is not None:
            self.actions.append(Waiting(duration_s=duration_s, temperature_c=at_c, line=step.line))

    def _to_temperature(self, step: XdlElement, read: Attributes) -> None:
        if step.is_true("stir") and not self.stirs:
            self._start_stir(step, read)
        at_c = read.temperature_c()
        if at_c is None:
            message = f"{step.tag} tells no temperature"
            self.findings.missing(message, step.line, fix="write its temp")
        else:
            self.actions.append(Waiting(temperature_c=at_c, line=step.line))

    def _stop_heating(self, step: XdlElement, read: Attributes) -> None:
        del read
        note = f"the file only stops the heating; {_ROOM_C:g} °C is taken for the room"
        self.actions.append(Waiting(temperature_c=_ROOM_C, line=step.line, note=note))

    # what no deck does

    def _confirm(self, step: XdlElement, read: Attributes) -> None:
        del read
        task = step.get("msg", "message") or "Look at the plate and confirm."
        self.actions.append(ByPerson(task=task, line=step.line))

    def _part(self, step: XdlElement) -> None:
        self.parted = step
        self.actions.append(ByPerson(task=_task(step), parts_liquid=True, line=step.line))

    def _after_parting(self, step: XdlElement, parted: XdlElement) -> None:
        self.findings.changed(
            f"{step.tag} becomes a person's task: after {parted.tag} (line {parted.line}) nobody "
            "knows what is in the wells",
            step.line,
        )
        self.actions.append(ByPerson(task=_task(step), line=step.line))

    def _expose(self, step: XdlElement) -> None:
        duration_s = Attributes(step, self.findings).time_s()
        if duration_s is not None:
            what = _EXPOSING[step.tag]
            self.actions.append(Exposure(what=what, duration_s=duration_s, line=step.line))

    def _keep_inert(self, step: XdlElement) -> None:
        if not self.inert:
            self.findings.changed(
                f"{step.tag}: the protocol asks for an inert atmosphere instead; no gas is bubbled "
                "through wells",
                step.line,
            )
        self.inert = True


def _task(step: XdlElement) -> str:
    told = ", ".join(f"{name} {value}" for name, value in step.attributes.items())
    return f"{step.tag}: {told}" if told else f"{step.tag} the plate."
