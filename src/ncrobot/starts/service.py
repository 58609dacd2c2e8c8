"""The service of a lab: starts plates at their times and takes the turns of its routines.

APScheduler keeps when; its persistent store holds one job for each planned start and each daily
routine, so that a restarted service knows what it should have done meanwhile. What a job means is
looked up in our own record: a store of jobs that can't be read loses no start.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.triggers.date import DateTrigger

from ncrobot.locking import Lock, take_lock, this_process
from ncrobot.notices import NoticeKind, Story, Tell, Urgency, draft
from ncrobot.starts._jobs import DAILY, OFTEN, STARTS, Scheduler, due
from ncrobot.starts.planned import StartStatus
from ncrobot.starts.record import Starts
from ncrobot.starts.routines import Routine, Turns
from ncrobot.starts.starting import Starter, Starting
from ncrobot.starts.when import local_zone

log = logging.getLogger(__name__)


class Service:
    """Serves one record of planned starts; a second service on the same record is refused.

    ``tell`` takes notices. Times of routines are in ``zone``, by default that of this machine.
    :meth:`run` serves in the thread that calls it; turns and starts are on threads of their own.
    """

    def __init__(
        self,
        starts: Starts,
        starter: Starter,
        tell: Tell,
        *,
        routines: Sequence[Routine] = (),
        zone: ZoneInfo | None = None,
        look_s: float = 5.0,
    ) -> None:
        self._zone = zone or local_zone()
        self._starts = starts
        self._starting = Starting(starts, starter, tell, self._zone)
        self._tell = tell
        self._turns = {routine.name: Turns(routine, tell) for routine in routines}
        self._look_s = look_s
        self._blind = False
        self._scheduler: Scheduler | None = None

    def run(self, stop: threading.Event, *, ready: Callable[[], None] | None = None) -> None:
        """Serve until ``stop`` is set; ``ready`` is called once everything is in place.

        Raises:
            LabError: another service works on this record, or its files can't be used.
        """
        with self._lock():
            scheduler = self._begin()
            try:
                if ready is not None:
                    ready()
                while not stop.wait(self._look_s):
                    self.look()
            finally:
                self._scheduler = None
                scheduler.end()

    def look(self) -> None:
        """Bring the jobs in line with the record: others plan and cancel in it meanwhile."""
        scheduler = self._scheduler
        if scheduler is None:
            return
        about = "record of planned starts"
        try:
            self._look(scheduler)
        except Exception as error:
            log.exception("the record of planned starts can't be read")
            self._blind = True
            text = f"The service can't read its planned starts: {type(error).__name__}: {error}"
            told = draft(NoticeKind.ROUTINE_FAILED, text, about=about, urgency=Urgency.ALARM)
            self._tell(told)
            return
        if self._blind:
            self._blind = False
            self._tell(Story(kind=NoticeKind.ROUTINE_FAILED, about=about))

    def _lock(self) -> Lock:
        name = str(self._starts.path.resolve())
        holder = this_process("service", self._starts.now())
        whole = f"the record of planned starts {name}"
        # Beside the record, where every service of it looks, whoever's it is.
        folder = self._starts.path.parent
        return take_lock([f"service {name}"], holder, whole=whole, folder=folder)

    def _begin(self) -> Scheduler:
        self._starting.tell_unclear()
        scheduler = Scheduler(self._starts.path, self._zone)
        scheduler.add_listener(self._on_due, EVENT_JOB_EXECUTED)
        scheduler.add_listener(self._on_missed, EVENT_JOB_MISSED)
        scheduler.start(paused=True)
        self._scheduler = scheduler
        self._set_routines(scheduler)
        self._look(scheduler)
        scheduler.resume()
        return scheduler

    def _set_routines(self, scheduler: Scheduler) -> None:
        wired = {turns.routine.name: turns for turns in self._turns.values()}
        for job in scheduler.get_jobs(DAILY):
            if job.id not in wired:
                scheduler.remove_job(job.id, DAILY)
        for name, turns in wired.items():
            routine, trigger = turns.routine, turns.routine.trigger(self._zone)
            if routine.daily_at is None:
                scheduler.add_job(
                    turns.take,
                    trigger,
                    id=name,
                    jobstore=OFTEN,
                    misfire_grace_time=None,
                    next_run_time=datetime.now(self._zone),
                )
                continue
            known = scheduler.get_job(name, DAILY)
            # A known one stays: added anew it would forget the turn that it has missed.
            if known is not None and repr(known.trigger) == repr(trigger):
                continue
            scheduler.add_job(
                due,
                trigger,
                (name,),
                id=name,
                jobstore=DAILY,
                misfire_grace_time=max(int(routine.grace_s), 1),
                replace_existing=True,
            )

    def _look(self, scheduler: Scheduler) -> None:
        planned = {start.id: start for start in self._starts.all(StartStatus.PLANNED)}
        jobs = {job.id for job in scheduler.get_jobs(STARTS)}
        for gone in jobs - set(planned):
            scheduler.remove_job(gone, STARTS)
        for name in set(planned) - jobs:
            start = planned[name]
            scheduler.add_job(
                due,
                DateTrigger(start.moment),
                (name,),
                id=name,
                jobstore=STARTS,
                misfire_grace_time=max(int(start.grace_s), 1),
            )
        # Its timer counts even seconds; the clock on the wall may have been set.
        scheduler.wakeup()

    def _on_due(self, event: JobExecutionEvent) -> None:
        if event.jobstore == STARTS:
            self._guarded(self._starting.fire, event.job_id)
        elif event.jobstore == DAILY and event.job_id in self._turns:
            self._turns[event.job_id].take()

    def _on_missed(self, event: JobExecutionEvent) -> None:
        if event.jobstore == STARTS:
            self._guarded(self._starting.miss, event.job_id)
        elif event.jobstore == DAILY and event.job_id in self._turns:
            self._turns[event.job_id].missed(event.scheduled_run_time, self._zone)

    def _guarded(self, handle: Callable[[str], None], start: str) -> None:
        try:
            handle(start)
        except Exception as error:
            log.exception("planned start %s", start)
            text = f"The planned start {start} failed: {type(error).__name__}: {error}"
            self._tell(draft(NoticeKind.START_REFUSED, text, about=start, urgency=Urgency.ALARM))
