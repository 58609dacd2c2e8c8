"""Deck layout files: read, validated and checked, with every finding at its line."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from ncrobot.deck._schema import schema_diagnostics
from ncrobot.deck._source import read_source
from ncrobot.deck.checks import Findings, run_checks
from ncrobot.deck.layout import DeckLayout
from ncrobot.deck.resources import assemble
from ncrobot.errors import DeckError, Diagnostic


def load_deck(path: str | Path) -> DeckLayout:
    """Read a deck layout file.

    Raises:
        DeckError: it can't be read, or is wrong; carries every finding.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise DeckError(
            Diagnostic(
                code="unreadable-file",
                message=f"the deck layout can't be read: {reason}",
                file=str(path),
                fix="check the path",
            )
        ) from error
    except UnicodeDecodeError as error:
        raise DeckError(
            Diagnostic(
                code="unreadable-file",
                message="the deck layout is not a UTF-8 text",
                file=str(path),
                fix="save it as plain UTF-8 text",
            )
        ) from error
    return read_deck(text, str(path))


def read_deck(text: str, file: str | None = None) -> DeckLayout:
    """Read a deck layout from its YAML text; ``file`` is the name that findings tell.

    Raises:
        DeckError: it is wrong; carries every finding.
    """
    source = read_source(text, file)
    try:
        layout = DeckLayout.model_validate(source.data)
    except ValidationError as error:
        raise DeckError(schema_diagnostics(error, source)) from error
    findings = Findings(layout, file, source.place)
    run_checks(findings)
    if findings.diagnostics:
        raise DeckError(findings.diagnostics)
    _check_with_pylabrobot(findings)
    return layout


def check_deck(layout: DeckLayout) -> tuple[Diagnostic, ...]:
    """Every finding about a layout that was not read from a file; empty if it is sound."""
    findings = Findings(layout)
    run_checks(findings)
    return tuple(findings.diagnostics)


def _check_with_pylabrobot(findings: Findings) -> None:
    """Build the layout in PyLabRobot, which checks collisions by coordinates."""
    for path, error in assemble(findings.layout)[1]:
        findings.take_over(error, *path)
    if findings.diagnostics:
        raise DeckError(findings.diagnostics)
