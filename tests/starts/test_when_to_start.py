"""Times as people say them, in zones whose clocks skip and repeat hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.errors import LabError
from ncrobot.starts import local_zone, parse_when
from starts.starts_kit import NOW, ZURICH

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
zones = st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata"]).map(ZoneInfo)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("22:00", "2026-08-03T20:00"),
        ("20:01", "2026-08-03T18:01"),
        ("20:00", "2026-08-04T18:00"),  # just past: tomorrow
        ("06:30", "2026-08-04T04:30"),
        ("2026-08-05 22:00", "2026-08-05T20:00"),
        ("2026-08-05T22:00", "2026-08-05T20:00"),
        ("2026-08-05T22:00-04:00", "2026-08-06T02:00"),
        (" 2026-08-05T22:00Z ", "2026-08-05T22:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30"),
    ],
)
def test_a_time_means_one_moment(text, told):
    assert parse_when(text, NOW, ZURICH) == datetime.fromisoformat(told).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tonight", "no time that is understood"),
        ("25:00", "no time that is understood"),
        ("2026-13-01 10:00", "no time that is understood"),
        ("2026-08-05", "no time that is understood"),
        ("2026-08-05 22:00:00", "no time that is understood"),
        ("2026-08-03 19:59", "it is past; now it is 2026-08-03 20:00"),
        ("2027-03-28 02:30", "skip it on 2027-03-28"),
        ("2026-10-25 02:30", "write 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
    ],
)
def test_what_is_no_moment_to_come_is_refused(text, words):
    with pytest.raises(LabError) as caught:
        parse_when(text, NOW, ZURICH)
    assert words in str(caught.value)


@given(moments, st.times(), zones)
def test_a_time_of_day_is_the_next_one(now, clock, zone):
    try:
        found = parse_when(f"{clock:%H:%M}", now, zone)
    except LabError as error:
        assert "skip" in str(error) or "twice" in str(error)
        return
    assert now < found <= now + timedelta(hours=25)
    assert f"{found.astimezone(zone):%H:%M}" == f"{clock:%H:%M}"


@given(moments, moments, zones)
def test_a_written_moment_is_read_back(now, moment, zone):
    text = f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
    try:
        assert parse_when(text, now, zone) == moment
    except LabError as error:
        assert moment <= now or "twice" in str(error)


def test_the_machine_has_a_zone():
    assert isinstance(local_zone(), ZoneInfo)
