"""Each kind of wrong protocol gives its own clear finding: code, line, column, words, fix."""

from __future__ import annotations

import pytest

from ncrobot.errors import ProtocolError
from ncrobot.protocol import read_protocol
from protocol.protocol_texts import broken

# Name of the case, edits (¦ marks where the finding must point), code, and parts of what is told.
CASES = [
    # --- what YAML itself cannot read
    ("tab", [("vessel: {final_volume: 1 mL}", "vessel:\n¦\tfinal_volume: 1 mL")], "yaml-tab", ["tab", "spaces"]),
    ("colon in a text", [("title: A protocol with", "title: A protocol¦: with")], "yaml-syntax", ["colon", "quotes"]),
    ("open quote", [("task: Centrifuge the plate., takes: 30 min, answer_within: 2 h}\n", 'task: "Centrifuge the plate., takes: 30 min}\n¦')], "yaml-syntax", ["quote"]),
    ("open list", [("timing: [{after: metal_in, at_least: 5 min, at_most: 4 h}]\n", "timing: [{after: metal_in, at_least: 5 min}\n"), ("  - {do: sample, volume: 20 uL, after_each", "  ¦- {do: sample, volume: 20 uL, after_each")], "yaml-syntax", ["]", "line"]),
    ("bad indentation", [("  - do: add\n    id: metal_in\n", "  - do: add\n   ¦id: metal_in\n")], "yaml-syntax", ["indent"]),
    ("special character first", [("volume: 200 uL", "volume: ¦@200 uL")], "yaml-syntax", ["@", "quotes"]),
    ("two documents", [("vessel:", "¦---\nvessel:")], "several-documents", ["more than one"]),
    ("tag", [("name: sound", "name: ¦!!python/name:os.system sound")], "tag-not-allowed", ["the tag !!python/name:os.system"]),
    ("anchor that is not there", [("solvent: {water: 0.5, ethanol: 50 %}", "solvent: ¦*mixture")], "unknown-anchor", ["mixture"]),
    ("control character", [("name: ethanol", "name: ethanol¦\a")], "not-text", ["U+0007", "UTF-8"]),
    # --- keys and values in general
    ("key twice", [("    keep_at: 0 °C\n", "    keep_at: 0 °C\n    ¦of: hydride\n")], "duplicate-key", ['"of"', "lines 29 and 33"]),
    ("name twice", [("  base: {of: base,", "  ¦acid: {of: base,")], "duplicate-key", ['"acid"']),
    ("empty value", [("    life: 4 h", "    ¦life:")], "empty-value", ['"life" has no value', "delete the line"]),
    ("list as key", [("  water: {of: water, neat: true}", "  water: {of: water, neat: true}\n  ? ¦[a, b]\n  : 1")], "key-not-a-word", ["word"]),
    ("unknown field", [("    interval: 30 min\n", "    ¦intervall: 30 min\n")], "unknown-field", ["intervall", "did you mean 'interval'?", "step 9 (reduction)"]),
    ("unknown top-level field", [("vessel:", "¦vesel:")], "unknown-field", ["did you mean 'vessel'?"]),
    ("python's name of a field", [("{do: hold, for: $wait}", "{do: hold, ¦for_: $wait}")], "unknown-field", ["did you mean 'for'?"]),
    ("missing field", [("  - {do: mix, volume: 200 uL, repetitions: 3}", "  - ¦{do: mix, volume: 200 uL}")], "missing-field", ["repetitions", "step 5 (mix)"]),
    ("missing section", [("vessel: {final_volume: 1 mL}\n", ""), ("ncrobot:", "¦ncrobot:")], "missing-field", ["vessel"]),
    ("text where fields belong", [("vessel: {final_volume: 1 mL}", "vessel: ¦deep well plate")], "wrong-kind", ["the vessel needs fields", "'deep well plate'"]),
    ("fields where a list belongs", [("timing: [{after: metal_in, at_least: 5 min, at_most: 4 h}]", "timing: ¦{after: metal_in, at_least: 5 min}")], "wrong-kind", ['"timing" of step 9 (reduction) needs a list']),
    ("number where a text belongs", [("title: A protocol with every kind of step", "title: ¦2026")], "wrong-kind", ['put it in quotes: "2026"']),
    ("word where a whole number belongs", [("electrons: 8", "electrons: ¦eight")], "wrong-kind", ['"electrons" of material hydride needs a whole number']),
    ("whole number out of range", [("electrons: 8", "electrons: ¦9")], "out-of-range", ["9", "at most 8"]),
    ("word where true or false belongs", [("{of: liquid_thiol, neat: true}", "{of: liquid_thiol, neat: ¦perhaps}")], "wrong-kind", ["true or false"]),
    ("word out of a list", [("role: base,", "role: ¦alkali,")], "unknown-word", ["\"role\" of material base cannot be 'alkali'", "reductant"]),
    ("misspelt word out of a list", [("model: borohydride_hydrolysis", "model: ¦borohydrid_hydrolysis")], "unknown-word", ["did you mean 'borohydride_hydrolysis'?"]),
    ("bad name", [("  liquid_thiol: {of: liquid_thiol, neat: true}", "  ¦liquid-thiol: {of: liquid_thiol, neat: true}"), ("stock: liquid_thiol, volume", "stock: water, volume")], "bad-name", ["liquid-thiol", "letters, digits and _"]),
    ("bad step id", [("id: stirring", "¦id: Stirring")], "bad-name", ["Stirring", "small letters"]),
    ("bad registry number", [("cas: 16961-25-4", "cas: ¦16961-25-5")], "bad-cas", ["16961-25-4", "check digit"]),
    ("name of a material too short", [("name: water", "name: ¦Wa")], "too-short", ["at least 3 characters"]),
    ("no steps", [("name: sound", "name: sound\nsteps: ¦[]"), ("\nsteps:\n", "\nstepz:\n")], "too-short", ["steps", "at least 1"]),
    ("another document", [("ncrobot: protocol/1", "ncrobot: ¦deck/1")], "wrong-document", ["deck/1 document, not a protocol"]),
    ("a newer version", [("ncrobot: protocol/1", "ncrobot: ¦protocol/2")], "wrong-document", ["protocol/1"]),
    # --- quantities
    ("no unit", [("interval: 30 min", "interval: ¦30")], "unit-missing", ['"interval" of step 9 (reduction)', "min"]),
    ("unknown unit", [("life: 4 h", "life: ¦4 hrz")], "unit-unknown", ["hrz"]),
    ("unit of another dimension", [("final_volume: 1 mL", "final_volume: ¦1 mM")], "wrong-dimension", ["a volume is needed"]),
    ("ratio without direction", [("equivalents: $ligand_per_metal", "equivalents: ¦8:1")], "not-a-quantity", ["divided by"]),
    ("impossible pH", [("ph: 12", "ph: ¦15")], "out-of-range", ["at most 14"]),
    ("fraction of percent", [("assay: 95 %", "assay: ¦95")], "out-of-range", ["95 %"]),
    ("list for a quantity", [("life: 4 h", "life: ¦[4 h]")], "wrong-kind", ["a duration is needed here, not a list"]),
    ("assumption without a reason", [("assumed: nothing is printed}", "assumed: ''}"), ("amount: {value", "amount: ¦{value")], "reason-missing", ["reason in words"]),
    ("assumption without a value", [("amount: {value: 1 µmol, assumed: nothing is printed}", "amount: ¦{assumed: nothing is printed}")], "bad-value", ["value and assumed"]),
    ("reference with a dash", [("equivalents: $ligand_per_metal", "equivalents: ¦$ligand-per-metal")], "bad-reference", ["$ligand-per-metal"]),
    # --- parameters
    ("range of one value", [("range: [1, 8], default: 8", "range: ¦8, default: 8")], "wrong-kind", ["lowest and the highest"]),
    ("range runs down", [("range: [5 min, 2 h]", "range: ¦[2 h, 5 min]")], "range-order", ["runs down", "[5 min, 2 h]"]),
    ("range in another unit", [("range: [5 min, 2 h]", "range: [5 min, ¦2 mL]")], "wrong-dimension", ['"range[1]" of parameter wait']),
    ("default out of range", [("range: [5 min, 2 h], default: 30 min", "range: [5 min, 2 h], default: ¦3 h")], "out-of-range", ['"default" of parameter wait', "5 min to 2 h"]),
    ("unknown dimension", [("quantity: speed", "quantity: ¦sped")], "unknown-word", ["did you mean 'speed'?"]),
    ("reserved parameter name", [("  portions: {quantity", "  ¦well: {quantity"), ("portions: $portions", "portions: $well")], "reserved-name", ["conditions table"]),
    ("reserved control name", [("  blank: {omit", "  ¦synthesis: {omit")], "reserved-name", ["synthesis"]),
    ("names that differ in case only", [("  ethanol: {name: ethanol, role: solvent}", "  ethanol: {name: ethanol, role: solvent}\n  ¦Ethanol: {name: ethanol, role: solvent}")], "name-collision", ["capital and small"]),
    ("unknown parameter", [("for: $wait", "for: ¦$wate")], "unknown-parameter", ["did you mean 'wait'?", '"for" of step 7 (hold)']),
    ("parameter of another dimension", [("for: $wait", "for: ¦$electrons"), ("electrons_per_metal: $electrons", "electrons_per_metal: 4")], "wrong-dimension", ["is a duration, but parameter electrons is a ratio"]),
    ("parameter in a stock", [("concentration: 20 mM", "concentration: ¦$ligand_per_metal")], "parameter-not-here", ["stock gold is the same for all wells"]),
    ("parameter in the vessel", [("final_volume: 1 mL", "final_volume: ¦$wait")], "parameter-not-here", ["the vessel is the same for all wells"]),
    ("speed that differs between wells", [("speed: $speed,", "speed: ¦$speed,"), (", scope: plate}", "}")], "wrong-scope", ["a shaker has one speed", "scope: plate"]),
    ("temperature that differs between wells", [("temperature: $warmth", "temperature: ¦$warmth"), (", scope: block}", "}")], "wrong-scope", ["one temperature"]),
    ("wavelength that differs between wells", [("stop: 900 nm", "stop: ¦$far"), ("  warmth:", "  far: {quantity: wavelength, range: [800 nm, 1000 nm], default: 900 nm}\n  warmth:")], "wrong-scope", ["the reader measures the whole plate"]),
    ("task that takes longer in one well", [("takes: 30 min, answer_within: 2 h", "takes: ¦$wait")], "wrong-scope", ["a person does this for the whole plate"]),
    ("portions may be zero", [("range: [1, 8], default: 8", "range: ¦[0, 8], default: 8")], "out-of-range", ['"portions" of step 9', "1 or more"]),
    # --- materials and stocks
    ("unknown material", [("gold: {of: gold,", "gold: {of: ¦gould,")], "unknown-material", ['"of" of stock gold', "did you mean 'gold'?"]),
    ("unknown dissolved material", [("also: {base: 110 mM}", "also: {bass: ¦110 mM}")], "unknown-material", ["did you mean 'base'?"]),
    ("unknown solvent", [("acid: {of: acid, concentration: 100 mM, solvent: water}", "acid: {of: acid, concentration: 100 mM, solvent: ¦watr}")], "unknown-material", ["did you mean 'water'?"]),
    ("solvent that is none", [("acid: {of: acid, concentration: 100 mM, solvent: water}", "acid: {of: acid, concentration: 100 mM, solvent: ¦base}")], "not-a-solvent", ["its role is base", "water, ethanol"]),
    ("solvent fractions", [("{water: 0.5, ethanol: 50 %}", "¦{water: 0.5, ethanol: 40 %}")], "fractions-sum", ["add up to 1", "0.9"]),
    ("solvent fraction as a volume", [("ethanol: 50 %", "ethanol: ¦5 mL")], "wrong-dimension", ["solvent.ethanol", "a fraction is needed"]),
    ("solvent fraction as a list", [("ethanol: 50 %", "ethanol: ¦[0.5]")], "wrong-kind", ["a volume fraction is needed"]),
    ("fields taken over from a text", [("  water: {of: water, neat: true}", "  water: {<<: ¦gold, of: water, neat: true}")], "bad-merge", ["no fields"]),
    ("solvent as a list", [("solvent: {water: 0.5, ethanol: 50 %}", "solvent: ¦[water, ethanol]")], "wrong-kind", ["volume fractions"]),
    ("unknown material in a control", [("omit: [gold]", "omit: [¦golt]")], "unknown-material", ["did you mean 'gold'?"]),
    ("no strength", [("  acid: {of: acid, concentration: 100 mM, solvent: water}", "  acid: ¦{of: acid, solvent: water}")], "one-of", ["strength", "concentration, weighed or neat"]),
    ("two strengths", [("  acid: {of: acid, concentration: 100 mM, solvent: water}", "  acid: ¦{of: acid, concentration: 1 M, weighed: 1 mg/mL, solvent: water}")], "one-of", ["concentration and weighed"]),
    ("no solvent", [("  acid: {of: acid, concentration: 100 mM, solvent: water}", "  acid: ¦{of: acid, concentration: 100 mM}")], "missing-field", ["needs its solvent"]),
    ("neat with a solvent", [("{of: liquid_thiol, neat: true}", "{of: liquid_thiol, neat: true, solvent: ¦water}")], "solvent-of-neat", ["no solvent"]),
    ("neat without density", [("{of: liquid_thiol, neat: true}", "{of: liquid_thiol, neat: ¦true}"), (", density: 1.03 g/mL", "")], "no-density", ["density", "liquid_thiol"]),
    ("decay without pH", [("decay: {model: borohydride_hydrolysis, ph: 12}", "decay: ¦{model: borohydride_hydrolysis}")], "missing-field", ["decay.ph"]),
    ("remade without a life", [("    life: 4 h\n", ""), ("remake: person", "remake: ¦person")], "missing-field", ["needs life"]),
    ("formula with a zero", [("formula: NaOH", "formula: ¦Na0H")], "unreadable-formula", ["NaOH", "digit 0"]),
    ("formula that is none", [("formula: C8H10S", "formula: ¦C8H10Zz")], "unreadable-formula", ["C8H10Zz"]),
    ("moles of an unknown substance", [("  thiol: {name: 4-mercaptobenzoic acid, role: ligand, formula: C7H6O2S}", "  ¦thiol: {name: 4-mercaptobenzoic acid, role: ligand}")], "no-molar-mass", ["material thiol", "formula"]),
    ("metal without a formula", [("    formula: HAuCl4·3H2O\n", "    molar_mass: 393.83 g/mol\n"), ("  gold:\n", "  ¦gold:\n")], "no-formula", ["metal gold"]),
    ("electrons of a material that gives none", [("electrons: 8, ", ""), ("electrons_per_metal: $electrons", "electrons_per_metal: ¦$electrons")], "no-electrons", ["stock hydride", "8 for sodium borohydride"]),
    # --- steps
    ("unknown step", [("{do: stir, id: stirring", "{do: ¦stirr, id: stirring")], "unknown-step", ["did you mean 'stir'?", "adjust_ph"]),
    ("step without do", [("  - {do: mix, volume: 200 uL, repetitions: 3}", "  - ¦{mix: {volume: 200 uL, repetitions: 3}}")], "unknown-step", ["step 5 does not say what to do", "write do: mix"]),
    ("unknown stock", [("stock: gold\n", "stock: ¦goldd\n")], "unknown-stock", ["did you mean 'gold'?", "step 2 (metal_in)"]),
    ("unknown stock of a quench", [("dilute_with: {stock: water", "dilute_with: {stock: ¦wather")], "unknown-stock", ["did you mean 'water'?"]),
    ("unknown reference of a ratio", [("equivalents: $ligand_per_metal}", "equivalents: $ligand_per_metal, per: ¦gould}")], "unknown-material", ["did you mean 'gold'?"]),
    ("ratio to something that is never added", [("equivalents: $ligand_per_metal}", "equivalents: ¦$ligand_per_metal, per: ethanol}")], "nothing-to-count", ["ethanol"]),
    ("two doses in one step", [("  - {do: exchange, stock: liquid_thiol, volume: 2 uL, for: 1 min}", "  - ¦{do: exchange, stock: liquid_thiol, volume: 2 uL, amount: 1 umol}")], "one-of", ["volume and amount", "inverse_equivalents"]),
    ("no dose", [("  - {do: exchange, stock: liquid_thiol, volume: 2 uL, for: 1 min}", "  - ¦{do: exchange, stock: liquid_thiol}")], "one-of", ["none"]),
    ("two make-ups", [("  - {do: exchange, stock: liquid_thiol, volume: 2 uL, for: 1 min}", "  - {do: add, stock: water, make_up: ¦true}")], "second-make-up", ["step 1 already does"]),
    ("make-up with a solution", [("    stock: water\n    make_up: true", "    stock: acid\n    make_up: ¦true")], "make-up-not-a-solvent", ["stock acid"]),
    ("portions without an interval", [("    interval: 30 min\n    tolerance: 30 s\n", "    tolerance: 30 s\n"), ("  - do: reduce", "  - ¦do: reduce")], "missing-field", ["interval"]),
    ("portions that could change places", [("tolerance: 30 s", "tolerance: ¦30 min")], "out-of-range", ["as late as the next"]),
    ("reduction by something else", [("    stock: hydride\n", "    stock: ¦thiol\n"), ("electrons_per_metal: $electrons", "equivalents: 2")], "wrong-role", ["reductant", "role: ligand"]),
    ("pH adjusted with something else", [("{do: adjust_ph, stock: base", "{do: adjust_ph, stock: ¦thiol")], "wrong-role", ["acid or base"]),
    ("doses that wait for each other", [("    amount: {value: 1 µmol, assumed: nothing is printed}", "    equivalents: 2\n    per: thiol"), ("  - do: add\n    id: metal_in", "  - ¦do: add\n    id: metal_in")], "circular-ratio", ["steps 2, 3"]),
    ("acid after a reductant", [("role: reductant, formula: NaBH4", "role: reductant, formula: C4H14BN"), ('  - {do: acidify, stock: acid, volume: 10 uL, permission: "the safety officer: vented wells, small dose"}', "  - ¦{do: add, stock: acid, volume: 10 uL}")], "acid-after-hydride", ["who allows it", "permission"]),
    ("seal that may stay on", [("  - {do: person, task: Centrifuge the plate., takes: 30 min, answer_within: 2 h}\n", "  - {do: person, task: Seal the plate., takes: 5 min, closure: gas_tight}\n  - {do: person, task: Take off the seal., takes: 5 min, answer_within: 2 h, closure: open, default: ¦skip}\n")], "seal-not-taken-off", ["step 17", "step 16", "default: stop"]),
    ("acid without permission", [("role: reductant, formula: NaBH4", "role: reductant, formula: C4H14BN"), ('  - {do: acidify, stock: acid, volume: 10 uL, permission: "the safety officer: vented wells, small dose"}', "  - ¦{do: acidify, stock: acid, volume: 10 uL}")], "acid-after-hydride", ["step 14", "step 9"]),
    ("endless hold", [("{do: hold, for: $wait}", "{do: hold, for: ¦9999999 h}")], "out-of-range", ["too long", "at most 60 days", "look at the unit"]),
    ("zero dose", [("volume: 2 uL, for", "volume: ¦0 uL, for")], "out-of-range", ["more than zero"]),
    ("dilution that concentrates", [("factor: 1.2", "factor: ¦0.5")], "out-of-range", ["factor of at least 1"]),
    ("wavelengths that run down", [("start: 300 nm, stop: 900 nm", "start: 900 nm, stop: ¦300 nm")], "range-order", ["stops before it starts"]),
    ("sampling times that fall", [("at: [0 s, 1 h]", "at: [1 h, ¦30 min]")], "range-order", ["must rise"]),
    ("answer before the task is done", [("answer_within: 2 h", "answer_within: ¦5 min")], "out-of-range", ["at least 30 min"]),
    # --- lags
    ("lag without a bound", [("timing: [{after: metal_in, at_least: 5 min, at_most: 4 h}]", "timing: [¦{after: metal_in}]")], "one-of", ["a lag needs a bound"]),
    ("target without a tolerance", [("target: 10 min, tolerance: 1 min", "target: 10 min"), ("timing: [{after: reduction", "timing: [¦{after: reduction")], "missing-field", ["tolerance"]),
    ("target and bounds", [("target: 10 min, tolerance: 1 min", "target: ¦10 min, tolerance: 1 min, at_least: 1 min")], "one-of", ["a target or bounds, not both"]),
    ("bounds the wrong way round", [("at_least: 5 min, at_most: 4 h", "at_least: 5 min, at_most: ¦4 min")], "range-order", ["shorter"]),
    ("timing on a step that does nothing", [("{do: age, for: 8 h}", "{do: age, for: 8 h, timing: ¦[{after: reduction, at_least: 1 h}]}")], "timing-without-act", ["the next step"]),
    ("unknown step id", [("{after: metal_in,", "{after: ¦metal,")], "unknown-step-id", ["did you mean 'metal_in'?"]),
    ("later step", [("{after: metal_in,", "{after: ¦late_one,"), ("{do: dilute, ", "{do: dilute, id: late_one, ")], "later-step", ["step 12, a later step"]),
    ("itself", [("{after: metal_in,", "{after: ¦reduction,")], "later-step", ["this step itself"]),
    ("step without an id", [("{after: metal_in,", "{after: ¦add_3,")], "unknown-step-id", ["write id: add_3 in step 3"]),
    ("portions of a step that has none", [("of: last,", "of: ¦last,"), ("{after: reduction, of", "{after: stirring, of")], "not-a-reduce-step", ["has none", "do: stir"]),
    ("samples after portions of a step that has none", [("after_each_portion_of: reduction", "after_each_portion_of: ¦metal_in")], "not-a-reduce-step", ["has none", "do: add"]),
    ("two references of a sample", [("after_each_portion_of: reduction, tol", "after_each_portion_of: reduction, ¦after: metal_in, tol")], "one-of", ["from each portion"]),
    ("step id twice", [("id: stirring", "id: ¦fill")], "duplicate-step-id", ["steps 1 and 6"]),
    ("step id of another's number", [("id: stirring", "id: add_3"), ("id: fill", "id: fill"), ("  - {do: stir, id: add_3", "  - {do: stir, id: ¦add_3")], "duplicate-step-id", ["steps 3 and 6"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "code", "told"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_finding(edits, code, told):
    text, place = broken(*edits)
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text, file="plate.yaml")
    findings = [item for item in caught.value.diagnostics if item.code == code]
    assert findings, f"no {code} in: {caught.value}"
    found = next((item for item in findings if (item.line, item.column) == place), findings[0])
    assert (found.file, found.line, found.column) == ("plate.yaml", *place), str(found)
    for words in told:
        assert words in str(found)


# Edits that cannot but break something else as well: a section's name, the stock of a step.
ALONE = {"no steps", "name twice"}


@pytest.mark.parametrize(
    "edits",
    [c[1] for c in CASES if c[0] not in ALONE],
    ids=[c[0] for c in CASES if c[0] not in ALONE],
)
def test_one_mistake_gives_one_finding(edits):
    text, _ = broken(*edits)
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text)
    assert len(caught.value.diagnostics) == 1, str(caught.value)


@pytest.mark.parametrize("edits", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_no_jargon(edits):
    text, _ = broken(*edits)
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text)
    for jargon in ("Input should", "validat", "pydantic", "NoneType", "dict", "tuple", "Error"):
        assert jargon not in str(caught.value)


def test_misspelt_field_does_not_hide_what_else_is_wrong_with_its_step():
    text, _ = broken(
        ("    stock: hydride\n", "    ¦stok: hydrid\n"), ("interval: 30 min", "interval: 30")
    )
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text)
    assert [item.code for item in caught.value.diagnostics] == [
        "unknown-field",
        "unknown-stock",
        "unit-missing",
    ]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", "empty-file", "ncrobot: protocol/1"),
        ("# only a comment\n", "empty-file", "ncrobot: protocol/1"),
        ("{}", "empty-file", "ncrobot: protocol/1"),
        ("- a\n- b\n", "not-a-mapping", "a list"),
        ("just a sentence\n", "not-a-mapping", "a plain text"),
        ("name: x\n", "missing-field", "begin the file with ncrobot: protocol/1"),
        ("\ud800", "not-text", "UTF-8"),
        ("a: " + "[" * 2000, "nested-too-deep", "40"),
        ("a: x\n" * 200_000, "file-too-large", "500000"),
        (
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n"
                for p, c in zip("abcdef", "bcdefg", strict=True)
            ),
            "file-too-large",
            "unfolds",
        ),
        ("a: &a\n  b: *a\n", "unknown-anchor", "*a"),
    ],
)
def test_texts_that_are_no_protocol(text, code, told):
    with pytest.raises(ProtocolError) as caught:
        read_protocol(text, file="p.yaml")
    finding = caught.value.diagnostics[0]
    assert (finding.code, finding.file) == (code, "p.yaml")
    assert told in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    from ncrobot.protocol import load_protocol

    (tmp_path / "gold.yaml").write_text("x", encoding="utf-8")
    (tmp_path / "sixteen.yaml").write_bytes("ncrobot: protocol/1".encode("utf-16"))
    (tmp_path / "latin.yaml").write_bytes("name: a\ntitle: 5 µL".encode("latin-1"))
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "huge.yaml").write_bytes(b"#" * 600_000)
    cases = {
        "golt.yaml": ("file-not-found", "gold.yaml"),
        "sixteen.yaml": ("not-text", "UTF-16"),
        "latin.yaml": ("not-text", "latin.yaml:2"),
        "binary.yaml": ("not-text", "UTF-8"),
        "huge.yaml": ("file-too-large", "600000 bytes"),
        ".": ("file-unreadable", "folder"),
        "a\0b": ("file-unreadable", "cannot be read"),
    }
    for name, (code, told) in cases.items():
        with pytest.raises(ProtocolError) as caught:
            load_protocol(tmp_path / name)
        [finding] = caught.value.diagnostics
        assert finding.code == code
        assert told in str(finding)
        assert str(tmp_path) in finding.file
