"""Takes orders for runs that are under way: pause, continue, stop, halt, answers; tells about them.

A run that lasts serves the interface on a socket of its own user. The service offers the same one
over the network, to those who have a token. Every order goes to the audit trail.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ncrobot.control.client import RemoteDesk, RemoteDesks, desk_of, runs_under_way
from ncrobot.control.documents import Order, OrderKind, Status, Taken, Trail, TrailEntry
from ncrobot.control.tokens import Token, Tokens

if TYPE_CHECKING:
    from ncrobot.control.access import Caller, Role, loopback_only, same_user, with_tokens
    from ncrobot.control.answering import AskedAtTheDesk
    from ncrobot.control.desk import Desk, Steered
    from ncrobot.control.files import inside
    from ncrobot.control.router import Desks, make_app
    from ncrobot.control.serving import serve_tcp, serving_run

_SERVING = {
    "access": ("Caller", "Role", "loopback_only", "same_user", "with_tokens"),
    "answering": ("AskedAtTheDesk",),
    "desk": ("Desk", "Steered"),
    "files": ("inside",),
    "router": ("Desks", "make_app"),
    "serving": ("serve_tcp", "serving_run"),
}
"""What only those who serve need. It takes a second to import, and who stops a run is in haste."""
_PLACES = {name: module for module, names in _SERVING.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what serves when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"ncrobot.control.{_PLACES[name]}"), name)


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
