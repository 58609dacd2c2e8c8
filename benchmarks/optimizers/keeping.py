"""Keeps every race with the code that it was run with, so that none is run twice."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.plates import ROOT

Row = dict[str, Any]
_ROOM = ROOT / "src" / "ncrobot" / "optimizers"
_OTHERS = (
    *sorted((ROOT / "src" / "ncrobot" / "searchspace").glob("*.py")),
    ROOT / "benchmarks" / "optimizers" / "racing.py",
    ROOT / "benchmarks" / "optimizers" / "responses.py",
)
_EXTRA = ("extras/__init__.py", "extras/common.py")
_OWN = {
    "one-factor": ("one_factor.py",),
    "thompson": ("thompson.py",),
    "baybe": (*_EXTRA, "extras/baybe_table.py"),
    "ax": (*_EXTRA, "extras/ax_client.py"),
}
"""Modules that only these optimizers use; all others count for each of them."""
_ASIDE = ("checking", "exchange", "apart.py", "threads.py")
"""Ways in and out, which a race doesn't take, and threads: a race has one by its environment."""
_ONE_THREAD = "one_thread"


@cache
def code_of(optimizer: str) -> str:
    """Digest of the sources that decide how a race of an optimizer goes, without their comments."""
    own = set(_OWN.get(optimizer, ()))
    left_out = {name for names in _OWN.values() for name in names} - own
    digest = hashlib.sha256()
    for path in sorted(_ROOM.rglob("*.py")):
        name = path.relative_to(_ROOM).as_posix()
        if name not in left_out and name.split("/")[0] not in _ASIDE:
            digest.update(_said(path))
    for path in _OTHERS:
        digest.update(_said(path))
    return digest.hexdigest()[:12]


def _said(path: Path) -> bytes:
    """What a module does: its tree without comments, descriptions and the holding of threads."""
    tree = _Unheld().visit(ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return f"{path.name}\0{ast.dump(tree)}\0".encode()


class _Unheld(ast.NodeTransformer):
    """Takes ``with one_thread():`` and its import away: in a race there is one thread anyway."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        return None if [each.name for each in node.names] == [_ONE_THREAD] else node

    def visit_With(self, node: ast.With) -> ast.With | list[ast.stmt]:
        self.generic_visit(node)
        held = [ast.unparse(each.context_expr) for each in node.items]
        return node.body if held == [f"{_ONE_THREAD}()"] else node


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_of_this_code(row: Row) -> bool:
    """Whether a kept row would come out the same if it were run now."""
    return bool(row.get("code") == code_of(row["optimizer"]))


def kept_in(path: Path | None) -> list[Row]:
    """All rows of a file; none if there is no such file."""
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def keep(path: Path | None, row: Row) -> None:
    """Add a row to the file, if there is to be one."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def keep_only(path: Path | None, rows: Iterable[Row]) -> None:
    """Leave nothing but these rows in the file, if there is one."""
    if path is not None:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def codes_of(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """How many rows of each optimizer were made by which code: this one, or another's digest."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        code = "this code" if is_of_this_code(row) else str(row.get("code", "unknown"))
        mine = counts.setdefault(row["optimizer"], {})
        mine[code] = mine.get(code, 0) + 1
    return counts
