"""Three ways in: tables, REST, and the terminal. What is refused, and what is told once."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI

from campaigns.campaign_kit import ROOT, loaded, small, written
from ncrobot import cli
from ncrobot.campaigns import Ledger, Step, optimizer_state
from ncrobot.cli.campaign_service import campaign_service
from ncrobot.control.access import Caller, Role
from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab import Lab
from ncrobot.lab.campaign_exchange import observe, take_suggestions
from ncrobot.lab.campaign_router import campaign_router
from ncrobot.lab.campaigning import Campaigning
from ncrobot.optimizers import FailureKind
from ncrobot.optimizers.checking import Offered
from ncrobot.optimizers.exchange import Received, read_results, read_suggestions, results_csv
from ncrobot.optimizers.interface import Reason, Result

NAMES = ("ligand_per_metal", "base_per_metal", "electrons_per_metal", "portions")


@contextmanager
def at_work(folder, **changes):
    with Lab.open(folder / "runs.sqlite") as lab, Ledger(folder / "small.ledger") as ledger:
        yield Campaigning(loaded(folder, **changes), lab, ledger), ledger


def table(*rows: tuple, header: str = "id,round," + ",".join(NAMES)) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue()


GOOD = ("mine", "", 2.0, 5.0, 4.0, 3)
BAD = {
    "far": ("far", "", 2.0, 5.0, 99.0, 3),
    "twice": ("twice", "", 2.0, 5.0, 4.0, 3),
    "nan": ("nan", "", "NaN", 5.0, 4.0, 3),
    "unit": ("unit", "", "2 mL", 5.0, 4.0, 3),
    "late": ("late", "9", 2.1, 5.0, 4.0, 3),
    "half": ("half", "", 2.2, 5.0, 4.0, 3.5),
    "scope": ("scope", "", 2.3, 5.0, 4.0, 7),
}
REASONS = {
    "far": "out-of-range",
    "twice": "duplicate",
    "nan": "not-a-number",
    "unit": "wrong-unit",
    "late": "late",
    "half": "not-whole",
    "scope": "wrong-scope",
}


def test_a_table_of_others_is_taken_row_by_row_and_delays_nothing(tmp_path):
    with at_work(tmp_path) as (work, _):
        found = take_suggestions(work, read_suggestions(table(GOOD, *BAD.values()), "csv"))
        assert [item.id for item in found.accepted] == ["mine"]
        assert {item.id: item.reason.value for item in found.refused} == REASONS
        assert all(item.message for item in found.refused)
        at = work.progress().current
        assert at.step is Step.ASKED
        assert [item.id for item in at.suggestions] == ["r01-mine"]
        again = take_suggestions(work, read_suggestions(table(("new", "", 3, 5, 4, 3)), "csv"))
        assert again.accepted == ()
        assert again.refused[0].reason == "late", "the round takes no more"


def test_a_table_with_nothing_to_take_changes_nothing(tmp_path):
    with at_work(tmp_path) as (work, _):
        found = take_suggestions(work, read_suggestions(table(BAD["far"]), "csv"))
        assert found.accepted == ()
        assert work.progress().rounds == []


def test_results_from_elsewhere_are_told_once_and_close_the_round_when_all_are_there(tmp_path):
    with at_work(tmp_path) as (work, ledger):
        work.suggest(work.progress())
        suggestions = work.progress().current.suggestions
        results = [
            Result(
                id=f"x{k}", suggestion=item.id, values=item.values, measured={"band680": 0.1 * k}
            )
            for k, item in enumerate(suggestions)
        ]
        space = work.campaign.search
        first = read_results(results_csv(space, results[:2]), space)
        told = observe(ledger, first)
        assert (told.told, told.closed) == (("x0", "x1"), None)
        everything = read_results(results_csv(space, results), space)
        told = observe(ledger, everything)
        assert told.told == ("x2", "x3")
        assert told.known == ("x0", "x1")
        assert told.closed == 1
        assert observe(ledger, everything).told == ()
        assert len(work.progress().results()) == 4
        work.suggest(work.progress())
        assert work.progress().current.number == 2


def test_a_round_can_be_closed_and_what_has_no_answer_may_be_asked_again(tmp_path):
    with at_work(tmp_path) as (work, ledger):
        work.suggest(work.progress())
        nothing = read_results(results_csv(work.campaign.search), work.campaign.search)
        assert observe(ledger, nothing).closed is None
        assert observe(ledger, nothing, close=True).closed == 1
        failures = work.progress().failures()
        assert {item.kind.value for item in failures} == {"withdrawn"}


def test_an_answer_to_nobody_is_refused(tmp_path):
    with at_work(tmp_path) as (work, ledger):
        work.suggest(work.progress())
        values = work.progress().current.suggestions[0].values
        lost = Result(id="x", suggestion="r07-lost", values=values, measured={"band680": 1.0})
        space = work.campaign.search
        with pytest.raises(LabError, match="never made"):
            observe(ledger, read_results(results_csv(space, [lost]), space))


# REST.


class Client:
    """Asks an application in this process."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def request(self, method: str, path: str, **options):
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def get(self, path: str):
        return self.request("GET", path)

    def post(self, path: str, **options):
        return self.request("POST", path, **options)


