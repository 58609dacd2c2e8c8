"""Campaigns over REST: where they stand, suggestions in, results in. A dashboard may join them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Request

from ncrobot.campaigns import Ledger, Progress
from ncrobot.campaigns.insight import summary
from ncrobot.control.access import Role, Who
from ncrobot.errors import Diagnostic, UserError
from ncrobot.lab.campaign_exchange import observe, take_suggestions
from ncrobot.lab.campaigning import Campaigning
from ncrobot.model import Document
from ncrobot.optimizers.exchange import Told, read_suggestions
from ncrobot.optimizers.interface import Failure, Result

Open = Callable[[str], AbstractContextManager[tuple[Campaigning, Ledger]]]
"""Opens a campaign by its name, held by this process alone; raises UserError if there is none."""


class ResultsIn(Document):
    """Results and failures as they come in; ``close`` ends the open round."""

    results: tuple[Result, ...] = ()
    failed: tuple[Failure, ...] = ()
    close: bool = False


def campaign_router(names: Callable[[], list[str]], opened: Open, who: Who) -> APIRouter:
    """Routes under ``/api/campaigns``. Viewers look, operators suggest and tell."""
    router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])

    def needs(request: Request, role: Role) -> None:
        caller = who(request)
        if not caller.role.covers(role):
            raise HTTPException(403, f"this needs the role {role}; yours is {caller.role}")

    @router.get("")
    def listed(request: Request) -> list[str]:
        needs(request, Role.VIEWER)
        return names()

    @router.get("/{name}")
    def status(request: Request, name: str) -> dict[str, Any]:
        needs(request, Role.VIEWER)
        with _refusing(), opened(name) as (work, _):
            return summary(work.campaign, work.progress())

    @router.get("/{name}/suggestions")
    def suggestions(request: Request, name: str) -> dict[str, Any]:
        """The suggestions of the newest round."""
        needs(request, Role.VIEWER)
        with _refusing(), opened(name) as (work, _):
            return _newest(work.progress())

    @router.post("/{name}/suggest")
    def suggest(request: Request, name: str) -> dict[str, Any]:
        """Let the optimizer fill the next round, unless one is open."""
        needs(request, Role.OPERATOR)
        with _refusing(), opened(name) as (work, _):
            progress = work.progress()
            if not progress.is_open:
                work.suggest(progress)
            return _newest(work.progress())

    @router.post("/{name}/suggestions")
    def take(
        request: Request, name: str, given: Annotated[dict[str, Any], Body()]
    ) -> dict[str, Any]:
        """Suggestions of others, as in a file: each is taken, or refused with the reason."""
        needs(request, Role.OPERATOR)
        with _refusing(), opened(name) as (work, _):
            received = read_suggestions(json.dumps(given), "json", file="request")
            return take_suggestions(work, received).model_dump(mode="json")

    @router.post("/{name}/observe")
    def tell(request: Request, name: str, given: ResultsIn) -> dict[str, Any]:
        """Results that were measured elsewhere, each told once by its id."""
        needs(request, Role.OPERATOR)
        with _refusing(), opened(name) as (work, ledger):
            work.check_told(given.results, given.failed)
            told = Told(given.results, (), given.failed)
            return observe(ledger, told, close=given.close).model_dump(mode="json")

    return router


def _newest(progress: Progress) -> dict[str, Any]:
    at = progress.current
    if at is None:
        return {"round": 0, "step": "", "suggestions": []}
    told = [item.model_dump(mode="json") for item in at.suggestions]
    return {"round": at.number, "step": at.step.value, "suggestions": told}


@contextmanager
def _refusing() -> Iterator[None]:
    """What a user did wrong is told as such, with every finding."""
    try:
        yield
    except UserError as error:
        codes = {item.code for item in error.diagnostics}
        number = 404 if "unknown-campaign" in codes else 409 if codes & _BUSY else 422
        raise HTTPException(number, [_told(item) for item in error.diagnostics]) from error


_BUSY = {"workcell-busy", "told-twice"}


def _told(item: Diagnostic) -> dict[str, Any]:
    names = ("code", "message", "line", "row", "quantity", "found", "allowed", "fix")
    return {name: value for name in names if (value := getattr(item, name)) is not None}
