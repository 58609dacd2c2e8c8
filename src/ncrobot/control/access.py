"""Who may do what: callers, their roles, and how a request tells who it is from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from fastapi import HTTPException, Request

from ncrobot.control.documents import BY_HEADER, VIA_HEADER
from ncrobot.control.tokens import Tokens

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Role(StrEnum):
    """A viewer looks, an operator orders, an admin sees also the audit trail."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what another one may."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a request is from, and how it came."""

    name: str
    role: Role
    via: str


Who = Callable[[Request], Caller]
"""Tells who a request is from; raises HTTPException if it is from nobody known."""


def same_user(user: str) -> Who:
    """For a socket that only this user can open: it is trusted to say for whom it speaks."""

    def who(request: Request) -> Caller:
        name = unquote(request.headers.get(BY_HEADER, "")) or user
        via = unquote(request.headers.get(VIA_HEADER, "")) or "socket"
        return Caller(name[:100], Role.ADMIN, via[:100])

    return who


def with_tokens(tokens: Tokens) -> Who:
    """For the network: everybody needs a token."""

    def who(request: Request) -> Caller:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        token = tokens.find(secret.strip()) if scheme.casefold() == "bearer" else None
        if token is None:
            raise HTTPException(
                401,
                "a token is needed; 'ncrobot tokens add' makes one",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return Caller(token.name, Role(token.role), "network")

    return who


def loopback_only(user: str) -> Who:
    """For this machine without tokens: all who can open its ports are operators.

    A web page that is open on this machine must not pass for them: requests that a browser sends
    for a foreign page, or by a foreign name of this machine, are refused.
    """

    def who(request: Request) -> Caller:
        host = request.headers.get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        origin = request.headers.get("origin")
        if name not in _LOOPBACK or (origin is not None and origin != f"http://{host}"):
            raise HTTPException(403, "only this machine itself may ask without a token")
        return Caller(user, Role.OPERATOR, "loopback")

    return who
