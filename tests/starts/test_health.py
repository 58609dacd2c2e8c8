"""Watches tell what became worse, once it did, and when it is well again."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab import compile_files, schedule
from ncrobot.notices import NoticeKind, Story, Urgency
from ncrobot.starts import DeviceWatch, DiskWatch, Expiry, StockWatch, expiries_of
from starts.starts_kit import NOW, Hands, Told

ROOT = Path(__file__).resolve().parents[2]


def test_a_device_is_told_while_it_is_ill_and_its_story_ends():
    told, found = Told(), {"shaker": None, "pump": "no answer"}
    watch = DeviceWatch(lambda: found, told)
    watch.look()
    (draft,) = told.drafts
    assert (draft.kind, draft.about) == (NoticeKind.DEVICE_UNHEALTHY, "pump")
    assert "no answer" in draft.text
    # The shaker may have been ill when the service was last there.
    assert told.all == [Story(kind=NoticeKind.DEVICE_UNHEALTHY, about="shaker"), draft]
    found["pump"] = None
    watch.look()
    watch.look()
    assert told.all[2:] == [Story(kind=NoticeKind.DEVICE_UNHEALTHY, about="pump")]
    assert draft.story == told.all[2]


def test_devices_that_a_run_holds_are_left_alone_and_other_errors_are_not_hidden():
    told, codes = Told(), iter(["workcell-busy", "no-driver"])

    def check():
        raise LabError(Diagnostic(code=next(codes), message="x"))

    watch = DeviceWatch(check, told)
    watch.look()
    with pytest.raises(LabError):
        watch.look()
    assert told.all == []


def lot(expires_min, needed_min, made_min=-60):
    times = {"made": made_min, "expires": expires_min, "needed": needed_min}
    return Expiry(
        stock="hydride", lot=2, run="r1",
        **{name: (NOW + timedelta(minutes=m)).isoformat() for name, m in times.items()},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "urgency"),
    [
        (lot(31, 60), None),  # not yet
        (lot(30, 20), Urgency.NEWS),
        (lot(30, 60), Urgency.WARNING),
        (lot(-1, 60), Urgency.ALARM),
        (lot(-1, -1), None),  # nobody needs it
        (lot(10, 60, made_min=5), None),  # nobody has made it
    ],
)
def test_a_stock_is_told_by_how_much_it_matters(found, urgency):
    told = Told()
    StockWatch(lambda: [found], told, Hands(), ahead_s=1800).look()
    assert [draft.urgency for draft in told.drafts] == ([] if urgency is None else [urgency])
    if urgency is not None:
        assert told.drafts[0].about == "hydride lot 2"
        assert told.drafts[0].run == "r1"


@functools.cache
def plate():
    plan = compile_files(
        ROOT / "protocols" / "au25_pmba_portions.yaml",
        ROOT / "protocols" / "au25_pmba_portions.csv",
        ROOT / "deck_layouts" / "starlet_96.yaml",
    )
    return plan, schedule(plan)


@given(st.floats(0, 7200))
def test_the_lots_of_a_schedule_last_as_long_as_they_are_needed_and_lateness_shows(late_s):
    plan, times = plate()
    lots = expiries_of(plan, times, NOW, run="r1")
    late = expiries_of(plan, times, NOW, run="r1", late_s=late_s)
    lives = {use.stock: use.life_s for use in plan.stocks}
    assert {(lot.stock, lot.lot) for lot in lots} == {
        (lot.stock, lot.lot) for lot in times.lots if lives[lot.stock] is not None
    }
    assert lots
    for one, other in zip(lots, late, strict=True):
        assert one.needed <= one.expires
        assert (other.made, other.expires) == (one.made, one.expires)
        assert other.needed >= one.needed


def test_a_low_disk_is_told_and_its_story_ends(tmp_path):
    told, free = Told(), [5e9, 5e8, 5e8, 5e9, 5e9]
    watch = DiskWatch(tmp_path, told, limit_bytes=10**9, free_bytes=lambda _: int(free.pop(0)))
    for _ in range(5):
        watch.look()
    kinds = [type(item).__name__ for item in told.all]
    assert kinds == ["Story", "Draft", "Draft", "Story"]
    assert "500 MB left" in told.drafts[0].text
    assert told.drafts[0].story == told.all[0] == told.all[3]


def test_the_real_disk_can_be_looked_at(tmp_path):
    told = Told()
    DiskWatch(tmp_path, told, limit_bytes=2**62).look()
    assert told.drafts[0].kind is NoticeKind.DISK_LOW
