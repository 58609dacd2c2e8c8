"""Sends waiting samples to an instrument: composes batches, writes worklists, drops them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError
from ncrobot.samples.batches import Batch, Batches, BatchState, stamp
from ncrobot.samples.composing import Composed, compose
from ncrobot.samples.holding import held
from ncrobot.samples.identities import identity
from ncrobot.samples.instruments import InstrumentSettings, WorklistFile
from ncrobot.samples.jobs import Job, JobState, control_of
from ncrobot.samples.links import InstrumentLink, link_to
from ncrobot.samples.record import SampleRecord
from ncrobot.samples.templates import USUAL_KINDS, load_template
from ncrobot.samples.worklists import Injection, file_name, write_worklist


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submission came to: batches that went out, jobs that would be too late, expired."""

    batches: tuple[Batch, ...]
    too_late: tuple[Job, ...]
    expired: tuple[Job, ...]


class Submitter:
    """Sends the queue of one instrument; simulated samples never go with real ones."""

    def __init__(
        self,
        record: SampleRecord,
        instrument: str,
        settings: InstrumentSettings,
        *,
        simulated: bool = False,
    ) -> None:
        self._record = record
        self._batches = Batches(record)
        self._instrument = instrument
        self._settings = settings
        self._simulated = simulated

    def submit(self, by: str, most: int | None = None) -> Submitted:
        """Finish what an earlier submission left, then send the next batch of what waits.

        Raises:
            LabError: a template is wrong, a sample stands in no tray, or a folder can't be written.
        """
        with held(self._record):
            sent = list(self._finish(by))
            expired = self._record.expire(by, simulated=self._simulated)
            waiting = self._waiting()
            composed = compose(waiting, self._settings, self._record.now(), most)
            if composed.slots:
                sent.append(self._send(composed, by))
        return Submitted(tuple(sent), composed.too_late, expired)

    def _waiting(self) -> Sequence[Job]:
        queued = self._record.jobs(instrument=self._instrument, states=[JobState.QUEUED])
        return [job for job in queued if job.batch is None and job.simulated is self._simulated]

    def _finish(self, by: str) -> Iterator[Batch]:
        """Drop what was composed or staged when an earlier process died."""
        for batch in self._batches.all(
            BatchState.COMPOSED, BatchState.STAGED, instrument=self._instrument
        ):
            if batch.simulated is self._simulated:
                yield self._drop(batch, by)

    def _send(self, composed: Composed, by: str) -> Batch:
        now = self._record.now()
        number = len(self._batches.all())  # the same samples may be sent twice in one second
        named = ("batch", self._instrument, stamp(now), str(number))
        name = identity(*named, *(job.id for job in composed.jobs))
        jobs, controls = self._lines(composed, name)
        injections = [self._injection(job) for job in jobs] if self._settings.worklist else []
        content = self._worklist(injections)
        batch = Batch(
            id=name,
            instrument=self._instrument,
            jobs=tuple(job.id for job in jobs),
            path=str(self._path(name, stamp(now))) if self._settings.worklist else "",
            begins=composed.slots[0].begins.isoformat(),
            made=now.isoformat(),
            simulated=self._simulated,
        )
        if not self._batches.add(batch, content, controls, by):
            raise LabError(
                Diagnostic(
                    code="queue-changed", message="the queue was changed meanwhile",
                    fix="submit again",
                )
            )  # fmt: skip
        return self._drop(batch, by)

    def _lines(self, composed: Composed, batch: str) -> tuple[list[Job], tuple[Job, ...]]:
        jobs: list[Job] = []
        controls: list[Job] = []
        for line, slot in enumerate(composed.slots, 1):
            job = slot.job
            if job is None:
                simulated = self._simulated
                job = control_of(slot.kind, batch, self._instrument, line, simulated=simulated)
                controls.append(job)
            jobs.append(job)
        return jobs, tuple(controls)

    def _injection(self, job: Job) -> Injection:
        settings = self._settings
        control = settings.batch.controls.get(job.kind) if job.kind != "sample" else None
        if control is not None:
            position, sample = control.position, control.name
        elif settings.positions is not None:
            position, sample = settings.positions.write(job.place), f"{job.well} {job.step}"
        else:
            position, sample = job.place, f"{job.well} {job.step}"
        return Injection(
            job=job.id,
            kind=job.kind,
            position=position,
            file_name=file_name(job.id, job.well, job.step or job.kind),
            sample=f"{job.id} {sample}",
            method=settings.method,
            injection_ul=settings.injection_ul,
            comment=job.run or job.kind,
            well=job.well,
        )

    def _worklist(self, injections: Sequence[Injection]) -> bytes:
        worklist = self._settings.worklist
        if worklist is None:
            return b""
        template = load_template(
            worklist.template, worklist.software, worklist.columns, worklist.row
        )
        return write_worklist(template, injections, kinds_of(worklist))

    def _path(self, batch: str, when: str) -> Path:
        worklist = self._settings.worklist
        if worklist is None:  # pragma: no cover - asked for with a worklist only
            return Path()
        return worklist.folder / f"{when}_{batch}{worklist.suffix}"

    def _drop(self, batch: Batch, by: str) -> Batch:
        link = link_to(self._instrument, self._settings)
        if link is not None:
            self._hand_over(batch, link)
        return self._batches.drop(batch, by)

    def _hand_over(self, batch: Batch, link: InstrumentLink) -> None:
        """Hand a batch to a plug-in, which has to know it again by its name if it comes twice."""
        jobs = self._record.jobs(batch=batch.id)
        link.submit(batch.id, [self._injection(job) for job in jobs])


def kinds_of(worklist: WorklistFile) -> Mapping[str, str]:
    """The instrument's words for the kinds of lines: the lab's own before the usual ones."""
    return {**USUAL_KINDS.get(worklist.software, {}), **worklist.kinds}
