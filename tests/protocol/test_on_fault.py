"""Responses to faults in a protocol: read in three ways, refused where they could double a dose."""

from __future__ import annotations

import itertools
import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from ncrobot.errors import DeviceErrorKind, ProtocolError
from ncrobot.faults import Ask, Response, errors_of, repeats_safely
from ncrobot.protocol import Protocol, protocol_json_schema, read_protocol
from ncrobot.protocol._checks.faults import _ACTS
from protocol.protocol_texts import SOUND, broken

K, R = DeviceErrorKind, Response


def with_fault(told: str, step: str = "    id: metal_in\n") -> str:
    """The sound protocol with ``on_fault`` in the step that adds the metal."""
    return SOUND.replace(step, f"{step}    on_fault: {told}\n", 1)


def given(told: str) -> dict[DeviceErrorKind, tuple[object, ...]]:
    return read_protocol(with_fault(told)).protocol.steps[1].on_fault


def test_a_response_is_a_word_a_list_or_a_question() -> None:
    found = given(
        "{no_liquid: next_source, tip_not_picked_up: [next_tip, retry, stop],"
        " clot: {ask: [retry, next_tip], within: 2 min, default: skip_well},"
        " stall: {ask: continue, default: stop}, overpressure: [next_tip, {ask: stop, default: stop}]}"
    )
    assert found == {
        K.NO_LIQUID: (R.NEXT_SOURCE,),
        K.TIP_NOT_PICKED_UP: (R.NEXT_TIP, R.RETRY, R.STOP),
        K.CLOT: (Ask(choices=(R.RETRY, R.NEXT_TIP, R.SKIP_WELL), within_s=120, default=R.SKIP_WELL),),
        K.STALL: (Ask(choices=(R.CONTINUE, R.STOP), default=R.STOP),),
        K.OVERPRESSURE: (R.NEXT_TIP, Ask(choices=(R.STOP,), default=R.STOP)),
    }  # fmt: skip


def test_a_protocol_with_responses_survives_being_written() -> None:
    told = (
        "{clot: {ask: [retry, stop], within: 90 s, default: stop}, no_liquid: [next_source, stop]}"
    )
    protocol = read_protocol(with_fault(told)).protocol
    assert Protocol.model_validate(protocol.model_dump(mode="json", by_alias=True)) == protocol


CASES = [
    ("{¦no_liqud: next_source}", "unknown-word", ["did you mean 'no_liquid'?", "on_fault"]),
    ("{no_liquid: ¦nxt_source}", "unknown-word", ["did you mean 'next_source'?"]),
    ("{no_liquid: [next_source, ¦skip]}", "unknown-word", ["'skip' is no response"]),
    ("{no_liquid: ¦[]}", "unknown-word", ["next_source"]),
    ("{clot: ¦3}", "unknown-word", ["3 is no response"]),
    ("¦[clot]", "wrong-kind", ["needs fields"]),
    ("{clot: [skip_well, ¦next_tip]}", "out-of-order", ["nothing can come after skip_well"]),
    ("{clot: [{ask: stop, default: stop}, ¦stop]}", "out-of-order", ["after a question"]),
    ("{clot: ¦{ask: [next_tip, stop]}}", "missing-field", ['"default"', "both needed"]),
    ("{clot: ¦{default: stop}}", "missing-field", ['"ask"']),
    ("{clot: {ask: ¦[], default: stop}}", "unknown-word", ["a list is no response"]),
    ("{clot: {ask: stop, default: ¦retry}}", "unsafe-response", ["nobody has looked", "skip_well"]),
    ("{clot: {ask: stop, default: stop, withn: ¦2 min}}", "unknown-field", ["did you mean 'within'?"]),
    ("{clot: {ask: stop, default: stop, within: ¦2}}", "wrong-kind", ["a duration", "2 min"]),
    ("{clot: {ask: stop, default: stop, within: ¦$wait}}", "wrong-kind", ["the same for all wells"]),
    ("{clot: {ask: stop, default: stop, within: ¦2 mL}}", "wrong-dimension", ["a duration is needed"]),
    ("{clot: {ask: stop, default: stop, within: ¦0 s}}", "out-of-range", ["more than 0 s"]),
    ("{timeout: ¦retry}", "unsafe-response", ["may have filled the tip", "let a person look"]),
    ("{overpressure: [¦retry, skip_well]}", "unsafe-response", ["isn't safe"]),
    ("{¦shaker_not_homed: retry}", "fault-not-possible", ["never ends with", "no_liquid"]),
    ("{valve_error: ¦next_tip}", "response-not-possible", ["turn_valve", "retry"]),
]  # fmt: skip


