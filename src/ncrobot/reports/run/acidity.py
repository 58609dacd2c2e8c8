"""The way of each well to its pH, where a probe steered it."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.state import RunState

ENDS = {
    "reached": "reached",
    "overshot": "overshot",
    "doses_used": "not reached: no dose was left",
    "volume_used": "not reached: no volume was left",
    "too_coarse": "not reached: the smallest dose would have been too much",
    "dose": "broken off",
}


@dataclass(frozen=True, slots=True)
class Steered:
    """One steered well: its target, what was read before, in between and at the end."""

    well: str
    target_ph: float
    read_ph: tuple[float, ...]
    dosed_ul: float
    ended: str

    @property
    def is_there(self) -> bool:
        """Whether the probe read the target in the end."""
        return self.ended == ENDS["reached"]

    @property
    def told(self) -> str:
        """All readings, in their order."""
        return " → ".join(f"{ph:.2f}" for ph in self.read_ph)


def steered_wells(state: RunState) -> list[Steered]:
    """Each well of each steered operation, in the order in which they came."""
    found: dict[tuple[str, str], Steered] = {}
    for each in state.ph_readings:
        key = (str(each["operation"]), str(each["address"]))
        before = found[key].read_ph if key in found else ()
        found[key] = Steered(
            well=key[1].partition("/")[2],
            target_ph=float(each["target_ph"]),
            read_ph=(*before, float(each["ph"])),
            dosed_ul=float(each["dosed_ul"]),
            ended=ENDS.get(str(each["follows"]), str(each["follows"])),
        )
    return list(found.values())
