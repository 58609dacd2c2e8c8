"""The table of defaults: whole, bounded, and never a repeat of what may have moved."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from ncrobot.errors import DeviceErrorKind
from ncrobot.faults import (
    DEFAULTS,
    FINAL,
    OTHERWISE,
    Act,
    Ask,
    Response,
    default_ladder,
    errors_of,
    final_of,
    repeats_safely,
    responses_of,
)

EVERY = list(itertools.product(Act, DeviceErrorKind))
IDS = [f"{act}-{kind}" for act, kind in EVERY]
LIQUID = (Act.DRAW, Act.DISPENSE, Act.TAKE_SAMPLE, Act.GIVE_SAMPLE, Act.RESUSPEND, Act.MIX)


@pytest.mark.parametrize(("act", "kind"), EVERY, ids=IDS)
def test_every_error_in_every_act_has_a_ladder_that_ends(act, kind) -> None:
    ladder = default_ladder(act, kind)
    *tried, last = ladder
    assert all(rung not in FINAL and not isinstance(rung, Ask) for rung in tried)
    assert final_of(ladder) in FINAL
    assert len(ladder) <= 3
    offered = last.choices if isinstance(last, Ask) else (last,)
    assert {*tried, *offered} <= responses_of(act)


@pytest.mark.parametrize(("act", "kind"), EVERY, ids=IDS)
@pytest.mark.parametrize("moved", [None, True])
def test_what_may_have_moved_liquid_is_never_repeated_by_the_table(act, kind, moved) -> None:
    if act not in LIQUID:
        return
    for rung in default_ladder(act, kind):
        if isinstance(rung, Response) and rung not in FINAL:
            assert not repeats_safely(act, rung, kind, moved=moved, word="table")


@pytest.mark.parametrize(("act", "kind"), EVERY, ids=IDS)
def test_what_holds_in_the_end_is_always_possible(act, kind) -> None:
    """Also where nobody knows what moved: there is always something that may be done."""
    for moved in (False, None, True):
        last = final_of(default_ladder(act, kind))
        possible = repeats_safely(act, last, kind, moved=moved, word="table")
        assert possible or repeats_safely(act, Response.STOP, kind, moved=moved, word="table")


def test_a_lost_arm_stops_and_a_lost_reader_does_not() -> None:
    for act in (Act.TAKE_TIPS, Act.DRAW, Act.DISPENSE, Act.MIX, Act.SHED_TIPS, Act.MOVE_PLATE):
        assert default_ladder(act, DeviceErrorKind.DEVICE_GONE) == (Response.STOP,)
    assert default_ladder(Act.READ, DeviceErrorKind.DEVICE_GONE) == (Response.CONTINUE,)


def test_only_a_person_lets_the_arm_into_a_plate_that_may_stand_elsewhere() -> None:
    kind = DeviceErrorKind.SHAKER_NOT_HOMED
    for word in ("table", "protocol"):
        assert not repeats_safely(Act.STOP_SHAKING, Response.CONTINUE, kind, moved=False, word=word)
    assert repeats_safely(Act.STOP_SHAKING, Response.CONTINUE, kind, moved=None, word="person")


def test_the_table_is_written_for_every_act_with_errors_that_it_can_have() -> None:
    assert set(DEFAULTS) == set(Act)
    for act, row in DEFAULTS.items():
        assert OTHERWISE in row
        assert {kind for kind in row if kind is not OTHERWISE} <= errors_of(act)


def test_a_question_never_tries_anything_unanswered() -> None:
    with pytest.raises(ValueError, match="nobody has looked"):
        Ask(choices=(Response.RETRY,), default=Response.RETRY)


def test_the_page_shows_the_table_as_it_is() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, str(root / "tools" / "make_fault_table.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
