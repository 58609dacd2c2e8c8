"""How long each operation takes: the model is the plan's own, see :mod:`ncrobot.plan.durations`."""

from ncrobot.plan.durations import HEATER_SETTLE_S, RESUSPEND_STROKES, operation_duration_s

__all__ = ["HEATER_SETTLE_S", "RESUSPEND_STROKES", "operation_duration_s"]
