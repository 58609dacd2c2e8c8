"""Every example of the documentation works: snippets compile, commands print what is shown."""

from __future__ import annotations

import functools
import json
import re
import shlex
import shutil

import pytest

from docs.docs_kit import (
    PAGES,
    ROOT,
    all_blocks,
    base_protocol,
    blocks,
    completed,
    loaded,
    missing_from,
    shown,
)
from ncrobot import cli
from ncrobot.assays import AnalysisSettings
from ncrobot.auditor import audit_plan
from ncrobot.campaigns import Campaign
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.importers import Supplement
from ncrobot.lab import Lab
from ncrobot.notifications import Notifications
from ncrobot.protocol import default_conditions, load_protocol, read_conditions, read_protocol
from ncrobot.protocol._walk import step_words
from ncrobot.samples import Instruments
from ncrobot.searchspace import mismatches
from ncrobot.settings import read_settings
from ncrobot_sim.chemistry import load_set

LANGUAGES = {"yaml", "csv", "json", "xml", "console", "text"}
# Programs on these pages are run by tests of their own (campaigns: tests/campaigns).
PROGRAM_PAGES = {"campaigns.md"}
DECK_PAGE = ROOT / "docs" / "decks.md"
DATABASE = "runs/ncrobot.sqlite"


def _is_broken(block):
    """Files that a page gives as wrong are told by their name; the commands beneath show how."""
    return (block.title or "").startswith("wrong")


YAML_BLOCKS = [b for b in all_blocks("yaml") if not _is_broken(b)]
DECK_BLOCKS = [b for b in YAML_BLOCKS if b.page == DECK_PAGE]
NOTIFICATION_BLOCKS = [b for b in YAML_BLOCKS if b.text.startswith("ncrobot: notifications/")]
SUPPLEMENT_BLOCKS = [b for b in YAML_BLOCKS if b.text.startswith("ncrobot: supplement/")]
SHIPPED_BLOCKS = [b for b in YAML_BLOCKS if (b.title or "").startswith("protocols/")]
CAMPAIGN_BLOCKS = [b for b in YAML_BLOCKS if b.text.startswith("ncrobot: campaign/")]
INSTRUMENT_BLOCKS = [b for b in YAML_BLOCKS if b.text.startswith("ncrobot: instruments/")]
ANALYSIS_BLOCKS = [b for b in YAML_BLOCKS if b.text.startswith("ncrobot: analysis/")]
PART_BLOCKS = [b for b in YAML_BLOCKS if b.title == "part of an instruments file"]
CHEMISTRY_BLOCKS = [b for b in YAML_BLOCKS if b.text.startswith("ncrobot: chemistry/")]
OTHER_BLOCKS = [*DECK_BLOCKS, *NOTIFICATION_BLOCKS, *SUPPLEMENT_BLOCKS, *SHIPPED_BLOCKS]
OTHER_BLOCKS += [*CAMPAIGN_BLOCKS, *CHEMISTRY_BLOCKS, *INSTRUMENT_BLOCKS, *ANALYSIS_BLOCKS]
OTHER_BLOCKS += PART_BLOCKS
PROTOCOL_BLOCKS = [b for b in YAML_BLOCKS if b not in OTHER_BLOCKS]
TABLE_BLOCKS = [b for b in all_blocks("csv") if not _is_broken(b)]


def _ids(found):
    return [block.name for block in found]


@functools.cache
def _deck():
    return load_deck(ROOT / "deck_layouts" / "starlet_96.yaml")


def _read(document):
    return read_protocol(json.dumps(document, ensure_ascii=False))


def test_every_page_has_blocks_of_known_languages_only():
    fences = re.compile(r"^```(\w+)", re.MULTILINE)
    for page in PAGES:
        used = set(fences.findall(page.read_text(encoding="utf-8")))
        known = LANGUAGES | {"python"} if page.name in PROGRAM_PAGES else LANGUAGES
        assert used <= known, f"{page}: {used - known}"
    assert len(PROTOCOL_BLOCKS) > 20
    assert DECK_BLOCKS
    assert NOTIFICATION_BLOCKS
    assert TABLE_BLOCKS


@pytest.mark.parametrize("block", PROTOCOL_BLOCKS, ids=_ids(PROTOCOL_BLOCKS))
def test_a_snippet_compiles_and_audits(block):
    snippet = loaded(block.text)
    kind = snippet.get("ncrobot", "") if isinstance(snippet, dict) else ""
    if kind.startswith("conditions/"):
        assert read_conditions(block.text, _read(base_protocol()), format="yaml").rows
        return
    source = read_protocol(block.text) if kind else _read(completed(snippet))
    plan = compile_plan(source, default_conditions(source, 8), _deck())
    assert plan.operations
    assert audit_plan(plan).differences == ()


def test_every_step_of_the_language_is_shown():
    page = ROOT / "docs" / "protocol-language.md"
    text = "\n".join(block.text for block in blocks(page, "yaml"))
    assert set(step_words()) == set(re.findall(r"\bdo: (\w+)", text))


@pytest.mark.parametrize("block", NOTIFICATION_BLOCKS, ids=_ids(NOTIFICATION_BLOCKS))
def test_a_notifications_file_is_sound(block):
    assert read_settings(Notifications, block.text, block.name).settings.routes


@pytest.mark.parametrize("block", SUPPLEMENT_BLOCKS, ids=_ids(SUPPLEMENT_BLOCKS))
def test_a_supplement_is_sound(block):
    assert read_settings(Supplement, block.text, block.name).settings.reagents


