"""The judge of the soak under gas: it finds gas that flowed twice, not at all, or for ever."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from benchmarks.drivers.gas_plate import VALVES, judge, layout_of, plan_on

from ncrobot.plan import LetGas


@pytest.fixture(scope="module")
def plan():
    return plan_on(layout_of())


def told(plan, *, open_for=1.0, shut=True, stuck=False, flagged=False, confirmed=True):
    """A plate whose valves were open for this share of the time that was asked for."""
    gases = [op for op in plan.operations if isinstance(op, LetGas)]
    asked_s = {name: sum(op.for_s for op in gases if op.device == name) for name in VALVES}
    state = SimpleNamespace(
        operations={op.id: SimpleNamespace(flowed_s=op.for_s) for op in gases},
        wells={"A1": SimpleNamespace(status="flagged" if flagged else "ok")},
        safe_state=dict.fromkeys(VALVES, confirmed),
    )
    return SimpleNamespace(
        plan=plan, record=SimpleNamespace(state=state),
        opened_s={name: open_for * s for name, s in asked_s.items()},
        shut=dict.fromkeys(VALVES, shut), stuck=dict.fromkeys(VALVES, stuck),
    )  # fmt: skip


def problems(verdict):
    return {
        name
        for name in ("doubled", "lost", "unlike_journal", "open_at_end")
        if getattr(verdict, name)
    }


def test_what_is_as_planned_has_no_problem(plan):
    verdict = judge(told(plan))
    assert (verdict.flows, verdict.given_up, problems(verdict)) == (4, 0, set())


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"open_for": 2.0}, {"doubled", "unlike_journal"}),
        ({"open_for": 0.0}, {"lost", "unlike_journal"}),
        ({"open_for": 0.0, "flagged": True}, set()),
        ({"open_for": 1.9, "flagged": True}, set()),
        ({"open_for": 2.5, "flagged": True}, {"doubled"}),
        ({"shut": False}, {"open_at_end"}),
        ({"shut": False, "stuck": True}, {"open_at_end"}),
        ({"shut": False, "stuck": True, "confirmed": False}, set()),
    ],
)
def test_what_went_wrong_untold_is_found(plan, more, found):
    assert problems(judge(told(plan, **more))) == found
