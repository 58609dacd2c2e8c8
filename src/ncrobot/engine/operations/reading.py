"""Read absorbance of the used wells of a plate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.engine.acts import act
from ncrobot.engine.faults import Counsel, GivenUpError
from ncrobot.engine.operations.failing import failed, insist
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.events import EventKind
from ncrobot.faults import Act
from ncrobot.plan.operations import Read


async def read(run: Run, operation: Read) -> Ended:
    """Measure; a failed reading flags the wells, which go on: nothing was done to them."""
    reader = run.workcell.reader(operation.device)
    wells = run.reach.wells_on(operation.labware)
    wavelengths_nm = operation.wavelengths_nm
    counsel = Counsel(run, operation)
    run.check()

    async def attempt() -> Mapping[str, Sequence[float]]:
        async with run.interlocks.nest(operation.device):
            found: Mapping[str, Sequence[float]] = await act(
                run, operation.id, "read_absorbance", operation.device,
                lambda: reader.read_absorbance(operation.labware, wells, wavelengths_nm),
                {"labware": operation.labware, "wavelengths_nm": list(wavelengths_nm)},
                wells=operation.wells,
            )  # fmt: skip
        return found

    try:
        absorbance = await insist(counsel, Act.READ, attempt)
    except GivenUpError as given_up:
        return failed(counsel, given_up)
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