def client_of(folder, role: Role = Role.OPERATOR, **changes) -> Client:
    @contextmanager
    def opened(name: str):
        if name != "small":
            raise LabError(Diagnostic(code="unknown-campaign", message=f"no campaign {name!r}"))
        with at_work(folder, **changes) as pair:
            yield pair

    app = FastAPI()
    who = lambda request: Caller("somebody", role, "test")  # noqa: E731, ARG005
    app.include_router(campaign_router(lambda: ["small"], opened, who))
    return Client(app)


def test_suggestions_and_results_over_rest(tmp_path):
    client = client_of(tmp_path)
    assert client.get("/api/campaigns").json() == ["small"]
    assert client.get("/api/campaigns/small").json()["rounds"] == []
    given = client.post("/api/campaigns/small/suggest").json()
    assert (given["round"], given["step"], len(given["suggestions"])) == (1, "asked", 4)
    assert client.post("/api/campaigns/small/suggest").json() == given, "a round is asked once"
    assert client.get("/api/campaigns/small/suggestions").json() == given
    results = [
        {
            "id": f"x{k}",
            "suggestion": item["id"],
            "values": item["values"],
            "measured": {"band680": 1.0},
        }
        for k, item in enumerate(given["suggestions"])
    ]
    told = client.post("/api/campaigns/small/observe", json={"results": results}).json()
    assert told["told"] == ["x0", "x1", "x2", "x3"]
    assert told["closed"] == 1
    again = client.post("/api/campaigns/small/observe", json={"results": results}).json()
    assert (again["told"], len(again["known"])) == ([], 4)
    assert client.get("/api/campaigns/small").json()["told"] == 4


def test_suggestions_of_others_over_rest_and_what_is_refused(tmp_path):
    client = client_of(tmp_path)
    rows = [dict(zip(NAMES, row[2:], strict=True)) for row in (GOOD, BAD["far"])]
    body = {
        "ncrobot": "suggestions/1",
        "suggestions": [{"id": name, "values": row} for name, row in zip("ab", rows, strict=True)],
    }
    found = client.post("/api/campaigns/small/suggestions", json=body).json()
    assert [item["id"] for item in found["accepted"]] == ["a"]
    assert [item["reason"] for item in found["refused"]] == ["out-of-range"]
    wrong = client.post("/api/campaigns/small/suggestions", json={"suggestions": []})
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["code"] == "bad-suggestions"
    assert client.get("/api/campaigns/other").status_code == 404
    nonsense = {"results": [{"id": "x", "values": {"portions": 1}, "measured": {"bond": 1.0}}]}
    refused = client.post("/api/campaigns/small/observe", json=nonsense)
    assert refused.status_code == 422
    assert "missing-value" in {item["code"] for item in refused.json()["detail"]}


def test_a_service_serves_campaigns_by_their_names(tmp_path):
    everybody = lambda request: Caller("somebody", Role.OPERATOR, "test")  # noqa: E731, ARG005
    file = written(tmp_path)
    client = Client(campaign_service([file], tmp_path / "runs" / "db.sqlite", everybody))
    assert client.get("/api/campaigns").json() == ["small"]
    assert client.post("/api/campaigns/small/suggest").json()["round"] == 1
    assert client.get("/api/campaigns/small/suggestions").json()["step"] == "asked"
    missing = client.get("/api/campaigns/large")
    assert (missing.status_code, missing.json()["detail"][0]["allowed"]) == (404, "small")
    with pytest.raises(LabError, match="two campaigns"):
        campaign_service([file, file], tmp_path / "runs" / "db.sqlite", everybody)


def test_a_viewer_looks_and_no_more(tmp_path):
    client = client_of(tmp_path, Role.VIEWER)
    assert client.get("/api/campaigns/small").status_code == 200
    for path in ("suggest", "observe", "suggestions"):
        assert client.post(f"/api/campaigns/small/{path}", json={}).status_code == 403


