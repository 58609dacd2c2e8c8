"""The notifications file: channels, routes and secrets, checked before the night."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from ncrobot.errors import LabError
from ncrobot.notices import NoticeKind, Urgency
from ncrobot.notifications import Notifications, load_notifications
from ncrobot.protocol._tree import read_tree
from notifications.notify_kit import a_draft, settings_of

GOOD = """\
ncrobot: notifications/1
zone: Europe/Zurich
repeat_after: 20 min
channels:
  screen:
    kind: webhook
    url: http://screen.lab/hook
    token_from: SCREEN_TOKEN
  mail:
    kind: email
    from: robot@lab.example
    to: anna@lab.example
    quiet: {from: "22:00", to: "07:00"}
  beep: {kind: command, argv: [/usr/bin/beep, "{text}"]}
routes:
  - to: screen
  - notices: [device_unhealthy, safe_state_unconfirmed]
    urgency: alarm
    to: [screen, mail]
    escalation:
      - {after: 5 min, to: beep}
urgency: {stock_expiring: alarm}
"""


def load(tmp_path, text, **environment):
    path = tmp_path / "notifications.yaml"
    path.write_text(text)
    return load_notifications(path, environment)


def test_a_whole_file_is_read(tmp_path):
    found = load(tmp_path, GOOD, SCREEN_TOKEN="t")
    assert found.channels["mail"].to == ("anna@lab.example",)
    assert found.routes[1].escalation[0].after_s == 300
    assert found.routes[1].escalation[0].to == ("beep",)
    assert found.urgency == {NoticeKind.STOCK_EXPIRING: Urgency.ALARM}
    assert found.repeat_after_s == 1200


@pytest.mark.parametrize(
    ("old", "new", "line", "quantity", "words"),
    [
        ("  - to: screen", "  - to: scren", 16, "routes.0.to", "did you mean 'screen'"),
        ("to: beep}", "to: bep}", 21, "routes.1.escalation.0.to", "did you mean 'beep'"),
        ("url: http://screen.lab/hook", "url: ftp://screen.lab", 7, "channels.screen.url", "http"),
        ("url: http://screen.lab/hook", "url: http://", 7, "channels.screen.url", "names a host"),
        ("url: http://screen.lab/hook", "url: https://me:pw@screen.lab", 7, "channels.screen.url", "token_from"),
        ("    url: http://screen.lab/hook\n", "", 5, "channels.screen", "url_from"),
        ("token_from: SCREEN_TOKEN", "token: secret", 8, "channels.screen.token", "token_from"),
        ("from: robot@lab.example", "from: robot", 11, "channels.mail.from", "me@lab.org"),
        ("to: anna@lab.example", "to: anna@lab.example\n    user: robot", 9, "channels.mail", "password_from"),
        ("to: anna@lab.example", "to: a@b\n    user: r\n    password_from: P", 9, "channels.mail.security", "starttls"),
        ('to: "07:00"', 'to: "22:00"', 13, "channels.mail.quiet", "another time"),
        ("after: 5 min", "after: 0 min", 21, "routes.1.escalation.0.after", "greater than 0"),
        ("notices: [device_unhealthy", "notices: [device_unhealty", 17, "routes.1.notices.0", "device_unhealthy"),
        ("notifications/1", "notification/1", 1, "ncrobot", "notifications/1"),
    ],
)  # fmt: skip
def test_each_mistake_names_line_and_field(tmp_path, old, new, line, quantity, words):
    assert old in GOOD
    with pytest.raises(LabError) as caught:
        load(tmp_path, GOOD.replace(old, new), SCREEN_TOKEN="t")
    (found,) = caught.value.diagnostics
    assert (found.line, found.quantity) == (line, quantity)
    assert words in str(found)


def test_a_secret_that_is_not_set_is_told_at_its_line(tmp_path):
    with pytest.raises(LabError) as caught:
        load(tmp_path, GOOD)
    (found,) = caught.value.diagnostics
    assert found.code == "secret-missing"
    assert found.line == 8
    assert "SCREEN_TOKEN" in found.message


def test_an_address_out_of_the_environment_is_checked_too(tmp_path):
    text = GOOD.replace("url: http://screen.lab/hook", "url_from: HOOK")
    with pytest.raises(LabError, match="what HOOK holds") as caught:
        load(tmp_path, text, SCREEN_TOKEN="t", HOOK="file:///etc/passwd")
    assert "passwd" not in str(caught.value)
    load(tmp_path, text, SCREEN_TOKEN="t", HOOK="https://hooks.example/secret")


def test_a_route_covers_its_kinds_from_its_urgency_on():
    routes = settings_of("""
channels: {a: {kind: command, argv: [x]}}
routes:
  - {to: a, urgency: warning}
  - {to: a, notices: [run_ended]}
""").routes
    for urgency in Urgency:
        assert routes[0].covers(a_draft(urgency=urgency)) == (urgency is not Urgency.NEWS)
        assert not routes[1].covers(a_draft(urgency=urgency))


def test_the_schema_for_editors_accepts_what_is_read_and_refuses_what_isn_t():
    schema = Draft202012Validator(Notifications.model_json_schema())
    good = read_tree(GOOD).data
    schema.validate(good)
    for wrong in (
        {**good, "repeat_after": 20},
        {**good, "zone": 3},
        {**good, "routes": []},
        {**good, "channels": {"a": {"kind": "pigeon"}}},
        {**good, "chanels": {}},
    ):
        assert not schema.is_valid(wrong)
