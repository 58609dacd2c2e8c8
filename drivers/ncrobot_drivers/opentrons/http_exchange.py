"""Single exchanges with an Opentrons robot: the request, its time limit, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from ncrobot.clock import Clock
from ncrobot.errors import Diagnostic, LabError
from ncrobot_drivers.opentrons.http_errors import (
    NoAnswerError,
    OddAnswerError,
    ServerFailedError,
    UnreachableError,
    refusal,
)

PORT = 31950
VERSION_HEADER = "Opentrons-Version"
NEWEST = "*"
"""Asks for the newest version of the API that the robot has."""

PENDING_LIMIT_S = 300.0
"""How long an exchange is asked again because an analysis is still pending."""

_SERVER_FAILED = 500
_UNAVAILABLE = 503
Found = TypeVar("Found")


def base_url(address: str) -> str:
    """The URL of a robot's API; a bare host or IP address gets scheme and port.

    Raises:
        LabError: it is no address.
    """
    try:
        parts = urlsplit(address.strip() if "://" in address else f"http://{address.strip()}")
        port = parts.port or PORT
    except ValueError:
        parts, port = urlsplit(""), PORT
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise LabError(
            Diagnostic(
                code="robot-address",
                message="this is no address of a robot",
                found=address,
                allowed="a name or IP address, with or without a port, such as 192.168.1.20",
            )
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


class Exchanges:
    """The connection to one robot; ``timeout_s`` limits each exchange."""

    def __init__(
        self, address: str, *, clock: Clock, timeout_s: float, version: str, poll_s: float
    ) -> None:
        self.address = base_url(address)
        self._clock = clock
        self._poll_s = poll_s
        self._http = httpx.AsyncClient(
            base_url=self.address,
            timeout=timeout_s,
            headers={VERSION_HEADER: version},
            trust_env=False,  # a robot stands in the lab's own network, behind no proxy
            verify=self.address.startswith("https:"),  # plain HTTP has nothing to verify
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """One exchange; it is asked again while the robot says that an analysis is pending.

        Raises:
            RobotError: there was no good answer.

        """
        give_up_s = self._clock.now_s() + PENDING_LIMIT_S
        while True:
            answer = await self._send(method, path, **options)
            is_pending = (
                answer.status_code == _UNAVAILABLE
                and _first_error(answer)[0] == "LastAnalysisPending"
            )
            if not is_pending or self._clock.now_s() >= give_up_s:
                break
            await self._clock.sleep(self._poll_s)
        if answer.is_success:
            return self._body(answer)
        error_id, detail = _first_error(answer)
        if answer.status_code >= _SERVER_FAILED:
            message = f"its server failed: {detail} ({error_id}, HTTP {answer.status_code})"
            raise ServerFailedError(message, address=self.address)
        raise refusal(answer.status_code, error_id, detail, address=self.address)

    def read(self, reader: Callable[[dict[str, Any]], Found], body: dict[str, Any]) -> Found:
        """Read an answer.

        Raises:
            OddAnswerError: it lacks what it should have.

        """
        try:
            return reader(body)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            message = f"its answer lacks what it should have: {error!r}"
            raise OddAnswerError(message, address=self.address) from error

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            message = f"it can't be reached: {error or type(error).__name__}"
            raise UnreachableError(message, address=self.address) from error
        except httpx.TimeoutException as error:
            message = f"no answer to {method} {path} in time"
            raise NoAnswerError(message, address=self.address) from error
        except httpx.HTTPError as error:
            told = str(error) or type(error).__name__
            message = f"the connection broke during {method} {path}: {told}"
            raise NoAnswerError(message, address=self.address) from error

    def _body(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError as error:
            message = f"it answered no JSON: {answer.text[:80]!r}"
            raise OddAnswerError(message, address=self.address) from error
        if not isinstance(body, dict):
            message = f"it answered {answer.text[:80]!r}"
            raise OddAnswerError(message, address=self.address)
        return body


def _first_error(answer: httpx.Response) -> tuple[str, str]:
    """The robot's own name of an error and its words; both may be missing."""
    try:
        body = answer.json()
    except ValueError:
        return "unnamed", answer.text[:200] or answer.reason_phrase
    errors = body.get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
        return str(first.get("id", "unnamed")), str(first.get("detail") or first.get("title"))
    if isinstance(body, dict):
        return "unnamed", str(body.get("message") or body.get("detail") or body)
    return "unnamed", str(body)[:200]
