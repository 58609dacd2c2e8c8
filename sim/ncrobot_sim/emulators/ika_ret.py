"""An IKA RET control-visc: as an RCT, but channel 1 is the liquid's and channel 2 the plate's."""

from __future__ import annotations

from ncrobot_sim.emulators.ika_rct import Rct


class Ret(Rct):
    """One plate. It heats to the set point of channel 1 if its probe is plugged in, else of 2."""

    kind = "ika.ret"
    name = "RET control-visc"
    heaters = ("1", "2")
    range_c = (0.0, 340.0)
    top_rpm = 1700

    def _report(self, text: str, now_s: float) -> str | None:
        own = {"IN_TYPE": "IKARET", "IN_VERSION": "1.3.001", "IN_PV_3": "25.0 3"}
        return own.get(text) or super()._report(text, now_s)

    def _apply(self, now_s: float) -> None:
        goal_c = self.set_c["1" if self.probe else "2"] if self.heats else None
        goal_rpm = self.set_rpm if self.turns else 0.0
        if goal_c != self.plate.target_c:
            self.plate.aim(goal_c, now_s)
        if goal_rpm != self.motor.target_rpm:
            self.motor.aim(goal_rpm, now_s)


DEVICE = Ret
