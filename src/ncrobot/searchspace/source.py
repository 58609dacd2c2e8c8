"""Reads a search space from YAML; every mistake is told with its line."""

from __future__ import annotations

from pathlib import Path

from ncrobot.errors import LabError, UserError
from ncrobot.searchspace.document import SearchSpace
from ncrobot.settings import load_settings, read_settings


class SearchSpaceError(UserError):
    """A search space is wrong, or its constraints leave nothing to search."""


def load_search_space(path: str | Path) -> SearchSpace:
    """Read the search space in a YAML file.

    Raises:
        SearchSpaceError: with every finding, each with line and field.
    """
    try:
        return load_settings(SearchSpace, Path(path)).settings
    except LabError as error:
        raise SearchSpaceError(error.diagnostics) from None


def read_search_space(text: str, file: str | None = None) -> SearchSpace:
    """Read the search space in a YAML text; ``file`` is its name in messages.

    Raises:
        SearchSpaceError: with every finding, each with line and field.
    """
    try:
        return read_settings(SearchSpace, text, file).settings
    except LabError as error:
        raise SearchSpaceError(error.diagnostics) from None
