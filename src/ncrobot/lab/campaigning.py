"""A campaign carried out: asked, planned, run, measured, told, round after round.

Every step reads from the ledger what is to be done, does it, and writes one entry. Whoever dies in
between is followed by somebody who reads the same ledger; nothing else is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

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
    reason_to_stop,
    records,
    told,
)
from ncrobot.campaigns.insight import learnt_lines
from ncrobot.errors import UserError
from ncrobot.lab.asked_wells import as_run, delivering, infeasible, numbered
from ncrobot.lab.campaign_measuring import measured_beside, measured_on_deck
from ncrobot.lab.campaign_parts import Parts, check_chemistry, checked_parts
from ncrobot.lab.campaign_refusals import (
    campaign_changed,
    is_over,
    nothing_left,
    other_chemistry,
    plan_changed,
    protocol_changed,
)
from ncrobot.lab.campaign_running import PlateRunner, Say
from ncrobot.lab.running import Lab
from ncrobot.optimizers import Apart, Asked, ask
from ncrobot.optimizers.checking import Undeliverable
from ncrobot.optimizers.interface import Failure, Result
from ncrobot.optimizers.telling import faults_of_told
from ncrobot.searchspace import Value

if TYPE_CHECKING:
    from ncrobot.lab.campaign_drops import DropFolder


class Campaigning:
    """A campaign at work in a lab. ``analyse`` makes figures of spectra."""

    def __init__(  # noqa: PLR0913 - what a campaign is given
        self,
        loaded: Loaded,
        lab: Lab,
        ledger: Ledger,
        *,
        analyse: Analyse = judge,
        chemistry: str | None = None,
        parts: Parts | None = None,
        say: Say | None = None,
    ) -> None:
        """Check campaign, protocol and deck against each other, and open the ledger's first page.

        ``chemistry`` is used in the simulator in place of the one that the campaign names;
        ``parts`` were checked already.

        Raises:
            UserError: one of the files is wrong, or the ledger is another campaign's.
        """
        self.loaded, self.campaign = loaded, loaded.campaign
        self._lab, self._ledger, self._analyse = lab, ledger, analyse
        self._say = say or _silence
        self._parts = parts or checked_parts(loaded)
        self._plates = PlateRunner(loaded, self._parts, lab, ledger, self._say)
        self._open(chemistry)

    def _open(self, chemistry: str | None) -> None:
        progress, sha = self.progress(), self.loaded.identity()
        protocol_sha = self._parts.protocol.protocol.content_hash()
        simulated = self.campaign.simulated
        if not progress.campaign_sha256:
            chemistry = chemistry or self.loaded.chemistry
            check_chemistry(chemistry, self._parts)
            data = {
                "campaign_sha256": sha,
                "protocol_sha256": protocol_sha,
                "name": self.campaign.name,
                "chemistry": chemistry,
                "chemistry_seed": simulated.seed if simulated else 0,
            }
            self._ledger.write(0, Step.OPENED, data)
        elif progress.campaign_sha256 != sha:
            raise campaign_changed(self.loaded, self._ledger)
        elif progress.protocol_sha256 not in ("", protocol_sha):  # old ledgers don't tell it
            raise protocol_changed(self.loaded, self._ledger)
        elif chemistry not in (None, progress.chemistry):
            raise other_chemistry(self.loaded, self._ledger, progress.chemistry)

    def progress(self) -> Progress:
        """What the ledger tells now."""
        return fold(self._ledger.entries())

    def ended(self, progress: Progress) -> str:
        """Why the campaign has ended, or would with its next step; empty if it hasn't."""
        if progress.stopped or progress.is_open:
            return progress.stopped
        return reason_to_stop(self.campaign, progress)

    def run(
        self, *, rounds: int | None = None, real: bool = False, others: DropFolder | None = None
    ) -> Progress:
        """Go on until a stop rule holds, ``rounds`` more rounds are told, or instruments have it.

        What ``others`` drop in comes before what the optimizer would suggest.

        Raises:
            NcrobotError: a round can't be planned or run.
        """
        progress = self.progress()
        goal = None if rounds is None else _told_rounds(progress) + rounds
        if others:
            others.tell(self)
        while not progress.stopped and (goal is None or _told_rounds(progress) < goal):
            if reason := self.ended(progress):
                self._ledger.write(len(progress.rounds), Step.STOPPED, {"reason": reason})
                self._say(f"stopped: {reason}")
            elif not (others and not progress.is_open and others.take(self)):
                if (step := self.advance(real=real)) is None:
                    break
                if others and step is Step.TOLD:
                    others.tell(self)
            progress = self.progress()
        return progress

    def advance(self, *, real: bool = False) -> Step | None:
        """Take the next step, and return which one it was; None if others have to do theirs."""
        progress = self.progress()
        at = progress.current
        if at is None or at.step is Step.TOLD:
            return self.suggest(progress)
        if at.step is Step.ASKED:
            return self._plates.plan(at)
        if at.step is Step.PLANNED:
            return self._plates.run(progress, at, real=real)
        if at.step is Step.RUNNING:
            return self._plates.go_on(progress, at, real=real)
        if at.step is Step.RAN:
            return self._measure(at)
        return self._tell(at)

    def suggest(self, progress: Progress, given: Asked | None = None) -> Step:
        """Fill the next round: by the optimizer, or with suggestions that were checked already.

        Raises:
            LabError: the campaign has ended, or nothing is left that can be made.
        """
        if reason := self.ended(progress):
            raise is_over(self.loaded, self._ledger, reason)
        number = len(progress.rounds) + 1
        state = optimizer_state(self.campaign, progress)
        choice = self.campaign.optimizer
        optimizer = Apart(state, limit_s=choice.limit_s, fallback=choice.fallback)
        wanted = self.campaign.layout.capacity
        asked = given or ask(optimizer, wanted, deliver=self.deliver)
        if not asked.suggestions:
            raise nothing_left(self.loaded, asked)
        data = {
            "suggestions": [numbered(item, number) for item in asked.suggestions],
            "notes": [*optimizer.notes, *asked.notes],
            "refused": len(asked.refused),
            "infeasible": infeasible(asked, number, self.campaign.search.parameters),
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
        return delivering(values, self.campaign, self._parts.protocol, self._parts.deck)

    def check_told(self, results: Sequence[Result], failed: Sequence[Failure]) -> None:
        """Hold results against the search space before they are told.

        Raises:
            UserError: with every finding.
        """
        findings = faults_of_told(self.campaign.search, results, (), failed)
        if findings:
            raise UserError(findings)

    def _measure(self, at: Round) -> Step | None:
        """Measure the plate; None while instruments have it in hand."""
        if at.plated is None:
            raise plan_changed(self.loaded, at)
        record = self._lab.load(at.run)
        if self.campaign.measuring is None:
            found = measured_on_deck(self.campaign, at, record, self._analyse)
        else:
            found = measured_beside(self.loaded, self._lab, record)
        if found.waiting:
            self._say(f"round {at.number} waits for {found.waiting}")
            return None
        for note in found.notes:
            self._say(f"round {at.number}: {note}")
        runs = as_run(record.state, record.plan)
        wells = records(self.campaign, at.plated, at.suggestions, runs, found.judged)
        data = {"wells": [item.model_dump(mode="json") for item in wells]}
        self._ledger.write(at.number, Step.MEASURED, data)
        return Step.MEASURED

    def _tell(self, at: Round) -> Step:
        self._plates.tidy(at)
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


def _silence(line: str) -> None:
    del line


def _told_rounds(progress: Progress) -> int:
    return sum(each.step is Step.TOLD for each in progress.rounds)
