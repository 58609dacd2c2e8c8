"""Fills the page templates; everything that isn't marked as safe is escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ncrobot.reports import _text


def breakable(name: str) -> Markup:
    """A name that may go on in the next line after an underscore or a slash."""
    told = str(escape(name)).replace("_", "_<wbr>").replace("/", "/<wbr>")
    return Markup(told)  # noqa: S704 - escaped above


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ncrobot.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        breakable=breakable,
        clock=_text.clock,
        exact_clock=_text.exact_clock,
        mass=_text.mass,
        seconds=_text.seconds,
        significant=_text.significant,
        span=_text.span,
        volume=_text.volume,
        wells=_text.wells_in_short,
    )
    return environment


def page(template: str, **content: object) -> str:
    """A template filled with its content, style sheet included."""
    environment = _environment()
    source, _, _ = PackageLoader("ncrobot.reports").get_source(environment, "style.css")
    return environment.get_template(template).render(style=Markup(source), **content)  # noqa: S704