# One and the same, whichever way it comes.


def limited() -> dict:
    """A search whose electrons and ligand can't both be many."""
    rule = {"kind": "product", "of": {"electrons_per_metal": 1, "ligand_per_metal": 1}}
    return small()["search"] | {"constraints": [{**rule, "at_most": 60}]}


OFFERED = {name: row[2:] for name, row in BAD.items()} | {
    "both": (8.0, 5.0, 16.0, 3),
    "mine": GOOD[2:],
}
WANTED = REASONS | {"both": "forbidden"}


def by_table(folder) -> dict:
    rows = [(name, BAD.get(name, ("", ""))[1], *row) for name, row in OFFERED.items()]
    with at_work(folder, search=limited()) as (work, _):
        return take_suggestions(work, read_suggestions(table(*rows), "csv")).model_dump(mode="json")


def by_python(folder) -> dict:
    """As a program would give them."""
    rows = [
        Offered(name, dict(zip(NAMES, row, strict=True)), {}, round=9 if name == "late" else None)
        for name, row in OFFERED.items()
    ]
    with at_work(folder, search=limited()) as (work, _):
        return take_suggestions(work, Received(tuple(rows), ())).model_dump(mode="json")


def by_rest(folder) -> dict:
    client = client_of(folder, search=limited())
    found: dict = {"accepted": [], "refused": []}
    for number, names in ((9, ["late"]), (None, [name for name in OFFERED if name != "late"])):
        body: dict = {"ncrobot": "suggestions/1"} | ({"round": number} if number else {})
        body["suggestions"] = [
            {"id": name, "values": dict(zip(NAMES, OFFERED[name], strict=True))} for name in names
        ]
        answer = client.post("/api/campaigns/small/suggestions", json=body)
        assert answer.status_code == 200
        for key in found:
            found[key] += answer.json()[key]
    return found


@pytest.mark.parametrize("way", [by_table, by_python, by_rest])
def test_whichever_way_they_come_the_same_are_refused_and_the_good_one_is_not_delayed(
    way, tmp_path
):
    found = way(tmp_path)
    # Of two equal ones the first is taken, so "mine", which comes last, is the double here.
    reasons = {item["id"]: item["reason"] for item in found["refused"]}
    accepted = [item["id"] for item in found["accepted"]]
    assert accepted == ["twice"]
    assert reasons == {name: WANTED[name] for name in WANTED if name != "twice"} | {
        "mine": "duplicate"
    }
    for item in found["refused"]:
        assert item["message"], item
        assert item["fix"] or item["allowed"] or item["found"], item
    with at_work(tmp_path, search=limited()) as (work, _):
        at = work.progress().current
        assert [item.id for item in at.suggestions] == ["r01-twice"]
        assert work.advance() is Step.PLANNED, "the round goes on"


def test_what_cannot_be_made_is_told_to_later_rounds_without_a_figure(tmp_path):
    rows = [("both", "", *OFFERED["both"]), GOOD]
    with at_work(tmp_path, search=limited()) as (work, _):
        take_suggestions(work, read_suggestions(table(*rows), "csv"))
        state = optimizer_state(work.campaign, work.progress())
        (told,) = state.failures
        assert (told.kind, told.reason) == (FailureKind.INFEASIBLE, Reason.FORBIDDEN)
        assert state.results == ()
        assert [item.id for item in state.asked] == ["r01-mine"]


# The terminal.


