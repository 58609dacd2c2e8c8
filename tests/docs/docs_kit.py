"""The documentation as data: its pages, code blocks, links, and the snippets made whole."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
SECTIONS = ("materials", "stocks", "vessel", "parameters", "choices", "controls", "steps")

_FENCE = re.compile(r"^```(\w*)(.*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_FIGURE = re.compile(r"\d+(?:[.:]\d+)*")


@dataclass(frozen=True)
class Block:
    """One fenced block; ``title`` is the name of the file that it stands for, if it has one."""

    page: Path
    line: int
    language: str
    title: str | None
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    opened: tuple[int, str, str | None] | None = None
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        match = _FENCE.match(line)
        if opened is None and match is not None:
            title = _TITLE.search(match[2])
            opened, lines = (number, match[1], title[1] if title else None), []
        elif opened is not None and line == "```":
            if opened[1] in languages:
                yield Block(page, opened[0], opened[1], opened[2], "\n".join(lines) + "\n")
            opened = None
        else:
            lines.append(line)
    assert opened is None, f"{page}: the block of line {opened} isn't closed"


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, *languages)]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the site makes them."""
    found = (_HEADING.match(line) for line in prose(page).splitlines())
    return {slug(match[1]) for match in found if match}


def slug(heading: str) -> str:
    bare = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(
        r"[-\s]+",
        "-",
        re.sub(r"[^\w\s-]", "", bare.encode("ascii", "ignore").decode()).strip().lower(),
    )


def loaded(text: str) -> Any:
    return YAML(typ="safe").load(text)


def base_protocol() -> dict[str, Any]:
    """The complete protocol of the language page, into which all its snippets fit."""
    page = ROOT / "docs" / "protocol-language.md"
    return dict(loaded(next(blocks(page, "yaml")).text))


def completed(snippet: Any) -> dict[str, Any]:
    """A snippet of steps or sections put into the base protocol; ids of the same name are replaced.

    The base gives what fills the well and brings the gold; its other steps make room.
    """
    sections = {"steps": snippet} if isinstance(snippet, list) else dict(snippet)
    unknown = set(sections) - set(SECTIONS)
    assert not unknown, f"no part of a protocol: {unknown}"
    document = copy.deepcopy(base_protocol())
    steps = sections.pop("steps", None)
    for name, content in sections.items():
        document.setdefault(name, {}).update(content)
    if steps is not None:
        replaced = {step.get("id") for step in steps}
        kept = [s for s in document["steps"][:2] if s["id"] not in replaced]
        document["steps"] = [*(s for s in steps if s.get("id") in {"fill", "add_gold"}), *kept]
        document["steps"] += [s for s in steps if s.get("id") not in {"fill", "add_gold"}]
    return document


def masked(text: str) -> str:
    """Output with what may differ taken out: run ids, hashes, figures, and the breaks of lines."""
    text = re.sub(r"\d{8}-\d{6}-[0-9a-f]{4}", "RUN", text)
    text = re.sub(r"sha256 [0-9a-f]+", "sha256 HASH", text)
    return " ".join(_FIGURE.sub("#", text).split())


def missing_from(documented: str, output: str) -> str | None:
    """The first documented piece that the output doesn't hold in this order; ``...`` skips."""
    rest = masked(output)
    for piece in documented.split("..."):
        wanted = masked(piece)
        found = rest.find(wanted)
        if found < 0:
            return wanted
        rest = rest[found + len(wanted) :]
    return None


@dataclass(frozen=True)
class Shown:
    """One command of a console block with what it is documented to print."""

    command: str
    output: str


def shown(text: str) -> list[Shown]:
    """The commands of a console block; a line that ends in a backslash goes on."""
    found: list[tuple[str, list[str]]] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.startswith("$ "):
            found.append((line[2:].partition("  # ")[0].strip(), []))
        elif found:
            found[-1][1].append(line)
    return [Shown(command, "\n".join(lines)) for command, lines in found]
