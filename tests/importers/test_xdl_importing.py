"""XDL procedures become protocols that plan and audit; what can't be delivered is told or mended."""

import pytest

from importers.importing_kit import drafted, imported, refused, steps_of, xdl
from ncrobot.importers.draft import ByPerson, Dose, Stirring, Waiting

STEP = '<{tag} vessel="reactor" {more}/>'


def step(tag, more=""):
    return STEP.format(tag=tag, more=more)


def add(reagent, amount, more=""):
    return step("Add", f'reagent="{reagent}" {amount} {more}')


BASE = add("water", 'volume="8 mL"') + add("gold", 'volume="1 mL"')


def test_a_procedure_becomes_a_protocol_that_plans(tmp_path):
    made, protocol = imported(tmp_path, xdl())
    assert steps_of(protocol) == [
        ("add", "water"),
        ("add", "tetrachloroauric_iii_acid_trihydrate"),
        ("stir", None),
        ("stir", None),
        ("reduce", "sodium_borohydride"),
    ]
    assert (made.wells, protocol.vessel.final_volume.value) == (8, 1000)
    assert protocol.steps[0].make_up
    assert protocol.steps[1].volume.value == pytest.approx(100)
    assert protocol.stocks["tetrachloroauric_iii_acid_trihydrate"].concentration.value == 0.01


def test_all_amounts_are_scaled_alike(tmp_path):
    small = imported(tmp_path, xdl(), volume_ul=500.0)[1]
    large = imported(tmp_path, xdl(), volume_ul=1000.0)[1]
    for one, other in zip(small.steps, large.steps, strict=True):
        if one.do in {"add", "reduce"} and one.volume is not None:
            assert other.volume.value == pytest.approx(2 * one.volume.value, rel=1e-5)


def test_speeds_and_times_that_arent_told_are_assumed_with_a_reason(tmp_path):
    text = xdl(BASE + step("Stir", 'time="5 min"') + step("HeatChillToTemp", 'temp="30"'))
    protocol = imported(tmp_path, text)[1]
    assert "doesn't tell" in protocol.steps[2].speed.assumed
    assert "doesn't tell" in protocol.steps[-1].for_.assumed
    assert "own stirrer" in imported(tmp_path, xdl())[1].steps[2].speed.assumed


def test_a_dose_below_the_smallest_comes_as_a_weaker_solution(tmp_path):
    text = xdl(BASE + add("DMBT", 'volume="4 µL"'), '<Reagent name="DMBT"/><Reagent name="gold" cas="16961-25-4" concentration="10 mM"/>')  # fmt: skip
    made, protocol = imported(tmp_path, text, supplement="  DMBT: {solvent: ethanol}\n")
    stock = protocol.stocks["dimethylbenzenethiol_2_4"]
    assert stock.concentration.assumed
    assert stock.solvent == "ethanol"
    told = " ".join(str(each) for each in made.changes)
    assert "below the deck's smallest" in told
    umol = protocol.steps[2].amount.value
    flask_umol = 4 * 1.03 / 138.23 * 1000  # µL · g/mL / (g/mol)
    assert umol == pytest.approx(flask_umol * 1000 / 9004, rel=1e-3)


def test_what_is_weighed_becomes_a_solution_of_the_same_moles(tmp_path):
    text = xdl(add("water", 'volume="10 mL"') + add("silver nitrate", 'mass="16.987 mg"'))
    made, protocol = imported(tmp_path, text)
    assert protocol.steps[1].amount.value == pytest.approx(10.0, rel=1e-3)
    assert "does it dissolve" in protocol.stocks["silver_nitrate"].concentration.assumed
    assert protocol.stocks["silver_nitrate"].solvent == "water"
    assert any("solvent isn't told" in each for each in protocol.assumptions)
    assert "multiplied by 0.1" in str(made.changes[0])


def test_equivalents_are_counted_per_the_only_metal(tmp_path):
    text = xdl(BASE + add("glutathione", 'amount="3 eq"'))
    protocol = imported(tmp_path, text)[1]
    assert protocol.steps[2].equivalents.value == 3
    assert protocol.steps[2].per == "tetrachloroauric_iii_acid_trihydrate"


def test_equivalents_without_a_metal_are_missing(tmp_path):
    text = xdl(add("water", 'volume="8 mL"') + add("glutathione", 'amount="3 eq"'))
    assert "of what one is counted" in " ".join(refused(imported, tmp_path, text))


def test_unknown_reagents_are_told_with_what_to_write(tmp_path):
    text = xdl(BASE + add("magic powder", 'mass="1 mg"'))
    found = refused(imported, tmp_path, text)
    assert len(found) == 1
    assert 'reagents: "magic powder": {role: ..., formula: ...}' in found[0]
    assert "made.xdl" in found[0]
    given = '  "magic powder": {role: additive, formula: C6H12O6, name: glucose}\n'
    assert imported(tmp_path, text, supplement=given)[1].materials["glucose"].formula == "C6H12O6"


def test_a_supplement_for_another_recipe_is_refused(tmp_path):
    found = refused(imported, tmp_path, xdl(), supplement="  golt: {role: metal}\n")
    assert "did you mean gold?" in found[0]


