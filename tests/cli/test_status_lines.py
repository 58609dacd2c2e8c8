"""What the terminal says of a run that is under way."""

from __future__ import annotations

import pytest

from ncrobot.console import status_lines
from ncrobot.control.documents import NextOperation, Status


def status(time_s, start_s):
    return Status(
        run="night", status="paused", reason="", simulated=True, time_s=time_s,
        wall="2026-11-21T22:00:00+00:00", seq=1, operations_done=1, operations=2, doing=(),
        next=(NextOperation(operation="base-c1", start_s=start_s, device="arm"),),
        wells_flagged=0, questions=(), costs_of_pausing=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("time_s", "words"),
    [
        (60.0, "next: T+0:02:00 base-c1 (arm)"),
        (120.5, "next: T+0:02:00 base-c1 (arm)"),
        (660.0, "next: T+0:02:00 base-c1 (arm), late by 540 s"),
    ],
)
def test_what_should_have_begun_is_told_as_late(time_s, words):
    assert status_lines(status(time_s, 120.0))[-1] == words
