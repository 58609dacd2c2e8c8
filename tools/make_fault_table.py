"""Writes the table of defaults into docs/faults.md, so that the page can't drift from the code.

Run ``python tools/make_fault_table.py`` to write it anew; with ``--check`` nothing is written, and
the exit code is 1 if it is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ncrobot.errors import DeviceErrorKind
from ncrobot.faults import DEFAULTS, OTHERWISE, Act, Ask, Ladder, errors_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "faults.md"
BEGIN, END = "<!-- defaults -->\n", "<!-- /defaults -->"


def told(ladder: Ladder) -> str:
    """A ladder in words."""
    return ", then ".join(
        f"ask ({', '.join(rung.choices)}; without an answer {rung.default.value})"
        if isinstance(rung, Ask)
        else rung.value
        for rung in ladder
    )


def rows() -> Iterator[str]:
    """One line for each act and each different ladder."""
    yield "| Act | Error | Response |"
    yield "|---|---|---|"
    for act in Act:
        row = DEFAULTS[act]
        others = [kind for kind in DeviceErrorKind if kind in errors_of(act) and kind not in row]
        ladders: dict[str, list[str]] = {told(row[OTHERWISE]): [kind.value for kind in others]}
        for kind, ladder in row.items():
            if kind is not OTHERWISE:
                ladders.setdefault(told(ladder), []).append(kind.value)
        for ladder_text, kinds in ladders.items():
            if kinds:
                errors = ", ".join(f"`{kind}`" for kind in kinds)
                yield f"| `{act.value}` | {errors} | {ladder_text} |"


def with_table(text: str) -> str:
    """The page with the table as it should be."""
    head, rest = text.split(BEGIN)
    table = "\n".join(rows())
    return f"{head}{BEGIN}\n{table}\n\n{END}{rest.split(END)[1]}"


def main(arguments: list[str]) -> int:
    """Write or check the page."""
    before = PAGE.read_text(encoding="utf-8")
    after = with_table(before)
    if "--check" in arguments:
        if before != after:
            print(f"{PAGE.name} is out of date: run python tools/make_fault_table.py")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
