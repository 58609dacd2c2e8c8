"""What a protocol tells the analysis to look for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ncrobot.protocol import Expected


def test_a_species_with_all_its_figures():
    species = Expected.model_validate(
        {
            "species": "[Ag29(BDTA)12]3-", "part": "target", "absorption_nm": [440],
            "shoulders_nm": [320, 364, 515], "emission_nm": [672], "excitation_nm": 440,
            "ions": [{"mz": 1779.56, "charge": -3}], "same_as": ["Ag32"],
        }
    )  # fmt: skip
    assert species.ions[0].charge == -3
    assert not species.ions[0].computed
    assert species.retention_min is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"ions": [{"mz": 1779.56, "charge": 0}]},
        {"ions": [{"mz": 0, "charge": -1}]},
        {"absorption_nm": [4.4]},
        {"quantum_yield_percent": 101},
        {"part": "product"},
        {"colour": "red"},
        {"region_nm": [550, 450]},
        {"region_mz": [3500, 3500]},
    ],
)
def test_figures_that_no_instrument_gives_are_refused(wrong):
    with pytest.raises(ValidationError):
        Expected.model_validate({"species": "Ag29", "part": "target", **wrong})
