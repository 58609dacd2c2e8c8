"""From a record of the Open Reaction Database to the actions of a draft."""

from __future__ import annotations

import re
from pathlib import Path

from ncrobot.importers import draft
from ncrobot.importers.draft import Action, Findings, Recipe
from ncrobot.importers.ord.conditions import Surroundings, surroundings_of
from ncrobot.importers.ord.inputs import Inputs, in_order
from ncrobot.importers.ord.records import Input, Reaction, Workup

_SLOW = {"SLOW", "DROPWISE", "CONTINUOUS", "PORTIONWISE"}
_ADDING = {"ADDITION", "DISSOLUTION", "PH_ADJUST"}


def draft_of_record(reaction: Reaction, file: str, findings: Findings) -> Recipe:
    """The reagents and actions of a record, each problem among the findings."""
    inputs = Inputs(findings)
    around = surroundings_of(reaction.conditions, findings)
    actions = [*_reaction_actions(reaction, inputs, around, findings)]
    actions += _workup_actions(reaction.workups, inputs, findings)
    where = reaction.provenance
    number = reaction.reaction_id or Path(file).stem
    name = re.sub(r"[^a-z0-9]+", "_", number.casefold()).strip("_")
    cited = f"doi {where.doi}" if where.doi else where.patent or where.publication_url
    return Recipe(
        name=name[:50] if name[:1].isalpha() else f"reaction_{name}"[:50].rstrip("_"),
        title=_title(reaction) or f"Imported from {Path(file).name}",
        source=cited or f"Open Reaction Database, {number}",
        where=f"record {number} of the Open Reaction Database",
        temperature_c=around.temperature_c,
        dark=around.dark,
        inert=around.inert,
        reagents=inputs.reagents,
        actions=tuple(actions),
    )


def _title(reaction: Reaction) -> str | None:
    names = [each.value for each in reaction.identifiers if each.type == "NAME"]
    return names[0] if names else None


def _reaction_actions(
    reaction: Reaction, inputs: Inputs, around: Surroundings, findings: Findings
) -> list[Action]:
    actions: list[Action] = []
    if around.stirs:
        actions.append(draft.Stirring(speed_rpm=around.speed_rpm))
    passed_s = 0.0
    for name, given in in_order(reaction.inputs, findings):
        at_s = given.addition_time.seconds if given.addition_time else None
        if at_s is not None and at_s > passed_s:
            actions.append(draft.Waiting(duration_s=at_s - passed_s))
            passed_s = at_s
        _tell_slowness(name, given, findings)
        actions += inputs.doses(name, given)
    times = [each.reaction_time.seconds for each in reaction.outcomes if each.reaction_time]
    lasts_s = max((each for each in times if each is not None), default=None)
    if lasts_s is None:
        findings.changed("the record tells no reaction time; add a hold to the protocol")
    elif around.light is not None:
        actions.append(draft.Exposure(what=around.light, duration_s=lasts_s))
    elif lasts_s > 0:
        actions.append(draft.Waiting(duration_s=lasts_s, note="the record's longest reaction time"))
    return actions


def _tell_slowness(name: str, given: Input, findings: Findings) -> None:
    speed = given.addition_speed
    lasts_s = given.addition_duration.seconds if given.addition_duration else None
    if lasts_s or (speed is not None and speed.type in _SLOW):
        how = f"over {lasts_s:g} s" if lasts_s else speed.type.lower() if speed else ""
        details = f"; {speed.details}" if speed is not None and speed.details else ""
        message = f"{name} comes in one go, not slowly ({how}{details}): a tip empties in seconds"
        findings.changed(message)


def _workup_actions(
    workups: tuple[Workup, ...], inputs: Inputs, findings: Findings
) -> list[Action]:
    actions: list[Action] = []
    parted: Workup | None = None
    for number, each in enumerate(workups, start=1):
        found = None if parted is not None else _workup(number, each, inputs, findings)
        if found is None:
            if parted is not None:
                findings.changed(
                    f"workup {number} ({each.type}) becomes a person's task: after {parted.type} "
                    "nobody knows what is in the wells"
                )
            first = parted is None
            parted = parted or each
            actions.append(
                draft.ByPerson(task=_task(each), takes_s=_lasts(each), parts_liquid=first)
            )
        else:
            actions += found
    return actions


def _workup(number: int, workup: Workup, inputs: Inputs, findings: Findings) -> list[Action] | None:
    """What the deck does of a workup; None: nothing, it is a person's task."""
    if workup.type in _ADDING and workup.input is not None:
        doses = inputs.doses(f"workup {number}", workup.input)
        if workup.target_ph is not None and doses:
            return [draft.Dose(reagent=doses[0].reagent, to_ph=workup.target_ph)]
        return list(doses)
    if workup.type == "ALIQUOT":
        taken_ul = workup.amount.ul if workup.amount is not None else None
        if taken_ul:
            return [draft.Aliquot(volume_ul=taken_ul)]
        findings.changed(f"workup {number}: an aliquot without a volume becomes a person's task")
        return None
    return _waiting(workup)


def _waiting(workup: Workup) -> list[Action] | None:
    setpoint = workup.temperature.setpoint if workup.temperature is not None else None
    at_c, lasts_s = setpoint.celsius if setpoint is not None else None, _lasts(workup)
    if workup.type == "WAIT" and lasts_s is not None:
        return [draft.Waiting(duration_s=lasts_s, temperature_c=at_c)]
    if workup.type == "TEMPERATURE" and at_c is not None:
        return [draft.Waiting(duration_s=lasts_s, temperature_c=at_c)]
    if workup.type == "STIRRING" and lasts_s is not None:
        rpm = workup.stirring.rate.rpm if workup.stirring and workup.stirring.rate else None
        return [draft.Stirring(speed_rpm=rpm or None, duration_s=lasts_s)]
    return None


def _lasts(workup: Workup) -> float | None:
    return workup.duration.seconds if workup.duration else None


def _task(workup: Workup) -> str:
    word = workup.type.replace("_", " ").capitalize()
    return f"{word}: {workup.details}" if workup.details else f"{word} of the plate."
