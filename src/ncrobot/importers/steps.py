"""From actions to the steps of a protocol."""

from __future__ import annotations

from collections import Counter
from typing import Any

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
from ncrobot.importers.scaling import Scaled
from ncrobot.protocol import Role
from ncrobot.units import Dimension, format_quantity

Fields = dict[str, Any]
_VERBS = {Role.REDUCTANT: "reduce", Role.ACID: "acidify", Role.BASE: "adjust_ph"}
_NO_SPEED = "600 rpm"
_OWN_STIRRER = (
    "the file's figure is for its own stirrer; find the speed of the shaker on your plate"
)
_NOT_TOLD = "the file doesn't tell it"


class StepWriter:
    """Writes the steps of a recipe, each as the fields of a protocol's step."""

    def __init__(self, recipe: Recipe, scaled: Scaled, findings: Findings) -> None:
        self.recipe = recipe
        self.scaled = scaled
        self.findings = findings
        self.names: Counter[str] = Counter()
        self.shakes = False

    def steps(self) -> list[Fields]:
        """All steps in order."""
        actions = _without_idle_stops(self.recipe.actions)
        return [step for action in actions if (step := self._step(action)) is not None]

    def _step(self, action: Action) -> Fields | None:
        if isinstance(action, Dose):
            return self._dose(action)
        if isinstance(action, Stirring):
            return self._stirring(action)
        if isinstance(action, Waiting):
            return self._waiting(action)
        if isinstance(action, Aliquot):
            return self._aliquot(action)
        if isinstance(action, Exposure):
            return self._exposure(action)
        return self._person(action)

    def _dose(self, dose: Dose) -> Fields | None:
        one = self.scaled.prepared.get(dose.reagent)
        if one is None:
            return None
        fields = self.scaled.fields(dose)
        verb = _VERBS.get(one.role, "add")
        if "to" in fields and verb not in {"acidify", "adjust_ph"}:
            message = f"{dose.reagent} can't set a pH: it is neither acid nor base"
            self.findings.refused(message, dose.line)
            return None
        if "to" in fields:
            verb = "adjust_ph"
        note = {"note": dose.note} if dose.note else {}
        return {
            "do": verb,
            "id": self._id(f"add_{one.stock}"),
            "stock": one.stock,
            **fields,
            **note,
        }

    def _stirring(self, stirring: Stirring) -> Fields:
        speed: object = "0 rpm"
        if stirring.speed_rpm is None:
            speed = {"value": _NO_SPEED, "assumed": _NOT_TOLD}
        elif stirring.speed_rpm > 0:
            speed = {"value": f"{stirring.speed_rpm:g} rpm", "assumed": _OWN_STIRRER}
        fields: Fields = {"do": "stir", "id": self._id("stirring"), "speed": speed}
        if stirring.duration_s is not None:
            fields["for"] = _time(stirring.duration_s)
        return {**fields, **_temperature(stirring.temperature_c)}

    def _waiting(self, waiting: Waiting) -> Fields:
        lasts: object = {
            "value": "5 min",
            "assumed": f"until the wells have the temperature; {_NOT_TOLD}",
        }
        if waiting.duration_s is not None:
            lasts = _time(waiting.duration_s)
        fields: Fields = {"do": "hold", "id": self._id("waiting"), "for": lasts}
        fields |= _temperature(waiting.temperature_c)
        if waiting.dark:
            fields["dark"] = True
        return fields | ({"note": waiting.note} if waiting.note else {})

    def _aliquot(self, aliquot: Aliquot) -> Fields:
        volume_ul = aliquot.volume_ul * self.scaled.factor
        return {
            "do": "sample",
            "id": self._id("sample"),
            "volume": format_quantity(volume_ul, Dimension.VOLUME, digits=6),
            "for_instrument": "other",
        }

    def _exposure(self, exposure: Exposure) -> Fields:
        return {
            "do": "treat",
            "id": self._id("treatment"),
            "what": f"{exposure.what} acts on the wells",
            "for": _time(exposure.duration_s),
            "place": "beside the deck",
            "carry": {"value": "5 min", "assumed": _NOT_TOLD},
        }

    def _person(self, action: ByPerson) -> Fields:
        takes: object = {"value": "30 min", "assumed": _NOT_TOLD}
        if action.takes_s is not None:
            takes = _time(action.takes_s)
        task = action.task if len(action.task) >= 5 else f"{action.task} the plate."
        return {"do": "person", "id": self._id("person"), "task": task, "takes": takes}

    def _id(self, name: str) -> str:
        self.names[name] += 1
        number = self.names[name]
        return name if number == 1 else f"{name}_{number}"


def _without_idle_stops(actions: tuple[Action, ...]) -> list[Action]:
    """The actions without stops that another stirring follows at once, or that nothing follows."""
    kept = []
    for place, action in enumerate(actions):
        is_stop = isinstance(action, Stirring) and action.speed_rpm == 0.0
        following = actions[place + 1] if place + 1 < len(actions) else None
        if is_stop and (following is None or isinstance(following, Stirring)):
            continue
        kept.append(action)
    return kept


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.DURATION, digits=6)


def _temperature(at_c: float | None) -> Fields:
    return {} if at_c is None else {"temperature": f"{at_c:g} °C"}
