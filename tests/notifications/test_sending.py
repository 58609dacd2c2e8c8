"""One attempt on each kind of channel, against real servers and programs."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import stat
import sys
import time

import pytest

from docs.docs_kit import ROOT, blocks
from ncrobot.notices import Notice
from ncrobot.notifications.channels import Command, Email, Webhook
from ncrobot.notifications.sending import DeliveryError, make_sender, payload
from notifications.notify_kit import NOW, a_draft, http_sink, smtp_sink

NOTICE = Notice(id="n1", wall=NOW.isoformat(), **a_draft("Well A1:\n25 °C", run="r1").model_dump())


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def post(url, environment=None, **more):
    channel = Webhook(kind="webhook", url=url, timeout="0.5 s", **more)
    return make_sender(channel, environment or {})(NOTICE, 1)


def test_a_webhook_gets_the_whole_notice_as_json():
    with http_sink(200) as sink:
        assert post(sink.url, {"T": "s3cret"}, token_from="T") == "HTTP 200"
    (body,) = sink.bodies
    assert body == {"ncrobot": "notice/1", "step": 1, **NOTICE.model_dump(mode="json")}
    assert sink.headers[0]["Authorization"] == "Bearer s3cret"
    assert sink.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("code", "final"), [(500, False), (503, False), (429, False), (408, False), (404, True), (401, True), (302, True)]
)  # fmt: skip
def test_a_refusing_server_is_asked_again_only_if_that_may_help(code, final):
    with http_sink(code, Location="http://elsewhere.invalid/") as sink:
        with pytest.raises(DeliveryError, match=f"HTTP {code}") as caught:
            post(sink.url)
        assert len(sink.bodies) == 1
    assert caught.value.final is final


def test_a_server_that_names_a_wait_is_heard():
    with http_sink(503, Retry_After="120") as sink, pytest.raises(DeliveryError) as caught:
        post(sink.url)
    assert caught.value.wait_s == 120


def test_a_silent_server_is_given_up_after_the_time_out():
    with http_sink(None) as sink, pytest.raises(DeliveryError, match="timed out") as caught:
        post(sink.url)
    assert not caught.value.final


def test_nobody_there_is_told_without_the_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeliveryError, match="refused") as caught:
        make_sender(
            Webhook(kind="webhook", url_from="HOOK"), {"HOOK": f"http://127.0.0.1:{port}/s3cret"}
        )(NOTICE, 0)
    assert "s3cret" not in str(caught.value)


def test_garbage_instead_of_http_is_a_failure():
    with smtp_sink() as sink, pytest.raises(DeliveryError):
        post(f"http://127.0.0.1:{sink.port}")


def test_a_secret_that_vanished_is_final():
    with pytest.raises(DeliveryError, match="GONE") as caught:
        make_sender(Webhook(kind="webhook", url_from="GONE"), {})(NOTICE, 0)
    assert caught.value.final


def mail(port, environment=None, **more):
    channel = Email(
        **{"kind": "email", "relay": "127.0.0.1", "port": port, "from": "robot@lab.example",
           "to": ["anna@lab.example", "bert@lab.example"], "timeout": "0.5 s", **more}
    )  # fmt: skip
    return make_sender(channel, environment or {})(NOTICE, 1)


def test_a_mail_tells_everything_and_keeps_its_header_to_one_line():
    with smtp_sink() as sink:
        assert mail(sink.port) == ""
    message = email.message_from_bytes(sink.messages[0], policy=email.policy.default)
    assert message["Subject"] == "[ncrobot alarm] Well A1: 25 °C"
    assert message["To"] == "anna@lab.example, bert@lab.example"
    assert message["Message-ID"] == "<n1.1@ncrobot.invalid>"
    text = message.get_content()
    for part in ("25 °C", "run: r1", "nobody has acknowledged", "notice: n1"):
        assert part in text


@pytest.mark.parametrize(
    ("replies", "final"),
    [
        ({"MAIL": "451 later"}, False),
        ({"MAIL": "550 never"}, True),
        ({"RCPT": "450 later"}, False),
        ({"RCPT": "550 nobody"}, True),
        ({"DATA": "552 too much"}, True),
        ({"CONNECT": "421 busy"}, False),
        ({"DATA": "hang up"}, False),
    ],
)
def test_a_refusing_relay_is_asked_again_only_if_that_may_help(replies, final):
    with smtp_sink(**replies) as sink, pytest.raises(DeliveryError) as caught:
        mail(sink.port)
    assert caught.value.final is final
    assert sink.messages == []


def test_one_refused_recipient_is_noted_and_the_other_gets_the_mail():
    with smtp_sink(**{"RCPT TO:<BERT@LAB.EXAMPLE>": "550 nobody"}) as sink:
        assert mail(sink.port) == "refused for bert@lab.example"
    assert len(sink.messages) == 1


def test_a_relay_that_hangs_up_on_the_good_bye_has_the_mail():
    with smtp_sink(QUIT="hang up") as sink:
        assert mail(sink.port) == ""
    assert len(sink.messages) == 1


def test_a_relay_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(DeliveryError):
        mail(server.getsockname()[1])


def test_a_relay_without_encryption_gets_no_password():
    with smtp_sink() as sink, pytest.raises(DeliveryError):
        mail(sink.port, {"P": "s3cret"}, user="robot", password_from="P", security="starttls")
    assert not any("AUTH" in line for line in sink.said)


def run(argv, timeout="5 s"):
    channel = Command(kind="command", argv=argv, timeout=timeout)
    return make_sender(channel, {})(NOTICE, 0)


def test_a_program_gets_the_notice_on_its_input_and_words_as_arguments_without_a_shell(tmp_path):
    out = tmp_path / "out"
    code = "import sys; open(sys.argv[1], 'w').write(repr(sys.argv[2:]) + sys.stdin.read())"
    run([sys.executable, "-c", code, str(out), "{text}", "{kind}", "$HOME; {text}"])
    arguments, _, rest = out.read_text().partition("]")
    assert arguments == repr([NOTICE.text, "device_unhealthy", "$HOME; {text}"])[:-1]
    assert json.loads(rest)["id"] == "n1"


def test_a_program_that_fails_is_told_with_its_last_words():
    with pytest.raises(DeliveryError, match="exit code 3: no horn") as caught:
        run([sys.executable, "-c", "import sys; print('no horn', file=sys.stderr); sys.exit(3)"])
    assert not caught.value.final


def test_a_program_that_is_not_there_is_final():
    with pytest.raises(DeliveryError, match="can't be started") as caught:
        run(["/nowhere/beep"])
    assert caught.value.final


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path):
    script, alive = tmp_path / "hang.sh", tmp_path / "alive"
    script.write_text(
        f'#!/bin/sh\n(while true; do echo . >> "{alive}"; sleep 0.05; done) &\nwait\n'
    )
    alive.touch()
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(DeliveryError, match=r"no end within 0.3 s"):
        run([str(script)], timeout="0.3 s")
    size = alive.stat().st_size
    time.sleep(0.2)
    assert alive.stat().st_size == size


def test_a_child_that_outlives_its_program_keeps_nobody_waiting(tmp_path):
    late = tmp_path / "late"
    run(["/bin/sh", "-c", f'(sleep 5; test -d "{tmp_path}" && touch "{late}") & exit 0'])
    assert not late.exists()


def test_the_documentation_shows_what_arrives():
    (block,) = blocks(ROOT / "docs" / "notifications.md", "json")
    shown = json.loads(block.text)
    assert list(shown) == list(payload(NOTICE, 0))
    fields = {name: shown[name] for name in Notice.model_fields}
    assert payload(Notice(**fields), 0) == shown
