"""Short forms of ligands in formulas: the auditor's own list says what the chemistry room's says."""

from __future__ import annotations

import pytest

from ncrobot.auditor.strengths import atoms_of
from ncrobot.chemistry import element_counts
from ncrobot.chemistry.fragments import LIGAND_FRAGMENTS


@pytest.mark.parametrize("name", sorted(LIGAND_FRAGMENTS))
def test_both_read_a_formula_alike(name):
    formula = f"Au25({name})18"
    assert atoms_of(formula) == element_counts(formula)
    assert atoms_of(f"{name}[Ag44(C6H4FS)30]") == element_counts(f"{name}[Ag44(C6H4FS)30]")
