"""Reads a settings file into its model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from ncrobot.errors import Diagnostic, LabError
from ncrobot.model import Document
from ncrobot.protocol._files import UnreadableError, check_text, read_text
from ncrobot.protocol._tree import Path as Spot
from ncrobot.protocol._tree import Tree, read_tree
from ncrobot.protocol._yaml_error import YamlTextError
from ncrobot.settings.explaining import explain

D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Read(Generic[D]):
    """Settings, and where each of them stands in the text."""

    settings: D
    tree: Tree

    def finding(self, spot: Spot, code: str, message: str, *, fix: str | None = None) -> Diagnostic:
        """A finding about the value at a spot of the document."""
        place = self.tree.value_place(spot)
        return Diagnostic(
            code=code,
            message=message,
            file=self.tree.file,
            line=place.line if place else None,
            column=place.column if place else None,
            quantity=".".join(map(str, spot)) or None,
            fix=fix,
        )


def load_settings(model: type[D], path: Path) -> Read[D]:
    """Read a settings file.

    Raises:
        LabError: it can't be read, or is wrong; carries every finding with line and field.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise LabError(error.diagnostic) from error
    return read_settings(model, text, str(path))


def read_settings(model: type[D], text: str, file: str | None = None) -> Read[D]:
    """Read settings from their YAML text; ``file`` is the name that findings tell.

    Raises:
        LabError: it is wrong; carries every finding with line and field.
    """
    try:
        check_text(text, file)
        tree = read_tree(text, file)
    except UnreadableError as error:
        raise LabError(error.diagnostic) from error
    except YamlTextError as error:
        raise LabError(error.diagnostic(file)) from error
    if not isinstance(tree.data, dict):
        raise LabError(
            Diagnostic(
                code="no-settings",
                message="the file holds no settings",
                file=file,
                fix="write name: value lines",
            )
        )
    try:
        settings = model.model_validate(tree.data)
    except ValidationError as error:
        raise LabError([*tree.diagnostics, *explain(model, error, tree)]) from error
    if tree.diagnostics:
        raise LabError(tree.diagnostics)
    return Read(settings, tree)
