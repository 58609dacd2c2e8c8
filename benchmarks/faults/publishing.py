"""The campaign's table in the documentation, between its marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.plates import ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults -->\n", "<!-- /faults -->"


def table(figures: Mapping[str, Any]) -> str:
    """The table as Markdown."""
    lines = [
        "| Set | Runs | Faults | Declared end | Safe state | - told | Wells right | Questions |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = {**figures["sets"], "all": figures["in_all"]}
    lines += [
        f"| {name} | {row['runs']} | {row['struck']} | {row['declared_end']} "
        f"| {row['safe_confirmed']} | {row['unconfirmed_told']} | {row['fates_right']} "
        f"| {row['questions']} |"
        for name, row in rows.items()
        if row["runs"]
    ]
    return "\n".join([*lines, "", _prose(figures), ""])


def _prose(figures: Mapping[str, Any]) -> str:
    whole = figures["in_all"]
    ends = ", ".join(f"{number} {name}" for name, number in whole["status"].items() if name)
    words = sorted(whole["responses"].items(), key=lambda item: -item[1])
    responses = ", ".join(f"{number} {word}" for word, number in words)
    return (
        f"How the runs ended: {ends}. Of {whole['wells']} wells {whole['wells_ok']} were ok, "
        f"{whole['flagged']} flagged and {whole['abandoned']} abandoned; "
        f"{whole['doubled_by_person']} doses were given twice because a person said so. In "
        f"{whole['books_compared']} runs every error told the truth about what had moved; there "
        f"the ledger agreed with the world to the last drop. Responses: {responses}."
    )


def publish(figures: Mapping[str, Any]) -> None:
    """Put the table between its marks."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{table(figures)}{END}{tail}", encoding="utf-8")
