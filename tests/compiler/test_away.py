"""Plates that leave the deck: carried away and back, with the shaker still in between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import changed, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.errors import ProtocolError
from ncrobot.plan import AskPerson, Plan

STORE = {
    "do": "age", "id": "storage", "for": "7 d", "tolerance": "1 h", "where": "off_deck",
    "place": "a dark cupboard", "carry": "5 min", "dark": True, "temperature": "20 °C",
}  # fmt: skip
GAS = {
    "do": "treat", "id": "storage", "what": "gas over the wells", "gas": "carbon monoxide",
    "for": "20 min", "tolerance": "1 min", "place": "the gas cabinet", "carry": "5 min",
    "hazards": ["carbon monoxide is toxic: detector on"],
}  # fmt: skip


def _plan(step, *, stirred=True) -> Plan:
    steps = changed()["steps"]
    stir = [{"do": "stir", "id": "stirring", "speed": "600 rpm"}] if stirred else []
    return plan_for(changed(steps=[*steps[:3], *stir, step, *steps[4:]], parameters__wait=None))


def _asks(plan: Plan) -> list[AskPerson]:
    return [op for op in plan.operations if isinstance(op, AskPerson) and op.step == "storage"]


@pytest.mark.parametrize("step", [STORE, GAS], ids=["age", "treat"])
@pytest.mark.parametrize("stirred", [True, False])
def test_the_plate_is_carried_away_and_back(step, stirred):
    plan = _plan(step, stirred=stirred)
    assert not audit_plan(plan).differences
    away, back = _asks(plan)
    assert step["place"] in away.task
    assert step["place"] in back.task
    assert away.default == back.default == "stop"
    (lag,) = [lag for lag in plan.lags if lag.before == away.id and lag.after == back.id]
    assert lag.point == "end"
    assert (lag.min_s, lag.max_s) == ((604800, 608400) if step is STORE else (1200, 1260))
    touched = {op.id for op in plan.operations if op.group is not None}
    inside = {lag.after for lag in plan.lags if lag.before == away.id} & touched
    assert not inside


def test_the_shaker_stands_still_while_the_plate_is_away():
    plan = _plan(STORE)
    away, back = _asks(plan)
    first, second = plan.backgrounds
    assert first.ends_before == (away.id,)
    assert second.starts_after == (back.id,)
    assert first.speed_rpm == second.speed_rpm == 600


def test_hazards_and_warnings_come_to_the_person():
    assert _asks(_plan(GAS))[0].hazards == ("carbon monoxide is toxic: detector on",)
    assert "stays-on-deck" not in {warned.code for warned in _plan(STORE).warnings}


def _shorter(plan, away, back):
    return _lags(
        plan,
        lambda lag: lag.model_copy(
            update={"min_s": lag.min_s / 2} if (lag.before, lag.after) == (away.id, back.id) else {}
        ),
    )


def _never_back(plan, _, back):
    operations = tuple(op for op in plan.operations if op.id != back.id)
    lags = tuple(lag for lag in plan.lags if back.id not in (lag.before, lag.after))
    return plan.model_copy(update={"operations": operations, "lags": lags})


def _lags(plan, change):
    return plan.model_copy(update={"lags": tuple(change(lag) for lag in plan.lags)})


def _asking(place, **update):
    """A mutation of the first (0) or the second (1) of the two questions."""

    def mutate(plan, *asks):
        operations = tuple(
            op.model_copy(update=update) if op.id == asks[place].id else op
            for op in plan.operations
        )
        return plan.model_copy(update={"operations": operations})

    return mutate


MUTATIONS = {
    "shorter": _shorter,
    "never back": _never_back,
    "another place": _asking(0, task="Take the plate anywhere."),
    "quicker": _asking(1, takes_s=1.0),
    "goes on by itself": _asking(0, default="done"),
    "without a warning": _asking(0, hazards=()),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_auditor_sees_a_plate_that_is_carried_otherwise(name):
    plan = _plan(GAS)
    mutated = MUTATIONS[name](plan, *_asks(plan))
    assert audit_plan(mutated.sealed()).differences


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 100_000), st.integers(0, 600), st.booleans())
def test_any_time_away_is_kept(for_s, carry_s, stirred):
    step = {**STORE, "for": f"{for_s} s", "carry": f"{carry_s} s"}
    plan = _plan(step, stirred=stirred)
    assert not audit_plan(plan).differences
    away, back = _asks(plan)
    lags = [lag for lag in plan.lags if (lag.before, lag.after) == (away.id, back.id)]
    assert [lag.min_s for lag in lags] == [pytest.approx(for_s)]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({key: value for key, value in STORE.items() if key != "place"}, "missing-field"),
        ({key: value for key, value in STORE.items() if key != "carry"}, "missing-field"),
        ({**STORE, "where": "deck"}, "stays-on-deck"),
        ({**STORE, "for": "$wait"}, "wrong-scope"),
        ({**STORE, "answer_within": "1 min"}, "out-of-range"),
        ({key: value for key, value in GAS.items() if key != "hazards"}, "hazards-missing"),
        ({**GAS, "for": "$wait"}, "wrong-scope"),
    ],
)
def test_what_a_person_could_not_do_is_refused(step, code):
    steps = changed()["steps"]
    with pytest.raises(ProtocolError) as caught:
        plan_for(changed(steps=[*steps[:3], step, *steps[4:]]))
    assert code in {finding.code for finding in caught.value.diagnostics}


def test_a_harmless_gas_needs_no_warning():
    step = {key: value for key, value in GAS.items() if key != "hazards"} | {"gas": "nitrogen"}
    assert not audit_plan(_plan(step)).differences
