"""Plug-ins for instruments that aren't reached by dropping files, found by entry point.

A plug-in is a factory in the group ``ncrobot.instruments``. It is called with the instrument's name
and options (``folder`` is that of its results), and returns an object that keeps the promises of
:class:`InstrumentLink`. One that measures by itself keeps those of :class:`Measuring`, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, runtime_checkable

from ncrobot.errors import Diagnostic, LabError
from ncrobot.plugins import installed, load
from ncrobot.samples.instruments import InstrumentSettings
from ncrobot.samples.worklists import Injection

GROUP = "ncrobot.instruments"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A finished data file: its name, its bytes, and when it was measured (UTC, ISO 8601)."""

    name: str
    data: bytes
    measured_at: str


@runtime_checkable
class InstrumentLink(Protocol):
    """What a plug-in promises."""

    def submit(self, batch: str, injections: Sequence[Injection]) -> None:
        """Take a batch. A batch of a name that was taken before is the same one, taken once."""

    def delivered(self) -> Iterable[Delivered]:
        """All finished data files; those that were told before may be told again."""


@runtime_checkable
class Measuring(Protocol):
    """What a plug-in promises that measures in a process of ours, one sample after the other."""

    def measure(self, say: Callable[[str], None]) -> int:
        """Measure what was submitted and isn't measured yet; returns how many were measured."""


Factory = Callable[[str, Mapping[str, Any]], object]


def known_links() -> tuple[str, ...]:
    """The names of all plug-ins that are installed."""
    return tuple(installed(GROUP))


@cache
def load_factory(name: str) -> Callable[..., Any]:
    """The factory of a plug-in or of a simulated instrument.

    Raises:
        LabError: there is none of this name, or it can't be loaded.
    """
    factory: Callable[..., Any] = load(GROUP, name, "plug-in")
    return factory


def link_to(instrument: str, settings: InstrumentSettings) -> InstrumentLink | None:
    """The plug-in of an instrument; None if it is reached by files, or by people.

    Raises:
        LabError: there is no such plug-in, or it doesn't keep its promises.
    """
    if settings.plugin is None:
        return None
    options = {"folder": str(settings.results.folder), **settings.options}
    link = load_factory(settings.plugin)(instrument, options)
    if not isinstance(link, InstrumentLink):
        message = f"the plug-in {settings.plugin!r} can't submit and deliver"
        raise LabError(Diagnostic(code="plugin", message=message))
    return link
