"""Delivers notices by webhook, mail and command: on its own threads, recorded, never in the way.

What is to be told comes as events of a run or as drafts (:mod:`ncrobot.notices`).
"""

from __future__ import annotations

from ncrobot.notifications._rows import Outcome, Told
from ncrobot.notifications.notifier import Notifier
from ncrobot.notifications.outbox import Outbox
from ncrobot.notifications.sending import DeliveryError, Sender, payload
from ncrobot.notifications.settings import Notifications, load_notifications

__all__ = [
    "DeliveryError",
    "Notifications",
    "Notifier",
    "Outbox",
    "Outcome",
    "Sender",
    "Told",
    "load_notifications",
    "payload",
]