def said(capsys, *arguments: str) -> tuple[int, dict]:
    code = cli.run(["campaign", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_commands_of_a_campaign(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NCROBOT_DATABASE", str(tmp_path / "runs" / "db.sqlite"))
    file = str(written(tmp_path))
    code, told = said(capsys, "new", file)
    assert (code, told["suggestions_per_round"], told["reserved_wells"]) == (0, 4, 5)
    mine = tmp_path / "mine.csv"
    mine.write_text(table(GOOD, BAD["far"]))
    code, told = said(capsys, "suggest", file, "--from", str(mine))
    assert code == 1
    assert [item["reason"] for item in told["refused"]] == ["out-of-range"]
    code, told = said(capsys, "suggest", file)
    assert [item["id"] for item in told["suggestions"]] == ["r01-mine"]
    code, told = said(capsys, "run", file, "--rounds", "1")
    assert code == 0
    assert told["rounds"][0]["measured"] == 2
    assert told["best"]["suggestion"] == "r01-mine"
    code, status = said(capsys, "status", file)
    learnt = status.pop("learnt")
    assert (code, status) == (0, told)
    assert "too few" in learnt[0]
    results = tmp_path / "later.csv"
    results.write_text(
        "id,suggestion," + ",".join(NAMES) + ",band680 [AU]\nlater,r01-mine,2,5,4,3,0.2\n"
    )
    code, told = said(capsys, "observe", file, str(results))
    assert (code, told["told"]) == (0, ["later"])
    code, told = said(capsys, "observe", file, str(results))
    assert told["known"] == ["later"]


def test_a_changed_campaign_and_another_chemistry_are_not_taken_up(tmp_path):
    with at_work(tmp_path):
        pass
    with pytest.raises(LabError, match="isn't the one"), at_work(tmp_path, stop={"rounds": 3}):
        pass
    with (
        Lab.open(tmp_path / "runs.sqlite") as lab,
        Ledger(tmp_path / "small.ledger") as ledger,
        pytest.raises(LabError, match="another chemistry"),
    ):
        Campaigning(loaded(tmp_path), lab, ledger, chemistry="silver_dithiolate")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"plate": {"controls": {"no_gold": 1}}, "blank": None}, "no such control"),
        ({"optimizer": {"fallback": "baybe"}}, "may be late itself"),
        ({"optimizer": {"name": "thomson"}}, "did you mean 'thompson'"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_done(tmp_path, change, words):
    with pytest.raises(LabError, match=words), at_work(tmp_path, **change) as (work, _):
        work.suggest(work.progress())
    with Ledger(tmp_path / "small.ledger") as ledger:
        assert all(entry.step is Step.OPENED for entry in ledger.entries())


RESULTS = "id,well,suggestion,status," + ",".join(NAMES) + ",band680 [AU]"


@pytest.mark.parametrize(
    ("rows", "code", "said"),
    [
        ([("x", "A1", "r07-lost", "", 2, 5, 4, 3, 0.1)], "unknown-suggestion", "r07-lost"),
        ([("x", "A1", "", "", 2, 5, 4, 3, "nan")], "not-a-number", "nan"),
        ([("x", "A1", "", "", 2, 5, "", 3, 0.1)], "suggestion-missing-value", "has no value"),
        ([("x", "A1", "", "fialed", 2, 5, 4, 3, 0.1)], "unknown-word", "'failed'"),
        ([("y", "B1", "", "", 2, 5, 4, 3, 0.1), ("x", "A1", "", "", 2, 5, 4, 3, 0.1),
          ("x", "A1", "", "", 2, 5, 4.5, 3, 0.2)], "repeated-id", "the first: line 3"),
    ],
)  # fmt: skip
def test_a_result_that_is_refused_is_named_by_file_line_id_and_well(
    rows, code, said, tmp_path, capsys
):
    file, results = str(written(tmp_path)), tmp_path / "results.csv"
    results.write_text(table(*rows, header=RESULTS))
    database = ["--database", str(tmp_path / "db.sqlite")]
    assert cli.run(["campaign", "observe", file, str(results), *database, "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["errors"]
    assert found["code"] == code
    assert said in " ".join(str(part) for part in found.values())
    assert (found["file"], found["line"]) == (str(results), 1 + len(rows))
    assert (found["row"], found["well"]) == ("x", "A1")
    with at_work(tmp_path) as (work, _):
        assert work.progress().results() == []


def test_results_without_figures_wait_and_doubles_are_refused_over_rest(tmp_path):
    client = client_of(tmp_path)
    values = dict(zip(NAMES, GOOD[2:], strict=True))
    empty, full = (
        {"id": name, "values": values, "measured": each}
        for name, each in (("x", {}), ("y", {"band680": 0.1}))
    )
    refused = client.post("/api/campaigns/small/observe", json={"results": [full, full]})
    assert refused.status_code == 422
    assert [(item["code"], item["row"]) for item in refused.json()["detail"]] == [
        ("repeated-id", "y")
    ]
    told = client.post("/api/campaigns/small/observe", json={"results": [empty, full]}).json()
    assert (told["told"], told["pending"]) == (["y"], ["x"])
    full |= {"id": "x"}
    told = client.post("/api/campaigns/small/observe", json={"results": [full]}).json()
    assert told["told"] == ["x"], "when it is measured it is told"


def test_the_program_of_the_docs_does_what_they_say(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "campaigns.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    for folder in ("campaigns", "deck_layouts", "instruments"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "runs").mkdir()
    exec(compile(program, "campaigns.md", "exec"), {})
    said = capsys.readouterr().out
    assert "row wild: electrons_per_metal is above its range" in said
    assert "r01-mine" in said