@pytest.mark.parametrize(("told", "code", "parts"), CASES, ids=[told for told, *_ in CASES])
def test_a_wrong_response_is_told_with_its_place_and_what_is_allowed(told, code, parts) -> None:
    text, (line, column) = broken(
        ("    id: metal_in\n", f"    id: metal_in\n    on_fault: {told}\n")
    )
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text, "p.yaml")
    [finding] = caught.value.diagnostics
    assert finding.code == code
    assert (finding.file, finding.line) == ("p.yaml", line)
    if code not in ("unsafe-response", "response-not-possible"):
        assert finding.column == column
    for part in parts:
        assert part in str(finding)


def test_a_step_without_a_device_has_no_faults() -> None:
    text, (line, _) = broken(
        ("{do: person, task:", "{do: person, on_fault: {¦timeout: stop}, task:"),
    )
    with pytest.raises(ProtocolError, match="done by no device") as caught:
        read_protocol(text)
    assert caught.value.diagnostics[0].line == line


def test_what_no_step_can_do_is_refused_for_the_whole_protocol_too() -> None:
    with pytest.raises(ProtocolError, match="isn't safe"):
        read_protocol(SOUND.replace("vessel:", "on_fault: {timeout: retry}\nvessel:", 1))
    whole = read_protocol(SOUND.replace("vessel:", "on_fault: {clot: skip_well}\nvessel:", 1))
    assert whole.protocol.on_fault == {K.CLOT: (R.SKIP_WELL,)}


WORDS = [(kind, response) for kind, response in itertools.product(K, R)]


@pytest.mark.parametrize(("kind", "response"), WORDS, ids=[f"{k}-{r}" for k, r in WORDS])
def test_a_protocol_that_is_accepted_never_repeats_a_dispense_that_may_have_moved(
    kind, response
) -> None:
    """Whatever is accepted for a dose: no dispense is repeated by it, unless nothing has moved."""
    try:
        given(f"{{{kind.value}: {response.value}}}")
    except ProtocolError as error:
        codes = {finding.code for finding in error.diagnostics}
        assert codes <= {"unsafe-response", "fault-not-possible", "response-not-possible"}
        return
    acts = next(acts for step, acts in _ACTS if step.__name__ == "Dosing")
    for act in acts:
        if kind not in errors_of(act) or act.value not in ("dispense", "draw"):
            continue
        repeats = response is R.RETRY or (act.value == "dispense" and response is R.NEXT_TIP)
        if repeats and kind not in (K.NO_LIQUID, K.TIP_NOT_PICKED_UP, K.REFUSED):
            assert not repeats_safely(act, response, kind, moved=None, word="protocol")


def test_the_schema_knows_the_three_ways() -> None:
    subject = Draft202012Validator(protocol_json_schema())
    good = "{clot: [next_tip, {ask: [stop], within: 1 min, default: stop}], stall: stop}"
    plain = YAML(typ="safe", pure=True).load
    assert not list(subject.iter_errors(plain(with_fault(good))))
    for bad in ("{clot: nxt}", "{clod: stop}", "{clot: {ask: [stop]}}", "{clot: []}"):
        errors = list(subject.iter_errors(plain(with_fault(bad))))
        assert errors, json.dumps(bad)
