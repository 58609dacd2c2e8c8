"""The states of a run, and from which to which it may go: the one table that decides."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ncrobot.errors import InternalError


class RunStatus(StrEnum):
    """Where a run stands.

    A run that died is still in the state in which it died; whoever resumes it makes it
    ``recovering``. ``pausing``: what is being done is finished, nothing new is begun.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    RECOVERING = "recovering"
    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    FAILED = "failed"


_Q, _R, _P, _D = RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSING, RunStatus.PAUSED
_V, _S, _A, _F = (
    RunStatus.RECOVERING,
    RunStatus.SUCCEEDED,
    RunStatus.ABORTED,
    RunStatus.FAILED,
)

TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = {
    _Q: frozenset({_R, _V, _A, _F}),
    _R: frozenset({_P, _V, _S, _A, _F}),
    _P: frozenset({_D, _R, _V, _S, _A, _F}),
    _D: frozenset({_R, _V, _A, _F}),
    _V: frozenset({_R, _V, _A, _F}),
    _S: frozenset(),
    _A: frozenset({_V}),
    _F: frozenset({_V}),
}
"""What may follow each state. An aborted or failed run may be resumed; a succeeded one is over."""

ENDED = frozenset({_S, _A, _F})
"""States in which nothing moves and nobody works on the run."""


def check_transition(before: RunStatus, after: RunStatus) -> None:
    """Refuse a change that the table doesn't have.

    Raises:
        InternalError: a run never goes this way.

    """
    if after not in TRANSITIONS[before]:
        message = f"a run that is {before} can't become {after}"
        raise InternalError(message)
