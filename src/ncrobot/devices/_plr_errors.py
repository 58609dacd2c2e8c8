"""What PyLabRobot's exceptions mean: which defined error, on which channels, did liquid move."""

from __future__ import annotations

from collections.abc import Callable

from pylabrobot.liquid_handling.errors import ChannelizedError, ChannelsDoNotFitError
from pylabrobot.resources.errors import (
    HasTipError,
    NoTipError,
    TooLittleLiquidError,
)

from ncrobot.errors import DeviceError, DeviceErrorKind

Cause = tuple[DeviceErrorKind, bool | None]
"""A defined error and whether liquid moved (None: unknown)."""

Explain = Callable[[Exception], Cause | None]
"""What a driver knows of its make's own exceptions; None leaves it to the general rules."""


_CAUSES: tuple[tuple[type[Exception], Cause], ...] = (
    (NoTipError, (DeviceErrorKind.TIP_NOT_PICKED_UP, False)),
    (HasTipError, (DeviceErrorKind.TIP_NOT_PICKED_UP, False)),
    (TooLittleLiquidError, (DeviceErrorKind.NO_LIQUID, False)),
    (ChannelsDoNotFitError, (DeviceErrorKind.REFUSED, False)),
    (TimeoutError, (DeviceErrorKind.TIMEOUT, None)),
    (OSError, (DeviceErrorKind.DEVICE_GONE, None)),
)


def general_cause(error: Exception) -> Cause:
    """Return what is known of an exception of any backend.

    A liquid level that isn't found is looked for before anything is drawn, so nothing moved.
    """
    if isinstance(error, DeviceError):
        return error.kind, error.moved
    for kind, cause in _CAUSES:
        if isinstance(error, kind):
            return cause
    return DeviceErrorKind.REFUSED, None


def to_device_error(error: Exception, *, device: str, act: str, explain: Explain) -> DeviceError:
    """Return the defined error for whatever a backend raised in an act."""
    if isinstance(error, DeviceError):
        return error
    if isinstance(error, ChannelizedError):
        return _of_channels(error, device=device, act=act, explain=explain)
    kind, moved = explain(error) or general_cause(error)
    told = str(error) or type(error).__name__
    return DeviceError(f"{act} failed: {told}", device=device, kind=kind, moved=moved)


def _plainly(error: Exception) -> str:
    """The message of an error; of a device's own without the frame that the whole gets anyway."""
    if isinstance(error, DeviceError):
        return str(error).removeprefix(f"{error.device}: ").removesuffix(f" [{error.kind.value}]")
    return str(error) or type(error).__name__


def _of_channels(
    error: ChannelizedError, *, device: str, act: str, explain: Explain
) -> DeviceError:
    causes = {
        channel: explain(part) or general_cause(part) for channel, part in error.errors.items()
    }
    certain = {moved for _, moved in causes.values()}
    told = "; ".join(
        f"channel {channel}: {_plainly(part)}" for channel, part in error.errors.items()
    )
    return DeviceError(
        f"{act} failed on {told}",
        device=device,
        kind=next(iter(causes.values()))[0],
        moved=certain.pop() if len(certain) == 1 else None,
        channels=sorted(causes),
    )
