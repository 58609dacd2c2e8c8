"""How a notice leaves: by HTTP, by mail, or through a program. Each call is one attempt."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

from ncrobot.notices import Notice
from ncrobot.notifications.channels import Channel, Command, Email, Webhook

Sender = Callable[[Notice, int], str]
"""Delivers a notice of an escalation step; returns what is worth noting, mostly nothing.

Raises DeliveryError.
"""


class DeliveryError(Exception):
    """An attempt failed; ``final`` if trying again can't help, ``wait_s`` if it has to wait."""

    def __init__(self, why: str, *, final: bool = False, wait_s: float | None = None) -> None:
        self.final = final
        self.wait_s = wait_s
        super().__init__(why)


def make_sender(channel: Channel, environment: Mapping[str, str]) -> Sender:
    """What delivers by a channel; secrets come from the environment, at each attempt."""
    if isinstance(channel, Webhook):
        return lambda notice, step: _post(channel, environment, notice, step)
    if isinstance(channel, Email):
        return lambda notice, step: _mail(channel, environment, notice, step)
    return lambda notice, step: _run(channel, notice, step)


def payload(notice: Notice, step: int) -> dict[str, Any]:
    """The notice as JSON-able fields; ``text`` is what chat servers show."""
    return {"ncrobot": "notice/1", "step": step, **notice.model_dump(mode="json")}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as an empty GET: better to fail."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        del req, fp, code, msg, headers, newurl


def _post(channel: Webhook, environment: Mapping[str, str], notice: Notice, step: int) -> str:
    headers = {"Content-Type": "application/json", "User-Agent": "ncrobot"}
    if channel.token_from is not None:
        headers["Authorization"] = f"Bearer {_secret(environment, channel.token_from)}"
    url = channel.url or _secret(environment, channel.url_from or "")
    body = json.dumps(payload(notice, step)).encode()
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - the settings allow http and https only
        with opener.open(request, timeout=channel.timeout_s) as response:
            return f"HTTP {response.status}"
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from None
    except (OSError, HTTPException, ValueError) as error:
        # Only the reason: an address may be a secret.
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise DeliveryError(f"no answer: {_named(reason)}") from None


def _refused(error: urllib.error.HTTPError) -> DeliveryError:
    may_pass = error.code >= 500 or error.code in {408, 425, 429}
    wait = error.headers.get("Retry-After", "")
    wait_s = float(wait) if wait.isdecimal() else None
    return DeliveryError(f"the server answers HTTP {error.code}", final=not may_pass, wait_s=wait_s)


def _mail(channel: Email, environment: Mapping[str, str], notice: Notice, step: int) -> str:
    message = _message(channel, notice, step)
    try:
        refused = _hand_over(channel, environment, message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        final = all(code >= 500 for code in codes)
        raise DeliveryError(f"the relay refuses all recipients ({codes[0]})", final=final) from None
    except smtplib.SMTPResponseException as error:
        why = f"the relay answers {error.smtp_code}"
        raise DeliveryError(why, final=error.smtp_code >= 500) from None
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"no mail: {_named(error)}") from None
    return f"refused for {', '.join(sorted(refused))}" if refused else ""


def _hand_over(
    channel: Email, environment: Mapping[str, str], message: EmailMessage
) -> dict[str, tuple[int, bytes]]:
    """Give a message to the relay; returns whom it is refused for."""
    # Our own name, because looking up the full one may hang on a broken name server.
    place = (channel.relay, channel.port, socket.gethostname())
    if channel.security == "tls":
        context = ssl.create_default_context()
        relay: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=channel.timeout_s, context=context)
    else:
        relay = smtplib.SMTP(*place, timeout=channel.timeout_s)
    try:
        if channel.security == "starttls":
            relay.starttls(context=ssl.create_default_context())
        if channel.user is not None and channel.password_from is not None:
            relay.login(channel.user, _secret(environment, channel.password_from))
        refused = relay.send_message(message)
        # The message is theirs by now, however they take the good-bye.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            relay.quit()
        return refused
    finally:
        relay.close()


def _message(channel: Email, notice: Notice, step: int) -> EmailMessage:
    message = EmailMessage()
    first = " ".join(notice.text.split())
    message["Subject"] = f"[ncrobot {notice.urgency.value}] {first[:120]}"
    message["From"] = channel.from_
    message["To"] = ", ".join(channel.to)
    # The same for every attempt, so that a reader recognises a message that arrives twice.
    message["Message-ID"] = f"<{notice.id}.{step}@ncrobot.invalid>"
    message["Date"] = format_datetime(datetime.fromisoformat(notice.wall))
    lines = [notice.text, ""]
    lines += [f"{name}: {value}" for name, value in notice.details.items()]
    if notice.run:
        lines.append(f"run: {notice.run}")
    if step:
        lines.append("nobody has acknowledged this notice so far")
    lines.append(f"notice: {notice.id} of {notice.wall}")
    message.set_content("\n".join(lines))
    return message


def _run(channel: Command, notice: Notice, step: int) -> str:
    words = {
        "{text}": notice.text,
        "{kind}": notice.kind.value,
        "{urgency}": notice.urgency.value,
        "{run}": notice.run or "",
        "{id}": notice.id,
    }
    argv = [words.get(argument, argument) for argument in channel.argv]
    # A file, not a pipe: a grandchild that keeps a pipe open would keep us waiting.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as given:
        given.write(json.dumps(payload(notice, step)).encode())
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - the lab's own settings name the program
                argv, stdin=given, stdout=said, stderr=said, start_new_session=True
            )
        except OSError as error:
            why = f"{channel.argv[0]} can't be started: {error.strerror}"
            raise DeliveryError(why, final=True) from None
        try:
            code = process.wait(timeout=channel.timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            raise DeliveryError(f"no end within {channel.timeout_s:g} s") from None
        if code:
            raise DeliveryError(f"exit code {code}: {_tail(said)}".rstrip(": "))
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(file: IO[bytes], most_bytes: int = 300) -> str:
    file.seek(max(file.seek(0, os.SEEK_END) - most_bytes, 0))
    return " ".join(file.read().decode(errors="replace").split())


def _secret(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable)
    if not value:
        raise DeliveryError(f"the environment variable {variable} isn't set", final=True)
    return value


def _named(error: BaseException | str) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
