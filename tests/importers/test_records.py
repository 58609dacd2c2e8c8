"""Records of the Open Reaction Database: read in both spellings, drafted, made protocols."""

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.importing_kit import imported_record, refused, steps_of
from ncrobot.chemistry import element_counts
from ncrobot.errors import ProtocolError
from ncrobot.importers.ord import SmilesError, read_reaction, smiles_formula
from ncrobot.importers.substances import known_substances


def named(name, role="REACTANT", **amount):
    """A component: its name and an amount such as moles=(1, "MILLIMOLE")."""
    quantities = {kind: {"value": value, "units": unit} for kind, (value, unit) in amount.items()}
    return {
        "identifiers": [{"type": "NAME", "value": name}],
        "amount": quantities,
        "reactionRole": role,
    }


RECORD = {
    "identifiers": [{"type": "NAME", "value": "Gold clusters"}],
    "inputs": {
        "solvent": {
            "components": [named("water", "SOLVENT", volume=(8, "MILLILITER"))],
            "additionOrder": 1,
        },
        "gold": {
            "components": [
                named("water", "SOLVENT", volume=(1, "MILLILITER")),
                named("tetrachloroauric(III) acid trihydrate", moles=(10, "MICROMOLE")),
            ],
            "additionOrder": 2,
        },
        "hydride": {
            "components": [
                named("sodium borohydride", "REAGENT", mass=(3.783, "MILLIGRAM")),
                named("water", "SOLVENT", volume=(1, "MILLILITER")),
            ],
            "additionOrder": 3,
            "additionTime": {"value": 10, "units": "MINUTE"},
            "additionTemperature": {"value": 277.15, "units": "KELVIN"},
        },
    },
    "conditions": {"stirring": {"method": "STIR_BAR", "rate": {"rpm": 500}}},
    "outcomes": [{"reactionTime": {"value": 2, "units": "HOUR"}}],
    "provenance": {"doi": "10.1000/none"},
    "reactionId": "ord-0001",
}


def changed(**parts):
    return {**copy.deepcopy(RECORD), **parts}


def snaked(value):
    """The same record as protobuf writes it with its original names."""
    if isinstance(value, dict):
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snaked(each)
            for key, each in value.items()
        }
    return [snaked(each) for each in value] if isinstance(value, list) else value


def test_a_record_becomes_a_protocol_that_plans(tmp_path):
    made, protocol = imported_record(tmp_path, RECORD)
    assert steps_of(protocol) == [
        ("stir", None),
        ("add", "water"),
        ("add", "tetrachloroauric_iii_acid_trihydrate"),
        ("hold", None),
        ("reduce", "sodium_borohydride"),
        ("hold", None),
    ]
    gold = protocol.stocks["tetrachloroauric_iii_acid_trihydrate"]
    assert gold.concentration.value == pytest.approx(0.01)
    assert "solvent alone" in gold.concentration.assumed
    hydride = protocol.stocks["sodium_borohydride"]
    assert hydride.concentration.value == pytest.approx(0.1, rel=1e-3)
    assert hydride.keep_at.value == pytest.approx(4)
    assert [step.for_.value for step in protocol.steps if step.do == "hold"] == [600, 7200]
    assert protocol.sources[0].cite == "doi 10.1000/none"
    assert made.operations > 3


def test_both_spellings_of_a_record_say_the_same(tmp_path):
    assert imported_record(tmp_path, RECORD)[0] == imported_record(tmp_path, snaked(RECORD))[0]


def test_volumes_that_include_the_solutes_assume_nothing(tmp_path):
    record = changed()
    record["inputs"]["gold"]["components"][0]["amount"]["volumeIncludesSolutes"] = True
    protocol = imported_record(tmp_path, record)[1]
    assert protocol.stocks["tetrachloroauric_iii_acid_trihydrate"].concentration.assumed is None


