"""The settings of notifications: channels, who hears of what, quiet hours (``notifications/1``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from ncrobot.errors import LabError, nearest_word
from ncrobot.model import Document
from ncrobot.notices import Draft, NoticeKind, Urgency
from ncrobot.notifications.channels import Channel, Words, sound_url
from ncrobot.settings import FlawError, FlawsError, Read, Seconds, Word, Zone, load_settings


class Escalation(Document):
    """Who hears of it if nobody has acknowledged it ``after`` this long."""

    after_s: Seconds = Field(gt=0, alias="after")
    to: Words


class Route(Document):
    """Notices of these kinds (all, if none is named) from this urgency on go to these channels."""

    notices: tuple[NoticeKind, ...] = ()
    urgency: Urgency = Urgency.NEWS
    to: Words
    escalation: tuple[Escalation, ...] = ()

    def named(self) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
        """The channels that it names, with the place of each mention."""
        yield ("to",), self.to
        for number, step in enumerate(self.escalation):
            yield ("escalation", number, "to"), step.to

    def covers(self, notice: Draft) -> bool:
        """Whether it concerns this notice."""
        is_urgent = not self.urgency.exceeds(notice.urgency)
        return is_urgent and (not self.notices or notice.kind in self.notices)


class Notifications(Document):
    """Who is told of what, and how.

    ``repeat_after``: the same story is told again only after this time. ``gather``: wells that are
    flagged within this time are told together. ``urgency`` changes that of whole kinds.
    """

    ncrobot: Literal["notifications/1"]
    channels: dict[Word, Channel] = Field(min_length=1)
    routes: tuple[Route, ...] = Field(min_length=1)
    zone: Zone = "UTC"
    repeat_after_s: Seconds = Field("15 min", ge=0, alias="repeat_after", validate_default=True)
    gather_s: Seconds = Field("1 min", ge=0, alias="gather", validate_default=True)
    urgency: dict[NoticeKind, Urgency] = Field(default_factory=dict)
    simulated_runs: bool = False

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        flaws = [
            self._unknown(("routes", number, *at), name)
            for number, route in enumerate(self.routes)
            for at, names in route.named()
            for name in names
            if name not in self.channels
        ]
        if flaws:
            raise FlawsError(flaws)
        return self

    def _unknown(self, at: tuple[str | int, ...], name: str) -> FlawError:
        near = nearest_word(name, self.channels)
        return FlawError(
            f"there is no channel {name!r}",
            code="unknown-channel",
            at=at,
            found=name,
            allowed=", ".join(self.channels),
            fix=f"did you mean {near!r}?" if near else "describe it under channels",
        )


def load_notifications(path: Path, environment: Mapping[str, str]) -> Notifications:
    """Read a notifications file, and check that the secrets it names are in the environment.

    Raises:
        LabError: it can't be read, is wrong, or names variables that aren't set.
    """
    read = load_settings(Notifications, path)
    check_secrets(read, environment)
    return read.settings


def check_secrets(read: Read[Notifications], environment: Mapping[str, str]) -> None:
    """Check that every environment variable that the channels name is set.

    Raises:
        LabError: with each one that isn't, or that holds no sound address.
    """
    findings = []
    for name, channel in read.settings.channels.items():
        for field, variable in channel.variables.items():
            spot = ("channels", name, field)
            if not environment.get(variable):
                message = f"the environment variable {variable} isn't set"
                fix = "set it where ncrobot is started, for example in the service's settings"
                findings.append(read.finding(spot, "secret-missing", message, fix=fix))
            elif field == "url_from":
                try:
                    sound_url(environment[variable])
                except FlawError as error:
                    message = f"what {variable} holds can't be used: {error.message}"
                    findings.append(read.finding(spot, error.code, message, fix=error.fix))
    if findings:
        raise LabError(findings)
