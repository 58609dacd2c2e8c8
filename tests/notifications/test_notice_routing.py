"""When a notice goes where: escalations, and quiet hours that alarms don't know."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ncrobot.notices import Urgency
from ncrobot.notifications.channels import QuietHours
from ncrobot.notifications.routing import after_quiet, deliveries_of
from notifications.notify_kit import NOW, a_draft, settings_of

ZURICH = ZoneInfo("Europe/Zurich")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def is_quiet(quiet: QuietHours, at: datetime) -> bool:
    clock = at.astimezone(ZURICH).time()
    if quiet.from_ < quiet.to:
        return quiet.from_ <= clock < quiet.to
    return not quiet.to <= clock < quiet.from_


@given(moments, clocks, clocks)
def test_what_is_postponed_is_postponed_to_the_first_loud_moment(at, begin, end):
    assume(begin != end)
    quiet = QuietHours(from_=begin, to=end)
    told = after_quiet(quiet, at, ZURICH)
    assert told >= at
    if not is_quiet(quiet, at):
        assert told == at
        return
    assert told - at <= timedelta(hours=25)  # one day has 25 hours
    assert told.astimezone(ZURICH).time() >= end or told == at
    if told - at > timedelta(minutes=1) and told.astimezone(ZURICH).utcoffset() == at.astimezone(ZURICH).utcoffset():  # fmt: skip
        assert is_quiet(quiet, told - timedelta(minutes=1))
        assert not is_quiet(quiet, told)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-08-03T21:59", "2026-08-03T21:59"),
        ("2026-08-03T22:00", "2026-08-04T07:00"),
        ("2026-08-04T03:00", "2026-08-04T07:00"),
        ("2026-08-04T07:00", "2026-08-04T07:00"),
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # the night in which summer time ends
    ],
)
def test_a_quiet_night_ends_in_the_morning(at, told):
    quiet = QuietHours(from_=time(22), to=time(7))
    moment = datetime.fromisoformat(at).replace(tzinfo=ZURICH)
    assert after_quiet(quiet, moment, ZURICH) == datetime.fromisoformat(told).replace(tzinfo=ZURICH)


SETTINGS = settings_of("""
zone: Europe/Zurich
channels:
  loud: {kind: command, argv: [x]}
  quiet: {kind: command, argv: [x], quiet: {from: "22:00", to: "07:00"}}
routes:
  - to: [loud, quiet]
    escalation: [{after: 10 min, to: quiet}, {after: 20 min, to: loud}]
  - {to: loud}
""")


@given(moments, st.sampled_from(Urgency))
def test_alarms_are_never_postponed_and_nothing_is_dropped(at, urgency):
    dues = deliveries_of(SETTINGS, a_draft(urgency=urgency), at)
    assert all(due.at >= at for due in dues)
    assert len({(due.channel, due.at) for due in dues}) == len(dues)
    minutes = {(due.channel, (due.at - at) / timedelta(minutes=1)) for due in dues}
    if urgency is Urgency.ALARM:
        assert minutes == {("loud", 0), ("quiet", 0), ("quiet", 10), ("loud", 20)}
    else:
        quiet = SETTINGS.channels["quiet"].quiet
        assert minutes >= {("loud", 0), ("loud", 20)}
        told = [due.at for due in dues if due.channel == "quiet"]
        assert told
        assert not any(is_quiet(quiet, moment) for moment in told)


def test_at_night_news_wait_and_alarms_don_t():
    night = datetime(2026, 8, 3, 23, tzinfo=ZURICH).astimezone(UTC)
    news = deliveries_of(SETTINGS, a_draft(urgency=Urgency.NEWS), night)
    assert [(d.channel, d.at.astimezone(ZURICH).hour) for d in news][-1] == ("quiet", 7)


def test_a_notice_without_a_route_goes_nowhere():
    settings = settings_of(
        "channels: {a: {kind: command, argv: [x]}}\nroutes: [{to: a, notices: [run_ended]}]"
    )
    assert deliveries_of(settings, a_draft(), NOW) == ()
