"""Shedding: tips with what is in them go to the waste, whatever it takes."""

from __future__ import annotations

from ncrobot.engine.acts import act
from ncrobot.engine.faults import Case, Counsel
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import ExitStatus
from ncrobot.faults import Act, Response

TRIES = 2
"""How often it is tried at the beginning and the end of a run, where nobody is asked."""


async def throw_tips_away(run: Run, counsel: Counsel | None) -> None:
    """Drop every tip on the channels into the waste; where it can't be done, the run ends."""
    tries = 0
    while run.tips.mounted and not run.arm_gone:
        channels = sorted(run.tips.mounted)
        tries += 1
        try:
            await _discard(run, counsel, channels)
        except DeviceError as error:
            if await _again(run, counsel, error, tries):
                continue
            run.end(ExitStatus.FAILED, f"the tips can't be shed: {error}")
            return
        for channel in channels:
            del run.tips.mounted[channel]
            run.books.shed(channel)


async def _discard(run: Run, counsel: Counsel | None, channels: list[int]) -> None:
    arm = run.workcell.arm
    await act(
        run, counsel.operation.id if counsel else None, "discard_tips", arm.name,
        lambda: arm.discard_tips(channels), {"channels": channels}, channels=channels,
    )  # fmt: skip


async def _again(run: Run, counsel: Counsel | None, error: DeviceError, tries: int) -> bool:
    """Whether to ask for it once more: a channel that has lost its tip already is skipped."""
    if counsel is not None:
        case = Case("tips", (), frozenset({Response.RETRY}))
        [response] = await counsel.decide(Act.SHED_TIPS, error, [case])
        return response is Response.RETRY
    if error.kind is DeviceErrorKind.DEVICE_GONE and error.device == run.workcell.arm.name:
        run.arm_gone = True
        run.end(ExitStatus.FAILED, str(error))
        return False
    return tries < TRIES
