"""A courier delivers what is due on one channel: one attempt after the other, each written down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from ncrobot.notifications._rows import Claimed
from ncrobot.notifications.channels import Channel
from ncrobot.notifications.outbox import Outbox
from ncrobot.notifications.sending import DeliveryError, Sender

log = logging.getLogger(__name__)
_LONGEST_WAIT_S = 900.0


class Courier:
    """Delivers on one channel. Used by one thread; others may serve the same channel beside it."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        sender: Sender,
        outbox: Outbox,
        now: Callable[[], datetime],
    ) -> None:
        self.name = name
        self._channel = channel
        self._send = sender
        self._outbox = outbox
        self._now = now

    def deliver_due(self) -> bool:
        """Make the attempts that are due; returns whether other channels have work by that."""
        # Time enough for an attempt, so that nobody takes over what is still under way.
        lease_s = 3 * self._channel.timeout_s + 60
        others = False
        while claimed := self._outbox.claim(self.name, self._now(), lease_s):
            others |= self._attempt(claimed)
        return others

    def wait_s(self) -> float | None:
        """How long until something is due; None: nothing is."""
        due_s = self._outbox.next_due_s(self.name)
        return None if due_s is None else max(due_s - self._now().timestamp(), 0.0)

    def _attempt(self, claimed: Claimed) -> bool:
        try:
            note = self._send(claimed.notice, claimed.step)
        except DeliveryError as error:
            return self._failed(claimed, error)
        except Exception as error:  # noqa: BLE001 - whatever a channel does, the others go on
            return self._failed(claimed, DeliveryError(f"{type(error).__name__}: {error}"))
        self._outbox.delivered(claimed, self._now(), note)
        return False

    def _failed(self, claimed: Claimed, error: DeliveryError) -> bool:
        log.warning("notice %s by %s: %s", claimed.notice.id, self.name, error)
        now = self._now()
        if error.final or claimed.attempt > self._channel.retries:
            return self._outbox.failed(claimed, now, str(error))
        wait_s = self._channel.first_wait_s * 2 ** (claimed.attempt - 1)
        wait_s = min(max(wait_s, error.wait_s or 0.0), _LONGEST_WAIT_S)
        self._outbox.postpone(claimed, now + timedelta(seconds=wait_s), str(error))
        return False
