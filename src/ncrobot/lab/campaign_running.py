"""Lets the plate of a round run: planned, scheduled, carried out, resumed or simulated anew."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from ncrobot.campaigns import Ledger, Loaded, Progress, Round, Step, plated
from ncrobot.compiler import compile_plan
from ncrobot.lab.campaign_parts import Parts, check_chemistry
from ncrobot.lab.campaign_refusals import broken_off, no_chemistry, plan_changed
from ncrobot.lab.interrupts import BY_SIGNAL
from ncrobot.lab.planning import schedule
from ncrobot.lab.running import Lab, RunResult
from ncrobot.plan import Plan
from ncrobot.protocol import read_conditions
from ncrobot.statuses import RunStatus

Say = Callable[[str], None]
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_OF_STEM = 60


class PlateRunner:
    """Plans the plates of one campaign and lets the lab run them; writes both into the ledger."""

    def __init__(
        self,
        loaded: Loaded,
        parts: Parts,
        lab: Lab,
        ledger: Ledger,
        say: Say,
    ) -> None:
        self._loaded = loaded
        self._parts = parts
        self._lab, self._ledger, self._say = lab, ledger, say
        # What is measured beside the deck is asked of the world when the run is over.
        lab.keep_worlds = True

    def plan(self, at: Round) -> Step:
        """Share out the wells and plan the plate."""
        seated = plated(self._loaded.campaign, at.suggestions, at.number)
        plan = self._compiled(seated.table)
        data = {
            "plated": seated.model_dump(mode="json"),
            "plan_sha256": plan.sha256,
            "drawn_ul": {use.stock: round(use.drawn_ul, 1) for use in plan.stocks},
        }
        self._ledger.write(at.number, Step.PLANNED, data)
        return Step.PLANNED

    def run(self, progress: Progress, at: Round, *, real: bool, attempt: int = 1) -> Step:
        """Begin the run of a round; simulated, its chemistry is looked at first."""
        if not real:
            check_chemistry(progress.chemistry, self._parts)
        run = self._new_name(at)
        self._ledger.write(at.number, Step.RUNNING, {"run": run}, attempt=attempt)
        return self._started(progress, at, run, real=real)

    def _new_name(self, at: Round) -> str:
        """An id that no run has; a run of another ledger must never be taken for our own."""
        stem = _NOT_PLAIN.sub("-", self._ledger.path.stem).strip("-._")[:_MOST_OF_STEM]
        name = wanted = f"{stem or self._loaded.campaign.name}-r{at.number:02d}"
        count = 1
        while self._lab.runs.exists(name):
            count += 1
            name = f"{wanted}-{count}"
        return name

    def go_on(self, progress: Progress, at: Round, *, real: bool) -> Step:
        """After a death while a run was under way: real ones are resumed, simulated ones redone.

        A simulation that died says nothing of the world: it is thrown away and made anew. Ctrl-C
        and signals end a process, not what it was at: a run that they ended is gone on with too.
        """
        known = {item.run: item for item in self._lab.listed()}
        summary = known.get(at.run)
        if summary is None:
            return self._started(progress, at, at.run, real=real)
        is_over = not summary.is_open and summary.status != RunStatus.QUEUED
        if is_over and not _by_signal(summary.status, summary.reason):
            return self._ran(at, summary.status, summary.reason)
        if real:
            result = self._lab.resume(at.run)
            return self._ended(at, result.status, result.reason)
        self.tidy(at)
        return self.run(progress, at, real=False, attempt=at.attempt + 1)

    def tidy(self, at: Round) -> None:
        """Throw away the simulated world of a round."""
        self._chemistry_of(at.run).unlink(missing_ok=True)
        (self._lab.folder / f"{at.run}.world").unlink(missing_ok=True)

    def _compiled(self, table: str) -> Plan:
        protocol = self._parts.protocol
        conditions = read_conditions(table, protocol, format="csv")
        return compile_plan(protocol, conditions, self._parts.deck)

    def _started(self, progress: Progress, at: Round, run: str, *, real: bool) -> Step:
        plan = self._compiled(at.plated.table if at.plated else "")
        if plan.sha256 != at.plan_sha256:
            raise plan_changed(self._loaded, at)
        if not real:
            self._chemistry_of(run).write_text(self._chemistry(progress, at), encoding="utf-8")
        at.run = run
        result: RunResult = self._lab.run(plan, schedule(plan), real=real, run=run)
        return self._ended(at, result.status, result.reason)

    def _ended(self, at: Round, status: str, reason: str) -> Step:
        """The run is over, unless it was only broken off."""
        if _by_signal(status, reason):
            raise broken_off(at, reason)
        return self._ran(at, status, reason)

    def _ran(self, at: Round, status: str, reason: str) -> Step:
        self._ledger.write(at.number, Step.RAN, {"status": status, "reason": reason})
        self._say(f"round {at.number}: run {at.run} {status}")
        return Step.RAN

    def _chemistry(self, progress: Progress, at: Round) -> str:
        """What reacts in the simulated world of a run, for those who measure it."""
        if not progress.chemistry:
            raise no_chemistry(self._loaded)
        return json.dumps(
            {
                "ncrobot": "chemistry/1",
                "name": f"{self._loaded.campaign.name}, round {at.number}",
                "extends": progress.chemistry,
                "seed": 1000 * progress.chemistry_seed + at.number,
            }
        )

    def _chemistry_of(self, run: str) -> Path:
        return self._lab.folder / f"{run}.chemistry"


def _by_signal(status: str, reason: str) -> bool:
    return status == RunStatus.ABORTED and reason in BY_SIGNAL
