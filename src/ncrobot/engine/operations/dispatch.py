"""From the kind of an operation to the coroutine that carries it out."""

from __future__ import annotations

from typing import assert_never

from ncrobot.engine.operations.gassing import let_gas
from ncrobot.engine.operations.heating import set_temperature
from ncrobot.engine.operations.mixing import mix_wells
from ncrobot.engine.operations.moving import move_plate
from ncrobot.engine.operations.person import ask_person
from ncrobot.engine.operations.pumping import pump_dose
from ncrobot.engine.operations.reading import read
from ncrobot.engine.operations.refilling import refill
from ncrobot.engine.operations.shaking import shake
from ncrobot.engine.operations.transfer import transfer
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.plan.operations import (
    AskPerson,
    LetGas,
    MixWells,
    MovePlate,
    Operation,
    PumpDose,
    Read,
    Refill,
    SetTemperature,
    Shake,
    Transfer,
)


async def carry_out(run: Run, operation: Operation) -> Ended:
    """Carry out an operation; failures are told in the result and in the fates of wells.

    Raises:
        StoppedError: the run is ending and nothing of this operation was begun.
        RecordLostError: the record can't be written.

    """
    try:
        ended = await _carry_out(run, operation)
    except StoppedError:
        run.fates.miss(run.concerned(operation))
        raise
    if run.ending is None or ended.result is Result.SKIPPED:
        return ended
    if isinstance(operation, Transfer):
        served = {each["destination"] for each in ended.data.get("deliveries", ())}
        undone = [leg for leg in operation.legs if leg.destination not in served]
        run.fates.miss(well for leg in undone for well in run.reach.wells_of_leg(leg))
    elif ended.result is Result.NOT_DONE:
        run.fates.miss(run.concerned(operation))
    return ended


async def _carry_out(run: Run, operation: Operation) -> Ended:  # noqa: C901, PLR0911 - one per kind
    match operation:
        case PumpDose():
            return await pump_dose(run, operation)
        case Transfer():
            return await transfer(run, operation)
        case MixWells():
            return await mix_wells(run, operation)
        case Shake():
            return await shake(run, operation)
        case SetTemperature():
            return await set_temperature(run, operation)
        case MovePlate():
            return await move_plate(run, operation)
        case Read():
            return await read(run, operation)
        case LetGas():
            return await let_gas(run, operation)
        case AskPerson():
            return await ask_person(run, operation)
        case Refill():
            return await refill(run, operation)
    assert_never(operation)
