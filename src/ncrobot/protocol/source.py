"""Reads a protocol: text to a checked document that knows the line of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from ncrobot.errors import Diagnostic, ProtocolError, Severity
from ncrobot.protocol._checks import (
    check_doses,
    check_faults,
    check_layers,
    check_libraries,
    check_materials,
    check_names,
    check_order,
    check_references,
    check_safety,
    check_scopes,
    check_values,
    warn_of_unused,
)
from ncrobot.protocol._explain import Explained, explain_all
from ncrobot.protocol._files import UnreadableError, check_text, read_text
from ncrobot.protocol._ids import default_id
from ncrobot.protocol._parts import Parts, mended, parts_of, sound_parts
from ncrobot.protocol._tree import Tree, read_tree
from ncrobot.protocol._yaml_error import YamlTextError
from ncrobot.protocol.document import Protocol
from ncrobot.protocol.libraries import with_choices

_CHECKS = (
    check_names,
    check_layers,
    check_libraries,
    check_materials,
    check_references,
    check_order,
    check_values,
    check_scopes,
    check_doses,
    check_safety,
    check_faults,
)
# What may only be missing because a field was misspelt beyond recognition.
_CONSEQUENCES = ("missing-field", "one-of")


@dataclass(frozen=True, slots=True)
class ProtocolSource:
    """A protocol that was read without an error, its text, and where each part stands in it."""

    protocol: Protocol
    text: str
    file: str | None = None
    warnings: tuple[Diagnostic, ...] = ()
    _tree: Tree = field(default_factory=Tree, repr=False, compare=False)

    def line_of(self, *path: str | int) -> int | None:
        """Return the line (from 1) where the entry at a path begins, or its nearest known parent.

        The path is that of the YAML file, list places from 0: ``line_of("steps", 3, "stock")``.
        """
        return self.place_of(*path)[0]

    def place_of(self, *path: str | int) -> tuple[int | None, int | None]:
        """Return line and column (from 1) of an entry, or of its nearest known parent."""
        place = self._tree.entry_place(path)
        return (place.line, place.column) if place is not None else (None, None)


def load_protocol(path: str | Path) -> ProtocolSource:
    """Read the protocol in a YAML file.

    Raises:
        ProtocolError: with every finding, if there is an error among them.

    """
    try:
        text = read_text(Path(path))
    except UnreadableError as error:
        raise ProtocolError(error.diagnostic) from None
    return read_protocol(text, file=str(path))


def read_protocol(text: str, file: str | None = None) -> ProtocolSource:
    """Read the protocol in a YAML text; ``file`` is its name in messages.

    Raises:
        ProtocolError: with every finding, if there is an error among them.

    """
    try:
        check_text(text, file)
        tree = read_tree(text, file)
    except UnreadableError as error:
        raise ProtocolError(error.diagnostic) from None
    except YamlTextError as problem:
        raise ProtocolError(problem.diagnostic(file)) from None
    _refuse_other_documents(tree)
    try:
        protocol = Protocol.model_validate(tree.data)
    except ValidationError as error:
        raise ProtocolError(_all_findings(tree, error)) from None
    findings = [*tree.diagnostics, *_checked(parts_of(protocol, tree))]
    if any(finding.severity is Severity.ERROR for finding in findings):
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        raise ProtocolError(_in_order(errors))
    return ProtocolSource(with_choices(protocol), text, file, tuple(_in_order(findings)), tree)


def step_ids(protocol: Protocol) -> tuple[str, ...]:
    """Return the effective id of each step: the given one, or its word and number ("add_2").

    The number counts all steps from 1, so the third step is ``stir_3`` if it stirs. Ids are
    unique: a protocol in which two would be equal is refused.
    """
    return tuple(
        step.id or default_id(step.do, n) for n, step in enumerate(protocol.steps, start=1)
    )


def _refuse_other_documents(tree: Tree) -> None:
    """Stop where one sentence says more than a hundred missing fields.

    Raises:
        ProtocolError: the text is empty, or holds no fields at all.

    """
    if isinstance(tree.data, dict) and tree.data:
        return
    place = tree.entry_place(())
    is_empty = tree.data is None or tree.data == {}
    raise ProtocolError(
        Diagnostic(
            code="empty-file" if is_empty else "not-a-mapping",
            message="the file is empty"
            if is_empty
            else "a protocol consists of fields, but this "
            "file holds " + ("a list" if isinstance(tree.data, list) else "a plain text"),
            file=tree.file,
            line=place.line if place else 1,
            column=place.column if place else 1,
            fix="begin with ncrobot: protocol/1",
        )
    )


def _all_findings(tree: Tree, error: ValidationError) -> list[Diagnostic]:
    """Return what is wrong with the form, and what would still be wrong once that is mended."""
    explained = explain_all(error, tree)
    if any(finding.code == "wrong-document" for finding in explained.diagnostics):
        return [finding for finding in explained.diagnostics if finding.code == "wrong-document"]
    mended_tree = mended(tree, explained)
    findings = [*tree.diagnostics, *explained.diagnostics]
    if explained.renamed or explained.replaced:
        findings += _left_over(mended_tree, explained)
    checked = _checked(sound_parts(mended_tree))
    findings += [finding for finding in checked if finding.severity is Severity.ERROR]
    return _in_order(findings)


def _left_over(tree: Tree, explained: Explained) -> list[Diagnostic]:
    try:
        Protocol.model_validate(tree.data)
    except ValidationError as error:
        was_dropped = None in explained.renamed.values()
        return [
            finding
            for finding in explain_all(error, tree).diagnostics
            if not (was_dropped and finding.code in _CONSEQUENCES)
        ]
    return []


def _checked(parts: Parts) -> list[Diagnostic]:
    for check in _CHECKS:
        check(parts)
    if all(finding.severity is not Severity.ERROR for finding in parts.findings):
        warn_of_unused(parts)
    return parts.findings


def _in_order(findings: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings by line, each once."""
    unique = {(item.code, item.line, item.column, item.message): item for item in findings}
    return sorted(unique.values(), key=lambda item: (item.line or 0, item.column or 0))