def test_mixed_solvents_and_several_solutes_are_one_stock(tmp_path):
    record = changed()
    record["inputs"]["gold"]["components"] += [
        named("ethanol", "SOLVENT", volume=(1, "MILLILITER")),
        named("sodium hydroxide", "REAGENT", moles=(40, "MICROMOLE")),
    ]
    stock = imported_record(tmp_path, record)[1].stocks["tetrachloroauric_iii_acid_trihydrate"]
    assert stock.solvent == {"water": 0.5, "ethanol": 0.5}
    assert stock.concentration.value == pytest.approx(0.005)
    assert stock.also["sodium_hydroxide"].value == pytest.approx(0.02)


def test_what_is_weighed_is_dosed_by_its_moles(tmp_path):
    record = changed()
    record["inputs"]["salt"] = {
        "components": [
            {
                "identifiers": [
                    {"type": "SMILES", "value": "[Na+].[Cl-]"},
                    {"type": "NAME", "value": "sodium chloride"},
                ],
                "amount": {"mass": {"value": 58.44, "units": "MILLIGRAM"}},
            }
        ],
        "additionOrder": 4,
    }
    given = "  salt: {role: additive}\n"
    protocol = imported_record(tmp_path, record, supplement=given)[1]
    assert protocol.materials["sodium_chloride"].formula == "ClNa"
    dose = next(step for step in protocol.steps if getattr(step, "stock", "") == "sodium_chloride")
    assert dose.amount.value == pytest.approx(1000 / 10, rel=1e-3)


def test_equal_orders_are_told(tmp_path):
    record = changed()
    for each in record["inputs"].values():
        each.pop("additionOrder")
    told = " ".join(str(each) for each in imported_record(tmp_path, record)[0].changes)
    assert "doesn't tell the order" in told


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ({"pressure": {"atmosphere": {"type": "CARBON_MONOXIDE"}}}, "carbon monoxide"),
        ({"pressure": {"control": "PRESSURIZED"}}, "pressure"),
        ({"pressure": {"control": {"type": "PRESSURIZED"}}}, "pressure"),
        ({"reflux": True}, "reflux"),
        ({"electrochemistry": {"type": "CONSTANT_CURRENT"}}, "electrodes"),
        ({"flow": {"type": "PLUG_FLOW_REACTOR"}}, "flow"),
        ({"stirring": {"method": "BALL_MILLING"}}, "ball milling"),
    ],
)
def test_conditions_that_no_deck_has_are_refused(tmp_path, conditions, told):
    found = refused(imported_record, tmp_path, changed(conditions=conditions))
    assert told in " ".join(found)


def test_conditions_that_a_deck_has_are_taken(tmp_path):
    conditions = {
        "temperature": {"setpoint": {"value": 98.6, "units": "FAHRENHEIT"}},
        "illumination": {"type": "DARK"},
        "conditionsAreDynamic": True,
        "details": "slowly cooled",
    }
    made, protocol = imported_record(tmp_path, changed(conditions=conditions))
    assert protocol.vessel.temperature.value == pytest.approx(37)
    assert protocol.vessel.dark
    assert "slowly cooled" in str(made.changes)


def test_light_acts_for_the_reaction_time(tmp_path):
    conditions = {"illumination": {"type": "LED", "details": "450 nm"}}
    protocol = imported_record(tmp_path, changed(conditions=conditions))[1]
    assert (protocol.steps[-1].do, protocol.steps[-1].for_.value) == ("treat", 7200)
    assert "450 nm" in protocol.steps[-1].what


