"""Brings one plate through all stages: plan, audit, schedule, simulated run."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from ncrobot.auditor import audit_plan
from ncrobot.errors import NcrobotError, RunError, UserError
from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.plan import AskPerson, Plan, Refill, Transfer
from ncrobot.recipes.outcomes import PersonTask, PlateTrial
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.statuses import RunStatus

_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Files:
    """What a plate is made from; ``effort`` is spent on shortening its schedule (0: none)."""

    protocol: Path
    table: Path
    deck: Path
    effort: float = 0.0


class _Found:
    """Figures of a trial as they come in."""

    def __init__(self, table: str) -> None:
        self.trial = PlateTrial(table=table)

    def add(self, **figures: Any) -> None:
        self.trial = self.trial.model_copy(update=figures)


def try_plate(files: Files, told: Callable[[str], None] | None = None) -> PlateTrial:
    """Plan, audit, schedule and simulate a plate; stops at the first stage that fails.

    ``told`` is told each stage as it begins. The run's record goes into a folder that is thrown
    away. Never raises for what is wrong with the files or with ncrobot: ``error`` tells it.
    """
    began = process_time()
    found = _Found(files.table.name)
    stage = "planning"
    try:
        for stage in _stages(files, found):
            if told is not None:
                told(stage)
    except UserError as error:
        told_once = list(dict.fromkeys(str(each) for each in error.diagnostics))
        found.add(error=f"{stage}: {_first(told_once, 'finding')}")
    except NcrobotError as error:
        found.add(error=f"{stage}: {error}")
    except Exception as error:  # noqa: BLE001 - a defect in one recipe mustn't hide the others
        found.add(error=f"{stage}: a defect of ncrobot: {type(error).__name__}: {error}")
    found.add(seconds=round(process_time() - began, 2))
    return found.trial


def _stages(files: Files, found: _Found) -> Iterator[str]:
    """Yields the name of each stage before it is carried out."""
    yield "planning"
    plan = compile_files(files.protocol, files.table, files.deck)
    found.add(planned=True, wells=len(plan.wells), samples=_samples(plan))
    yield "auditing"
    report = audit_plan(plan)
    if not report.agrees:
        raise RunError(_first([str(each) for each in report.differences], "difference"))
    found.add(audited=True)
    yield "scheduling"
    times = schedule(plan, options=ScheduleOptions(effort=files.effort))
    found.add(scheduled=True, hours=times.makespan_s / 3600, person=_person(plan, times))
    found.add(queue_hours=_queues(times), expired=sum(each.expired for each in times.instruments))
    yield "simulating"
    _simulate(plan, times, found)


def _simulate(plan: Plan, times: Schedule, found: _Found) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="ncrobot-recipe-") as folder,
        Lab.open(Path(folder) / "runs.sqlite") as lab,
    ):
        result = lab.run(plan, times)
        wells = lab.load(result.run).state.wells if result.wells_flagged else {}
    found.add(
        hours=result.duration_h,
        wells_ok=result.wells_ok,
        wells_flagged=result.wells_flagged,
        operations=result.operations,
        stopped=tuple(
            f"{name}: {'; '.join(well.reasons)}"
            for name, well in wells.items()
            if well.status != "ok"
        ),
    )
    if result.status != RunStatus.SUCCEEDED:
        raise RunError(f"the run {result.status}: {result.reason}")
    if result.wells_flagged:
        raise RunError(_first(found.trial.stopped, "flagged well"))
    if result.report_error:
        raise RunError(f"the report couldn't be written: {result.report_error}")
    found.add(simulated=True)


def _first(told: list[str] | tuple[str, ...], noun: str) -> str:
    plural = "" if len(told) == 1 else "s"
    more = "; ..." if len(told) > _MOST_TOLD else ""
    return f"{len(told)} {noun}{plural}: {'; '.join(told[:_MOST_TOLD])}{more}"


def _samples(plan: Plan) -> dict[str, int]:
    """Aliquots by instrument; one for each well that a step takes samples from, each time."""
    instrument = {use.step: use.instrument for use in plan.samples}
    counts: Counter[str] = Counter()
    for operation in plan.operations:
        step = operation.step
        if isinstance(operation, Transfer) and operation.purpose == "sample" and step in instrument:
            counts[instrument[step]] += len(operation.legs)
    return dict(counts)


def _person(plan: Plan, times: Schedule) -> tuple[PersonTask, ...]:
    """Every call for a person, in the order of the run."""
    operations = {each.id: each for each in (*plan.operations, *times.auxiliary)}
    found = []
    for entry in times.entries:
        operation = operations.get(entry.operation)
        if isinstance(operation, AskPerson):
            task = " ".join(operation.task.split())
        elif isinstance(operation, Refill):
            task = f"Bring lot {operation.lot} of {operation.stock}."
        else:
            continue
        found.append(
            PersonTask(
                at_hours=round(entry.start_s / 3600, 4),
                minutes=round(operation.takes_s / 60, 2),
                task=task,
            )
        )
    return tuple(found)


def _queues(times: Schedule) -> dict[str, float]:
    return {
        each.instrument: round((each.end_s - each.begin_s) / 3600, 3) for each in times.instruments
    }
