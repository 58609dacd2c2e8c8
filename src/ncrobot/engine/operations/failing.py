"""Acts of single devices: done until they are done or given up, and what that means for wells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ncrobot.engine.faults import Case, Counsel, GivenUpError
from ncrobot.engine.outcome import Ended, Result
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.faults import FINAL, Act, Response

T = TypeVar("T")


async def insist(
    counsel: Counsel, act: Act, attempt: Callable[[], Awaitable[T]], *, wells: tuple[str, ...] = ()
) -> T:
    """Attempt something until it is done, as often as counsel says.

    Raises:
        GivenUpError: it is given up.
        StoppedError: the run is ending.

    """
    concerned = wells or counsel.run.reach.concerned(counsel.operation)
    while True:
        try:
            return await attempt()
        except DeviceError as error:
            case = Case((act, concerned), concerned, frozenset({Response.RETRY}))
            [response] = await counsel.decide(act, error, [case])
            if response is None or response in FINAL:
                raise GivenUpError(error, response or Response.STOP) from error
            counsel.run.check()


def kept_out(run: Run, error: DeviceError) -> DeviceError:
    """What an error in reaching for a plate means for the arm: other devices only keep it out."""
    arm = run.workcell.arm.name
    if error.device == arm:
        return error
    is_gone = error.kind is DeviceErrorKind.DEVICE_GONE
    kind = DeviceErrorKind.REFUSED if is_gone else error.kind
    return DeviceError(f"kept out: {error}", device=arm, kind=kind, moved=False)


def restated(error: DeviceError, *, moved: bool | None, message: str | None = None) -> DeviceError:
    """The same error with what is known better by now."""
    plain = str(error).removeprefix(f"{error.device}: ").removesuffix(f" [{error.kind.value}]")
    return DeviceError(
        plain if message is None else message,
        device=error.device,
        kind=error.kind,
        moved=moved,
        channels=error.channels,
    )


def failed(counsel: Counsel, given_up: GivenUpError) -> Ended:
    """Flag the wells of an operation that was given up, and return how it ended."""
    run, operation, error = counsel.run, counsel.operation, given_up.error
    reason = f"{operation.id}: {error}"
    run.fates.flag(run.reach.concerned(operation), reason, given_up.policy, operation.id)
    result = Result.NOT_DONE if error.moved is False else Result.UNKNOWN
    return Ended(result, str(error))
