"""Foreign recipes become protocols that compile, or a list of what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.deck.layout import DeckLayout
from ncrobot.errors import Diagnostic, PlanError, ProtocolError, ScheduleError
from ncrobot.importers.draft import Dose, Findings, Recipe
from ncrobot.importers.preparing import companions, prepare
from ncrobot.importers.scaling import Scaled, Well
from ncrobot.importers.supplement import Supplement, completed
from ncrobot.importers.writing import ProtocolWriter, table_text
from ncrobot.lab import schedule
from ncrobot.plan import Plan
from ncrobot.protocol import read_conditions, read_protocol

Drafter = Callable[[bytes, str, Findings], Recipe]
_MOST_WELLS = 96


@dataclass(frozen=True, slots=True)
class Imported:
    """A protocol and its table as texts, and what is done otherwise than in the source.

    ``hours`` is what its schedule takes; None: there is none, ``unscheduled`` tells why.
    """

    name: str
    protocol: str
    table: str
    changes: tuple[Diagnostic, ...]
    wells: int
    operations: int
    hours: float | None
    unscheduled: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a recipe is to be imported; ``volume_ul`` None: as it is, at most 1 mL."""

    deck: Path
    volume_ul: float | None = None
    wells: int = 8
    supplement: Supplement | None = None
    file: str = "imported.yaml"


def import_recipe(path: Path, draft: Drafter, asked: Asked) -> Imported:
    """Read a foreign recipe and make a protocol of it that plans and audits on a deck.

    Raises:
        UserError: the file is wrong, something is missing or refused, or no plan comes of it; with
            every finding.
    """
    findings = Findings(str(path))
    recipe = draft(_read(path), str(path), findings)
    layout = load_deck(asked.deck)
    reagents = completed(recipe.reagents, asked.supplement, str(path))
    doses = [each for each in recipe.actions if isinstance(each, Dose)]
    prepared = prepare(reagents, doses, findings)
    scaled = Scaled(recipe, prepared, Well(_smallest_ul(layout), asked.volume_ul), findings)
    others = companions(reagents, prepared, findings)
    _refuse(findings)
    text = ProtocolWriter(recipe, scaled, others, findings).text()
    _refuse(findings)
    return _planned(recipe, text, layout, asked, findings)


def _planned(
    recipe: Recipe, text: str, layout: DeckLayout, asked: Asked, findings: Findings
) -> Imported:
    """The texts, once they are seen to make a plan that agrees with what it was asked."""
    table = table_text(min(asked.wells, _MOST_WELLS))
    source = read_protocol(text, asked.file)
    plan = compile_plan(source, read_conditions(table, source, format="csv"), layout)
    report = audit_plan(plan)
    if not report.agrees:
        told = [
            Diagnostic(code="import-audit", message=str(each), file=asked.file)
            for each in report.differences
        ]
        raise PlanError(told)
    hours, unscheduled = _scheduled(plan)
    return Imported(
        name=recipe.name,
        protocol=text,
        table=table,
        changes=findings.changes,
        wells=len(plan.wells),
        operations=len(plan.operations),
        hours=hours,
        unscheduled=unscheduled,
    )


def _scheduled(plan: Plan) -> tuple[float | None, tuple[Diagnostic, ...]]:
    try:
        return schedule(plan).makespan_s / 3600, ()
    except ScheduleError as error:
        return None, error.diagnostics


def _smallest_ul(layout: DeckLayout) -> float:
    return min(tip.min_ul for tip in layout.arm.tips)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the file can't be read: {error.strerror}"
        raise ProtocolError(
            Diagnostic(code="unreadable", message=message, file=str(path))
        ) from error


def _refuse(findings: Findings) -> None:
    if findings.errors:
        raise ProtocolError(findings.errors)
