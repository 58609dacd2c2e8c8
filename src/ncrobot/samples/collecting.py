"""Takes up the data files that an instrument wrote: each to the job whose identity it carries.

A file is read when it has been quiet for a while, kept under its hash, and then assigned or
quarantined in one transaction. Whatever dies in between, the next collection does it again, and
bytes that were taken up are known by their hash.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ncrobot.analysis.mass import ReadState
from ncrobot.errors import Diagnostic, LabError
from ncrobot.samples.batches import Batches, BatchState
from ncrobot.samples.converting import Conversions
from ncrobot.samples.files import DataFile, DataFiles, date_of
from ncrobot.samples.holding import held
from ncrobot.samples.identities import identities_in
from ncrobot.samples.instruments import InstrumentSettings
from ncrobot.samples.jobs import Job
from ncrobot.samples.links import link_to
from ncrobot.samples.packing import MOST_BYTES, Standing, packed, standing
from ncrobot.samples.parsing import Parsed, parse
from ncrobot.samples.raw_store import RawStore
from ncrobot.samples.record import SampleRecord

_HEAD_BYTES = 65_536


@dataclass(slots=True)
class Collected:
    """What a collection came to: names of files by what became of them."""

    assigned: list[str] = field(default_factory=list)
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    not_yet: list[str] = field(default_factory=list)


class Collector:
    """Collects the files of one instrument."""

    def __init__(
        self, record: SampleRecord, store: RawStore, instrument: str, settings: InstrumentSettings
    ) -> None:
        self._record = record
        self._files = DataFiles(record)
        self._batches = Batches(record)
        self._conversions = Conversions(record, store)
        self._store = store
        self._instrument = instrument
        self._settings = settings

    def collect(self, by: str) -> Collected:
        """Take up everything that is finished and new, from the folder or from the plug-in.

        A file that was quarantined under another name is looked at again under its new one.

        Raises:
            LabError: the folder can't be read, or the store can't be written.
        """
        found = Collected()
        self._convert_new(by)
        with held(self._record):
            self._notice_taken(by)
            link = link_to(self._instrument, self._settings)
            for each in link.delivered() if link is not None else ():
                self.take_up(each.data, each.name, each.measured_at, found, by)
            for path in self._waiting() if link is None else ():
                self._look_at(path, found, by)
        return found

    def again(self, by: str) -> Collected:
        """Look once more at what is in quarantine, as after a converter or a setting was mended.

        Raises:
            LabError: raw data are missing, or the store can't be written.
        """
        found = Collected()
        own = [
            each for each in self._files.all("quarantined") if each.instrument == self._instrument
        ]
        converter = self._settings.results.convert
        for each in own if converter is not None else ():
            if converter is not None:
                self._conversions.make(each.sha256, each.name, converter, by)
        with held(self._record):
            for each in own:
                self._judge(each, self._store.get(each.sha256), found, by)
        return found

    def take_up(self, data: bytes, name: str, came: str, found: Collected, by: str) -> str:
        """Take up the bytes of one file; returns their hash. ``came`` is when they were measured.

        Raises:
            LabError: the store can't be written.
        """
        sha256 = self._store.put(data)
        before = self._files.known(sha256)
        if before is not None and (before.state == "assigned" or before.name == name):
            found.duplicates.append(name)
            return sha256
        file = DataFile(sha256, self._instrument, "quarantined", name, len(data), came, "")
        self._judge(file, data, found, by)
        return sha256

    def _judge(self, file: DataFile, data: bytes, found: Collected, by: str) -> None:
        """Assign a file to its jobs, or quarantine it, by what it or its conversion holds."""
        name, reason = file.name, ""
        if self._settings.results.convert is not None:
            made = self._conversions.of(file.sha256)
            if made is None or made.made is None:
                reason = made.reason if made is not None else "it wasn't converted"
            else:
                data, name = self._store.get(made.made), made.name
        if not reason:
            parsed = parse(data, name, self._settings.results)
            jobs, reason = self._jobs_of(data, f"{file.name} {name}", parsed)
            reason = reason or ("" if parsed.state is ReadState.OK else parsed.told)
        if reason:
            self._files.quarantine(file, reason, by)
        else:
            self._files.assign(file, [job.id for job in jobs], file.came, by)
        kept = self._files.find(file.sha256)
        if kept.state == "assigned":
            found.assigned.append(file.name)
        else:
            found.quarantined.append((file.name, kept.reason))

    def _convert_new(self, by: str) -> None:
        """Convert what is quiet and new, before anybody else has to wait for the queue."""
        converter = self._settings.results.convert
        for path in self._waiting() if converter is not None else ():
            stands = standing(path)
            if converter is None or stands is None or stands.size > MOST_BYTES:
                continue
            is_quiet, is_taken_up = self._quiet(path, stands)
            if not is_quiet or is_taken_up:
                continue
            try:
                raw = self._store.put(packed(path))
            except OSError:
                continue
            if self._conversions.of(raw) is None:
                self._conversions.make(raw, path.name, converter, by)

    def _waiting(self) -> Iterator[Path]:
        folder = self._settings.results.folder
        try:
            there = sorted(folder.iterdir(), key=lambda path: path.name)
        except OSError as error:
            raise LabError(
                Diagnostic(
                    code="results-folder",
                    message=f"the results folder can't be read: {error.strerror}",
                    file=str(folder), fix="see that it is there, or name another one",
                )
            ) from error  # fmt: skip
        pattern = self._settings.results.pattern
        for path in there:
            if fnmatch.fnmatch(path.name, pattern) and not path.name.startswith("."):
                yield path

    def _quiet(self, path: Path, stands: Standing) -> tuple[bool, bool]:
        """Whether it didn't change for long enough, and whether it was taken up before."""
        since_s, is_taken_up = self._files.seen(str(path), stands.size, stands.changed_ns)
        now_s = self._record.now().timestamp()
        quiet_s = self._settings.results.quiet_s
        old_enough = now_s - stands.changed_ns / 1e9 >= quiet_s
        seen_enough = since_s is not None and now_s - since_s >= quiet_s
        return old_enough or seen_enough, is_taken_up

    def _look_at(self, path: Path, found: Collected, by: str) -> None:
        stands = standing(path)
        if stands is None:
            return
        is_quiet, is_taken_up = self._quiet(path, stands)
        if is_taken_up:
            return
        if not is_quiet:
            found.not_yet.append(path.name)
            return
        if path.is_dir() and self._settings.results.convert is None:
            reason = "a folder: give a converter under results, convert"
            found.quarantined.append((path.name, reason))
            return
        if stands.size > MOST_BYTES:
            found.quarantined.append((path.name, "too large to be read"))
            return
        try:
            data = packed(path)
        except OSError:
            found.not_yet.append(path.name)
            return
        sha256 = self.take_up(data, path.name, date_of(stands.changed_ns), found, by)
        self._files.taken_up(str(path), sha256)

    def _jobs_of(self, data: bytes, name: str, parsed: Parsed) -> tuple[Sequence[Job], str]:
        """The jobs that a file is the result of; or why there are none."""
        named = list(identities_in(name))
        if not named:
            head = data[:_HEAD_BYTES].replace(b"\x00", b"").decode("latin-1")
            named = list(identities_in(head))
        if self._settings.results.per == "plate":
            return self._plate_jobs(named, parsed)
        jobs = [job for job in map(self._job, named) if job is not None]
        if not jobs:
            return (), "an orphan: it carries no identity of a job"
        if len(jobs) > 1:
            return (), f"it carries {len(jobs)} identities: {', '.join(job.id for job in jobs)}"
        if jobs[0].instrument != self._instrument:
            return (), f"job {jobs[0].id} is for {jobs[0].instrument}"
        return jobs, ""

    def _plate_jobs(self, named: Sequence[str], parsed: Parsed) -> tuple[Sequence[Job], str]:
        """The jobs of a plate's batch whose wells the file holds."""
        known = {batch.id for batch in self._batches.all(instrument=self._instrument)}
        batches = [name for name in named if name in known]
        if len(batches) != 1:
            return (), "an orphan: it carries no identity of a plate's batch"
        wells = {each.well for each in (parsed.optical.spectra if parsed.optical else ())}
        jobs = self._record.jobs(batch=batches[0])
        there = [job for job in jobs if job.place.partition("/")[2] in wells]
        if not there:
            return (), "it holds none of the wells of its batch"
        return there, ""

    def _job(self, identity: str) -> Job | None:
        try:
            return self._record.job(identity)
        except LabError:
            return None

    def _notice_taken(self, by: str) -> None:
        """Worklists that are gone from the watched folder were taken by the instrument."""
        for batch in self._batches.all(BatchState.DROPPED, instrument=self._instrument):
            if batch.path and not Path(batch.path).exists():
                self._batches.mark_taken(batch, by)
