"""The control interface: one set of routes, whoever serves them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ncrobot.control.access import Caller, Role, Who
from ncrobot.control.documents import Order, Page, Status, Taken, Trail, TrailEntry
from ncrobot.control.errors import BusyError
from ncrobot.control.files import inside
from ncrobot.errors import LabError

log = logging.getLogger(__name__)
_MOST_BODY = 10_000


class AnyDesk(Protocol):
    """The desk of a run, in this process or another one."""

    async def status(self) -> Status:
        """Where the run stands."""

    async def events(self, after: int, *, wait_s: float, most: int) -> Page:
        """Events after a number."""

    async def order(self, order: Order, by: str) -> Taken:
        """Carry out an order."""


class Desks(Protocol):
    """The runs that take orders."""

    def runs(self) -> list[str]:
        """Their ids."""

    def desk(self, run: str) -> AnyDesk:
        """The desk of one of them; raises LabError if there is none."""


def _by_clock() -> datetime:
    return datetime.now(UTC)


class _Routes:
    """The handlers; ``trail`` is None where somebody behind the desk keeps it."""

    def __init__(
        self,
        desks: Desks,
        who: Who,
        trail: Trail | None,
        now: Callable[[], datetime],
        *,
        runs_keep: bool,
    ) -> None:
        self._desks = desks
        self._runs_keep = runs_keep
        self._who = who
        self._trail = trail
        self._now = now

    def needs(self, role: Role, command: str) -> Callable[[Request], Caller]:
        """Let only callers with this role pass; whoever orders without it goes to the trail."""

        def check(request: Request) -> Caller:
            caller = self._who(request)
            if caller.role.covers(role):
                return caller
            if request.method != "GET":
                run = request.path_params.get("run")
                self.keep(caller, command, run, accepted=False, details=f"is only {caller.role}")
            raise HTTPException(403, f"this needs the role {role}; yours is {caller.role}")

        return check

    def keep(
        self, caller: Caller, command: str, run: str | None, *, accepted: bool, details: str
    ) -> None:
        """Write a line of the audit trail; an order isn't undone because that failed."""
        if self._trail is None:
            return
        try:
            self._trail(
                TrailEntry(
                    by=caller.name, via=caller.via, wall=self._now().isoformat(), command=command,
                    run=run, accepted=accepted, details=details,
                )
            )  # fmt: skip
        except Exception:
            log.exception("the audit trail can't be written: %s %s of %s", command, run, caller)

    async def order(self, run: str, order: Order, caller: Caller) -> Taken:
        """Hand over an order, and write down what became of it."""
        details = order.model_dump_json(exclude={"kind"}, exclude_none=True, exclude_defaults=True)
        try:
            taken = await self._desks.desk(run).order(order, caller.name)
        except Exception as error:
            told = f"{details} {error}"
            self.keep(caller, order.kind.value, run, accepted=False, details=told)
            raise
        if self._runs_keep:
            return taken
        told = f"{details} {taken.message}; after event {taken.seq}"
        self.keep(caller, order.kind.value, run, accepted=taken.accepted, details=told)
        return taken

    async def stream(self, run: str, after: int) -> AsyncIterator[str]:
        """Events as they come, for those who follow (server-sent events)."""
        desk = self._desks.desk(run)
        while True:
            page = await desk.events(after, wait_s=15.0, most=200)
            for event in page.events:
                after = event.seq
                yield f"id: {event.seq}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n"
            if page.is_over:
                return
            if not page.events:
                yield ": nothing new\n\n"  # keeps connections open, and finds those who went


def make_app(  # noqa: PLR0913 - the parts of the interface
    desks: Desks,
    who: Who,
    *,
    trail: Trail | None,
    folder: Path | None = None,
    audit: Callable[[int], list[TrailEntry]] | None = None,
    now: Callable[[], datetime] = _by_clock,
    runs_keep: bool = False,
) -> FastAPI:
    """The interface as an application, without pages that load anything from elsewhere.

    ``folder`` is where reports are; None: none are handed out. ``audit`` gives the newest lines of
    the trail; None: it can't be read here. With ``runs_keep``, runs write down themselves what they
    took, and only what never came to them is written down here.
    """
    app = FastAPI(title="ncrobot", docs_url=None, redoc_url=None, openapi_url=None)
    routes = _Routes(desks, who, trail, now, runs_keep=runs_keep)
    app.include_router(_runs_router(desks, routes))
    if folder is not None:
        app.include_router(_files_router(folder, routes))
    if audit is not None:
        app.include_router(_audit_router(audit, routes))
    app.add_exception_handler(LabError, _not_there)
    app.add_exception_handler(BusyError, _busy)
    app.add_middleware(_OnlyShortJson)
    return app


def _runs_router(desks: Desks, routes: _Routes) -> APIRouter:
    router = APIRouter(prefix="/runs")
    viewer = Depends(routes.needs(Role.VIEWER, "look"))
    operator = Depends(routes.needs(Role.OPERATOR, "order"))

    @router.get("", dependencies=[viewer])
    def runs() -> dict[str, list[str]]:
        return {"runs": desks.runs()}

    @router.get("/{run}", dependencies=[viewer])
    async def status(run: str) -> Status:
        return await desks.desk(run).status()

    @router.get("/{run}/events", dependencies=[viewer])
    async def events(
        run: str,
        after: Annotated[int, Query(ge=0)] = 0,
        wait_s: Annotated[float, Query(ge=0, le=60)] = 0.0,
        most: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Page:
        return await desks.desk(run).events(after, wait_s=wait_s, most=most)

    @router.get("/{run}/stream", dependencies=[viewer])
    async def stream(run: str, after: Annotated[int, Query(ge=0)] = 0) -> StreamingResponse:
        desks.desk(run)  # refused now, while it can still be told
        return StreamingResponse(routes.stream(run, after), media_type="text/event-stream")

    @router.post("/{run}/orders")
    async def order(run: str, order: Order, caller: Caller = operator) -> Taken:
        return await routes.order(run, order, caller)

    return router


def _files_router(folder: Path, routes: _Routes) -> APIRouter:
    router = APIRouter(prefix="/files")

    @router.get("/{path:path}", dependencies=[Depends(routes.needs(Role.VIEWER, "look"))])
    def file(path: str) -> FileResponse:
        # A report needs no network; what it shows comes from files of people.
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
        headers = {"content-security-policy": policy, "x-content-type-options": "nosniff"}
        return FileResponse(inside(folder, path), headers=headers)

    return router


def _audit_router(audit: Callable[[int], list[TrailEntry]], routes: _Routes) -> APIRouter:
    router = APIRouter(prefix="/audit")

    @router.get("", dependencies=[Depends(routes.needs(Role.ADMIN, "audit"))])
    def newest(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[TrailEntry]:
        return audit(limit)

    return router


class _OnlyShortJson:
    """Refuses other orders: a form of a foreign page can't claim to be JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = Headers(scope=scope)
            length = headers.get("content-length", "")
            refusal = None
            if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                refusal = JSONResponse({"detail": "orders are JSON"}, 415)
            elif not length.isdigit() or int(length) > _MOST_BODY:
                refusal = JSONResponse({"detail": "an order is short"}, 413)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _not_there(request: Request, error: Exception) -> JSONResponse:
    del request
    found = error.diagnostics[0].message if isinstance(error, LabError) else str(error)
    return JSONResponse({"detail": found}, 404)


async def _busy(request: Request, error: Exception) -> JSONResponse:
    del request
    return JSONResponse({"detail": str(error)}, 409)
