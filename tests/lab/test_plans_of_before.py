"""Plan files that an earlier ncrobot made: read as they are, or refused for what they are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ncrobot.auditor import audit_plan
from ncrobot.errors import PlanError
from ncrobot.lab import schedule
from ncrobot.lab.planning import load_plan
from ncrobot.model import hash_of

# Made before plans and layouts had titrations, slow doses, air gaps, magnets that turn, gas steps.
BEFORE = Path(__file__).parents[1] / "data" / "plan_of_before.json.gz"
SHA256 = "b928ec4d0b1b58c6b04da412fc8364cc1483e0a81ac376c69a417d71747a4700"


@pytest.fixture
def text() -> str:
    return gzip.decompress(BEFORE.read_bytes()).decode("utf-8")


def refused(tmp_path: Path, data: object) -> str:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert "make it anew" in str(caught.value)
    return str(caught.value)


def test_a_plan_of_before_keeps_its_hash_and_can_be_scheduled(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    plan = load_plan(path)
    assert plan.sha256 == SHA256
    assert plan.sealed().sha256 == SHA256
    assert audit_plan(plan).agrees
    assert schedule(plan).plan_sha256 == SHA256


def test_written_again_it_is_the_same(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    again = load_plan(path).model_dump_json()
    assert json.loads(again) == json.loads(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: (
            data["deck"].pop("waste_capacity_tips", None) or data["deck"].pop("instruments")
        ),
        lambda data: data["deck"].update(of_old=1),
    ],
)
def test_one_that_is_read_otherwise_now_is_refused_as_another_versions(tmp_path, text, change):
    data = json.loads(text)
    change(data)
    data["sha256"] = hash_of({**data, "sha256": ""})
    says = refused(tmp_path, data)
    assert "another ncrobot made it" in says
    assert "changed after it was made" not in says


def test_one_that_was_changed_is_refused_as_changed(tmp_path, text):
    data = json.loads(text)
    data["title"] = "another"
    assert "changed after it was made" in refused(tmp_path, data)
    assert "it is no plan" in refused(tmp_path, {"ncrobot": "plan/1"})
    assert "it is no plan" in refused(tmp_path, ["not", "a", "plan"])
