"""Who may do what over the network, and what nobody may."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.control_kit import Client
from ncrobot.control import Role, Taken, Tokens, inside, loopback_only, make_app, with_tokens
from ncrobot.control.documents import Page, Status
from ncrobot.errors import LabError, ProtocolError
from ncrobot.protocol import read_protocol
from ncrobot.settings import read_settings

NOW = datetime(2026, 8, 3, 21, 4, tzinfo=UTC)
ORDERS = "/runs/night-1/orders"


class FakeDesk:
    """A run that takes every order."""

    def __init__(self):
        self.orders = []

    async def status(self):
        return Status(
            run="night-1",
            status="running",
            simulated=True,
            time_s=1.0,
            wall=NOW.isoformat(),
            seq=3,
            operations_done=0,
            operations=9,
        )

    async def events(self, after, *, wait_s, most):  # noqa: ARG002 - as the desk has it
        return Page(events=(), is_over=True)

    async def order(self, order, by):
        self.orders.append((order.kind, by))
        return Taken(run="night-1", accepted=True, message="so be it", status="pausing", seq=3)


class OneRun:
    def __init__(self):
        self.only = FakeDesk()

    def runs(self):
        return ["night-1"]

    def desk(self, run):
        if run != "night-1":
            raise LabError(f"no run {run}")
        return self.only


@pytest.fixture
def tokens(tmp_path):
    return Tokens(tmp_path / "tokens.json")


@pytest.fixture
def desks():
    return OneRun()


@pytest.fixture
def trail():
    return []


@pytest.fixture
def served(tokens, desks, trail, tmp_path):
    app = make_app(
        desks,
        with_tokens(tokens),
        trail=trail.append,
        folder=tmp_path,
        audit=lambda limit: trail[:limit],
        now=lambda: NOW,
    )
    return Client(app)


def asked(served, method, path, secret, **options):
    return served.request(method, path, headers={"authorization": f"Bearer {secret}"}, **options)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer ncr_wrong",
        "Basic YTpi",
        "bearer \x00",
        "Bearer " + "a" * 5000,
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/runs"),
        ("GET", "/runs/night-1"),
        ("GET", "/runs/night-1/events"),
        ("GET", "/runs/night-1/stream"),
        ("POST", ORDERS),
        ("GET", "/files/a.html"),
        ("GET", "/audit"),
    ],
)
def test_nobody_gets_anywhere_without_a_token(served, tokens, desks, header, method, path):
    tokens.add("anna", "admin", by="root", now=NOW)
    headers = {} if header is None else {"authorization": header}
    answer = served.request(
        method, path, headers=headers, json={"kind": "stop"} if method == "POST" else None
    )
    assert answer.status_code == 401
    assert desks.only.orders == []


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_it_may_and_no_more(served, tokens, desks, trail, role):
    secret = tokens.add("anna", role.value, by="root", now=NOW)
    assert asked(served, "GET", "/runs", secret).json() == {"runs": ["night-1"]}
    assert asked(served, "GET", "/runs/night-1", secret).status_code == 200
    ordered = asked(served, "POST", ORDERS, secret, json={"kind": "stop", "reason": "smoke"})
    may = role is not Role.VIEWER
    assert ordered.status_code == (200 if may else 403)
    assert desks.only.orders == ([("stop", "anna")] if may else [])
    (line,) = trail
    assert (line.by, line.via, line.wall, line.accepted) == (
        "anna",
        "network",
        NOW.isoformat(),
        may,
    )
    assert asked(served, "GET", "/audit", secret).status_code == (
        200 if role is Role.ADMIN else 403
    )


def test_a_revoked_token_holds_no_longer(served, tokens):
    secret = tokens.add("anna", "viewer", by="root", now=NOW)
    other = tokens.add("bert", "viewer", by="root", now=NOW)
    tokens.revoke("anna")
    assert asked(served, "GET", "/runs", secret).status_code == 401
    assert asked(served, "GET", "/runs", other).status_code == 200


def test_only_the_hash_of_a_token_is_kept_and_only_its_owner_can_read_it(tokens):
    secret = tokens.add("anna", "operator", by="root", now=NOW)
    assert secret not in tokens.path.read_text()
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    found = tokens.find(secret)
    assert (found.name, found.role) == ("anna", "operator")
    with pytest.raises(LabError, match="has a token already"):
        tokens.add("anna", "admin", by="root", now=NOW)
    with pytest.raises(LabError, match="did you mean 'anna'"):
        tokens.revoke("ana")


def test_a_web_page_that_is_open_here_can_t_give_orders(desks, trail):
    app = make_app(desks, loopback_only("anna"), trail=trail.append)
    here = Client(app, base_url="http://127.0.0.1:8000")
    body = {"kind": "stop"}
    assert here.post(ORDERS, json=body).status_code == 200
    assert (
        here.post(ORDERS, json=body, headers={"origin": "http://evil.example"}).status_code == 403
    )
    assert here.post(ORDERS, json=body, headers={"host": "evil.example:8000"}).status_code == 403
    assert (
        here.post(
            ORDERS, content='{"kind": "stop"}', headers={"content-type": "text/plain"}
        ).status_code
        == 415
    )
    assert here.post(ORDERS, data={"kind": "stop"}).status_code == 415
    assert len(desks.only.orders) == 1


def test_an_order_is_short_and_known(served, tokens):
    secret = tokens.add("anna", "admin", by="root", now=NOW)
    assert asked(served, "POST", ORDERS, secret, json={"kind": "explode"}).status_code == 422
    assert (
        asked(served, "POST", ORDERS, secret, json={"kind": "stop", "more": 1}).status_code == 422
    )
    assert (
        asked(
            served, "POST", ORDERS, secret, json={"kind": "stop", "reason": "x" * 20_000}
        ).status_code
        == 413
    )
    assert asked(served, "GET", "/runs/other", secret).status_code == 404


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("top")
    (top / "secret.html").write_text("secret")
    (top / "lab-2").mkdir()
    (top / "lab-2" / "secret.html").write_text("secret")
    lab = top / "lab"
    (lab / "sub").mkdir(parents=True)
    (lab / "run.html").write_text("a report")
    (lab / "sub" / "run.csv").write_text("a,b")
    (lab / "tokens.json").write_text("{}")
    (lab / "link.html").symlink_to(top / "secret.html")
    (lab / "outside").symlink_to(top)
    (lab / "round.html").symlink_to(lab / "round.html")
    (lab / "fine.html").symlink_to(lab / "run.html")
    return lab


@pytest.mark.parametrize("path", ["run.html", "sub/run.csv", "sub/../run.html", "fine.html"])
def test_reports_of_the_lab_folder_are_handed_out(folder, path):
    assert inside(folder, path).read_text() in {"a report", "a,b"}


@pytest.mark.parametrize(
    "path",
    [
        "../secret.html",
        "/etc/passwd",
        "link.html",
        "outside/secret.html",
        "../lab-2/secret.html",
        "round.html",
        "tokens.json",
        "sub",
        "",
        ".",
        "nowhere.html",
        "run.html\x00.csv",
        "..",
        "//etc/passwd",
        "~/x.html",
    ],
)
def test_nothing_else_is(folder, path):
    with pytest.raises(LabError, match="no such file"):
        inside(folder, path)


@given(
    parts=st.lists(
        st.sampled_from(
            [
                "..",
                ".",
                "",
                "sub",
                "outside",
                "link.html",
                "lab",
                "lab-2",
                "secret.html",
                "run.html",
                "%2e%2e",
                "..\\",
            ]
        ),
        max_size=7,
    )
)
def test_no_path_escapes_the_lab_folder(folder, parts):
    try:
        found = inside(folder, "/".join(parts))
    except LabError:
        return
    assert found.is_relative_to(folder.resolve())
    assert found.read_text() != "secret"


@pytest.mark.parametrize(
    "path",
    [
        "..%2fsecret.html",
        "%2e%2e/secret.html",
        "link.html",
        "outside%2fsecret.html",
        "%2fetc%2fpasswd",
    ],
)
def test_nor_over_the_network(folder, tokens, desks, path):
    secret = tokens.add("anna", "viewer", by="root", now=NOW)
    served = Client(make_app(desks, with_tokens(tokens), trail=None, folder=folder))
    answer = asked(served, "GET", f"/files/{path}", secret)
    assert answer.status_code == 404
    assert "secret" not in answer.text
    assert asked(served, "GET", "/files/run.html", secret).text == "a report"


TAGS = [
    "!!python/object/apply:os.system ['touch {}']",
    "!!python/name:os.system",
    "!!python/object/new:subprocess.Popen [['touch', '{}']]",
    "!!python/module:os",
]


@pytest.mark.parametrize("tag", TAGS)
def test_files_can_t_execute_code(tmp_path, tag):
    target = tmp_path / "touched"
    value = tag.format(target)
    with pytest.raises(ProtocolError):
        read_protocol(f"ncrobot: protocol/1\nname: {value}\n")
    from ncrobot.notifications import Notifications

    with pytest.raises(LabError):
        read_settings(Notifications, f"ncrobot: notifications/1\nchannels: {value}\n", "n.yaml")
    from ncrobot.deck import load_deck
    from ncrobot.errors import UserError

    deck = tmp_path / "deck.yaml"
    deck.write_text(f"ncrobot: deck/1\nname: {value}\n")
    with pytest.raises(UserError):
        load_deck(deck)
    assert not target.exists()
