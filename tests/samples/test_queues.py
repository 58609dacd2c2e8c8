"""Queues: what comes first, what would be too old, and what becomes of jobs."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.samples import (
    NEXT,
    Batches,
    BatchState,
    JobState,
    Submitter,
    compose,
    every_nth,
    forecast,
)
from samples import samples_kit as kit

BLANKS = {"blank_every": 5, "controls": {"blank": {"position": "RA12", "name": "solvent"}}}
REFERENCES = {
    "blank_every": 4,
    "reference_first_and_last": True,
    "wash_after": ["dirty"],
    "controls": {
        "blank": {"position": "BA1", "name": "solvent"},
        "reference": {"position": "BA2", "name": "mixture of known clusters"},
        "wash": {"position": "BA3", "name": "wash"},
    },
}


@settings(max_examples=40)
@given(
    lives=st.lists(st.one_of(st.none(), st.floats(600.0, 200_000.0)), min_size=1, max_size=40),
    priorities=st.lists(st.integers(0, 3), min_size=40, max_size=40),
)
def test_batches_hold_what_they_should(tmp_path_factory, lives, priorities):
    told = kit.settings(tmp_path_factory.mktemp("lab"), batch=REFERENCES)
    jobs = [
        kit.job(
            kit.sample(
                kit.WELLS[n],
                life_s=life,
                priority=priorities[n],
                step="dirty" if n % 3 == 0 else "clean",
            )
        )
        for n, life in enumerate(lives)
    ]
    made = compose(jobs, told, kit.START, most=30)
    begins = [slot.begins for slot in made.slots]
    assert begins == sorted(begins)
    assert all(b - a == timedelta(minutes=40) for a, b in pairwise(begins))
    for slot in made.slots:
        if slot.job is not None and slot.job.due is not None:
            assert slot.begins <= slot.job.due
    assert len(made.jobs) <= 30
    assert not {j.id for j in made.jobs} & {j.id for j in made.too_late}
    if not made.jobs:
        assert made.slots == ()
        return
    kinds = [slot.kind for slot in made.slots]
    assert kinds[0] == kinds[-1] == "reference"
    assert kinds[1] == "blank"
    since = 0
    for n, kind in enumerate(kinds):
        since = 0 if kind == "blank" else since + (kind == "sample")
        assert since <= 4
        if kind == "sample" and made.slots[n].job.step == "dirty-1":
            assert kinds[n + 1] == "wash"
    order = [job.priority for job in made.jobs]
    assert order == sorted(order, reverse=True)


def test_the_sample_that_is_too_old_first_comes_first(tmp_path):
    told = kit.settings(tmp_path)
    jobs = [
        kit.job(kit.sample(w, life_s=life))
        for w, life in (("A1", 90_000.0), ("B1", 9_000.0), ("C1", None))
    ]
    assert [job.well for job in compose(jobs, told, kit.START).jobs] == ["B1", "A1", "C1"]


def test_samples_that_are_not_there_yet_are_left_out(tmp_path):
    told = kit.settings(tmp_path, carry="30 min")
    late = kit.job(kit.sample("A1", taken=kit.START + timedelta(hours=5)))
    now = kit.job(kit.sample("B1", taken=kit.START - timedelta(minutes=30)))
    assert [job.well for job in compose([late, now], told, kit.START).jobs] == ["B1"]
    told_all = forecast("hplc", told, [late, now], kit.START)
    assert told_all.too_late == ()
    assert told_all.ends == (kit.START + timedelta(hours=6, minutes=10)).isoformat()


def test_the_forecast_of_a_full_course(tmp_path):
    """96 wells, six times, 32 minutes each: the figures of the issue."""
    told = kit.settings(tmp_path, run="32 min", batch={"most": 96})
    jobs = [
        kit.job(kit.sample(well, number, life_s=48 * 3600.0, step="hplc"))
        for number in range(1, 7)
        for well in kit.WELLS
    ]
    found = forecast("hplc", told, jobs, kit.START)
    assert found.samples == 576
    assert found.needed_s / 3600 == pytest.approx(307.2)
    assert len(found.too_late) == 576 - 91  # 91 begin within 48 h, the first one at once
    assert found.take_every is not None
    some = every_nth(jobs, found.take_every)
    assert forecast("hplc", told, some, kit.START).too_late == ()
    fewer = every_nth(jobs, found.take_every - 1)
    assert forecast("hplc", told, fewer, kit.START).too_late != ()
    assert "576 samples need 307 h" in found.told()
    assert {job.step for job in some} == {job.step for job in jobs}


def test_a_forecast_says_if_no_share_is_in_time(tmp_path):
    told = kit.settings(tmp_path, run="40 min")
    old = [
        kit.job(kit.sample(w, life_s=60.0, taken=kit.START - timedelta(hours=1)))
        for w in kit.WELLS[:4]
    ]
    found = forecast("hplc", told, old, kit.START)
    assert found.take_every is None
    assert "No share" in found.told()
    assert forecast("hplc", told, [], kit.START).samples == 0


def submitted(folder, clock, jobs, **given):
    told = kit.settings(folder, **given)
    record = kit.record(folder, clock)
    record.queue(jobs, "a test")
    return record, told, Submitter(record, "hplc", told)


def test_a_submission_drops_one_worklist_with_everything(tmp_path):
    clock = kit.Clock()
    jobs = [kit.job(kit.sample(well)) for well in kit.WELLS[:12]]
    record, _, submitter = submitted(tmp_path, clock, jobs, batch=BLANKS)
    sent = submitter.submit("a test")
    (batch,) = sent.batches
    assert batch.state is BatchState.DROPPED
    assert [path.name for path in (tmp_path / "drop").iterdir()] == [batch.path.rpartition("/")[2]]
    assert len(batch.jobs) == 12 + 3
    there = record.jobs(batch=batch.id)
    assert {job.state for job in there} == {JobState.SUBMITTED}
    assert [job.line for job in there] == list(range(1, 16))
    assert submitter.submit("a test").batches == ()
    assert [fact.state for fact in record.facts(jobs[0].id)] == ["queued", "submitted"]


def test_what_is_too_old_expires_and_is_not_sent(tmp_path):
    clock = kit.Clock()
    jobs = [kit.job(kit.sample("A1", life_s=3600.0)), kit.job(kit.sample("B1"))]
    record, _, submitter = submitted(tmp_path, clock, jobs)
    clock.passes(hours=2)
    sent = submitter.submit("a test")
    assert [job.well for job in sent.expired] == ["A1"]
    assert record.job(jobs[0].id).state is JobState.EXPIRED
    assert record.job(jobs[1].id).state is JobState.SUBMITTED
    with pytest.raises(LabError, match="can't be tried again"):
        record.retry(jobs[1].id, "somebody")
    record.move(jobs[1].id, JobState.FAILED, by="somebody", reason="the needle bent")
    again = record.retry(jobs[1].id, "somebody")
    assert (again.attempt, again.state, again.batch) == (2, JobState.QUEUED, None)
    assert again.id != jobs[1].id


def test_simulated_samples_never_go_to_a_real_instrument(tmp_path):
    jobs = [kit.job(kit.sample("A1", simulated=True)), kit.job(kit.sample("B1"))]
    record, told, submitter = submitted(tmp_path, kit.Clock(), jobs)
    sent = submitter.submit("a test")
    assert sent.batches[0].jobs == (jobs[1].id,)
    other = Submitter(record, "hplc", told, simulated=True).submit("a test")
    assert other.batches[0].jobs == (jobs[0].id,)


def test_a_batch_can_be_withdrawn_until_it_is_taken(tmp_path):
    jobs = [kit.job(kit.sample(well)) for well in kit.WELLS[:6]]
    record, _, submitter = submitted(tmp_path, kit.Clock(), jobs, batch=BLANKS)
    (batch,) = submitter.submit("a test").batches
    batches = Batches(record)
    assert batches.withdraw(batch, "somebody", "wrong method").state is BatchState.WITHDRAWN
    assert list((tmp_path / "drop").iterdir()) == []
    assert {record.job(job.id).state for job in jobs} == {JobState.QUEUED}
    (again,) = submitter.submit("a test").batches
    (tmp_path / "drop" / again.path.rpartition("/")[2]).unlink()
    with pytest.raises(LabError, match="was taken"):
        batches.withdraw(again, "somebody", "too late")


def test_jobs_go_only_where_they_may(tmp_path):
    record = kit.record(tmp_path)
    record.queue([kit.job(kit.sample("A1"))], "a test")
    name = kit.job(kit.sample("A1")).id
    for state in JobState:
        before = record.job(name).state
        moved = record.move(name, state, by="a test")
        assert (moved is not None) == (state in NEXT[before])
    assert record.queue([kit.job(kit.sample("A1"))], "a test") == ()  # known already
    with pytest.raises(LabError, match="no job"):
        record.move("0000000000A", JobState.FAILED, by="a test")


def test_samples_are_kept_once_and_brought_up_to_date(tmp_path):
    record = kit.record(tmp_path)
    one = kit.sample("A1")
    assert record.keep([one]) == 1
    assert record.keep([one.model_copy(update={"well_status": "flagged"})]) == 0
    assert record.sample(one.id).well_status == "flagged"
    assert record.samples("r1") == (record.sample(one.id),)
    assert record.samples("r2") == ()
    with pytest.raises(LabError, match="no sample"):
        record.sample("0000000000A")


def test_folders_that_cannot_be_written_leave_the_queue_as_it_was(tmp_path):
    jobs = [kit.job(kit.sample("A1"))]
    _, told, submitter = submitted(tmp_path, kit.Clock(), jobs)
    (tmp_path / "drop").rmdir()
    (tmp_path / "drop").write_text("a file, no folder")
    with pytest.raises(LabError, match="can't be dropped"):
        submitter.submit("a test")
    (tmp_path / "drop").unlink()
    (batch,) = submitter.submit("a test").batches
    assert batch.state is BatchState.DROPPED
    assert len(list((tmp_path / "drop").iterdir())) == 1
    assert isinstance(datetime.fromisoformat(batch.made), datetime)
    assert told.worklist is not None


def reader(folder, **given):
    told = kit.settings(
        folder, serves="uvvis", run="10 min", setup="2 min", results={"kind": "spectra", "per": "plate"}, **given
    )  # fmt: skip
    return told.model_copy(update={"worklist": None, "positions": None})


def spread(wells, minutes_apart, life_s=None):
    """Jobs of one plate whose samples are taken one after the other."""
    taken = [kit.START + timedelta(minutes=minutes_apart * n) for n in range(len(wells))]
    return [
        kit.job(kit.sample(well, serves="uvvis", taken=at, life_s=life_s), "reader")
        for well, at in zip(wells, taken, strict=True)
    ]


def test_a_plate_waits_for_its_last_sample(tmp_path):
    jobs = spread(kit.WELLS[:8], 3)
    told = reader(tmp_path)
    assert compose(jobs, told, kit.START + timedelta(minutes=10)).slots == ()
    whole = compose(jobs, told, kit.START + timedelta(minutes=30))
    assert len(whole.jobs) == 8
    found = forecast("reader", told, jobs, kit.START)
    assert found.too_late == ()
    assert found.needed_s == (21 + 2 + 10) * 60


def test_a_plate_does_not_wait_for_what_would_cost_a_sample(tmp_path):
    jobs = spread(kit.WELLS[:8], 30, life_s=3600.0)
    told = reader(tmp_path)
    first = compose(jobs, told, kit.START + timedelta(minutes=40))
    assert [job.well for job in first.jobs] == ["A1", "B1"]
    assert forecast("reader", told, jobs, kit.START).too_late == ()
