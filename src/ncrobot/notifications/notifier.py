"""The notifier: takes notices and events without ever waiting, and has couriers deliver them."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ncrobot.clock import WallClock
from ncrobot.events import Event, EventKind
from ncrobot.notices import Draft, NoticeKind, Story, Urgency, draft
from ncrobot.notifications._rows import noticed
from ncrobot.notifications.courier import Courier
from ncrobot.notifications.outbox import Outbox
from ncrobot.notifications.routing import deliveries_of
from ncrobot.notifications.sending import Sender, make_sender
from ncrobot.notifications.settings import Notifications
from ncrobot.notifications.telling import OF_INTEREST, Gatherer, answered_story, draft_of

log = logging.getLogger(__name__)

_MOST_QUEUED = 10_000
# How soon a courier sees what another process has put into the outbox.
_LOOK_S = 5.0


class End:
    """Tells the intake that nothing more comes."""


Item = Draft | Story | Event | End


class Notifier:
    """Takes notices from any thread and delivers them on threads of its own.

    :meth:`tell`, :meth:`notify` and :meth:`on_event` never wait and never raise: a run does not
    notice whether its notices arrive. Lives from :meth:`start` to :meth:`close`, or as a block.
    """

    def __init__(
        self,
        settings: Notifications,
        outbox: Outbox,
        *,
        now: Callable[[], datetime] | None = None,
        senders: Mapping[str, Sender] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.outbox = outbox
        self._settings = settings
        self._now = now or WallClock().wall
        given = os.environ if environment is None else environment
        self._senders = {
            name: make_sender(channel, given) for name, channel in settings.channels.items()
        } | dict(senders or {})
        self._couriers = [
            Courier(name, channel, self._senders[name], outbox, self._now)
            for name, channel in settings.channels.items()
        ]
        self._gatherer = Gatherer(settings.gather_s, settings.repeat_after_s)
        self._queue: queue.Queue[Item] = queue.Queue(_MOST_QUEUED)
        self._wake = {courier.name: threading.Event() for courier in self._couriers}
        self._closing = threading.Event()
        self._deadline_s = math.inf
        self._threads: list[threading.Thread] = []

    @classmethod
    def open(cls, settings: Notifications, outbox: Path, **options: Any) -> Self:
        """A notifier with its outbox in this SQLite file.

        Raises:
            LabError: the outbox can't be opened.
        """
        return cls(settings, Outbox.open(outbox), **options)

    def start(self) -> Self:
        """Begin to take and deliver; also what earlier processes have left in the outbox."""
        self._threads = [threading.Thread(target=self._take_in, name="notices", daemon=True)]
        self._threads += [
            threading.Thread(target=self._serve, args=(c,), name=f"notices {c.name}", daemon=True)
            for c in self._couriers
        ]
        for thread in self._threads:
            thread.start()
        return self

    def close(self, wait_s: float = 10.0) -> int:
        """Deliver what falls due within ``wait_s``; returns how many deliveries still wait.

        Those are in the outbox, and go on with the next notifier that is opened on it.
        """
        self._deadline_s = deadline_s = time.monotonic() + wait_s
        with contextlib.suppress(queue.Full):
            self._queue.put(End(), timeout=wait_s)
        for thread in self._threads[:1]:
            thread.join(max(deadline_s - time.monotonic(), 0.0))
        self._closing.set()
        self._wake_all()
        for thread in self._threads[1:]:
            thread.join(max(deadline_s - time.monotonic(), 0.0))
        try:
            return self.outbox.waiting()
        except Exception:
            log.exception("the outbox of notifications can't be read")
            return 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def on_event(self, event: Event) -> None:
        """Take an event of a run; a listener of the run."""
        if event.kind in OF_INTEREST and (self._settings.simulated_runs or not event.simulated):
            self._put(event)

    def tell(self, told: Draft | Story) -> None:
        """Take a notice, or a story that is over."""
        self._put(told)

    def notify(
        self,
        kind: NoticeKind,
        text: str,
        *,
        about: str = "",
        run: str | None = None,
        urgency: Urgency | None = None,
        **details: Any,
    ) -> None:
        """Take a notice, in words; ``urgency`` is that of its kind unless given."""
        self._put(draft(kind, text, about=about, run=run, urgency=urgency, **details))

    def _put(self, item: Item) -> None:
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            log.exception("too many notices at once, one is lost: %r", item)

    def _wake_all(self) -> None:
        for event in self._wake.values():
            event.set()

    def _take_in(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=self._gather_wait_s())
            except queue.Empty:
                item = None
            try:
                is_over = self.take_in(item)
            except Exception:
                log.exception("a notice was lost: %r", item)
                is_over = isinstance(item, End)
            self._wake_all()
            if is_over:
                return

    def _gather_wait_s(self) -> float | None:
        due = self._gatherer.next_at()
        return None if due is None else max((due - self._now()).total_seconds(), 0.0)

    def take_in(self, item: Item | None) -> bool:
        """Handle one item of the queue (None: time has passed); returns whether it was the last."""
        now = self._now()
        if isinstance(item, Draft):
            self._keep(item, now)
        elif isinstance(item, Story):
            self.outbox.end_story(item, "the end of its cause", now)
        elif isinstance(item, Event):
            self._take_event(item, now)
        is_over = isinstance(item, End)
        for gathered in self._gatherer.take(None if is_over else now):
            self._keep(gathered, now)
        return is_over

    def _take_event(self, event: Event, now: datetime) -> None:
        if event.kind is EventKind.WELL_FLAGGED:
            self._gatherer.add(event, now)
        story = answered_story(event)
        if story is not None:
            self.outbox.end_story(story, "the answer", now)
        if event.kind is EventKind.RUN_ENDED:
            for gathered in self._gatherer.take(None, event.run):
                self._keep(gathered, now)
        told = draft_of(event)
        if told is not None:
            self._keep(told, now)

    def _keep(self, told: Draft, now: datetime) -> None:
        urgency = self._settings.urgency.get(told.kind)
        if urgency is not None:
            told = told.model_copy(update={"urgency": urgency})
        try:
            self.outbox.take(
                told,
                now,
                lambda notice: deliveries_of(self._settings, notice, now),
                self._settings.repeat_after_s,
            )
        except Exception:
            log.exception("the outbox can't keep a notice; it is sent once, unrecorded")
            self._send_unrecorded(told, now)

    def _send_unrecorded(self, told: Draft, now: datetime) -> None:
        """A full disk is no reason to be silent about a full disk."""
        notice = noticed(told, now, 0)
        for due in deliveries_of(self._settings, notice, now):
            if due.step == 0:
                try:
                    self._senders[due.channel](notice, 0)
                except Exception:
                    log.exception("notice %s by %s", notice.id, due.channel)

    def _serve(self, courier: Courier) -> None:
        wake = self._wake[courier.name]
        while True:
            wait_s: float | None = _LOOK_S
            try:
                if courier.deliver_due():
                    self._wake_all()
                wait_s = courier.wait_s()
            except Exception:
                log.exception("the outbox can't be read for %s", courier.name)
            ends_s = self._deadline_s - time.monotonic()
            if self._closing.is_set() and (wait_s is None or wait_s > ends_s):
                return
            wake.wait(_LOOK_S if wait_s is None else min(wait_s, _LOOK_S))
            wake.clear()
