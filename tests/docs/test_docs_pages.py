"""The pages hold together: links, the navigation, the reference, the commands, the built site."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from docs.docs_kit import PAGES, ROOT, anchors, links, loaded, prose
from ncrobot import cli

DOCS = ROOT / "docs"


def _generator():
    path = ROOT / "tools" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page):
    for link in links(page):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page}: {link} of {sorted(anchors(target))}"


def test_the_navigation_names_every_page_once():
    config = loaded((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = re.findall(r"[\w/-]+\.md", str(config["nav"]))
    pages = [str(page.relative_to(DOCS)) for page in PAGES if page.is_relative_to(DOCS)]
    assert sorted(named) == sorted(pages)


def test_the_reference_is_up_to_date():
    for path, text in _generator().pages().items():
        assert path.read_text(encoding="utf-8") == text, "run python tools/make_reference.py"


def test_a_stale_reference_is_found(tmp_path, monkeypatch, capsys):
    generator = _generator()
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    monkeypatch.setattr(generator, "PAGES", tmp_path / "reference")
    assert generator.main(["--check"]) == 1
    assert not (tmp_path / "reference").exists()
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    assert "out of date" in capsys.readouterr().out


def _section(page: Path, heading: str) -> str:
    text = page.read_text(encoding="utf-8")
    match = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"{page} has no section {heading}"
    return match[1]


def _commands(group, before=""):
    """All commands by what one types, those of groups too."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def test_every_command_and_option_is_told():
    page = DOCS / "cli.md"
    commands = dict(_commands(typer.main.get_command(cli.app)))
    told = set(re.findall(r"^## ([a-z][a-z -]+)$", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert told == set(commands)
    for name, command in commands.items():
        section = _section(page, name)
        options = {word for p in command.params for word in p.opts if word.startswith("-")}
        assert options <= set(re.findall(r"`(--?[a-z-]+)", section)), name
        extra = set(re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE)) - options
        assert not extra, f"{name} has no {extra}"


def test_every_decision_is_listed_and_has_its_parts():
    folder = DOCS / "decisions"
    notes = sorted(path for path in folder.glob("0*.md"))
    listed = [link for link in links(folder / "index.md") if link.startswith("0")]
    assert [path.name for path in notes] == listed
    for path in notes:
        text = path.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name
        assert 80 < len(prose(path).split()) < 450, path.name


def test_every_room_is_told_in_the_design():
    text = (DOCS / "design.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "ncrobot"
    rooms = {p.stem for p in source.iterdir() if not p.name.startswith(("_", "."))} - {"py"}
    missing = {room for room in rooms if f"`{room}`" not in text}
    assert not missing


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        check=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    return folder


def test_the_site_loads_nothing_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(PAGES) - 2
    loads = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?([^\"'\s>]+)")
    for page in pages:
        for target in loads.findall(page.read_text(encoding="utf-8")):
            assert not target.startswith(("http:", "https:", "//")), f"{page.name}: {target}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style