def test_all_that_is_missing_is_told_at_once(tmp_path):
    text = xdl(
        add("water", "") + add("gold", 'volume="much"') + step("Stir") + add("odd", 'mass="1 g"')
    )
    told = " ".join(refused(imported, tmp_path, text))
    for word in (
        "tells no amount",
        '"much"',
        "tells no time",
        "odd: its role",
        "no volume is told",
    ):
        assert word in told, word


def test_slow_additions_come_in_one_go_and_that_is_told(tmp_path):
    text = xdl(BASE + add("NaBH4", 'volume="1 mL"', 'dropwise="True" time="2 min"'))
    told = [str(each) for each in imported(tmp_path, text)[0].changes]
    assert sum("in one go" in each for each in told) == 2


def test_changes_stand_above_the_protocol(tmp_path):
    made = imported(tmp_path, xdl())[0]
    head = [line for line in made.protocol.splitlines() if line.startswith("#")]
    assert any("multiplied by" in line for line in head)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('<Add vessel="flask" reagent="gold" volume="1 mL"/>', "a well is one vessel"),
        ('<Transfer from_vessel="flask" to_vessel="reactor" volume="1 mL"/>', "one vessel"),
        ('<Hydrogenate vessel="reactor"/>', "no such step"),
        ('<Repeat repeats="1000"><Wait time="1 s"/></Repeat>', "isn't written out"),
        ('<Repeat loop_variables="x"><Wait time="1 s"/></Repeat>', "depends on something outside"),
        ('<Async><Wait time="1 s"/></Async>', "only Repeat"),
        ('<AdjustPH vessel="reactor" reagent="gold" pH="3"/>', "neither acid nor base"),
        ('<HeatChillToTemp vessel="reactor"/>', "tells no temperature"),
    ],
)
def test_what_a_well_cant_do_is_refused(tmp_path, more, told):
    assert told in " ".join(refused(imported, tmp_path, xdl(BASE + more)))


def test_repetitions_are_written_out():
    recipe, findings = drafted(xdl(BASE + '<Repeat repeats="3">' + add("NaBH4", 'volume="0.1 mL"') + '<Wait time="5 min"/></Repeat>'))  # fmt: skip
    assert findings.items == []
    assert [type(each) for each in recipe.actions[2:]] == [Dose, Waiting] * 3


def test_sections_are_opened_and_cleaning_is_left_out():
    text = xdl(f"<Prep>{BASE}</Prep><Workup>{step('CleanVessel')}</Workup>")
    recipe, findings = drafted(text)
    assert len(recipe.actions) == 2
    assert "used once" in findings.changes[0].message


def test_after_a_separation_everything_is_a_persons_task(tmp_path):
    text = xdl(BASE + step("Filter") + add("water", 'volume="1 mL"') + step("Dry", 'time="1 h"'))
    made, protocol = imported(tmp_path, text)
    assert [each.do for each in protocol.steps[2:]] == ["person"] * 3
    assert "nobody knows what is in the wells" in " ".join(str(each) for each in made.changes)


def test_stirring_stops_where_the_file_says_so():
    recipe, _ = drafted(xdl(step("Stir", 'time="1 min"') + BASE))
    assert [each.speed_rpm for each in recipe.actions if isinstance(each, Stirring)] == [None, 0.0]
    text = xdl(step("StartStir") + BASE + step("Stir", 'time="1 min"') + add("NaBH4", 'volume="1"'))
    recipe, _ = drafted(text)
    assert [each.speed_rpm for each in recipe.actions if isinstance(each, Stirring)] == [None, None]


def test_aliquots_are_samples_and_the_rest_is_a_persons(tmp_path):
    some = '<Transfer from_vessel="reactor" to_vessel="vial" volume="0.5 mL"/>'
    protocol = imported(tmp_path, xdl(BASE + some))[1]
    assert protocol.steps[-1].do == "sample"
    assert protocol.steps[-1].volume.value == pytest.approx(500 * 1000 / 9000, rel=1e-4)
    recipe, _ = drafted(xdl(BASE + '<Transfer from_vessel="reactor" to_vessel="vial"/>'))
    assert isinstance(recipe.actions[-1], ByPerson)


def test_light_and_ultrasound_are_treatments(tmp_path):
    protocol = imported(tmp_path, xdl(BASE + step("Sonicate", 'time="10 min"')))[1]
    assert (protocol.steps[-1].do, protocol.steps[-1].for_.value) == ("treat", 600)


def test_acid_on_hydride_still_needs_its_permission(tmp_path):
    text = xdl(BASE + add("NaBH4", 'volume="1 mL"') + add("HCl (1 M)", 'volume="0.5 mL"'))
    assert "permission" in " ".join(refused(imported, tmp_path, text))


def test_doses_that_differ_too_much_for_one_solution_are_refused(tmp_path):
    text = xdl(
        add("water", 'volume="10 mL"')
        + add("silver nitrate", 'mass="1 mg"')
        + add("silver nitrate", 'mass="900 mg"')
    )
    assert "differ too much" in " ".join(refused(imported, tmp_path, text))


def test_solutions_that_need_more_than_the_main_solvent_are_refused(tmp_path):
    many = "".join(add(name, 'mass="5 mg"') for name in ("silver nitrate", "glutathione"))
    text = xdl(add("gold", 'volume="10 mL"') + add("water", 'volume="0.1 mL"') + many)
    assert "to give" in " ".join(refused(imported, tmp_path, text))