def test_workups_are_steps_until_something_is_parted(tmp_path):
    workups = [
        {"type": "WAIT", "duration": {"value": 5, "units": "MINUTE"}},
        {"type": "ALIQUOT", "amount": {"volume": {"value": 1, "units": "MILLILITER"}}},
        {"type": "FILTRATION", "details": "0.2 µm"},
        {"type": "WAIT", "duration": {"value": 5, "units": "MINUTE"}},
    ]
    made, protocol = imported_record(tmp_path, changed(workups=workups))
    assert [step.do for step in protocol.steps[-4:]] == ["hold", "sample", "person", "person"]
    assert "after FILTRATION" in " ".join(str(each) for each in made.changes)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"inputs": {"x": {"components": [named("water", "SOLVENT")]}}}, "tells no amount"),
        ({"inputs": {"x": {"crudeComponents": [{"reactionId": "a"}]}}}, "crude product"),
        ({"inputs": {}}, "no volume is told"),
    ],
)
def test_what_is_missing_is_told(tmp_path, parts, told):
    assert told in " ".join(refused(imported_record, tmp_path, changed(**parts)))


def test_one_of_a_data_set_is_named(tmp_path):
    data = {"reactions": [RECORD, changed(reactionId="ord-0002")]}
    assert "--reaction" in " ".join(refused(imported_record, tmp_path, data))
    assert imported_record(tmp_path, data, which="ord-0002")[0].name == "ord_0002"
    assert imported_record(tmp_path, data, which="1")[0].name == "ord_0001"


@pytest.mark.parametrize("text", [b"", b"inputs {", b"[]", b"{}", b'{"inputs": 3}', b"[" * 100_000])
def test_other_files_are_refused(text):
    with pytest.raises(ProtocolError) as caught:
        read_reaction(text, "x.json")
    assert caught.value.diagnostics[0].code == "bad-record"


FIELDS = ("inputs", "components", "amount", "volume", "value", "units", "workups", "conditions")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "inputs",
                    "components",
                    "amount",
                    "volume",
                    "value",
                    "units",
                    "workups",
                    "conditions",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused(value):
    try:
        read_reaction(json.dumps(value).encode(), "x.json")
    except ProtocolError as error:
        assert error.diagnostics[0].file == "x.json"


@pytest.mark.parametrize(
    ("smiles", "formula"),
    [
        ("O", "H2O"),
        ("CS(=O)C", "C2H6OS"),
        ("OC(=O)c1ccc(S)cc1", "C7H6O2S"),
        ("[Na+].[BH4-]", "BH4Na"),
        ("P(c1ccccc1)(c1ccccc1)c1ccccc1", "C18H15P"),
        ("[Ag+].[N+](=O)([O-])[O-]", "AgNO3"),
        ("N[C@@H](CCC(=O)N[C@@H](CS)C(=O)NCC(O)=O)C(O)=O", "C10H17N3O6S"),
        ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C8H10N4O2"),
        ("c1cc[nH]c1", "C4H5N"),
        ("C%12CCCCC%12", "C6H12"),
        ("O=S(=O)(O)O", "H2O4S"),
        ("C[N+](C)(C)CCCCCCCCCCCCCCCC.[Br-]", "C19H42BrN"),
    ],
)
def test_formulas_follow_from_smiles(smiles, formula):
    assert element_counts(smiles_formula(smiles)) == element_counts(formula)


@pytest.mark.parametrize("smiles", ["", "C(", "C)", "1C", "C1CC", "[Xx", "C?", "*"])
def test_what_is_no_smiles_isnt_counted(smiles):
    with pytest.raises(SmilesError):
        smiles_formula(smiles)


@given(st.text(alphabet="CNOcn()=#12[]+-H.", max_size=20))
def test_any_text_is_counted_or_refused(text):
    with suppress(SmilesError):
        assert element_counts(smiles_formula(text))


def test_known_substances_are_consistent():
    words = [w.casefold() for each in known_substances() for w in (each.name, each.cas, *each.also)]
    assert len(words) == len(set(words))
    for each in known_substances():
        digits = each.cas.replace("-", "")
        check = sum(n * int(d) for n, d in enumerate(reversed(digits[:-1]), start=1)) % 10
        assert check == int(digits[-1]), each.name
        assert element_counts(each.formula)
