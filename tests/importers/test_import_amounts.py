"""Whatever is scaled, dissolved or diluted: a well gets the moles of the flask, times one factor."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.importing_kit import DECK, imported, xdl
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.errors import UserError
from ncrobot.protocol import read_conditions, read_protocol

GOLD = "tetrachloroauric_iii_acid_trihydrate"
LAYOUT = load_deck(DECK)
SILVER_G_PER_MOL = 169.87
THIOL_G_PER_MOL, THIOL_G_PER_ML = 138.23, 1.03


def _add(reagent, amount):
    return f'<Add vessel="reactor" reagent="{reagent}" {amount}/>'


@given(
    water_ml=st.floats(2, 50),
    gold_ml=st.floats(0.05, 5),
    silver_mg=st.floats(1, 200),
    thiol_ul=st.floats(0.5, 200),
    volume_ul=st.sampled_from([500.0, 1000.0]),
)
@settings(max_examples=12)
def test_a_well_gets_the_moles_of_the_flask(
    tmp_path_factory, water_ml, gold_ml, silver_mg, thiol_ul, volume_ul
):
    text = xdl(
        _add("water", f'volume="{water_ml} mL"')
        + _add("gold", f'volume="{gold_ml} mL"')
        + _add("silver nitrate", f'mass="{silver_mg} mg"')
        + _add("DMBT", f'volume="{thiol_ul} µL"'),
        '<Reagent name="gold" cas="16961-25-4" concentration="10 mM"/>',
    )
    try:
        made, _ = imported(tmp_path_factory.mktemp("xdl"), text, volume_ul=volume_ul, wells=1)
    except UserError as error:
        told = str(error)
        assert any(word in told for word in ("to give", "differ too much", "smallest")), told
        return
    source = read_protocol(made.protocol)
    plan = compile_plan(source, read_conditions(made.table, source, format="csv"), LAYOUT)
    factor = volume_ul / (1000 * (water_ml + gold_ml) + thiol_ul)
    asked = plan.wells[0].asked_umol
    assert plan.wells[0].final_volume_ul == pytest.approx(volume_ul, abs=1.0)
    assert asked[GOLD] == pytest.approx(10 * gold_ml * factor, rel=2e-3)
    assert asked["silver_nitrate"] == pytest.approx(
        1000 * silver_mg / SILVER_G_PER_MOL * factor, rel=2e-3
    )
    assert asked["dimethylbenzenethiol_2_4"] == pytest.approx(
        1000 * thiol_ul * THIOL_G_PER_ML / THIOL_G_PER_MOL * factor, rel=2e-3
    )
