"""One physical act: its intent is durable before, its outcome is written after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from ncrobot.engine.outcome import StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind

BROKEN_OFF = "emergency_stop"
"""The kind of error of an act that an emergency stop broke off."""

ACT_LIMIT_S = 900.0
"""An act that takes longer is given up as timed out: far above the longest act of any device."""


async def act(  # noqa: PLR0913 - who does what to whom, and how
    run: Run,
    operation: str | None,
    name: str,
    device: str,
    call: Callable[[], Awaitable[Any]],
    data: Mapping[str, Any],
    *,
    wells: Sequence[str] = (),
    channels: Collection[int] = (),
    limit_s: float = ACT_LIMIT_S,
) -> Any:
    """Carry out one act and return what the device returned.

    An error that names some of the ``channels`` means that the others did their part, and both are
    written. Whatever a driver raises that is no defined error leaves the act unknown.

    Raises:
        DeviceError: the act failed, or took too long.
        RecordLostError: the intent couldn't be made durable; the act wasn't begun.
        StoppedError: an emergency stop forbids the act, or has broken it off.

    """
    journal = run.journal
    if run.emergency:
        raise StoppedError("an emergency stop")
    journal.write(EventKind.INTENT, data, operation=operation, act=name, wells=wells)
    journal.flush()
    try:
        with run.acting():
            async with asyncio.timeout(limit_s):
                answer = await call()
    except DeviceError as error:
        _failed(run, operation, name, wells, channels, error)
        raise
    except TimeoutError as error:
        late = DeviceError(
            f"{name} had no answer within {limit_s:g} s",
            device=device,
            kind=DeviceErrorKind.TIMEOUT,
            moved=None,
        )
        _failed(run, operation, name, wells, channels, late)
        raise late from error
    except BaseException as error:
        journal.write(
            EventKind.UNKNOWN,
            {
                "error": f"{type(error).__name__}: {error}",
                "error_kind": BROKEN_OFF if isinstance(error, StoppedError) else "undefined",
            },
            operation=operation,
            act=name,
            wells=wells,
        )
        raise
    journal.write(EventKind.DONE, {}, operation=operation, act=name, wells=wells)
    return answer


def _failed(
    run: Run,
    operation: str | None,
    name: str,
    wells: Sequence[str],
    channels: Collection[int],
    error: DeviceError,
) -> None:
    failed = sorted(set(error.channels) & set(channels)) or sorted(channels)
    succeeded = sorted(set(channels) - set(failed))
    if succeeded:
        run.journal.write(
            EventKind.DONE, {"channels": succeeded}, operation=operation, act=name, wells=wells
        )
    run.journal.write(
        EventKind.NOT_DONE if error.moved is False else EventKind.UNKNOWN,
        {"error": str(error), "error_kind": error.kind.value, "channels": failed},
        operation=operation,
        act=name,
        wells=wells,
    )
