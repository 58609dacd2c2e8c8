"""Read absorbance of the used wells of a plate."""

from __future__ import annotations

from ncrobot.engine.acts import act
from ncrobot.engine.operations.failing import failed
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.events import EventKind
from ncrobot.plan.operations import Read


async def read(run: Run, operation: Read) -> Ended:
    """Measure; a failed reading flags the wells, which go on: nothing was done to them."""
    reader = run.workcell.reader(operation.device)
    wells = run.reach.wells_on(operation.labware)
    wavelengths_nm = operation.wavelengths_nm
    run.check()
    try:
        async with run.interlocks.nest(operation.device):
            absorbance = await act(
                run, operation.id, "read_absorbance", operation.device,
                lambda: reader.read_absorbance(operation.labware, wells, wavelengths_nm),
                {"labware": operation.labware, "wavelengths_nm": list(wavelengths_nm)},
                wells=operation.wells,
            )  # fmt: skip
    except DeviceError as error:
        return failed(run, operation, error, "continue")
    run.journal.write(
        EventKind.MEASURED,
        {
            "labware": operation.labware,
            "wavelengths_nm": list(wavelengths_nm),
            "absorbance": {well: list(values) for well, values in absorbance.items()},
        },
        operation=operation.id,
        wells=operation.wells,
    )
    return DONE
