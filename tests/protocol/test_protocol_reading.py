"""A sound protocol is read whole, with the place of every part; YAML's traps do not spring."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncrobot.errors import ProtocolError, Severity
from ncrobot.protocol import (
    Add,
    Reduce,
    assumptions_of,
    load_protocol,
    read_protocol,
    step_ids,
)
from protocol.protocol_texts import SOUND

PROTOCOLS = Path(__file__).parents[2] / "protocols"


@pytest.mark.parametrize("name", ["au25_pmba_portions", "ag25_dmbt"])
def test_example_protocols_are_read_without_a_finding(name):
    source = load_protocol(PROTOCOLS / f"{name}.yaml")
    assert source.protocol.name == name
    assert source.warnings == ()


def test_values_are_canonical():
    protocol = read_protocol(SOUND).protocol
    assert protocol.vessel.final_volume.value == 1000.0
    assert protocol.stocks["thiol"].solvent == {"water": 0.5, "ethanol": 0.5}
    assert protocol.parameters["wait"].high == 7200.0
    assert protocol.materials["hydride"].assay.value == 0.95
    reduction = protocol.steps[8]
    assert isinstance(reduction, Reduce)
    assert reduction.electrons_per_metal.parameter == "electrons"
    assert reduction.interval.value == 1800.0


def test_dumped_protocol_validates_to_an_equal_one():
    protocol = read_protocol(SOUND).protocol
    again = type(protocol).model_validate_json(protocol.model_dump_json(by_alias=True))
    assert again == protocol
    assert again.content_hash() == protocol.content_hash()


def test_portions_with_interval_in_one_text():
    text = SOUND.replace("portions: $portions\n    interval: 30 min", "portions: 8 x 30 min")
    reduction = read_protocol(text).protocol.steps[8]
    assert isinstance(reduction, Reduce)
    assert (reduction.portions.value, reduction.interval.value) == (8.0, 1800.0)


def test_every_line_of_the_text_is_found():
    source = read_protocol(SOUND, file="sound.yaml")
    lines = SOUND.splitlines()
    for index, step in enumerate(source.protocol.steps):
        line = lines[source.line_of("steps", index) - 1]
        assert f"do: {step.do}" in line
        line, column = source.place_of("steps", index, "do")
        assert lines[line - 1][column - 1 :].startswith(f"do: {step.do}")
    for group in ("materials", "stocks", "parameters"):
        for name in getattr(source.protocol, group):
            line, column = source.place_of(group, name)
            assert lines[line - 1][column - 1 :].startswith(f"{name}:")


def test_unknown_place_falls_back_to_the_nearest_parent():
    source = read_protocol(SOUND)
    step = source.place_of("steps", 1)
    assert source.place_of("steps", 1, "amount", "nothing", "here") == source.place_of(
        "steps", 1, "amount"
    )
    assert source.place_of("steps", 1, "timing", 0) == step
    assert source.place_of("steps", 99) == source.place_of("steps")
    assert source.place_of("nowhere") == (1, 1)


def test_step_ids_are_given_or_word_and_number():
    ids = step_ids(read_protocol(SOUND).protocol)
    assert ids[:6] == ("fill", "metal_in", "add_3", "exchange_4", "mix_5", "stirring")
    assert len(set(ids)) == len(ids)


def test_assumptions_name_path_value_line_and_reason():
    text = SOUND.replace("default: 3}", "default: 3, assumed: a usual ratio}")
    source = read_protocol(text + "assumptions: [the room is at 22 °C]\n")
    line = next(n for n, text in enumerate(SOUND.splitlines(), 1) if "nothing is printed" in text)
    ratio = next(n for n, text in enumerate(SOUND.splitlines(), 1) if "  ligand_per_metal" in text)
    assert assumptions_of(source) == (
        f"parameters.ligand_per_metal = 3 (range 0.5 to 8 mol/mol) (line {ratio}): a usual ratio",
        f"steps.metal_in.amount = 1 µmol (line {line}): nothing is printed",
        f"line {SOUND.count(chr(10)) + 1}: the room is at 22 °C",
    )


def test_neat_solvent_that_only_dilutes_is_not_unused():
    text = SOUND.replace("solvent: {water: 0.5, ethanol: 50 %}", "solvent: ethanol").replace(
        "  water: {of: water, neat: true}\n",
        "  water: {of: water, neat: true}\n  ethanol: {of: ethanol, neat: true}\n",
    )
    assert read_protocol(text).warnings == ()


def test_unused_things_are_warnings_in_the_order_of_the_file():
    text = SOUND.replace(
        "stocks:\n", "  spare: {name: an unused salt, role: additive}\nstocks:\n", 1
    ).replace("controls:\n", "  idle: {quantity: count, range: [1, 2], default: 1}\ncontrols:\n")
    warnings = read_protocol(text, file="p.yaml").warnings
    assert [(item.code, item.severity) for item in warnings] == [
        ("unused-material", Severity.WARNING),
        ("unused-parameter", Severity.WARNING),
    ]
    assert [item.file for item in warnings] == ["p.yaml", "p.yaml"]
    assert text.splitlines()[warnings[1].line - 1].startswith("  idle:")


def test_molar_mass_that_contradicts_the_formula_is_a_warning():
    text = SOUND.replace("formula: NaBH4,", "formula: NaBH4, molar_mass: 53.9 g/mol,")
    [warning] = read_protocol(text).warnings
    assert warning.code == "molar-mass-differs"
    assert "37.83" in warning.message


def test_anchors_and_merge_keys_are_followed():
    text = SOUND.replace(
        "  acid: {of: acid, concentration: 100 mM, solvent: water}\n"
        "  base: {of: base, concentration: 100 mM, solvent: water}\n",
        "  acid: &dilute {of: acid, concentration: 100 mM, solvent: water}\n"
        "  base: {<<: *dilute, of: base}\n",
    )
    stocks = read_protocol(text).protocol.stocks
    assert stocks["base"].of == "base"
    assert stocks["base"].concentration == stocks["acid"].concentration


def test_words_and_numbers_that_yaml_elsewhere_turns_into_something_else():
    text = (
        SOUND.replace("title: A protocol with every kind of step", "title: no")
        .replace("  warmth: {quantity: temperature", "  on: {quantity: temperature")
        .replace("$warmth", "$on")
        .replace("range: [0.5, 16], default: 4", "range: [5e-1, 1.6e1], default: 4.0")
    )
    protocol = read_protocol(text).protocol
    assert protocol.title == "no"
    assert "on" in protocol.parameters
    assert protocol.parameters["electrons"].high == 16.0


def test_a_byte_order_mark_is_no_error(tmp_path):
    path = tmp_path / "marked.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.encode())
    assert load_protocol(path).protocol == read_protocol(SOUND).protocol


def test_windows_line_ends_do_not_shift_lines():
    source = read_protocol(SOUND.replace("\n", "\r\n"))
    assert source.place_of("steps", 8) == read_protocol(SOUND).place_of("steps", 8)


def test_an_error_is_raised_once_for_all_findings():
    text = (
        SOUND.replace("role: metal", "role: metl")
        .replace("keep_at: 0 °C", "keep_at: 0 mL")
        .replace("stock: gold", "stock: gould")
        .replace("equivalents: $ligand_per_metal", "equivalents: $ligand_per_mettal")
        .replace("{do: mix, volume: 200 uL", "{do: mix, volum: 200 uL")
        .replace("after: metal_in", "after: metal_inn")
    )
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text, file="p.yaml")
    found = caught.value.diagnostics
    assert [item.code for item in found] == [
        "unknown-word",
        "wrong-dimension",
        "unknown-stock",
        "unknown-parameter",
        "unknown-field",
        "unknown-step-id",
    ]
    assert [item.line for item in found] == sorted(item.line for item in found)
    assert all(item.column and item.file == "p.yaml" for item in found)


def test_make_up_is_an_add_step():
    step = read_protocol(SOUND).protocol.steps[0]
    assert isinstance(step, Add)
    assert step.given_ways() == ("make_up",)
