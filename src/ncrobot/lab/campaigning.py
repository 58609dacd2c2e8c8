"""A campaign carried out: asked, planned, run, measured, told, round after round.

Every step reads from the ledger what is to be done, does it, and writes one entry. Whoever dies in
between is followed by somebody who reads the same ledger; nothing else is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ncrobot.campaigns import (
    Analyse,
    Ledger,
    Loaded,
    Progress,
    Round,
    Step,
    fold,
    judge,
    optimizer_state,
    plated,
    reason_to_stop,
    records,
    told,
)
from ncrobot.campaigns.insight import learnt_lines
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.errors import UserError
from ncrobot.lab.asked_wells import as_run, delivering, spectra_of
from ncrobot.lab.campaign_refusals import (
    campaign_changed,
    check_campaign,
    no_chemistry,
    nothing_left,
    other_chemistry,
    plan_changed,
)
from ncrobot.lab.planning import schedule
from ncrobot.lab.running import Lab
from ncrobot.optimizers import Apart, Asked, Suggestion, ask, check_fallback
from ncrobot.optimizers.checking import Undeliverable
from ncrobot.optimizers.interface import Failure, Result
from ncrobot.optimizers.telling import faults_of_told
from ncrobot.plan import Plan
from ncrobot.protocol import load_protocol, read_conditions
from ncrobot.searchspace import Value
from ncrobot.statuses import RunStatus

Say = Callable[[str], None]


class Campaigning:
    """A campaign at work in a lab. ``analyse`` makes figures of spectra."""

    def __init__(
        self,
        loaded: Loaded,
        lab: Lab,
        ledger: Ledger,
        *,
        analyse: Analyse = judge,
        chemistry: str | None = None,
        say: Say | None = None,
    ) -> None:
        """Check campaign, protocol and deck against each other, and open the ledger's first page.

        ``chemistry`` is used in the simulator in place of the one that the campaign names.

        Raises:
            UserError: one of the files is wrong, or the ledger is another campaign's.
        """
        self.loaded, self.campaign = loaded, loaded.campaign
        self._lab, self._ledger, self._analyse = lab, ledger, analyse
        self._say = say or _silence
        self._protocol = load_protocol(loaded.protocol)
        self._deck = load_deck(loaded.deck)
        check_campaign(loaded, self._protocol)
        check_fallback(self.campaign.optimizer.fallback)
        self._open(chemistry)

    def _open(self, chemistry: str | None) -> None:
        progress, sha = self.progress(), self.campaign.identity()
        simulated = self.campaign.simulated
        if not progress.campaign_sha256:
            data = {
                "campaign_sha256": sha,
                "name": self.campaign.name,
                "chemistry": chemistry or self.loaded.chemistry,
                "chemistry_seed": simulated.seed if simulated else 0,
            }
            self._ledger.write(0, Step.OPENED, data)
        elif progress.campaign_sha256 != sha:
            raise campaign_changed(self.loaded, self._ledger)
        elif chemistry not in (None, progress.chemistry):
            raise other_chemistry(self.loaded, self._ledger, progress.chemistry)

    def progress(self) -> Progress:
        """What the ledger tells now."""
        return fold(self._ledger.entries())

    def run(self, *, rounds: int | None = None, real: bool = False) -> Progress:
        """Go on until a stop rule holds, or ``rounds`` more rounds are told.

        Raises:
            NcrobotError: a round can't be planned or run.
        """
        progress = self.progress()
        goal = None if rounds is None else _told_rounds(progress) + rounds
        while not progress.stopped and (goal is None or _told_rounds(progress) < goal):
            if not progress.is_open and (reason := reason_to_stop(self.campaign, progress)):
                self._ledger.write(len(progress.rounds), Step.STOPPED, {"reason": reason})
                self._say(f"stopped: {reason}")
            else:
                self.advance(real=real)
            progress = self.progress()
        return progress

    def advance(self, *, real: bool = False) -> Step:
        """Take the next step, and return which one it was."""
        progress = self.progress()
        at = progress.current
        if at is None or at.step is Step.TOLD:
            return self.suggest(progress)
        if at.step is Step.ASKED:
            return self._plan(at)
        if at.step is Step.PLANNED:
            return self._run(at, real=real)
        if at.step is Step.RUNNING:
            return self._go_on(at, real=real)
        if at.step is Step.RAN:
            return self._measure(at)
        return self._tell(at)

    def suggest(self, progress: Progress, given: Asked | None = None) -> Step:
        """Fill the next round: by the optimizer, or with suggestions that were checked already."""
        number = len(progress.rounds) + 1
        state = optimizer_state(self.campaign, progress)
        choice = self.campaign.optimizer
        optimizer = Apart(state, limit_s=choice.limit_s, fallback=choice.fallback)
        wanted = self.campaign.layout.capacity
        asked = given or ask(optimizer, wanted, deliver=self.deliver)
        if not asked.suggestions:
            raise nothing_left(self.loaded, asked)
        data = {
            "suggestions": [_numbered(item, number) for item in asked.suggestions],
            "notes": [*optimizer.notes, *asked.notes],
            "refused": len(asked.refused),
            "calls": max(optimizer.state.rounds, state.rounds + 1),
        }
        self._ledger.write(number, Step.ASKED, data)
        by = ", ".join(sorted({item.by or "others" for item in asked.suggestions}))
        self._say(f"round {number}: {len(asked.suggestions)} suggestions by {by}")
        for note in optimizer.notes:
            self._say(f"round {number}: {note}")
        return Step.ASKED

    def deliver(self, values: Mapping[str, Value]) -> Mapping[str, Value] | Undeliverable:
        """What the deck makes of conditions."""
        return delivering(values, self.campaign, self._protocol, self._deck)

    def check_told(self, results: Sequence[Result], failed: Sequence[Failure]) -> None:
        """Hold results against the search space before they are told.

        Raises:
            UserError: with every finding.
        """
        findings = faults_of_told(self.campaign.search, results, (), failed)
        if findings:
            raise UserError(findings)

    def _plan(self, at: Round) -> Step:
        seated = plated(self.campaign, at.suggestions, at.number)
        plan = self._compiled(seated.table)
        data = {
            "plated": seated.model_dump(mode="json"),
            "plan_sha256": plan.sha256,
            "drawn_ul": {use.stock: round(use.drawn_ul, 1) for use in plan.stocks},
        }
        self._ledger.write(at.number, Step.PLANNED, data)
        return Step.PLANNED

    def _compiled(self, table: str) -> Plan:
        conditions = read_conditions(table, self._protocol, format="csv")
        return compile_plan(self._protocol, conditions, self._deck)

    def _run(self, at: Round, *, real: bool, attempt: int = 1) -> Step:
        run = f"{self.campaign.name}-r{at.number:02d}" + (f"-{attempt}" if attempt > 1 else "")
        self._ledger.write(at.number, Step.RUNNING, {"run": run}, attempt=attempt)
        return self._started(at, run, real=real)

    def _started(self, at: Round, run: str, *, real: bool) -> Step:
        plan = self._compiled(at.plated.table if at.plated else "")
        if plan.sha256 != at.plan_sha256:
            raise plan_changed(self.loaded, at)
        chemistry = self._chemistry_of(run)
        if not real:
            chemistry.write_text(self._chemistry(at), encoding="utf-8")
        result = self._lab.run(plan, schedule(plan), real=real, run=run)
        return self._ran(at, run, result.status, result.reason)

    def _go_on(self, at: Round, *, real: bool) -> Step:
        """After a death while a run was under way: real ones are resumed, simulated ones redone.

        A simulation that died says nothing of the world: it is thrown away and made anew.
        """
        known = {item.run: item for item in self._lab.listed()}
        summary = known.get(at.run)
        if summary is None:
            return self._started(at, at.run, real=real)
        if not summary.is_open and summary.status != RunStatus.QUEUED:
            return self._ran(at, at.run, summary.status, summary.reason)
        if real:
            result = self._lab.resume(at.run)
            return self._ran(at, at.run, result.status, result.reason)
        self._tidy(at.run)
        return self._run(at, real=False, attempt=at.attempt + 1)

    def _ran(self, at: Round, run: str, status: str, reason: str) -> Step:
        self._tidy(run)
        self._ledger.write(at.number, Step.RAN, {"status": status, "reason": reason})
        self._say(f"round {at.number}: run {run} {status}")
        return Step.RAN

    def _measure(self, at: Round) -> Step:
        if at.plated is None:
            raise plan_changed(self.loaded, at)
        record = self._lab.load(at.run)
        spectra = spectra_of(record.state, record.plan)
        blanks = at.plated.of_kind(self.campaign.blank) if self.campaign.blank else []
        judged = self._analyse(self.campaign, spectra, blanks)
        wells = records(
            self.campaign, at.plated, at.suggestions, as_run(record.state, record.plan), judged
        )
        data = {"wells": [item.model_dump(mode="json") for item in wells]}
        self._ledger.write(at.number, Step.MEASURED, data)
        return Step.MEASURED

    def _tell(self, at: Round) -> Step:
        results, failures = told(self.campaign, at.number, at.wells)
        data = {
            "results": [item.model_dump(mode="json") for item in results],
            "failures": [item.model_dump(mode="json") for item in failures],
        }
        names = [*(item.id for item in results), *(item.id for item in failures)]
        self._ledger.write(at.number, Step.TOLD, data, tells=names)
        self._say(f"round {at.number}: {len(results)} results and {len(failures)} failures told")
        self._say_what_was_learnt()
        return Step.TOLD

    def _say_what_was_learnt(self) -> None:
        try:
            lines = learnt_lines(self.campaign, self.progress())
        except Exception as error:  # noqa: BLE001 - a summary that fails never ends a campaign
            lines = [f"what was learnt can't be told: {type(error).__name__}: {error}"]
        for line in lines:
            self._say(f"  {line}")

    def _chemistry(self, at: Round) -> str:
        """What reacts in the simulated world of a run, for its reader."""
        progress = self.progress()
        if not progress.chemistry:
            raise no_chemistry(self.loaded)
        return json.dumps(
            {
                "ncrobot": "chemistry/1",
                "name": f"{self.campaign.name}, round {at.number}",
                "extends": progress.chemistry,
                "seed": 1000 * progress.chemistry_seed + at.number,
            }
        )

    def _chemistry_of(self, run: str) -> Path:
        return self._lab.folder / f"{run}.chemistry"

    def _tidy(self, run: str) -> None:
        self._chemistry_of(run).unlink(missing_ok=True)
        (self._lab.folder / f"{run}.world").unlink(missing_ok=True)


def _silence(line: str) -> None:
    del line


def _numbered(item: Suggestion, number: int) -> dict[str, object]:
    """A suggestion with the number of its round in its id, so that ids never meet."""
    prefix = f"r{number:02d}-"
    name = item.id if item.id.startswith(prefix) else f"{prefix}{item.id}"
    return item.model_copy(update={"id": name}).model_dump(mode="json")


def _told_rounds(progress: Progress) -> int:
    return sum(each.step is Step.TOLD for each in progress.rounds)
