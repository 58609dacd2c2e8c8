"""Choices of the table: each well gets what its words say, and the auditor sees any other."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler_kit import changed, plan_for
from ncrobot.auditor import audit_plan
from ncrobot.plan import Plan, Transfer

THIOLS = ("thiol", "other", "none")
STORED = ("kept", "fresh")
DOCUMENT = changed(
    materials__other={"name": "3-mercaptopropionic acid", "role": "ligand", "formula": "C3H6O2S"},
    stocks__other={"of": "other", "concentration": "40 mM", "solvent": "water"},
    parameters__wait=None,
    choices={
        "ligand_kind": {"of": list(THIOLS), "default": "thiol"},
        "stored": {"of": list(STORED), "default": "fresh"},
    },
    steps=[
        {"do": "add", "id": "fill", "stock": "water", "make_up": True},
        {"do": "add", "id": "metal", "stock": "gold", "amount": "1 umol"},
        {"do": "add", "id": "one", "stock": "thiol", "equivalents": "$ligand", "only": {"ligand_kind": "thiol"}},
        {"do": "add", "id": "two", "stock": "other", "equivalents": "$ligand", "only": {"ligand_kind": "other"}},
        {"do": "hold", "id": "storage", "for": "2 h", "tolerance": "20 min", "only": {"stored": "kept"}},
        {"do": "mix", "volume": "100 uL", "repetitions": 2, "only": {"ligand_kind": ["thiol", "other"]}},
        {"do": "reduce", "id": "reduction", "stock": "hydride", "electrons_per_metal": "$electrons",
         "portions": "$portions", "interval": "30 min", "tolerance": "30 s"},
        {"do": "sample", "volume": "20 uL", "only": {"stored": "kept", "ligand_kind": ["thiol", "other"]}},
    ],
)  # fmt: skip

Row = tuple[str, str, int]
ROWS = st.lists(
    st.tuples(st.sampled_from(THIOLS), st.sampled_from(STORED), st.integers(1, 3)),
    min_size=1,
    max_size=12,
)


def _plan(rows: Sequence[Row]) -> Plan:
    lines = ["name,ligand_kind,stored,portions"]
    lines += [f"r{n},{kind},{stored},{portions}" for n, (kind, stored, portions) in enumerate(rows)]
    return plan_for(DOCUMENT, "\n".join([*lines, ""]))


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_each_well_gets_what_its_words_say(rows):
    plan = _plan(rows)
    assert not audit_plan(plan).differences
    for well, (kind, stored, _) in zip(plan.wells, rows, strict=True):
        brought = {name for name in ("thiol", "other") if well.asked_umol.get(name, 0.0) > 0}
        assert brought == ({kind} & {"thiol", "other"})
        assert well.choices == {"ligand_kind": kind, "stored": stored}
        address = f"{plan.vessel_labware}/{well.well}"
        taken = [
            operation
            for operation in plan.operations
            if isinstance(operation, Transfer)
            and operation.purpose == "sample"
            and any(leg.source == address for leg in operation.legs)
        ]
        assert len(taken) == (stored == "kept" and kind != "none")


@settings(max_examples=15, deadline=None)
@given(ROWS, st.data())
def test_the_auditor_sees_another_word(rows, data):
    """With one row's thiol changed in the text that is audited, its plan is wrong."""
    plan = _plan(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    kind, stored, portions = rows[place]
    other = data.draw(st.sampled_from([word for word in THIOLS if word != kind]))
    changed = _plan([*rows[:place], (other, stored, portions), *rows[place + 1 :]])
    swapped = plan.model_copy(update={"texts": changed.texts})
    assert audit_plan(swapped.sealed()).differences
