"""Reaches the desks of runs in other processes of this user."""

from __future__ import annotations

import socket
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from ncrobot.control.addresses import Address, published
from ncrobot.control.documents import BY_HEADER, VIA_HEADER, Order, Page, Status, Taken
from ncrobot.control.errors import BusyError
from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.model import Document

D = TypeVar("D", bound=Document)

_PATIENCE_S = 20.0


class RemoteDesk:
    """The desk of a run in another process; ``via`` is from where it is given orders."""

    def __init__(self, address: Address, via: str = "socket") -> None:
        self._address = address
        self._via = via

    async def status(self) -> Status:
        """Where the run stands.

        Raises:
            BusyError: it takes no orders any more, or doesn't react.

        """
        return await self._asked("GET", "", Status)

    async def events(self, after: int, *, wait_s: float, most: int) -> Page:
        """Events after a number; waits for the first one.

        Raises:
            BusyError: it takes no orders any more, or doesn't react.

        """
        about = {"after": after, "wait_s": wait_s, "most": most}
        return await self._asked("GET", "/events", Page, params=about)

    async def order(self, order: Order, by: str) -> Taken:
        """Hand over an order.

        Raises:
            BusyError: it takes no orders any more, or doesn't react.

        """
        return await self._asked(
            "POST",
            "/orders",
            Taken,
            json=order.model_dump(mode="json"),
            headers={BY_HEADER: quote(by), VIA_HEADER: quote(self._via)},
        )

    async def _asked(self, method: str, what: str, kind: type[D], **options: Any) -> D:
        wait_s = float(options.get("params", {}).get("wait_s", 0.0))
        transport = httpx.AsyncHTTPTransport(uds=self._address.socket)
        url = f"http://run/runs/{self._address.run}{what}"
        try:
            async with httpx.AsyncClient(
                transport=transport, timeout=_PATIENCE_S + wait_s, trust_env=False
            ) as client:
                answer = await client.request(method, url, **options)
        except httpx.HTTPError as error:
            run = self._address.run
            if not _listens(self._address):
                raise BusyError(f"run {run} has just ended: see ncrobot show {run}") from error
            raise BusyError(f"run {run} can't be reached: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise BusyError(_detail(answer))
        return kind.model_validate_json(answer.content)


class RemoteDesks:
    """All runs of this user that take orders; ``via`` is from where they are given."""

    def __init__(self, via: str = "socket") -> None:
        self._via = via

    def runs(self) -> list[str]:
        """Their ids."""
        return runs_under_way()

    def desk(self, run: str) -> RemoteDesk:
        """The desk of one of them.

        Raises:
            LabError: it isn't under way.

        """
        return desk_of(run, self._via)


def runs_under_way() -> list[str]:
    """The ids of this user's runs that take orders at this moment."""
    return [run for run, address in published().items() if _listens(address)]


def desk_of(run: str, via: str = "socket") -> RemoteDesk:
    """The desk of a run of this user; ``via`` is from where it is given orders.

    Raises:
        LabError: the run isn't under way, or takes no orders.

    """
    address = published().get(run)
    if address is None or not _listens(address):
        under_way = runs_under_way()
        nearest = nearest_word(run, under_way)
        raise LabError(
            Diagnostic(
                code="not-under-way",
                message=f"run {run!r} takes no orders: it has ended, died, or is another user's",
                found=run,
                allowed=", ".join(under_way) or "no run is under way",
                fix=f"did you mean {nearest!r}?" if nearest else "see 'ncrobot runs'",
            )
        )
    return RemoteDesk(address, via)


def _listens(address: Address) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(address.socket)
        except OSError:
            return False
    return True


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the run answered {answer.status_code}"
