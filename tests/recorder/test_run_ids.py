"""Ids of runs are plain names: files are named after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.lab.refusals import check_run_id


@pytest.mark.parametrize(
    "run",
    ["", ".", "..", "../x", "a/b", "a\\b", "a b", "-x", "x\n", "x\0", "ü", "x" * 81, "/etc/x"],
)
def test_what_is_no_plain_name_is_refused(run):
    with pytest.raises(LabError, match="can't be the id of a run"):
        check_run_id(run)


@given(st.text())
def test_an_id_never_leads_to_another_folder(tmp_path_factory, run):
    folder = tmp_path_factory.getbasetemp()
    try:
        check_run_id(run)
    except LabError:
        return
    assert (folder / f"{run}.html").resolve().parent == folder.resolve()


@pytest.mark.parametrize("run", ["night-1", "20261121-155121-2325", "A.b_c", "7"])
def test_plain_names_pass(run):
    check_run_id(run)
