"""What a protocol says of its samples and of equal treatment reaches plan and schedule."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck, read_deck
from ncrobot.errors import DeckError, ProtocolError
from ncrobot.protocol import default_conditions, read_protocol
from ncrobot.scheduler import check_schedule, schedule_plan

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "protocols" / "au25_pmba_portions.yaml").read_text(encoding="utf-8")
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"


def compiled(text, wells=96):
    source = read_protocol(text)
    return compile_plan(source, default_conditions(source, wells), load_deck(DECK))


def for_hplc(more=""):
    return TEXT.replace("for_instrument: uvvis", f"for_instrument: hplc_ms{more}")


def test_samples_say_what_they_are_for():
    plan = compiled(for_hplc("\n    stable_for: 12 h\n    priority: 2"), wells=8)
    (use,) = plan.samples
    assert (use.step, use.instrument, use.stable_for_s, use.priority) == (
        "uvvis",
        "hplc_ms",
        43200.0,
        2,
    )
    assert use.line
    plain = compiled(TEXT, wells=8)
    assert [(u.instrument, u.stable_for_s, u.priority) for u in plain.samples] == [
        ("uvvis", None, 0)
    ]
    assert schedule_plan(plain).instruments == ()


def test_samples_that_expire_on_the_hplc_are_told_before_the_run():
    plan = compiled(for_hplc("\n    stable_for: 12 h"))
    schedule = schedule_plan(plan)
    assert check_schedule(plan, schedule) == ()
    (times,) = schedule.instruments
    assert len(times.injections) == 96
    assert times.expired > 60
    assert f"{times.expired} of them would expire" in schedule.summary
    assert any("deck: hplc" in text for text in plan.assumptions)


def test_equal_treatment_of_the_protocol_is_kept_without_asking():
    plan = compiled(
        TEXT.replace("if_late: continue", "if_late: continue\nequal_treatment: delay"), 8
    )
    schedule = schedule_plan(plan)
    assert schedule.options.equal_treatment == "delay"
    assert schedule.treated is not None
    assert {figure.well for figure in schedule.treated.delays} == {w.well for w in plan.wells}


@pytest.mark.parametrize("words", ["stable_for: soon", "priority: high", "priority: 10"])
def test_a_wrong_word_about_a_sample_is_refused_with_its_line(words):
    with pytest.raises(ProtocolError) as caught:
        read_protocol(for_hplc(f"\n    {words}"))
    assert caught.value.diagnostics[0].line


def test_a_wrong_instrument_is_refused_with_its_line_and_what_is_allowed():
    text = DECK.read_text(encoding="utf-8")
    with pytest.raises(DeckError) as caught:
        read_deck(text.replace("serves: hplc_ms", "serves: hplc"))
    (found,) = caught.value.diagnostics
    assert "hplc_ms" in (found.allowed or "")
    with pytest.raises(DeckError) as caught:
        read_deck(text.replace("blank_every:", "blanc_every:"))
    (found,) = caught.value.diagnostics
    assert found.line == text.splitlines().index("    blank_every: 10") + 1
    assert "blank_every" in (found.fix or "")
