"""The channels by which a notice reaches somebody, as the settings describe them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from ncrobot.model import Document
from ncrobot.settings import EnvironmentName, FlawError, Seconds, TimeOfDay, Word


def _listed(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


_LISTED = BeforeValidator(_listed, json_schema_input_type=str | list[str])
Words = Annotated[tuple[Word, ...], _LISTED, Field(min_length=1)]


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s,<>]+@[^@\s,<>]+", text):
        message = f"{text!r} is no mail address"
        raise FlawError(message, code="bad-address", found=text, fix="write it like me@lab.org")
    return text


Address = Annotated[str, AfterValidator(_address)]


class QuietHours(Document):
    """Hours of every day in which a channel delivers alarms only; the rest waits for their end."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.from_ == self.to:
            raise FlawError("quiet hours must end at another time than they begin", code="no-hours")
        return self


class Patience(Document):
    """What all channels share: patience, and hours in which only alarms are delivered.

    A delivery that fails is tried again after ``first_wait_s``, then after twice that, and so on.
    """

    timeout_s: Seconds = Field("10 s", gt=0, le=600, alias="timeout", validate_default=True)
    retries: int = Field(5, ge=0, le=20)
    first_wait_s: Seconds = Field("2 s", gt=0, le=3600, alias="first_wait", validate_default=True)
    quiet: QuietHours | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """Which field names which environment variable."""
        return {}


class Webhook(Patience):
    """POST of the notice as JSON. An address that is itself a secret comes by ``url_from``."""

    kind: Literal["webhook"]
    url: str | None = None
    url_from: EnvironmentName | None = None
    token_from: EnvironmentName | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """Which field names which environment variable."""
        named = {"url_from": self.url_from, "token_from": self.token_from}
        return {field: name for field, name in named.items() if name is not None}

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_from is None):
            message = "a webhook needs either url or url_from"
            raise FlawError(message, code="no-address", fix="write one of the two")
        return self

    @field_validator("url")
    @classmethod
    def _sound(cls, url: str | None) -> str | None:
        return None if url is None else sound_url(url)


class Email(Patience):
    """A message to a mail relay."""

    kind: Literal["email"]
    relay: str = Field("localhost", min_length=1, pattern=r"^\S+$")
    port: int = Field(25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password_from: EnvironmentName | None = None
    from_: Address = Field(alias="from")
    to: Annotated[tuple[Address, ...], _LISTED, Field(min_length=1)]

    @property
    def variables(self) -> Mapping[str, str]:
        """Which field names which environment variable."""
        return {} if self.password_from is None else {"password_from": self.password_from}

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        if (self.user is None) != (self.password_from is None):
            message = "a login needs user and password_from"
            raise FlawError(message, code="half-login", fix="write both, or none")
        if self.user is not None and self.security == "none":
            raise FlawError(
                "a password would travel in the clear",
                code="clear-password",
                at=("security",),
                allowed="starttls or tls",
                fix="write security: starttls",
            )
        return self


class Command(Patience):
    """A program on this machine: gets the notice as JSON on standard input; no shell is involved.

    An argument that is ``{text}``, ``{kind}``, ``{urgency}``, ``{run}`` or ``{id}`` is replaced.
    """

    kind: Literal["command"]
    argv: tuple[str, ...] = Field(min_length=1)


Channel = Annotated[Webhook | Email | Command, Field(discriminator="kind")]


def sound_url(url: str) -> str:
    """Check the address of a webhook.

    Raises:
        FlawError: no http address, or one with a password in it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host or any(c.isspace() for c in url):
        message = "the address of a webhook begins with http:// or https:// and names a host"
        raise FlawError(message, code="bad-address", fix="write it like https://host/path")
    if parts.username is not None:
        message = "a password must not stand in an address"
        raise FlawError(message, code="secret-in-file", fix="use token_from or url_from")
    return url
