"""What a failed operation of a device other than the arm means for its wells."""

from __future__ import annotations

from ncrobot.engine.fates import Policy
from ncrobot.engine.outcome import Ended, Result
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.plan.operations import Operation


def failed(run: Run, operation: Operation, error: DeviceError, policy: Policy) -> Ended:
    """Flag the wells of an operation and return how it ended."""
    wells = run.reach.concerned(operation)
    run.fates.flag(wells, f"{operation.id}: {error}", policy, operation.id)
    result = Result.NOT_DONE if error.moved is False else Result.UNKNOWN
    return Ended(result, str(error))
