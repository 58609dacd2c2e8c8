"""Takes orders for runs that are under way: pause, continue, stop, halt, answers; tells about them.

A run that lasts serves the interface on a socket of its own user. The service offers the same one
over the network, to those who have a token. Every order goes to the audit trail.
"""

from __future__ import annotations

from ncrobot.control.access import Caller, Role, loopback_only, same_user, with_tokens
from ncrobot.control.answering import AskedAtTheDesk
from ncrobot.control.client import RemoteDesk, RemoteDesks, desk_of, runs_under_way
from ncrobot.control.desk import Desk, Steered
from ncrobot.control.documents import Order, OrderKind, Status, Taken, Trail, TrailEntry
from ncrobot.control.files import inside
from ncrobot.control.router import Desks, make_app
from ncrobot.control.serving import serve_tcp, serving_run
from ncrobot.control.tokens import Token, Tokens

__all__ = [
    "AskedAtTheDesk",
    "Caller",
    "Desk",
    "Desks",
    "Order",
    "OrderKind",
    "RemoteDesk",
    "RemoteDesks",
    "Role",
    "Status",
    "Steered",
    "Taken",
    "Token",
    "Tokens",
    "Trail",
    "TrailEntry",
    "desk_of",
    "inside",
    "loopback_only",
    "make_app",
    "runs_under_way",
    "same_user",
    "serve_tcp",
    "serving_run",
    "with_tokens",
]