@pytest.mark.parametrize("block", CAMPAIGN_BLOCKS, ids=_ids(CAMPAIGN_BLOCKS))
def test_a_campaign_is_sound(block):
    campaign = read_settings(Campaign, block.text, block.name).settings
    source = load_protocol(ROOT / "campaigns" / campaign.protocol)
    assert mismatches(campaign.search, source.protocol.parameters) == []


@pytest.mark.parametrize("block", INSTRUMENT_BLOCKS, ids=_ids(INSTRUMENT_BLOCKS))
def test_an_instruments_file_is_sound(block):
    assert read_settings(Instruments, block.text, block.name).settings.instruments


@pytest.mark.parametrize("block", PART_BLOCKS, ids=_ids(PART_BLOCKS))
def test_a_part_of_an_instruments_file_fits_into_one(block):
    """Either instruments with their names, or settings of the instrument that the page shows."""
    whole, part = loaded(INSTRUMENT_BLOCKS[0].text), loaded(block.text)
    if "serves" in next(iter(part.values())):
        whole["instruments"] |= part
    else:
        (only,) = whole["instruments"].values()
        only |= part
    found = read_settings(Instruments, json.dumps(whole), block.name).settings
    assert found.instruments


@pytest.mark.parametrize("block", ANALYSIS_BLOCKS, ids=_ids(ANALYSIS_BLOCKS))
def test_an_analysis_file_is_sound(block):
    assert read_settings(AnalysisSettings, block.text, block.name).settings.objectives


@pytest.mark.parametrize("block", CHEMISTRY_BLOCKS, ids=_ids(CHEMISTRY_BLOCKS))
def test_a_set_of_constants_is_sound(block, tmp_path):
    path = tmp_path / "set.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert load_set(path).constants


@pytest.mark.parametrize("block", TABLE_BLOCKS, ids=_ids(TABLE_BLOCKS))
def test_a_table_is_read(block):
    assert read_conditions(block.text, _read(base_protocol()), format="csv").rows


@pytest.mark.parametrize("block", DECK_BLOCKS, ids=_ids(DECK_BLOCKS))
def test_a_piece_of_a_deck_is_that_of_a_shipped_layout(block):
    shipped = [path.read_text(encoding="utf-8") for path in (ROOT / "deck_layouts").glob("*.yaml")]
    assert any(_holds(text, block.text) for text in shipped), block.text


@pytest.mark.parametrize("block", SHIPPED_BLOCKS, ids=_ids(SHIPPED_BLOCKS))
def test_a_piece_of_a_protocol_is_in_the_shipped_one(block):
    assert _holds((ROOT / block.title).read_text(encoding="utf-8"), block.text), block.text


def _holds(whole, part):
    """Whether the lines of a part stand in the whole, one after the other."""
    lines = [" ".join(line.split()) for line in whole.splitlines()]
    wanted = [" ".join(line.split()) for line in part.splitlines()]
    return any(lines[i : i + len(wanted)] == wanted for i in range(len(lines)))


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A folder like that of the repository, with a run database of its own."""
    for folder in ("protocols", "deck_layouts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NCROBOT_DATABASE", DATABASE)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def _recipe(target):
    """The command of a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    match = re.search(rf"^{target}:.*\n\t@?\$\(BIN\)/(.*)$", makefile, re.MULTILINE)
    assert match, f"the Makefile has no target {target}"
    return match[1]


def _with_last_run(command, lab):
    """The command with the run of the page replaced by the newest one of the database."""
    run = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
    if not run.search(command):
        return command
    with Lab.open(lab / DATABASE) as opened:
        return run.sub(opened.runs.list()[0].run, command)


def _carry_out(command, lab, capsys):
    """Run a command in this process; returns its exit code and what it printed."""
    arguments = shlex.split(_with_last_run(command, lab), comments=True)
    target = arguments[arguments.index(">") + 1] if ">" in arguments else None
    if target:
        arguments = arguments[: arguments.index(">")]
    code = cli.run(arguments[1:])
    printed = capsys.readouterr()
    if target:
        (lab / target).write_text(printed.out, encoding="utf-8")
    return code, printed.err + printed.out


WITH_COMMANDS = [page for page in PAGES if any(blocks(page, "console"))]


@pytest.mark.parametrize(
    "page", WITH_COMMANDS, ids=[str(page.relative_to(ROOT)) for page in WITH_COMMANDS]
)
def test_commands_print_what_is_shown(page, lab, capsys):
    seen = 0
    for block in blocks(page, "console", "yaml", "csv", "xml", "json"):
        if block.language != "console":
            if block.title and block not in SHIPPED_BLOCKS:
                (lab / block.title).write_text(block.text, encoding="utf-8")
            continue
        commands = shown(block.text)
        assert commands, f"{block.name} shows no command"
        for place, item in enumerate(commands):
            is_long = item.command in {"make test", "make demo"} and not item.output.strip()
            if item.command == "echo $?" or is_long:
                continue
            is_demo = item.command == "make demo"
            command = (_recipe("demo") if is_demo else item.command).removeprefix(".venv/bin/")
            assert command.startswith("ncrobot "), f"{block.name}: {item.command}"
            code, output = _carry_out(command, lab, capsys)
            following = commands[place + 1] if place + 1 < len(commands) else None
            told = following is not None and following.command == "echo $?"
            expected = int(following.output) if told else 0
            assert code == expected, f"{block.name}: {item.command}\n{output}"
            missing = missing_from(item.output, output)
            assert missing is None, f"{block.name}: {item.command}\nno: {missing}\nin: {output}"
            seen += 1
    assert seen
